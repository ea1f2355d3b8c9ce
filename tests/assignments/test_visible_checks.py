"""The checks that students see: they pass every right answer of the bank, and catch wrong ones."""

import ast
import re
from collections import Counter

import numpy as np
import pytest
import torch

from autograder.checks import answers
from autograder.course.course import Course, read_notebook
from autograder.notebooks.cells import grade_id, is_given, is_test
from helpers import expect
from helpers.expect import Mismatch
from tests import own_course
from tests.lengths import slow_where
from tests.seeds import seed_every_generator

ASSIGNMENTS = list(own_course.ASSIGNMENTS)
ONE = ASSIGNMENTS[-1]
HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS\n.*?### END HIDDEN TESTS\n?", re.DOTALL)


class Notebook:
    """Its cells; given: the code of definitions(), compiled once for hundreds of answers."""

    def __init__(self, notebook):
        self.cells = notebook.cells
        self.given = [compile(source, "<given>", "exec") for source in definitions(notebook)]


@pytest.fixture(scope="module")
def notebooks(request):
    home = Course.at(request.config.rootpath)
    return {name: Notebook(read_notebook(home.source(name))) for name in ASSIGNMENTS}


def definitions(notebook):
    """Imports, and cells of given functions and classes, without what loads data or trains."""
    yield next(cell.source for cell in notebook.cells if cell.id == "setup")
    for cell in notebook.cells:
        given = cell.cell_type == "code" and is_given(cell) and not is_test(cell)
        if given and cell.id != "setup":
            body = ast.parse(cell.source).body
            kinds = (ast.FunctionDef, ast.ClassDef, ast.ImportFrom)
            if all(isinstance(node, kinds) for node in body) and not is_of_an_answer(body):
                yield cell.source


def is_of_an_answer(body):
    """Whether a class of the cell is derived from a class that students write."""
    written = {exercise.name for exercise in own_course.everything()}
    bases = (base for node in body if isinstance(node, ast.ClassDef) for base in node.bases)
    return any(isinstance(base, ast.Name) and base.id in written for base in bases)


def check(notebook, name):
    (cell,) = [cell for cell in notebook.cells if grade_id(cell) == f"test_{name}"]
    return HIDDEN.sub("", cell.source)


def run(notebook, answer):
    """Define the answer after the given cells and run the visible check below it."""
    namespace = {"__name__": "__main__"}
    seed_every_generator(0)  # some answers draw, and a check sees some draws only
    exec(answers.PRELUDE, namespace)
    for code in notebook.given:
        exec(code, namespace)
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
    if (answer.name, answer.title) in own_course.told(assignment, "OTHER_CONVENTIONS"):
        with pytest.raises(Exception):  # noqa: B017 (whatever the other convention runs into)
            run(notebooks[assignment], answer)
    else:
        run(notebooks[assignment], answer)


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_no_check_says_a_hint_twice(notebooks, assignment):
    for cell in filter(is_test, notebooks[assignment].cells):
        texts = (each.value for each in ast.walk(ast.parse(cell.source)) if is_text(each))
        twice = [text for text, times in Counter(texts).items() if times > 1 and len(text) > 20]
        assert not twice, grade_id(cell)


def is_text(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


@pytest.mark.parametrize("assignment", slow_where(lambda name: name != ONE, ASSIGNMENTS))
def test_hardly_a_wrong_answer_gets_every_visible_tick(notebooks, assignment):
    every = [answer for answer in own_course.bank(assignment) if answer.verdict == "wrong"]
    hinted, unseen, caught = 0, set(), set()
    for answer in every:
        try:
            run(notebooks[assignment], answer)
        except Mismatch as mismatch:
            hinted += mismatch.hint is not None
            caught.add(answer.name)
        except Exception:  # a check may also stop on what the answer itself raises
            caught.add(answer.name)
        else:
            unseen.add(str(answer))
    assert unseen == set(own_course.told(assignment, "UNSEEN"))
    assert len(unseen) <= 0.02 * len(every)
    assert caught == {exercise.name for exercise in own_course.of_assignment(assignment)}
    assert hinted > 0.4 * len(every)


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
            and (answer.name, answer.title) not in own_course.told(assignment, "OTHER_CONVENTIONS")
        )
        run(notebooks[assignment], right)
    assert not useless


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_no_visible_check_shows_its_hidden_half(notebooks, assignment):
    for exercise in own_course.of_assignment(assignment):
        visible = check(notebooks[assignment], exercise.name)
        assert "judge(" not in visible and "expect." in visible
