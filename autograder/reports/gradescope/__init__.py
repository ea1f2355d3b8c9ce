"""A Gradescope autograder for an assignment: build makes the zip, container runs inside it."""
