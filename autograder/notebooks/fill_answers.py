"""Fill in a released notebook, as a student would before handing it in."""

import copy
import re
from collections.abc import Mapping
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.course.course import Course
from autograder.notebooks import cells

MARK = re.compile(r"(BEGIN|END) SOLUTION")


def solution_sources(source_notebook: NotebookNode) -> dict[str, str]:
    """{grade_id: source} of the code and written answers in a source notebook, ready to hand in."""
    return {
        name: _without_marks(cell.source)
        for name, cell in cells.named(source_notebook).items()
        if cells.is_answer(cell)
    }


def fill(released_notebook: NotebookNode, sources: Mapping[str, str]) -> NotebookNode:
    """A copy of the released notebook with these sources, {grade_id: source}, filled in.

    Raises KeyError for a grade_id that the notebook does not have.
    """
    notebook = copy.deepcopy(released_notebook)
    known = cells.named(notebook)
    for name, source in sources.items():
        known[name].source = source
    return notebook


def write_submission(course: Course, student: str, assignment: str, notebook: NotebookNode) -> Path:
    """Write a notebook to submitted/, as the student's submission; returns its path."""
    path = course.submitted(student, assignment)
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


def _without_marks(source: str) -> str:
    """The source without the lines that begin and end its solution."""
    lines = source.splitlines()
    return "\n".join(line for line in lines if not MARK.search(line)).strip()
