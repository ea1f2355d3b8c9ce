"""The checks that students see: they pass every right answer of the bank, and catch wrong ones."""

import ast
import re

import numpy as np
import pytest
import torch

from autograder.checks import answers
from autograder.course.course import Course, read_notebook
from autograder.notebooks.cells import grade_id, is_given, is_test
from helpers import expect
from helpers.expect import Mismatch
from tests import own_course
from tests.assignments.flow import OTHER_CONVENTIONS

ASSIGNMENTS = list(own_course.ASSIGNMENTS)
HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS\n.*?### END HIDDEN TESTS\n?", re.DOTALL)


@pytest.fixture(scope="module")
def notebooks(request):
    home = Course.at(request.config.rootpath)
    return {name: read_notebook(home.source(name)) for name in ASSIGNMENTS}


def definitions(notebook):
    """Imports and given functions of a notebook, without what loads data or trains."""
    source = next(cell.source for cell in notebook.cells if cell.id == "setup")
    for cell in notebook.cells:
        given = cell.cell_type == "code" and is_given(cell) and not is_test(cell)
        if given and cell.id != "setup":
            body = ast.parse(cell.source).body
            kinds = (ast.FunctionDef, ast.ClassDef, ast.ImportFrom)
            if all(isinstance(node, kinds) for node in body):
                source += "\n\n" + cell.source
    return source


def check(notebook, name):
    (cell,) = [cell for cell in notebook.cells if grade_id(cell) == f"test_{name}"]
    return HIDDEN.sub("", cell.source)


def run(notebook, answer):
    """Define the answer after the given cells and run the visible check below it."""
    namespace = {"__name__": "__main__"}
    exec(answers.PRELUDE, namespace)
    exec(definitions(notebook), namespace)
    exec(answer.source, namespace)
    exec(check(notebook, answer.name), namespace)


def bank(verdict):
    return [
        pytest.param(assignment, answer, id=str(answer))
        for assignment in ASSIGNMENTS
        for answer in own_course.bank(assignment)
        if answer.verdict == verdict
    ]


@pytest.mark.parametrize(("assignment", "answer"), bank("right"))
def test_the_visible_check_passes_what_is_right(notebooks, assignment, answer):
    if (answer.name, answer.title) in OTHER_CONVENTIONS:
        with pytest.raises(Exception):  # noqa: B017 (whatever the other convention runs into)
            run(notebooks[assignment], answer)
    else:
        run(notebooks[assignment], answer)


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_every_visible_check_catches_wrong_answers(notebooks, assignment):
    caught, hinted, every = {}, 0, 0
    for answer in own_course.bank(assignment):
        if answer.verdict != "wrong" or answer.misconception is None:
            continue
        every += 1
        try:
            run(notebooks[assignment], answer)
        except Mismatch as mismatch:
            caught.setdefault(answer.name, 0)
            caught[answer.name] += 1
            hinted += mismatch.hint is not None
        except Exception:  # a check may also stop on what the answer itself raises
            caught.setdefault(answer.name, 0)
            caught[answer.name] += 1
    assert set(caught) == {exercise.name for exercise in own_course.of_assignment(assignment)}
    assert sum(caught.values()) > 0.8 * every
    assert hinted > every / 2


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_every_hint_can_be_given(notebooks, assignment, monkeypatch):
    """It has as many values as the truth, which it is not."""
    useless, original = [], expect.close

    def close(label, got, expected, **options):
        truth = np.asarray(torch.as_tensor(expected).detach())
        for wrong in options.get("hints") or ():
            fits = np.size(wrong) in (1, truth.size)
            near = options.get("rtol", 1e-4), options.get("atol", 1e-5)
            if not fits or np.allclose(np.ravel(wrong), truth.ravel(), *near):
                useless.append((label, wrong))
        return original(label, got, expected, **options)

    monkeypatch.setattr(expect, "close", close)
    for exercise in own_course.of_assignment(assignment):
        right = next(
            answer
            for answer in own_course.bank(assignment)
            if (answer.name, answer.verdict) == (exercise.name, "right")
            and (answer.name, answer.title) not in OTHER_CONVENTIONS
        )
        run(notebooks[assignment], right)
    assert not useless


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_no_visible_check_shows_its_hidden_half(notebooks, assignment):
    for exercise in own_course.of_assignment(assignment):
        visible = check(notebooks[assignment], exercise.name)
        assert "judge(" not in visible and "expect." in visible
