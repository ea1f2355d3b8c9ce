"""What each part of a notebook has: something to read, and pictures that are there."""

import re

import pytest

from autograder.course.course import Course, read_notebook
from benchmarks import expected_pictures
from tests import own_course

PICTURE = re.compile(r"!\[[^\]]*\]\(([^)]+)\)")
# Characters of a picture, 40 kB: a notebook stays small.
LARGEST = 54_000
NAMES = re.compile(r"`([A-Za-z]\w*_\w*)`")
# Names of the world outside: files, variables of the environment, words of the literature.
OUTSIDE = {"COURSE_BUDGET", "OMP_NUM_THREADS", "COURSE_DEVICE"}


@pytest.fixture(params=own_course.ASSIGNMENTS)
def notebook(request):
    return read_notebook(Course.at(request.config.rootpath).source(request.param))


def parts(notebook):
    """The cells of each part, by the id of its first cell."""
    found, part = {}, None
    for cell in notebook.cells:
        if re.fullmatch(r"part-\d", cell.id):
            part = found.setdefault(cell.id, [])
        if part is not None:
            part.append(cell)
    return found


def test_each_part_ends_with_something_to_read(notebook):
    last = list(parts(notebook))[-1]
    for name, cells in parts(notebook).items():
        if name == last and cells[-1].id == "part-5":
            continue  # gan-fashion's last part is a command
        sources = [cell.source for cell in cells if not cell.id.startswith(("the-end", "outro"))]
        assert sources[-1].startswith("**Read more.**"), name


def test_the_pictures_that_it_shows_are_those_of_the_gallery(notebook):
    for cell in notebook.cells:
        shown = expected_pictures.pictures(cell)
        assert cell.get("attachments", {}) == shown, "run python -m benchmarks.expected_pictures"


@pytest.mark.parametrize("assignment", own_course.ASSIGNMENTS)
def test_a_released_notebook_carries_its_pictures(request, assignment):
    notebook = read_notebook(Course.at(request.config.rootpath).released(assignment))
    shown = PICTURE.findall("\n".join(cell.source for cell in notebook.cells))
    carried = [place for place in shown if place.startswith("data:image/png;base64,")]
    assert carried and max(map(len, carried)) < LARGEST
    assert all(place.startswith("https:") for place in shown if place not in carried)


def test_a_name_in_the_text_is_one_of_the_code(notebook):
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    texts = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    named = {name for cell in texts for name in NAMES.findall(cell.source)} - OUTSIDE
    known = {name for name in named if re.search(rf"\b{name}\b", code)}
    library = {name for name in named - known if _is_of_torch(name)}
    assert named - known == library


def _is_of_torch(name):
    import torch

    places = (torch, torch.nn, torch.nn.functional, torch.Tensor, torch.autograd)
    return any(hasattr(place, name) for place in places)


def width(formula):
    """About how many signs of a line of text a line of TeX takes."""
    formula = re.sub(r"_\{\\text\{[^}]*\}\}", "", formula)  # below a brace
    formula = re.sub(
        r"\\(begin|end)\{\w+\}|\\(mathbb|mathcal|mathrm|text|operatorname)\b", "", formula
    )
    formula = re.sub(r"\\([bB]igg?[lr]?|left|right|hat|bar|tilde)\b", "", formula)
    formula = formula.replace(r"\qquad", "......").replace(r"\quad", "...")
    formula = re.sub(r"\\[a-zA-Z]+", "x", formula)
    return len(re.sub(r"[{}_^\\&\s]", "", formula))


def test_a_formula_fits_into_the_window_of_a_laptop(notebook):
    """JupyterLab cuts what is wider than its column: 80 signs at 1,280 pixels, with its sidebar."""
    cells = [
        cell.source
        for cell in notebook.cells
        if cell.cell_type == "markdown" and "BEGIN SOLUTION" not in cell.source
    ]
    shown = [found for source in cells for found in re.findall(r"\$\$(.+?)\$\$", source, re.S)]
    lines = [line for formula in shown for line in formula.split("\\\\")]
    assert lines and not [line for line in lines if width(line) > 75]
