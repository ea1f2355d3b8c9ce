"""Metadata: the graded notebook is the instructor's; of a submission only answers are taken."""

import copy

import pytest
from nbformat.v4 import new_code_cell

from tests.autograder.hostile.case import (
    LOSS_ONLY,
    SAY,
    Case,
    cell_of,
    forgery,
    points_of,
)
from tests.tiny_course import POINTS, RIGHT

pytestmark = pytest.mark.slow

CHANGED, MISSING = "the cell was changed; the original was used", "is missing; it was put back"


def each(content, change):
    for cell in content["cells"]:
        if "nbgrader" in cell["metadata"]:
            change(cell, cell["metadata"]["nbgrader"])


def checks(content, change):
    each(content, lambda cell, mark: change(cell, mark) if "points" in mark else None)


def tags(content):
    both = ["skip-execution", "raises-exception"]
    checks(content, lambda cell, mark: cell["metadata"].update(tags=both))


def points(number):
    return lambda content: checks(content, lambda cell, mark: mark.update(points=number))


def flip(flag):
    def change(content):
        each(content, lambda cell, mark: mark.update({flag: not mark[flag]}))

    return change


def rename(content):
    cell_of(content, "test_double")["metadata"]["nbgrader"]["grade_id"] = "double_2"


def swap(content):
    one, two = (cell_of(content, f"test_{name}")["metadata"]["nbgrader"] for name in POINTS)
    one["grade_id"], two["grade_id"] = two["grade_id"], one["grade_id"]


def swap_answers(content):
    one, two = (cell_of(content, name)["metadata"]["nbgrader"] for name in POINTS)
    one["grade_id"], two["grade_id"] = two["grade_id"], one["grade_id"]


def duplicate(content):
    content["cells"] += [copy.deepcopy(cell_of(content, "test_bce_loss")) for _ in range(3)]
    twin = copy.deepcopy(cell_of(content, "bce_loss"))
    twin["id"] = "twin"
    content["cells"].append(twin)


def delete(*names):
    def change(content):
        for name in names:
            content["cells"].remove(cell_of(content, name))

    return change


def strip(content):
    for number, cell in enumerate(content["cells"]):
        cell["metadata"], cell["id"] = {}, f"c{number}"


def turn(kind):
    def change(content):
        cell = cell_of(content, "test_double")
        cell["cell_type"] = kind
        del cell["outputs"], cell["execution_count"]

    return change


def empty(content):
    checks(content, lambda cell, mark: cell.update(source="pass"))


def kernelspec(content):
    content["metadata"]["kernelspec"] = {"name": "bash", "display_name": "x", "language": "bash"}
    content["metadata"]["language_info"] = {"name": "bash"}


def schema(content):
    each(content, lambda cell, mark: mark.update(schema_version=99))


def reverse(content):
    content["cells"].reverse()


def more_cells(content):
    for number in range(5):
        mark = {"grade": True, "solution": False, "locked": True, "points": 50}
        cell = new_code_cell("helper = 1", metadata={"nbgrader": mark | {"grade_id": f"x{number}"}})
        content["cells"].insert(number, cell)


def odd_marks(content):
    """Marks that are no marks: a list, a number, a name that is no text."""
    for mark in ([], 5, "x", {"grade_id": {}}, {"grade_id": [[]]}, {"grade_id": "why"}):
        content["cells"].append(new_code_cell("1", metadata={"nbgrader": mark}))
    cell_of(content, "why")["metadata"]["nbgrader"] |= {"points": [], "checksum": 5}


CASES = [
    forgery("skip-execution and raises-exception tags", change=tags, says=(CHANGED,)),
    forgery("edited points", change=points(1000), says=(CHANGED,)),
    forgery("NaN points", change=points(float("nan")), says=(CHANGED,)),
    forgery("the grade flag flipped", change=flip("grade"), says=(CHANGED,)),
    forgery("the solution flag flipped", change=flip("solution"), says=(CHANGED,)),
    forgery("a grade_id renamed", change=rename),
    forgery("grade_ids swapped", change=swap),
    Case("grade_ids of answers swapped", change=swap_answers, score=LOSS_ONLY),
    forgery("duplicated cells", change=duplicate, says=("4 times; it counts once",)),
    forgery(
        "the test deleted", change=delete("test_double"), says=(f"test_double: the cell {MISSING}",)
    ),
    forgery(
        "test and solution both deleted",
        change=delete("double", "test_double"),
        says=("the empty one was put back", f"test_double: the cell {MISSING}", "double"),
    ),
    Case("all metadata stripped", change=strip, says=("found by what it defines",)),
    forgery("all metadata stripped, a wrong answer", change=strip),
    forgery("the test turned into markdown", change=turn("markdown"), says=(CHANGED,)),
    forgery("the test turned into raw", change=turn("raw"), says=(CHANGED,)),
    forgery("the test emptied", change=empty, says=(CHANGED,)),
    Case("the kernelspec changed", change=kernelspec, says=("a notebook in bash; its cells were",)),
    Case("the schema version changed", change=schema),
    Case("cells reordered", change=reverse, says=("in another order",)),
    forgery("extra cells added, with points", change=more_cells, says=("that the student added",)),
    forgery(
        "extra cells that fail", "import nowhere\n" + SAY, "1 / 0", says=("that the student added",)
    ),
    Case("marks that are no marks", change=odd_marks),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_nothing_but_answers_is_believed(graded, case):
    graded.check(case)


def test_everybody_is_graded_on_the_instructors_notebook(graded):
    first = points_of(graded.notebook(graded.honest[0]))
    for case in CASES:
        assert points_of(graded.notebook(graded.student(case))) == first


def test_only_the_sum_of_released_points_can_be_reached(graded):
    assert {result.max_score for result in graded.results.values() if result.score is not None} == {
        sum(POINTS.values())
    }
    assert LOSS_ONLY == POINTS["bce_loss"] and set(RIGHT) > set(POINTS)
