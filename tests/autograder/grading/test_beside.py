"""What a plain test cell shows of its run beside the student's code."""

import pytest
from nbformat.v4 import new_code_cell

from autograder.grading.running.beside import run_beside
from autograder.grading.running.visible_check import visible_of
from autograder.judging.time_limit import TimedOut
from autograder.sandbox.remote import KernelLost, KernelStopped, RemoteRaised
from autograder.sandbox.remote.beside import CellResult, Raised

HIDDEN = "### BEGIN HIDDEN TESTS\nassert secret\n### END HIDDEN TESTS\nassert seen"


class Session:
    """Gives these results, one for each run; an exception is raised. asked: (source, seconds)."""

    def __init__(self, *results):
        self.results, self.asked = list(results), []

    def run_beside(self, source, seconds):
        self.asked.append((source, seconds))
        result = self.results.pop(0)
        if isinstance(result, BaseException):
            raise result
        return result


def result(*shown, value=None, raised=None, ended=None, killed=False):
    return CellResult(shown, value, raised, ended, killed)


def ran(*results, source="assert seen", stopped=None):
    """(the cell, whether it has effects, the session)."""
    cell, session = new_code_cell(source), Session(*results)
    return cell, run_beside(cell, session, 2.5, stopped), session


def errors(cell):
    return [(each.ename, each.evalue) for each in cell.outputs if each.output_type == "error"]


def test_what_a_cell_shows_is_sanitised_and_its_value_comes_last():
    shown = {"text": "a\n"}, {"data": {"text/plain": "b"}}, {"data": None}, {"text": "c"}
    cell, effects, session = ran(result(*shown, value="0.5"))
    assert effects is True and session.asked == [("assert seen", 2.5)]
    kinds = [(each.output_type, each.get("text", each.get("data"))) for each in cell.outputs]
    assert {each.name for each in cell.outputs if each.output_type == "stream"} == {"stdout"}
    assert kinds[0] == ("stream", "a\n") and kinds[1] == ("display_data", {"text/plain": "b"})
    assert kinds[-2:] == [("stream", "c"), ("execute_result", {"text/plain": "0.5"})]


def test_a_cell_behind_a_kernel_that_has_ended_is_not_run():
    cell, effects, session = ran(stopped="in the cell a, it died")
    assert errors(cell) == [("NotRun", "not reached: in the cell a, it died")]
    assert effects is False and session.asked == []
    assert cell.outputs[0].traceback == ["NotRun: not reached: in the cell a, it died"]


@pytest.mark.parametrize(
    "error, shown",
    [
        (TimedOut(), ("CellTimeoutError", "no answer within 2 s")),
        (KernelStopped("it died"), ("KernelStopped", "it died")),
        (RemoteRaised("E", "no memory"), None),
    ],
)
def test_a_cell_without_a_result_says_why(error, shown):
    cell, effects, _ = ran(error)
    assert effects is False and errors(cell) == [shown or ("KernelStopped", str(error))]


def test_a_cell_that_did_not_end_says_so_behind_what_it_has_shown():
    cell, effects, _ = ran(result({"text": "a"}, ended="no answer in time"))
    assert effects is False and errors(cell) == [("TestEnded", "no answer in time")]
    assert [each.output_type for each in cell.outputs] == ["stream", "error"]


@pytest.mark.parametrize("where", ["first", "visible part"])
def test_a_process_that_somebody_killed_is_nobodys_fault(where):
    raised = Raised("AssertionError", "", 2, None)
    before = [] if where == "first" else [result(raised=raised)]
    with pytest.raises(KernelLost, match="the process that ran a test cell was killed"):
        ran(*before, result(killed=True), source=HIDDEN)


def test_an_exception_is_shown_with_the_line_that_students_have():
    raised = Raised("ValueError", "x" * 3000, 1, None)
    cell, effects, session = ran(result({"text": "✓ one\n"}, raised=raised))
    (error,) = [each for each in cell.outputs if each.output_type == "error"]
    assert effects is True and error.evalue == "x" * 2000
    where, *text = error.traceback
    assert where == "in line 1 of the check: assert seen"
    assert " ".join(text).replace(" ", "") == f"ValueError:{'x' * 3000}"[:1999]
    assert all(len(line) <= 100 for line in text)
    assert visible_of(cell).passed == ("one",) and len(session.asked) == 1


def test_an_exception_of_the_hidden_part_is_shown_without_its_line():
    """The visible part is run once more, on its own; what it says is kept."""
    mismatch = ("a shape", "(2,)", "(3,)", "a hint")
    visible = Raised("Mismatch", "a shape: no", 4, mismatch)
    cell, _, session = ran(
        result(raised=Raised("E", "no", 2, None)), result(raised=visible), source=HIDDEN
    )
    assert session.asked[1] == ("\n\n\nassert seen", 2.5)
    seen = visible_of(cell)
    assert (seen.label, seen.expected, seen.got, seen.hint) == mismatch
    (error,) = [each for each in cell.outputs if each.output_type == "error"]
    assert error.traceback == ["E: no"]


def test_a_mismatch_is_shown_as_it_is():
    raised = Raised("Mismatch", "a shape\nis wrong", 1, ("a shape", None, None, None))
    cell, _, _ = ran(result(raised=raised))
    (error,) = [each for each in cell.outputs if each.output_type == "error"]
    assert error.traceback == ["a shape", "is wrong"] and error.ename == "Mismatch"


@pytest.mark.parametrize(
    "second", [TimedOut(), KernelStopped("x"), RemoteRaised("E", "x"), result(ended="no answer")]
)
def test_a_visible_part_that_does_not_end_shows_nothing(second):
    cell, effects, _ = ran(result(raised=Raised("E", "no", None, None)), second, source=HIDDEN)
    assert visible_of(cell) is None and errors(cell) == [("E", "no")] and effects is True


def test_a_visible_part_that_holds_says_so():
    cell, _, _ = ran(
        result(raised=Raised("E", "no", 2, None)), result({"text": "✓ two"}), source=HIDDEN
    )
    assert visible_of(cell).passed == ("two",) and visible_of(cell).holds
