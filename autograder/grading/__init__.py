"""Grade a class: run its submissions and record the points in nbgrader's gradebook."""
