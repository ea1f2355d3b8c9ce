"""What a cell is, by marks that nbgrader made and by whatever else is in their place."""

import nbgrader.utils
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.nbgraderformat import MetadataValidator

from autograder.notebooks import cells


def cell(make=new_code_cell, **marks):
    return make("x", metadata={"nbgrader": cells.new_marks("x", **marks)})


KINDS = {
    "a test": cell(points=1),
    "code to write": cell(answer=True),
    "code that a person marks": cell(answer=True, points=1),
    "a written answer": cell(new_markdown_cell, answer=True, points=1),
    "given": cell(),
    "a given text": cell(new_markdown_cell),
    "one of the student's own": new_code_cell("x"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_marks_mean_what_nbgrader_says(kind):
    mine = KINDS[kind]
    assert cells.is_graded(mine) is nbgrader.utils.is_grade(mine)
    assert cells.is_answer(mine) is nbgrader.utils.is_solution(mine)
    assert cells.is_task(mine) is nbgrader.utils.is_task(mine)
    assert cells.is_test(mine) is (kind == "a test")
    assert cells.is_given(mine) is (kind in ("a test", "given", "a given text"))


@pytest.mark.parametrize("kind", KINDS)
def test_nbgrader_takes_the_marks(kind):
    MetadataValidator().validate_cell(KINDS[kind])


@pytest.mark.parametrize("marks", [None, [], "x", 5, {}, {"grade_id": ["x"]}, {"grade_id": None}])
def test_what_is_no_mark_makes_a_cell_the_students_own(marks):
    odd = new_code_cell("x", metadata={"nbgrader": marks})
    assert cells.grade_id(odd) is None
    asked = (cells.is_test, cells.is_answer, cells.is_graded, cells.is_task, cells.is_given)
    assert not any(ask(odd) for ask in asked)


def test_cells_by_name_in_order():
    named = cells.named(new_notebook(cells=list(KINDS.values())[::-1]))
    assert list(named) == ["x"] and named["x"] is KINDS["a test"]


def test_the_exercise_of_a_test():
    assert cells.exercise_name("test_double") == "double"
    assert cells.exercise_name("double") == "double"
