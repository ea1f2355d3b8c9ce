"""Of a submission only the answers are believed."""

import copy

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.utils import compute_checksum

from autograder.course.course import read_notebook
from autograder.grading.grade import grade
from autograder.grading.preparing.canonical import canonical
from autograder.notebooks.cells import grade_id
from autograder.notebooks.fill_answers import fill, solution_sources, write_submission
from autograder.releasing.release import release
from tests import own_course

ASSIGNMENT = "gan-mnist"
AUTOMATIC = sum(exercise.points for exercise in own_course.of_assignment(ASSIGNMENT))
# Nobody here hands in a model.
MODELS = sum(model.points for model in own_course.MODELS[ASSIGNMENT])


@pytest.fixture
def released(home):
    return read_notebook(home.released(ASSIGNMENT))


@pytest.fixture
def right(home, released):
    return fill(released, solution_sources(read_notebook(home.source(ASSIGNMENT))))


def cell_of(notebook, name):
    return next(cell for cell in notebook.cells if grade_id(cell) == name)


def without(notebook, *names):
    notebook.cells = [cell for cell in notebook.cells if grade_id(cell) not in names]


def sources(notebook):
    return [(cell.id, cell.cell_type, cell.source) for cell in notebook.cells]


def test_an_honest_submission_is_itself_and_draws_no_remark(released, right):
    result = canonical(released, right)
    assert sources(result.notebook) == sources(right)
    assert [c.metadata for c in result.notebook.cells] == [c.metadata for c in right.cells]
    assert result.remarks == ()


def test_a_check_may_be_unfolded(released, right):
    for cell in right.cells:
        cell.metadata.pop("jupyter", None)
        cell.metadata.pop("cellView", None)
    result = canonical(released, right)
    assert result.remarks == ()
    assert any(cell.metadata.get("cellView") == "form" for cell in released.cells)


def test_neither_argument_is_changed(released, right):
    before = copy.deepcopy((released, right))
    without(right, "bce_loss")
    canonical(released, right)
    assert released == before[0]


def skip_tests(notebook):
    for cell in notebook.cells:
        if (grade_id(cell) or "").startswith("test_"):
            cell.metadata["tags"] = ["skip-execution", "raises-exception"]


def raise_points(notebook):
    for cell in notebook.cells:
        if "points" in cell.metadata.get("nbgrader", {}):
            cell.metadata.nbgrader.points = float("nan")


def flip_flags(notebook):
    for cell in notebook.cells:
        if grade_id(cell):
            cell.metadata.nbgrader.grade = not cell.metadata.nbgrader.grade
            cell.metadata.nbgrader.solution = not cell.metadata.nbgrader.solution
            cell.metadata.nbgrader.schema_version = 99


def unlock_tests(notebook):
    for cell in notebook.cells:
        if (grade_id(cell) or "").startswith("test_"):
            cell.metadata.nbgrader.locked = False
            cell.metadata.nbgrader.pop("checksum", None)


def empty_tests(notebook):
    for cell in notebook.cells:
        if (grade_id(cell) or "").startswith("test_"):
            cell.source = "pass"


def turn_tests_into_markdown(notebook):
    for number, cell in enumerate(notebook.cells):
        if (grade_id(cell) or "").startswith("test_"):
            notebook.cells[number] = new_markdown_cell("gone", id=cell.id, metadata=cell.metadata)


def delete_tests(notebook):
    without(notebook, *(f"test_{e.name}" for e in own_course.of_assignment(ASSIGNMENT)))


def reverse(notebook):
    notebook.cells.reverse()


def strip_metadata(notebook):
    for cell in notebook.cells:
        cell.metadata = nbformat.NotebookNode()


def strip_metadata_and_ids(notebook):
    strip_metadata(notebook)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"


def change_the_kernel(notebook):
    notebook.metadata.kernelspec.name = "bash"


FORGERIES = {
    skip_tests: "was changed; the original was used",
    raise_points: "was changed; the original was used",
    flip_flags: "was changed; the original was used",
    unlock_tests: "was changed; the original was used",
    empty_tests: "was changed; the original was used",
    turn_tests_into_markdown: "was changed; the original was used",
    delete_tests: "is missing; it was put back",
    reverse: "in another order",
    strip_metadata: "was changed; the original was used",
    change_the_kernel: None,
}


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__)
def test_what_is_not_an_answer_changes_nothing(released, right, forge):
    forged = copy.deepcopy(right)
    forge(forged)
    result = canonical(released, forged)
    assert sources(result.notebook) == sources(right)
    assert result.notebook.metadata == released.metadata
    assert [c.metadata for c in result.notebook.cells] == [c.metadata for c in released.cells]
    words = FORGERIES[forge]
    assert any(words in remark for remark in result.remarks) if words else not result.remarks


OTHERS = {
    "Julia": ({"language": "julia", "name": "julia-1.9"}, {"name": "julia"}, {"julia"}),
    "Sage": ({"language": "sage", "name": "sagemath"}, {"name": "python"}, {"sage"}),
    "Colab, R": ({"name": "ir"}, {"name": "R"}, {"r"}),
    "Python elsewhere": ({"language": "python", "name": "conda-env-x"}, {"name": "python"}, set()),
    "nothing": ({}, {}, set()),
    "no name of a language": ({"language": "<b>x"}, {"name": "x" * 99}, set()),
    "values of other types": ({"language": 5}, {"name": ["julia"]}, set()),
    "metadata of other types": ("julia", ["julia"], set()),
    "another name of Python": ({"language": "python3"}, {"name": "IPython3"}, set()),
}


@pytest.mark.parametrize("other", OTHERS)
def test_a_notebook_of_another_language_has_a_remark(released, right, other):
    kernel, info, said = OTHERS[other]
    right.metadata |= nbformat.from_dict({"kernelspec": kernel, "language_info": info})
    result = canonical(released, right)
    assert sources(result.notebook) == sources(right)
    assert result.notebook.metadata == released.metadata
    wanted = [f"The file is a notebook in {one}; its cells were run as Python." for one in said]
    assert list(result.remarks) == wanted


def test_code_answers_are_found_without_any_mark(released, right):
    stripped = copy.deepcopy(right)
    strip_metadata_and_ids(stripped)
    result = canonical(released, stripped)
    for exercise in own_course.of_assignment(ASSIGNMENT):
        wanted = cell_of(right, exercise.name).source
        assert cell_of(result.notebook, exercise.name).source == wanted
    assert "bce_loss: the cell had lost its metadata and was found by what it defines." in (
        result.remarks
    )


def test_a_missing_answer_is_the_empty_stub(released, right):
    without(right, "bce_loss", "test_bce_loss", "q_why_scaling")
    result = canonical(released, right)
    for name in ("bce_loss", "q_why_scaling"):
        assert cell_of(result.notebook, name).source == cell_of(released, name).source
        assert f"{name}: the cell is missing; the empty one was put back." in result.remarks


def test_the_stub_of_an_earlier_release_is_no_answer(released):
    handed_in = copy.deepcopy(released)
    cell = cell_of(handed_in, "bce_loss")
    cell.source = "# an older stub\nraise NotImplementedError()"
    of_its_own = canonical(released, handed_in)  # whoever wrote a comment left it for a teacher
    assert "older stub" in cell_of(of_its_own.notebook, "bce_loss").source
    cell.metadata.nbgrader.checksum = compute_checksum(cell)
    result = canonical(released, handed_in)
    assert cell_of(result.notebook, "bce_loss").source == cell_of(released, "bce_loss").source


def test_own_cells_run_where_they_stood_without_their_marks(released, right):
    place = right.cells.index(cell_of(right, "bce_loss"))
    mark = {"grade": True, "points": 50, "grade_id": "mine", "solution": False, "locked": False}
    helper = new_code_cell("def helper(h):\n    return h", id="mine")
    helper.metadata = nbformat.from_dict({"nbgrader": mark, "tags": ["raises-exception"]})
    right.cells.insert(place, helper)
    right.cells.append(new_code_cell("print('bye')", id="bye"))
    result = canonical(released, right)
    made = result.notebook.cells
    assert made[place].source == helper.source and made[place].metadata == {}
    assert made[place + 1] == cell_of(right, "bce_loss")
    assert made[-1].source == "print('bye')"
    assert "Cells that the student added, run where they were: 2." in result.remarks


def test_swapped_grade_ids_exchange_the_sources_and_nothing_else(released, right):
    one, two = cell_of(right, "bce_loss"), cell_of(right, "generator_loss")
    one.metadata.nbgrader.grade_id, two.metadata.nbgrader.grade_id = "generator_loss", "bce_loss"
    result = canonical(released, right)
    assert "def generator_loss" in cell_of(result.notebook, "bce_loss").source
    assert [c.metadata for c in result.notebook.cells] == [c.metadata for c in released.cells]


@pytest.mark.slow
@pytest.mark.sandbox
@pytest.mark.deep
def test_nbgrader_grades_the_canonical_notebook(course):
    blank = read_notebook(release(course, ASSIGNMENT))
    right = fill(blank, solution_sources(read_notebook(course.source(ASSIGNMENT))))
    write_submission(course, "honest", ASSIGNMENT, right)
    forged = copy.deepcopy(blank)
    for forge in (skip_tests, raise_points, empty_tests):
        forge(forged)
    write_submission(course, "forger", ASSIGNMENT, forged)
    results = {result.student: result for result in grade(course, ASSIGNMENT)}
    assert (results["honest"].score, results["honest"].remarks) == (AUTOMATIC, ())
    assert (results["forger"].score, results["forger"].max_score) == (0, AUTOMATIC + MODELS)
    assert (
        "test_bce_loss: the cell was changed; the original was used." in results["forger"].remarks
    )
