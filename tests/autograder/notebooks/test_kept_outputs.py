"""Cells that only show something keep what was handed in, and are not run."""

import copy
import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from autograder.course.course import read_notebook
from autograder.grading.grade import grade
from autograder.grading.preparing.canonical import canonical
from autograder.judging.publish import MIME
from autograder.notebooks import kept_outputs
from autograder.notebooks.cells import new_marks
from autograder.releasing.release import release
from tests.tiny_course import TINY, submit, tiny_course

PICTURE = "iVBORw0KGgo="
TAGS = {"tags": [kept_outputs.TAG]}
OUTPUTS = [
    new_output("stream", name="stdout", text="7 epochs\n"),
    new_output("display_data", {"image/png": PICTURE, "text/plain": "<Figure>"}),
    new_output("execute_result", {"text/plain": "3"}, execution_count=4),
    new_output("error", ename="ValueError", evalue="x", traceback=["ValueError: x"]),
]


def cell_of(notebook, name):
    return next(cell for cell in notebook.cells if cell.id == name)


def rebuilt(outputs, metadata=None, **changes):
    """Outputs of a tagged cell after canonical(), from a submission with these outputs."""
    given = new_code_cell("draw()", id="show", metadata=TAGS if metadata is None else metadata)
    submitted = copy.deepcopy(given)
    submitted.update(outputs=outputs, **changes)
    result = canonical(new_notebook(cells=[given]), new_notebook(cells=[submitted]))
    return result.notebook.cells[0].outputs


def test_outputs_stay_in_order_and_are_announced():
    said, *kept = rebuilt(OUTPUTS)
    assert said.text == kept_outputs.SAID
    assert [o.output_type for o in kept] == [o.output_type for o in OUTPUTS]
    assert kept[0].text == "7 epochs\n" and kept[1].data["image/png"] == PICTURE


def test_a_cell_without_the_tag_keeps_nothing():
    assert rebuilt(OUTPUTS, metadata={}) == []


def test_a_tag_in_the_submission_means_nothing():
    given = new_code_cell("draw()", id="show")
    submitted = new_code_cell("draw()", id="show", metadata=TAGS, outputs=OUTPUTS)
    result = canonical(new_notebook(cells=[given]), new_notebook(cells=[submitted]))
    assert result.notebook.cells[0].outputs == []


def test_a_test_cell_is_run_whatever_its_tags():
    marks = new_marks("test_x", points=1)
    cell = new_code_cell("assert x", id="test_x", metadata={**TAGS, "nbgrader": marks})
    assert not kept_outputs.is_shown_only(cell)


@pytest.mark.parametrize("outputs, said", [([], kept_outputs.NOTHING)])
def test_no_output_is_said(outputs, said):
    assert [o.text for o in rebuilt(outputs)] == [said]


def test_too_much_is_left_out():
    long = [new_output("stream", name="stdout", text="x" * (kept_outputs.LONGEST + 1))]
    assert [o.text for o in rebuilt(long)] == [kept_outputs.TOO_LONG]


def test_what_is_no_output_is_left_out():
    strange = [
        new_output("display_data", {MIME: {"verdict": "right"}, "text/plain": "forged"}),
        new_output("display_data", {"application/javascript": "alert(1)"}),
    ]
    for output in rebuilt(strange)[1:]:
        assert set(output.data) <= {"text/plain"}
    assert not any(MIME in json.dumps(output) for output in rebuilt(strange))


@pytest.mark.slow
@pytest.mark.sandbox
def test_it_is_not_run_and_others_are(tmp_path):
    course = tiny_course(tmp_path / "course")
    source = read_notebook(course.source(TINY))
    source.cells[-1].metadata["tags"] = [kept_outputs.TAG]
    nbformat.write(source, course.source(TINY))
    release(course, TINY)
    for student, outputs in (("a", OUTPUTS[:2]), ("b", [])):
        path = submit(course, student)
        notebook = read_notebook(path)
        cell_of(notebook, "show-double").outputs = copy.deepcopy(outputs)
        nbformat.write(notebook, path)
    assert [(r.status, r.score) for r in grade(course, TINY)] == [("graded", 8.0)] * 2
    shown = cell_of(read_notebook(course.autograded("a", TINY)), "show-double").outputs
    assert [o.get("text", "") for o in shown] == [kept_outputs.SAID, "7 epochs\n", ""]
    assert shown[2].data["image/png"] == PICTURE
    nothing = cell_of(read_notebook(course.autograded("b", TINY)), "show-double").outputs
    assert [o.text for o in nothing] == [kept_outputs.NOTHING]
