"""What a student is to find is in no text that the student gets: it is in marking schemes only."""

import re

import pytest

from autograder.course.course import Course, read_notebook
from autograder.notebooks.cells import is_answer
from tests import own_course

KEPT_BACK = re.compile(
    r"<!-- BEGIN MARK SCHEME -->.*?<!-- END MARK SCHEME -->"
    r"|### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS",
    re.DOTALL,
)
SPACES = re.compile(r"\s|\\[,;!:]|\\(?:bigl|bigr|Bigl|Bigr|left|right)\b|(?<=\$)\$")


def plain(text):
    return SPACES.sub("", text)


def given(notebook):
    """{id: text without spaces} of what students read: no answers, schemes or hidden tests."""
    return {
        cell.id: plain(KEPT_BACK.sub("", cell.source))
        for cell in notebook.cells
        if not is_answer(cell)
    }


def given_away(notebook, assignment):
    """(cell, exercise, formula) for each formula that a text prints."""
    return [
        (name, exercise, formula)
        for name, text in given(notebook).items()
        for exercise, formulas in own_course.told(assignment, "FORMULAS").items()
        for formula in formulas
        if formula in text
    ]


@pytest.mark.parametrize("assignment", own_course.ASSIGNMENTS)
def test_no_text_prints_the_formula_of_an_exercise(request, assignment):
    notebook = read_notebook(Course.at(request.config.rootpath).source(assignment))
    assert given_away(notebook, assignment) == []


@pytest.mark.parametrize("assignment", own_course.ASSIGNMENTS)
def test_every_exercise_has_its_formulas(assignment):
    formulas = own_course.told(assignment, "FORMULAS")
    assert list(formulas) == [each.name for each in own_course.of_assignment(assignment)]
    assert all(formulas.values())


@pytest.mark.parametrize(
    "text",
    [
        r"Show that $(Z^\top Z + n\lambda A)\, w = Z^\top y$ at the minimum.",
        "return torch.linalg.solve(Z.T @ Z + len(Z) * lam * torch.eye(2), Z.T @ y)",
        r"Start from $f_{UV}(u, v) = \frac1{4\pi}e^{-(u^2 + v^2)/4}$.",
        r"$h^*(x) = \log p_\text{data}(x) - \log p_\theta(x)$",
    ],
)
def test_a_formula_in_a_question_is_seen_and_in_its_scheme_is_not(text):
    from nbformat.v4 import new_markdown_cell, new_notebook

    scheme = f"<!-- BEGIN MARK SCHEME -->\n{text}\n<!-- END MARK SCHEME -->"
    for source, seen in [(text, True), (f"Derive it.\n{scheme}", False)]:
        notebook = new_notebook(cells=[new_markdown_cell(source)])
        assert bool(given_away(notebook, "foundations")) is seen
