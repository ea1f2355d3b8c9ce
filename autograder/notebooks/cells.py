"""Tell test cells, answer cells and given cells apart by nbgrader's metadata.

For cells that nbgrader wrote, these functions agree with nbgrader.utils. They are our own because
importing nbgrader takes a second, and because a submission's metadata may hold anything: whatever
is malformed counts as no metadata.
"""

import re
from collections.abc import Iterator
from typing import Any

from nbformat import NotebookNode

SCHEMA_VERSION = 3
# The test of the exercise NAME is the cell test_NAME.
TEST = "test_"
JUDGED = re.compile(r"^[ \t]*(from|import)[ \t]+autograder\b", re.MULTILINE)


def marks(cell: NotebookNode) -> dict[str, Any]:
    """nbgrader's metadata of a cell; empty if it has none."""
    metadata = cell.metadata.get("nbgrader")
    return metadata if isinstance(metadata, dict) else {}


def new_marks(name: str, *, answer: bool = False, points: float | None = None) -> dict[str, Any]:
    """nbgrader's metadata for a cell with this grade_id.

    answer: whether students write the cell. points: None if it is not graded.
    """
    metadata = {
        "grade": points is not None,
        "grade_id": name,
        "locked": not answer,
        "schema_version": SCHEMA_VERSION,
        "solution": answer,
        "task": False,
    }
    return metadata if points is None else {**metadata, "points": points}


def has_old_marks(notebook: NotebookNode) -> bool:
    """Whether nbgrader reads its metadata only after `nbgrader update`."""
    given = [marks(cell) for cell in notebook.cells if "nbgrader" in cell.metadata]
    versions = [each.get("schema_version", 0) for each in given]
    return any(isinstance(version, int) and version < SCHEMA_VERSION for version in versions)


def grade_id(cell: NotebookNode) -> str | None:
    """nbgrader's name for a cell, or None."""
    name = marks(cell).get("grade_id")
    return name if isinstance(name, str) else None


def named(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """{grade_id: cell} in notebook order; the last cell if several have the same grade_id."""
    return {name: cell for cell in notebook.cells if (name := grade_id(cell))}


def is_answer(cell: NotebookNode) -> bool:
    """Whether students write the cell: code or a written answer."""
    return bool(marks(cell).get("solution"))


def is_graded(cell: NotebookNode) -> bool:
    """Whether the cell earns points: a test, or an answer that a person marks. False for tasks."""
    return bool(marks(cell).get("grade"))


def is_task(cell: NotebookNode) -> bool:
    """Whether the cell describes work that a person marks as a whole."""
    return bool(marks(cell).get("task"))


def is_test(cell: NotebookNode) -> bool:
    """Whether the cell is the instructor's code that decides points."""
    return cell.cell_type == "code" and is_graded(cell) and not is_answer(cell)


def is_judged(source: str) -> bool:
    """Whether a test cell imports the autograder, for judge or judge_model.

    Such a cell runs outside the sandbox; any other runs beside the student's code.
    """
    return bool(JUDGED.search(source))


def is_given(cell: NotebookNode) -> bool:
    """Whether the cell is the instructor's and has a name: grading always restores the original."""
    return bool(grade_id(cell)) and not is_answer(cell)


def tests(notebook: NotebookNode) -> Iterator[NotebookNode]:
    """The test cells, in order."""
    return filter(is_test, notebook.cells)


def points(cell: NotebookNode) -> float:
    """The most that a graded cell or a task can earn."""
    return float(marks(cell)["points"])


def worth(notebook: NotebookNode) -> dict[str, float]:
    """{grade_id: the most that it can earn} of the graded cells and tasks of an instructor's."""
    counted = (cell for cell in notebook.cells if is_graded(cell) or is_task(cell))
    return {name: points(cell) for cell in counted if (name := grade_id(cell))}


def exercise_name(test: str) -> str:
    """The exercise that the test cell with this grade_id tests; its answer cell has that name."""
    return test.removeprefix(TEST)
