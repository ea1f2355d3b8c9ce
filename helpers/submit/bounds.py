"""What a submission may hold, the grader takes no more; and where its models lie."""

LARGEST_NOTEBOOK = 50_000_000  # bytes
MOST_FILES, MOST_BYTES = 200, 100_000_000  # of the files beside the notebook
FOLDER = "models"  # beside the notebook
