"""The largest submission that the grader takes, and where its models are."""

LARGEST_NOTEBOOK = 50_000_000  # bytes
MOST_FILES, MOST_BYTES = 200, 100_000_000  # of the files beside the notebook
FOLDER = "models"  # beside the notebook
