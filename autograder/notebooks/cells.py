"""What a cell is by nbgrader's marks: a test, an answer, or given.

They say the same as nbgrader.utils for cells that nbgrader made. A submission may have anything
where the marks should be, which is read as no mark; and importing nbgrader takes a second.
"""

from collections.abc import Iterator

from nbformat import NotebookNode

SCHEMA_VERSION = 3
# The test of the exercise NAME is the cell test_NAME.
TEST = "test_"


def marks(cell: NotebookNode) -> dict:
    """nbgrader's metadata of a cell, empty where it has none."""
    found = cell.metadata.get("nbgrader")
    return found if isinstance(found, dict) else {}


def new_marks(name: str, *, answer: bool = False, points: float | None = None) -> dict:
    """Metadata for a cell with this grade_id.

    answer: whether students write it. points: None where it earns none.
    """
    made = {
        "grade": points is not None,
        "grade_id": name,
        "locked": not answer,
        "schema_version": SCHEMA_VERSION,
        "solution": answer,
        "task": False,
    }
    return made if points is None else {**made, "points": points}


def grade_id(cell: NotebookNode) -> str | None:
    """nbgrader's name of a cell, or None."""
    name = marks(cell).get("grade_id")
    return name if isinstance(name, str) else None


def named(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """{grade_id: cell} in the order of the notebook; the last one where a name is there twice."""
    return {name: cell for cell in notebook.cells if (name := grade_id(cell))}


def is_answer(cell: NotebookNode) -> bool:
    """Whether students write it: code or a written answer."""
    return bool(marks(cell).get("solution"))


def is_graded(cell: NotebookNode) -> bool:
    """Whether it earns points: a test, or an answer that a person marks. Not for tasks."""
    return bool(marks(cell).get("grade"))


def is_task(cell: NotebookNode) -> bool:
    """Whether it is a description of work that a person marks as a whole."""
    return bool(marks(cell).get("task"))


def is_test(cell: NotebookNode) -> bool:
    """Whether it is code of the instructor's that decides points."""
    return cell.cell_type == "code" and is_graded(cell) and not is_answer(cell)


def is_given(cell: NotebookNode) -> bool:
    """Whether it has a name and is the instructor's: put back whatever a student does to it."""
    return bool(grade_id(cell)) and not is_answer(cell)


def tests(notebook: NotebookNode) -> Iterator[NotebookNode]:
    """The test cells, in order."""
    return filter(is_test, notebook.cells)


def points(cell: NotebookNode) -> float:
    """The most that a graded cell or a task can earn."""
    return float(marks(cell)["points"])


def exercise_name(test: str) -> str:
    """The exercise, and the name of its answer cell, of the test cell with this grade_id."""
    return test.removeprefix(TEST)
