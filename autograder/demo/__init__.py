"""A sample class for each assignment that has one: released, handed in, graded."""
