"""A course with one tiny assignment, and submissions to it."""

import shutil
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.course.course import Course, read_notebook
from autograder.notebooks.cells import new_marks
from autograder.notebooks.fill_answers import fill, write_submission
from autograder.releasing.release import release

ROOT = Path(__file__).parents[1]
TINY = "tiny"

SETUP = """import torch
from helpers import expect, toys"""

DOUBLE = '''def double(x):
    """Twice x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION'''

TEST_DOUBLE = """### BEGIN HIDDEN TESTS
for number in (0.5, -3.0, 117.0):
    expect.close("twice a hidden number", double(torch.tensor(number)), 2 * number)
### END HIDDEN TESTS
expect.close("twice 21", double(torch.tensor(21.0)), 42.0)"""

LOSS = '''def bce_loss(logits, targets):
    """Cross-entropy with logits, averaged."""
    ### BEGIN SOLUTION
    return torch.nn.functional.binary_cross_entropy_with_logits(logits, targets)
    ### END SOLUTION'''

TEST_LOSS = """### BEGIN HIDDEN TESTS
from autograder import judge

judge("tiny.bce_loss", bce_loss)
### END HIDDEN TESTS
expect.close("a logit of 0", bce_loss(torch.zeros(1), torch.ones(1)), 0.693147)"""

RIGHT = {
    "double": "def double(x):\n    return 2 * x",
    "bce_loss": (
        "def bce_loss(logits, targets):\n"
        "    return torch.nn.functional.binary_cross_entropy_with_logits(logits, targets)"
    ),
    "why": "Because it is so.",
}
POINTS = {"double": 3, "bce_loss": 5}


def tiny_course(root: Path | str) -> Course:
    """A released course in the folder `root` with the assignment TINY; returns the Course."""
    root = Path(root)
    root.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    path = root / "solutions" / TINY / f"{TINY}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(_source(), path)
    shutil.copytree(ROOT / "tests" / TINY / "checks", path.parent / "checks")
    course = Course.at(root)
    release(course, TINY)
    return course


def submit(course: Course, student: str, own: object = None, **sources: str) -> Path:
    """Hand in TINY: right answers, except for these sources by grade_id; returns the path.

    own: put in a comment, so that the code is nobody else's and is run for itself.
    """
    answers = RIGHT | sources
    if own is not None:
        answers["double"] += f"\n# {own}"
    notebook = fill(read_notebook(course.released(TINY)), answers)
    return write_submission(course, student, TINY, notebook)


def _source():
    notebook = new_notebook(
        cells=[
            new_markdown_cell("# Two exercises", id="title"),
            new_code_cell(SETUP, id="setup"),
            _cell(DOUBLE, "double", solution=True),
            _cell(TEST_DOUBLE, "test_double", points=POINTS["double"]),
            _cell(LOSS, "bce_loss", solution=True),
            _cell(TEST_LOSS, "test_bce_loss", points=POINTS["bce_loss"]),
            _cell("Because ...", "why", make=new_markdown_cell, solution=True, points=2),
            new_code_cell("print(double(torch.tensor(4.0)))", id="show-double"),
        ]
    )
    notebook.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    return notebook


def _cell(source, name, make=new_code_cell, solution=False, points=None):
    marks = new_marks(name, answer=solution, points=points)
    return make(source, id=name, metadata={"nbgrader": marks})
