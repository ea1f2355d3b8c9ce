"""Prepare a submission for grading: its canonical notebook and the key of its result."""
