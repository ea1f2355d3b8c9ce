"""A source notebook put in order: what Jupyter left goes, what nbgrader needs comes."""

import shutil

import nbformat
import pytest
from nbformat.v4 import new_output

from autograder.course.course import read_notebook
from autograder.releasing.tidy import tidy
from helpers.errors import CourseError
from tests import own_course


@pytest.mark.parametrize("assignment", own_course.ASSIGNMENTS)
def test_what_is_committed_is_in_order(course, home, assignment):
    (sentence,) = tidy(course, assignment)
    assert course.source(assignment).read_bytes() == home.source(assignment).read_bytes()
    asked = (*own_course.of_assignment(assignment), *own_course.MODELS[assignment])
    by_checks = sum(each.points for each in asked)
    assert f"{by_checks} points by checks, {100 - by_checks} by hand" in sentence


def change(course, how, assignment="foundations"):
    path = course.source(assignment)
    notebook = read_notebook(path)
    how({cell.id: cell for cell in notebook.cells}, notebook)
    nbformat.write(notebook, path)


def test_cells_as_jupyter_saves_them_are_marked(course, home):
    def as_saved(cells, _):
        for name in ("ridge", "test_ridge", "kl_gaussian"):
            cells[name].id = f"{len(name):08x}"
            cells[name].execution_count = 3
            cells[name].metadata = nbformat.from_dict({"execution": {"iopub.status.idle": "x"}})
        cells["test_ridge"].outputs = [new_output("stream", text="✓ a line")]

    change(course, as_saved)
    tidy(course, "foundations")
    assert course.source("foundations").read_bytes() == home.source("foundations").read_bytes()


def test_checks_are_folded_and_nothing_else_is(course):
    def unfold(cells, _):
        for cell in cells.values():
            cell.metadata.pop("jupyter", None)
            cell.metadata.pop("cellView", None)
        cells["test_ridge"].source = cells["test_ridge"].source.split("\n", 1)[1]

    change(course, unfold)
    tidy(course, "foundations")
    notebook = read_notebook(course.source("foundations"))
    for cell in notebook.cells:
        folded = cell.metadata.get("jupyter", {}).get("source_hidden", False)
        assert folded == (cell.metadata.get("cellView") == "form") == cell.id.startswith("test_")
    (ridge,) = [cell for cell in notebook.cells if cell.id == "test_ridge"]
    assert ridge.source.startswith("#@title Check: ridge\n### BEGIN HIDDEN TESTS\n")


def test_other_points_are_told_where_they_stand(course):
    path = course.source("gan-mnist").parent / "checks" / "losses.py"
    before, after = path.read_text().split('id="gan-mnist.generator_loss"')
    after = after.replace("points=4", "points=5", 1)
    path.write_text(f'{before}id="gan-mnist.generator_loss"{after}')
    _, warning = tidy(course, "gan-mnist")
    assert "The sum is 101 points and should be 100" in warning
    cells = {cell.id: cell for cell in read_notebook(course.source("gan-mnist")).cells}
    assert cells["test_generator_loss"].metadata.nbgrader.points == 5
    headings = "".join(cell.source for cell in cells.values() if cell.cell_type == "markdown")
    assert "· 5 + 4 points*" in headings and "· 4 + 4 points*" not in headings


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (
            lambda cells, notebook: notebook.cells.remove(cells["test_ridge"]),
            'ridge needs one code cell that calls judge("foundations.ridge", ...), and the',
        ),
        (
            lambda cells, notebook: cells["ridge"].update(source="def ridge(Z, y, lam:"),
            "foundations.ridge needs one code cell that defines it between marks",
        ),
        (
            lambda cells, notebook: cells["kl_gaussian"].update(source=cells["ridge"].source),
            "foundations.kl_gaussian needs one code cell that defines",
        ),
        (
            lambda cells, notebook: cells["show-ridge"].update(source=cells["ridge"].source),
            "marks (### BEGIN SOLUTION), and the notebook has 2",
        ),
    ],
)
def test_cells_that_are_missing_or_doubled_are_named_and_nothing_is_written(course, how, words):
    change(course, how)
    before = course.source("foundations").read_bytes()
    with pytest.raises(CourseError) as refused:
        tidy(course, "foundations")
    assert words in str(refused.value)
    assert course.source("foundations").read_bytes() == before


def test_an_assignment_under_another_name_brings_its_checks(course):
    folder = course.root / "solutions" / "other"
    (course.root / "solutions" / "vae").rename(folder)
    (folder / "vae.ipynb").rename(folder / "other.ipynb")
    assert tidy(course, "other") == ["other.ipynb: 70 points by checks, 30 by hand"]


def test_an_assignment_without_checks_is_counted(course):
    shutil.rmtree(course.source("vae").parent / "checks")
    assert tidy(course, "vae") == ["vae.ipynb: 70 points by checks, 30 by hand"]
