"""A course with nbgrader's own gradebook and little else, which is quick to make."""

import functools
import tempfile
from datetime import datetime
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook

from autograder.course.course import Course
from autograder.notebooks.cells import new_marks

HW = "hw"
DUE = datetime(2026, 1, 10)
# What penalty_method cannot say: a penalty of any size, or none, or an error.
PLUGIN = """
from nbgrader.plugins import LateSubmissionPlugin


class Own(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return {}


get_config().AssignLatePenalties.plugin_class = Own
"""


@functools.cache
def _empty():
    """The bytes of a new gradebook, which takes long to make."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "gradebook.db"
        Gradebook(f"sqlite:///{path}").close()
        return path.read_bytes()


def course_of(root, penalty=None, due=DUE, notebooks=(HW,)):
    """A Course in a new folder: HW with a test of 3 points and a text of 2 in each notebook.

    penalty: what its late plugin returns, as code; nbgrader's own plugin if None.
    """
    root.mkdir()
    plugin = "" if penalty is None else PLUGIN.format(penalty)
    (root / "nbgrader_config.py").write_text(f"c = get_config()\n{plugin}")
    (root / "gradebook.db").write_bytes(_empty())
    course = Course.at(root)
    with course.gradebook() as gradebook:
        add(gradebook, HW, due, notebooks)
    return course


def add(gradebook, assignment, due=DUE, notebooks=(HW,)):
    """Add an assignment."""
    gradebook.update_or_create_assignment(assignment, duedate=due)
    for name in notebooks:
        where = (name, assignment)
        gradebook.update_or_create_notebook(*where)
        for cell, most, kind in ("test_double", 3, "code"), ("why", 2, "markdown"):
            gradebook.update_or_create_grade_cell(cell, *where, max_score=most, cell_type=kind)
        for cell in "double", "why":
            gradebook.update_or_create_solution_cell(cell, *where)


def hand_in(gradebook, student, *scores, assignment=HW, when=DUE, marks=()):
    """A submission with these automatic points of its test, notebook by notebook; gives its pages.

    marks: {cell: points by hand}, of the first one; no cell waits for a person.
    """
    gradebook.update_or_create_student(student)
    submission = gradebook.update_or_create_submission(assignment, student, timestamp=when)
    pages = sorted(submission.notebooks, key=lambda page: page.name)
    for page, score in zip(pages, scores, strict=True):
        for each in page.grades:
            each.auto_score = score if each.cell.name == "test_double" else None
            each.needs_manual_grade = False
    for each in pages[0].grades:
        each.manual_score = dict(marks).get(each.cell.name)
    gradebook.db.commit()
    return pages


def book(double="# your code", why="Because ...", test="assert double(1) == 2"):
    """The notebook whose cells are in the gradebook."""

    def cell(make, source, name, **options):
        return make(
            source, id=name.replace("_", "-"), metadata={"nbgrader": new_marks(name, **options)}
        )

    return new_notebook(
        cells=[
            cell(new_code_cell, double, "double", answer=True),
            cell(new_code_cell, test, "test_double", points=3),
            cell(new_markdown_cell, why, "why", answer=True, points=2),
        ]
    )


def write(path, content=None):
    """Write a notebook, book() by default, or the text of any file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, str):
        path.write_text(content)
    else:
        nbformat.write(content or book(), path)


def hand_out(course, *notebooks, assignment=HW):
    """Write the source of each notebook, and what students get of it."""
    for name in notebooks or (assignment,):
        write(course.root / "solutions" / assignment / f"{name}.ipynb")
        write(course.released(assignment, name))


def grades(page):
    """{cell: Grade} of a page."""
    return {each.cell.name: each for each in page.grades}
