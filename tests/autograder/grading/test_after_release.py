"""What an instructor changes after handing out is not told to students as theirs."""

import copy

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.course.course import read_notebook
from autograder.grading.preparing.canonical import canonical
from autograder.notebooks.cells import named, new_marks
from autograder.notebooks.fill_answers import fill
from autograder.releasing.release import release
from tests.tiny_course import RIGHT, TINY, tiny_course


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """again(change) -> (the notebook as students got it, the one released after the change)."""
    course = tiny_course(tmp_path_factory.mktemp("tiny") / "course")
    path = course.source(TINY)
    source = read_notebook(path)
    for name in ("setup", "title"):
        cell = next(cell for cell in source.cells if cell.id == name)
        cell.metadata.nbgrader = new_marks(name)
    nbformat.write(source, path)
    release(course, TINY)
    first = read_notebook(course.released(TINY))

    def again(change):
        notebook = copy.deepcopy(source)
        change(notebook, named(notebook))
        nbformat.write(notebook, path)
        release(course, TINY)
        return first, read_notebook(course.released(TINY))

    return again


def another_setup(notebook, cells):
    cells["setup"].source = "import torch, math\nfrom helpers import expect, toys"


def another_visible_check(notebook, cells):
    cells["test_double"].source += "\nexpect.close('twice 2', double(torch.tensor(2.0)), 4.0)"


def other_points(notebook, cells):
    cells["test_double"].metadata.nbgrader.points = 7


def another_text(notebook, cells):
    cells["title"].source = "# Two exercises and a question"


def another_kind(notebook, cells):
    place = notebook.cells.index(cells["setup"])
    marks = {"nbgrader": new_marks("setup")}
    notebook.cells[place] = new_markdown_cell("Nothing.", id="setup", metadata=marks)


def a_test_more(notebook, cells):
    marks = {"nbgrader": new_marks("test_again", points=1)}
    notebook.cells.append(new_code_cell("assert double(1) == 2", id="more", metadata=marks))


def an_exercise_more(notebook, cells):
    marks = {"nbgrader": new_marks("more", answer=True)}
    source = "### BEGIN SOLUTION\nmore = 1\n### END SOLUTION"
    notebook.cells.append(new_code_cell(source, id="more", metadata=marks))
    a_test_more(notebook, cells)
    notebook.cells[-1].id = "again"


def another_order(notebook, cells):
    notebook.cells = (
        notebook.cells[:2] + notebook.cells[4:6] + notebook.cells[2:4] + (notebook.cells[6:])
    )


def a_test_less(notebook, cells):
    notebook.cells.remove(cells["test_double"])


def a_setup_less(notebook, cells):
    notebook.cells.remove(cells["setup"])


CHANGES = [
    another_setup,
    another_visible_check,
    other_points,
    another_text,
    another_kind,
    a_test_more,
    an_exercise_more,
    another_order,
    a_test_less,
    a_setup_less,
]


@pytest.mark.parametrize("change", CHANGES)
def test_the_instructor_s_changes_are_no_remark(two, change):
    old, new = two(change)
    made = canonical(new, fill(old, RIGHT))
    assert made.remarks == ()
    assert {n: c.source for n, c in named(made.notebook).items() if n in RIGHT} == RIGHT
    given = {cell.id: cell.source for cell in new.cells if cell.id not in RIGHT}
    assert {c.id: c.source for c in made.notebook.cells if c.id not in RIGHT} == given


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", ["setup", "test_double"])
def test_a_student_s_changes_are_still_told(two, change, name):
    old, new = two(change)
    handed_in = fill(old, RIGHT)
    named(handed_in)[name].source = "print('mine')"
    remarks = canonical(new, handed_in).remarks
    if name in named(new):
        assert remarks == (f"{name}: the cell was changed; the original was used.",)
    else:
        assert remarks == ("Cells that the student added, run where they were: 1.",)


def test_spaces_that_an_editor_took_away_are_no_remark(two):
    old, new = two(another_setup)
    handed_in = fill(old, RIGHT)
    named(handed_in)["setup"].source += " \n"
    assert canonical(new, handed_in).remarks == ()


def another_stub(notebook, cells):
    cells["why"].source = "Say why."
    cells["double"].source = cells["double"].source.replace("Twice x.", "Return twice x.")


def test_an_older_stub_is_no_answer(two):
    old, new = two(another_stub)
    sources = [cell.source for cell in canonical(new, old).notebook.cells]
    assert sources == [cell.source for cell in new.cells]
    written = fill(old, {"why": "Because."})
    assert named(canonical(new, written).notebook)["why"].source == "Because."
    assert named(canonical(new, written).notebook)["double"].source == named(new)["double"].source
