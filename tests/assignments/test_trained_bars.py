"""What a notebook says of a trained model is what the grader asks for."""

import ast
import math
import re
from dataclasses import replace

import pytest

from autograder.course.course import Course, read_notebook
from autograder.notebooks.cells import grade_id
from benchmarks import bars, records
from helpers.quality.trained import AT_MOST, CLASSES, FRECHET
from tests import own_course

# Of the runs that follow the recipe.
SHARE = 49 / 50

BARS = {model.id: model.needed for models in own_course.MODELS.values() for model in models}

MODELS = [
    pytest.param(assignment, model, id=model.id)
    for assignment, models in own_course.MODELS.items()
    for model in models
]


def cells_about(request, assignment, model):
    """(the text, the cell that saves, the test cell) of a model; they follow one another."""
    notebook = read_notebook(Course.at(request.config.rootpath).source(assignment))
    names = [grade_id(cell) for cell in notebook.cells]
    place = names.index(f"test_{model.name}")
    return notebook.cells[place - 2 : place + 1]


def called(source, name):
    """The call of this function of a module's, in the source."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    (found,) = [call for call in calls if ast.unparse(call.func) == name]
    return found


@pytest.mark.parametrize(("assignment", "model"), MODELS)
def test_the_text_names_every_bar(request, assignment, model):
    text, _, _ = cells_about(request, assignment, model)
    shown = re.findall(r"^\| (.+) \| at (most|least) ([\d.]+) \|$", text.source, re.MULTILINE)
    assert {name: float(value) for name, _, value in shown} == model.needed
    for name, direction, _ in shown:
        assert (direction == "most") == (name in AT_MOST)
    assert f"`models/{model.file}.safetensors`" in text.source
    assert f"*{model.points} point{'s' * (model.points != 1)}, " in text.source


@pytest.mark.parametrize(("assignment", "model"), MODELS)
def test_the_visible_part_measures_against_the_same_bars(request, assignment, model):
    _, saves, test = cells_about(request, assignment, model)
    assert "as-handed-in" in saves.metadata.tags
    assert ast.literal_eval(called(saves.source, "submit.save_model").args[0]) == model.file
    kind = type(model.kind).__name__
    checks = {"Pictures": "generator", "Energies": "energy", "Codes": "codes"}
    checks |= {"Denoiser": "denoiser", "Velocity": "velocity"}
    call = called(test.source, f"handed_in.{checks[kind]}")
    assert ast.literal_eval(call.args[0]) == model.file
    assert ast.literal_eval(call.args[2]) == model.needed
    if kind == "Pictures":
        named = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
        assert int(named.get("size", 64)) == model.kind.size
        assert int(named.get("classes", 0)) == model.kind.classes
        assert (named.get("noise") == "torch.rand") == model.kind.uniform
        assert ast.literal_eval(named.get("of", "'mnist'")) == model.kind.data


def test_every_bar_was_set_from_runs_of_the_recipe():
    """At least 49 of 50 runs pass: those that were made, and with 95% confidence all others.

    Too few runs say nothing about others: their bar is twice as far from the best value as the
    worst of them.
    """
    assert {model.id for _, model in (each.values for each in MODELS)} == set(BARS)
    rows = list(bars.rows(records.read()))
    assert {row.model for row in rows} == set(BARS)
    for model in BARS:
        of_model = [row for row in rows if row.model == model]
        assert {row.measure: row.bar for row in of_model} == BARS[model]
        for row in of_model:
            assert row.met >= SHARE * len(row.values), row
        if any(math.isnan(row.share) for row in of_model):
            assert all(is_wide(row) for row in of_model), of_model
            continue
        # One measure missed is a run that does not pass.
        missed = sum(1 - row.share for row in of_model)
        assert missed <= 1 - SHARE, f"{model}: make more runs, or move the bar"


def is_wide(row):
    """Whether a bar leaves twice the room that the worst run needed."""
    best = 0 if row.measure in AT_MOST else 10 if row.measure == CLASSES else 1
    return abs(row.bar - best) >= 2 * abs(row.worst - best)


def test_few_runs_need_a_wide_bar():
    few = bars.Row("a", FRECHET, (12.0, 15.0), 30)
    assert is_wide(few) and not is_wide(replace(few, bar=29))
    share = bars.Row("a", "share as ordered", (0.95, 0.9), 0.8)
    assert is_wide(share) and not is_wide(replace(share, bar=0.85))
    assert is_wide(bars.Row("a", CLASSES, (10, 10), 9))


def test_a_bar_too_near_the_runs_is_seen():
    rows = {(row.model, row.measure): row for row in bars.rows(records.read())}
    row = rows["gan-mnist.vanilla_trained", FRECHET]
    assert replace(row, bar=max(row.values)).share < SHARE


@pytest.mark.parametrize(("assignment", "model"), MODELS)
def test_a_network_of_the_students_is_compared_with_its_layers(request, assignment, model):
    """A class that a student writes can give anything; one of the kit's is the grader's own."""
    test = cells_about(request, assignment, model)[2]
    build = ast.unparse(called(test.source, "judge_model").args[1])
    notebook = read_notebook(Course.at(request.config.rootpath).source(assignment))
    theirs = any(
        re.search(rf"^(def|class) {build}\b", cell.source, re.MULTILINE) for cell in notebook.cells
    )
    whole = type(model.kind).__name__ in ("Codes", "Denoiser", "Velocity")
    compared = whole or bool(getattr(model.kind, "layouts", ()))
    assert compared == theirs
