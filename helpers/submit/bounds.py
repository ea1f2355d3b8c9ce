"""The largest set of files beside the notebook that the grader takes, and where models are."""

MOST_FILES, MOST_BYTES = 200, 100_000_000
FOLDER = "models"  # beside the notebook
