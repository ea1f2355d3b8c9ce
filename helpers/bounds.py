"""The largest hand-in that the grader reads: every bound on it, with its unit; where models are.

A bound is looked at before what it bounds is read. Where one is met, the sentence is that student's
alone. docs/grading.md has them as a table.
"""

FOLDER = "models"  # beside the notebook

# Files and folders
LARGEST_NOTEBOOK = 50_000_000  # bytes
MOST_FILES = 200  # beside the notebook
MOST_BYTES = 100_000_000  # of all files together, and unpacked
MOST_ENTRIES = 20_000  # files and folders that are looked at
MOST_IN_ZIP = 2_000  # files
MOST_NOTEBOOKS = 20  # that are read to find the one that counts
DEEPEST_PATH = 12  # names in a path
LONGEST_NAME = 240  # bytes of one name
LONGEST_PATH = 1_000  # bytes of a path within the hand-in
LONGEST_ID = 200  # bytes of a student's id: files are named after it
LARGEST_MANIFEST = 1_000_000  # bytes

# Within a notebook
MOST_CELLS = 2_000
MOST_CODE = 500_000  # characters of all code cells
MOST_TEXT = 500_000  # characters of all other cells, without pictures
MOST_VALUES = 1_000_000  # values in its JSON
DEEPEST_JSON = 600  # values in one another; a file with deeper ones is not read
DEEPEST_VALUE = 40  # values in one another; what is deeper is left out
MOST_CLEANING = 10.0  # seconds, estimated, to make the HTML and Markdown of its outputs harmless
