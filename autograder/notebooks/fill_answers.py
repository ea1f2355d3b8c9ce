"""A released notebook filled in, as a student would hand it in."""

import copy
import re

import nbformat

from autograder.notebooks import cells

MARK = re.compile(r"(BEGIN|END) SOLUTION")


def solution_sources(source_notebook):
    """The solution and written-answer cells of a source notebook by grade_id, ready to hand in."""
    return {
        cells.grade_id(cell): _without_marks(cell.source)
        for cell in source_notebook.cells
        if cells.is_answer(cell)
    }


def fill(released_notebook, sources):
    """A copy of the released notebook with these sources put in by grade_id."""
    notebook = copy.deepcopy(released_notebook)
    known = cells.named(notebook)
    for name, source in sources.items():
        known[name].source = source
    return notebook


def write_submission(course, student, assignment, notebook):
    """Put a notebook where the student's submission belongs; returns its path."""
    path = course.submitted(student, assignment)
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


def _without_marks(source):
    """The source without the lines that delimit its solution."""
    lines = source.splitlines()
    return "\n".join(line for line in lines if not MARK.search(line)).strip()
