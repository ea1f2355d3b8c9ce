"""Before a submission runs: the notebook that is graded, and the key of its result."""
