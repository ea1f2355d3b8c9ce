"""What is kept of a result and put together from several, and small rules that decide a status."""

import dataclasses
import itertools
import json
import os
import textwrap
from types import SimpleNamespace

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autograder.grading import grade
from autograder.grading.nbgrader_steps import _Prepared
from autograder.grading.preparing import jobs, which
from autograder.grading.preparing.canonical import Canonical
from autograder.grading.preparing.jobs import Blueprint, Job, Task
from autograder.grading.recording import nbgrader_export
from autograder.grading.recording.store import Store, write_whole
from autograder.grading.result import (
    COULD_NOT_BE_JUDGED,
    GIVEN_UP,
    GRADED,
    NO_SUBMISSION,
    SETTLED,
    UNREADABLE,
    Result,
    Results,
    together,
)
from autograder.grading.running import submission, visible_check, workers
from autograder.grading.running.beside import _shown, _visible
from autograder.grading.running.outcome import Outcome
from autograder.grading.running.pool import Failure
from autograder.grading.running.submission import Moment
from autograder.grading.running.visible_check import Visible
from autograder.grading.running.workers import WorkerSetup
from autograder.judging import Status, Verdict
from autograder.sandbox.remote.beside import CellResult, Raised
from helpers.errors import CourseError

WHOLE = Result(
    *("ann", GRADED, 3.0, 5.0, (Verdict("tiny.x", Status.RAISED, "it raised"),), "a problem"),
    *(("one", "two"), "stopped", {"isolation": "nested"}, 1.5, ("cell", 0.5), "key", "name"),
    *("points", ("key", 2)),
)


def test_a_result_comes_back_from_json_as_it_was():
    back = Result.from_row(json.loads(json.dumps(WHOLE.as_row())))
    assert back == WHOLE and back.tried == ("key", 2)
    row = Result("ann", NO_SUBMISSION).as_row()
    assert Result.from_row(row) == Result("ann", NO_SUBMISSION)
    del row["tried"]  # by an older kit
    assert Result.from_row(row).tried is None


@pytest.mark.parametrize(
    "kind",
    [
        *(Blueprint, Canonical, Failure, Job, Moment, Outcome, _Prepared, Result, Results, Store),
        *(Task, Visible, WorkerSetup),
    ],
)
def test_what_threads_and_processes_share_is_not_changed(kind):
    for each in dataclasses.fields(kind):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(object.__new__(kind), each.name, None)


def result(status=GRADED, score=1.0, most=2.0, **more):
    return Result("ann", status, score, most, **more)


def test_one_notebook_of_the_assignment_s_name_is_the_assignment():
    assert together("hw", {"hw": WHOLE}) is WHOLE


def test_points_of_several_notebooks_are_summed_and_names_say_where():
    verdict = Verdict.right("hw.double")
    first = result(verdicts=(verdict,), remarks=("said",), seconds=1.0, slowest=("a", 0.5))
    second = result(score=3.0, verdicts=(verdict,), stopped="ended", seconds=2.0, slowest=("b", 2))
    both = together("hw", {"hw": first, "more": second})
    assert (both.status, both.score, both.max_score) == (GRADED, 4.0, 4.0)
    assert [each.exercise for each in both.verdicts] == ["hw.double", "hw.more/double"]
    assert both.remarks == ("hw.ipynb: said",) and both.stopped == "ended (more.ipynb)"
    assert both.seconds == 3.0 and both.slowest == ("more/b", 2)
    assert (both.student, both.problem, both.isolation, both.gradebook) == ("ann", *[None] * 3)
    # They are of no inputs and of no points that could be compared.
    assert (both.inputs, both.points, both.tried) == (None, None, None)


def test_what_only_one_of_several_notebooks_says_is_said_of_the_assignment():
    first = result(slowest=("a", 2.0), stopped="died", problem="odd.")
    more = {"isolation": {"isolation": "nested"}, "gradebook": "sqlite:///x", "problem": "bad."}
    both = together("hw", {"one": first, "two": result(**more, stopped="ended", slowest=("b", 1))})
    assert both.problem == "one.ipynb: odd. two.ipynb: bad." and both.slowest == ("one/a", 2.0)
    assert both.stopped == "died (one.ipynb); ended (two.ipynb)"
    assert (both.isolation, both.gradebook) == (more["isolation"], more["gradebook"])
    neither = [result(UNREADABLE, None, None, problem=f"p{n}") for n in (1, 2)]
    both = together("hw", dict(zip(("one", "two"), neither, strict=True)))
    assert both == Result("ann", UNREADABLE, problem="one.ipynb: p1 two.ipynb: p2")


def test_the_name_of_a_prefix_stays_in_front_of_a_notebook_s():
    """An exercise is named by its assignment, or by nothing."""
    for exercise, named in ("hw.double", "hw.more/double"), ("double", "more/double"):
        one = result(verdicts=(Verdict.right(exercise),))
        (verdict,) = together("hw", {"more": one, "two": result()}).verdicts
        assert verdict.exercise == named


WORST = (COULD_NOT_BE_JUDGED, GIVEN_UP, UNREADABLE, SETTLED, GRADED, NO_SUBMISSION)


@pytest.mark.parametrize("worse, better", itertools.pairwise(WORST))
def test_what_somebody_has_to_do_about_comes_first(worse, better):
    for order in (worse, better), (better, worse):
        each = {f"{n}": result(status, None) for n, status in enumerate(order)}
        assert together("hw", each).status == worse


@pytest.mark.parametrize(
    "one, other, status, score",
    [
        (result(), result(NO_SUBMISSION, 0.0), GRADED, 1.0),
        (result(), result(COULD_NOT_BE_JUDGED, None, None), COULD_NOT_BE_JUDGED, None),
        (result(GIVEN_UP, None, None), result(UNREADABLE, 0.0), GIVEN_UP, None),
        (result(NO_SUBMISSION, None), result(UNREADABLE, None), UNREADABLE, None),
        (result(NO_SUBMISSION, None), result(NO_SUBMISSION, None), NO_SUBMISSION, None),
    ],
)
def test_the_worst_status_is_the_assignment_s(one, other, status, score):
    both = together("hw", {"one": one, "two": other})
    assert (both.status, both.score) == (status, score)


# Which notebook a file is.


def notebook(*sources, **named):
    found = [new_code_cell(source, id=f"c{n}") for n, source in enumerate(sources)]
    for name, source in named.items():
        cell = new_code_cell(source, id=name)
        cell.metadata["nbgrader"] = {
            "grade_id": name, "grade": False, "solution": True, "locked": False, "task": False,
            "schema_version": 3,
        }  # fmt: skip
        found.append(cell)
    return new_notebook(cells=found)


def test_a_notebook_belongs_by_a_name_or_by_a_part_of_its_cells():
    released = notebook(*"abcdefg", double="stub")
    assert which.belongs(released, notebook(double="anything"))
    # Three of the eight given cells are a part of at least 0.3, two are not.
    assert which.belongs(released, notebook("a", "b ", " c", "own"))
    assert not which.belongs(released, notebook("a", "b", "own"))
    assert not which.belongs(notebook(), notebook())
    assert which.belongs(notebook(*"abcdefghij"), notebook(*"abc"))  # as many as are asked for
    assert which.belongs(notebook("a"), notebook("a")) and which.belongs(notebook("a"), released)


def test_what_holds_nothing_of_a_student_s_is_untouched():
    released = notebook(*"abcdefg", double="stub")
    assert which.is_untouched(released, released)
    assert not which.is_untouched(released, notebook(*"abcdefg", double="mine"))
    assert not which.is_untouched(released, notebook(*"abcdefg", "own", double="stub"))
    assert not which.is_untouched(released, notebook("y"))  # it is of something else


def test_work_counts_before_what_is_foreign_untouched_or_the_same():
    released = notebook("import x", double="stub")
    work, other = notebook("import x", double="mine"), notebook("import x", double="other")
    sent = {"foreign": notebook("y"), "blank": released, "a": work, "b": work}
    assert which.which(released, sent) == (
        ["a"],
        {"foreign": which.FOREIGN, "blank": which.UNTOUCHED, "b": which.SAME},
    )
    assert which.which(released, {"a": work, "b": other}) == (["a", "b"], {})
    assert which.which(released, {"blank": released}) == (["blank"], {})
    assert which.which(released, {"y": notebook("y")})[1] == {}


def test_a_file_is_the_notebook_whose_cells_it_has_then_the_one_of_its_name():
    one, two = notebook("shared", first="x"), notebook("shared", second="y")
    released = {"one": one, "one-more": two}
    assert which.whose(released, "x.ipynb", notebook(second="z")) == "one-more"
    assert which.whose(released, "x.ipynb", notebook("shared")) is None
    assert which.whose(released, "my one (2).ipynb", notebook("shared")) == "one"
    assert which.whose(released, "my one-more.ipynb", None) == "one-more"
    assert which.whose(released, "onetime.ipynb", None) is None
    assert which.whose({}, "x.ipynb", notebook("a")) is None
    # Some cells of each: those of one are more.
    both = notebook("own one", first="z", second="z")
    assert which.whose(released, "x.ipynb", both) is None
    released["one"] = notebook("shared", "own one", first="x")
    assert which.whose(released, "x.ipynb", both) == "one"
    # Of one that was not handed out only the name is known.
    assert which.whose({**released, "two": None}, "ONE_two.ipynb", notebook("?")) is None
    assert which.whose({**released, "two": None}, "Two.x.ipynb", notebook("?")) == "two"
    assert which.whose(released, "one1.ipynb", None) is which.whose(released, "aone.ipynb", None)
    assert which.whose(released, "one1.ipynb", None) is None


# What is on disk.


def test_the_outputs_of_a_run_are_put_into_the_same_code_only(tmp_path):
    store = Store(tmp_path)
    ran = new_code_cell(
        "1 + 1", id="a", execution_count=7, outputs=[new_output("stream", text="2")]
    )
    stored = new_notebook(cells=[ran, new_markdown_cell("old", id="t")])
    stored.metadata["language_info"] = {"name": "python"}
    write_whole(tmp_path / "results" / "k" / "notebook.ipynb", json.dumps(stored))
    again = new_notebook(cells=[new_code_cell("1 + 1", id="a"), new_markdown_cell("new", id="t")])
    found = store.executed("k", again)
    assert found.cells[0].outputs[0].text == "2" and found.cells[0].execution_count == 7
    assert found.cells[1].source == "new" and found.metadata.language_info == {"name": "python"}
    for other in (new_code_cell("1 + 2", id="a"), new_code_cell("1 + 1", id="b")):
        with pytest.raises(ValueError, match="is not the one that was run"):
            store.executed("k", new_notebook(cells=[other]))


def test_runs_and_statuses_come_back(tmp_path):
    store = Store(tmp_path)
    assert store.run_of("i") is None and store.status("ann") is None
    store.save_run("i", {"key": "k"})
    store.save_status("ann", {"status": GRADED})
    store.save_status("x" * 300, {"status": UNREADABLE})
    assert store.run_of("i") == {"key": "k"} and store.run_of("j") is None
    assert store.status("ann") == {"status": GRADED}
    assert store.status("x" * 300) == {"status": UNREADABLE} and store.status("x" * 299) is None


@pytest.mark.parametrize("folder", ["status", "notebooks/tiny/status"])
def test_who_has_handed_in_and_has_no_status_is_new(tmp_path, folder):
    statuses = tmp_path / ".autograder" / "tiny" / folder
    statuses.mkdir(parents=True)
    assert not workers.somebody_new(tmp_path, "tiny")
    (tmp_path / "submitted" / "ann" / "tiny").mkdir(parents=True)
    assert workers.somebody_new(tmp_path, "tiny")
    (statuses / "ann.json").touch()
    assert not workers.somebody_new(tmp_path, "tiny")
    (tmp_path / "submitted" / "bob" / "tiny").mkdir(parents=True)
    (tmp_path / "submitted" / "eve" / "other").mkdir(parents=True)
    assert workers.somebody_new(tmp_path, "tiny")


def test_a_timestamp_is_a_short_ordinary_file(tmp_path):
    assert jobs.timestamp_text(tmp_path) == ""
    path = tmp_path / "timestamp.txt"
    path.write_text("x" * 999)
    assert jobs.timestamp_text(tmp_path) == "x" * 999
    path.write_text("x" * 1000)
    assert jobs.timestamp_text(tmp_path) == ""
    path.unlink()
    path.symlink_to("/etc/hostname")
    assert jobs.timestamp_text(tmp_path) == ""
    path.unlink()
    os.mkfifo(path)
    assert jobs.timestamp_text(tmp_path) == ""


@pytest.mark.parametrize("text", ["", " ", "soon", "9" * 40 + "h\t9999", "1" * 990, "\0", "-"])
def test_a_text_that_says_no_time_says_none(text):
    assert jobs.moment(text) is None


def test_a_time_is_in_utc():
    assert jobs.moment(" 2026-01-02 03:04:05 UTC\n").hour == 3
    assert jobs.moment(None) is None


# Small rules.


def test_a_student_who_handed_in_nothing_is_named(course):
    with pytest.raises(CourseError, match="No submissions of tiny in .*submitted/STUDENT/tiny/"):
        grade._roster(course, "tiny", None)
    with pytest.raises(CourseError, match="No submission of tiny by ann, bob in .*submitted."):
        grade._roster(course, "tiny", ["bob", "ann"])


@pytest.mark.parametrize(
    "found, waits, final",
    [
        (None, False, False),
        (result(), True, True),
        (result(NO_SUBMISSION, None), True, True),
        (result(COULD_NOT_BE_JUDGED, 1.0), False, True),
        (result(COULD_NOT_BE_JUDGED, 1.0), True, False),
        (result(GIVEN_UP, 1.0), False, True),
        (result(GIVEN_UP, 1.0), True, False),
        (result(GIVEN_UP, None), False, False),
        (result(COULD_NOT_BE_JUDGED, None), False, False),
    ],
)
def test_what_could_not_be_judged_is_final_once_a_person_has_marked_it(
    monkeypatch, found, waits, final
):
    monkeypatch.setattr(nbgrader_export, "waits_for_a_person", lambda *_: waits)
    assert nbgrader_export._is_final(None, "tiny", found, "ann") is final


@pytest.mark.parametrize(
    "reply, asks",
    [
        ({"payload": [{"source": "page"}, {"source": "ask_exit"}]}, True),
        ({"payload": [{"source": "page"}]}, False),
        ({"payload": ["ask_exit"]}, False),
        ({"payload": {"source": "ask_exit"}}, False),
        ({}, False),
    ],
)
def test_a_cell_that_asks_to_exit_is_known_by_its_reply(reply, asks):
    assert submission._asks_to_exit(reply) is asks


def test_what_a_visible_check_says_is_kept_in_a_cell():
    visible = visible_check.Visible(("first",), "label", "1", "2", "hint")
    data = visible_check.bundle(visible)
    assert data["text/plain"].startswith("On its own: ✗ label")
    cell = new_code_cell(outputs=[new_output("display_data", json.loads(json.dumps(data)))])
    assert visible_check.visible_of(cell) == visible
    assert visible_check.visible_of(new_code_cell()) is None


CHECK = "### BEGIN HIDDEN TESTS\nsecret = 1\n### END HIDDEN TESTS\nassert x"


def test_beside_the_student_the_visible_part_is_run_alone_only_where_there_is_a_hidden_one():
    asked = []
    shown = CellResult(({"text": "✓ good\n"}, {"data": {}}), None, None, None)

    def run_beside(source, seconds):
        asked.append(source)
        return shown

    session = SimpleNamespace(run_beside=run_beside)
    here = CellResult((), None, Raised("ValueError", "bad", 4, None), None)
    assert _visible(CHECK, session, 1.0, here).passed == ("good",)
    assert asked == [visible_check.visible_part(CHECK)] and "secret" not in asked[0]
    found = _visible("assert x", session, 1.0, here)
    assert len(asked) == 1 and found.got == "ValueError: bad"


def test_an_error_beside_the_student_shows_the_visible_line_and_no_hidden_one():
    for line, told in ((4, ["in line 4 of the check: assert x"]), (2, []), (None, [])):
        raised = Raised("ValueError", "bad " * 50, line, None)
        output = _shown(raised, CHECK)
        wrapped = textwrap.wrap(f"ValueError: {raised.text}", 100)
        assert output.traceback == [*told, *wrapped]
        assert (output.ename, output.evalue) == ("ValueError", raised.text)
    parts = ("a label", "1", "2", None)
    output = _shown(Raised("Mismatch", "a label\n  expected 1", 2, parts), CHECK)
    assert output.traceback == ["a label", "  expected 1"]
