"""What the cells of an executed notebook say of each exercise where judge does not."""

from types import SimpleNamespace

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autograder.grading.running.verdicts import verdicts
from autograder.judging import Status, Verdict
from autograder.judging.publish import bundle
from autograder.notebooks.cells import new_marks

CHECKS = SimpleNamespace(in_notebook=[SimpleNamespace(name="double", id="hw.double")])
JUDGED = "from autograder import judge\njudge('hw.double', double)"


def error(name="E", text="no"):
    return new_output("error", ename=name, evalue=text, traceback=[])


def cell(name, *outputs, source="assert True", make=new_code_cell, **marks):
    made = make(source, id=name.replace("_", "-"), metadata={"nbgrader": new_marks(name, **marks)})
    if make is new_code_cell:
        made.outputs = list(outputs)
    return made


def found(answer=(), test=(), source="assert True", make=new_code_cell, name="double"):
    cells = [
        cell(name, *answer, make=make, answer=True),
        cell(f"test_{name}", *test, source=source, points=1),
        new_code_cell("1", outputs=[error("Own", "of no exercise")]),
    ]
    return verdicts(CHECKS, new_notebook(cells=cells))


def test_what_judge_said_is_all_there_is():
    said = [Verdict.right("hw.double"), Verdict("hw.more", Status.WRONG, "no")]
    shown = [new_output("display_data", bundle(verdict)) for verdict in said]
    assert found([error()], [*shown, error()], JUDGED) == said


@pytest.mark.parametrize("source, beside", [(JUDGED, False), ("assert True", True)])
def test_a_test_that_says_nothing_is_right_and_says_where_it_ran(source, beside):
    (verdict,) = found([new_output("stream", text="x")], source=source)
    assert (verdict.exercise, verdict.status, verdict.beside) == ("hw.double", "right", beside)
    (verdict,) = found(name="other")  # of no check of the assignment
    assert verdict.exercise == "other"


@pytest.mark.parametrize(
    "answer, test, status, message",
    [
        ([], [error("AssertionError", "")], "wrong", "AssertionError"),
        ([], [new_output("stream", text="x"), error(), error("F")], "wrong", "E: no"),
        ([error()], [error("F")], "raised", "its cell stops with E: no"),
        ([error("", "")], [], "raised", "its cell stops with an error without a name"),
        ([error("E", " two\nlines")], [], "raised", "its cell stops with E:  two"),
        ([], [error("E", "x" * 400)], "wrong", f"E: {'x' * 297}"),
        ([], [error("E", "bad (1234567.py, line 2)")], "wrong", "E: bad (line 2)"),
        ([], [error("E", "bad (<ipython-input-3-ab>, line 12)")], "wrong", "E: bad (line 12)"),
        ([], [error("E", "bad (mine.py, line 2)")], "wrong", "E: bad (mine.py, line 2)"),
    ],
)
def test_an_error_of_the_answer_explains_more_than_one_of_the_test(answer, test, status, message):
    (verdict,) = found(answer, test)
    assert (verdict.exercise, verdict.status, verdict.message) == ("hw.double", status, message)
    assert verdict.beside


def test_a_written_answer_has_no_outputs():
    (verdict,) = found(test=[error()], make=new_markdown_cell)
    assert (verdict.status, verdict.message) == ("wrong", "E: no")


def test_each_test_has_its_own_verdict_in_their_order():
    cells = [
        cell("b", error(), answer=True), cell("test_b", points=1), cell("test_c", error(), points=1)
    ]  # fmt: skip
    found = verdicts(CHECKS, new_notebook(cells=cells))
    assert [(each.exercise, each.status) for each in found] == [("b", "raised"), ("c", "wrong")]
