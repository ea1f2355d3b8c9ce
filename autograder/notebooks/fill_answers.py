"""A released notebook filled in, as a student would hand it in."""

import copy
import re

import nbformat

MARK = re.compile(r"(BEGIN|END) SOLUTION")


def grade_id(cell):
    """nbgrader's id of a cell, or None, whatever a submission has there instead."""
    mark = cell.metadata.get("nbgrader")
    name = mark.get("grade_id") if isinstance(mark, dict) else None
    return name if isinstance(name, str) else None


def solution_sources(source_notebook):
    """The solution and written-answer cells of a source notebook by grade_id, ready to hand in."""
    return {
        grade_id(cell): _without_marks(cell.source)
        for cell in source_notebook.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }


def fill(released_notebook, sources):
    """A copy of the released notebook with these sources put in by grade_id."""
    notebook = copy.deepcopy(released_notebook)
    cells = {grade_id(cell): cell for cell in notebook.cells if grade_id(cell)}
    for name, source in sources.items():
        cells[name].source = source
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
