"""From a course directory to grades in nbgrader's gradebook."""
