"""Results on disk: whole or not there; one grader at a time."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder.course.course import Course
from autograder.grading.recording.store import Store, only_grader, read_json, write_whole
from autograder.grading.running.outcome import Outcome
from autograder.judging import Status, Verdict
from helpers.errors import CourseError

ROOT = Path(__file__).parents[3]


def test_a_result_is_there_once_its_outcome_is(tmp_path):
    store = Store(tmp_path)
    assert store.outcome("k") is None
    write_whole(tmp_path / "results" / "k" / "notebook.ipynb", "{}")
    assert store.outcome("k") is None
    notebook = new_notebook(cells=[new_code_cell("1 + 1", id="a")])
    verdicts = (Verdict.right("tiny.double"), Verdict("tiny.x", Status.RAISED, "it raised"))
    outcome = Outcome("k", verdicts, {"a": 0.5, "b": 1.0}, None, {"kind": "none"}, 1.5, 0.7)
    store.save(outcome.with_remarks("one submission's own"), notebook)
    assert store.outcome("k") == outcome and outcome.slowest == ("b", 1.0)
    assert store.notebook("k") == notebook


@pytest.mark.parametrize("row", ['{"wall": 1.5}', "[]", "nonsense"])
def test_an_outcome_of_another_kit_is_none(tmp_path, row):
    write_whole(tmp_path / "results" / "k" / "outcome.json", row)
    assert Store(tmp_path).outcome("k") is None


def test_a_failed_write_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "status.json"
    write_whole(path, '"old"')

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, '"new"')
    assert read_json(path) == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["status.json"]


@pytest.mark.parametrize("text", ["", "{", "\x00", None])
def test_what_is_no_json_is_no_status(tmp_path, text):
    path = tmp_path / "status.json"
    if text is not None:
        path.write_text(text)
    assert read_json(path) is None


def test_each_attempt_is_a_line(tmp_path):
    store = Store(tmp_path / "new")
    store.log(event="started", student="a")
    store.log(event="ended", student="a")
    assert (tmp_path / "new" / "attempts.jsonl").read_text().count("\n") == 2


def test_one_grader_at_a_time_and_no_stale_lock(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text("")
    course = Course.at(tmp_path)
    source = (
        "from autograder.course.course import Course\n"
        "from autograder.grading.recording.store import only_grader\nimport time, sys\n"
        f"with only_grader(Course.at({str(tmp_path)!r})):\n    print('in', flush=True)\n"
        "    time.sleep(60)"
    )
    other = subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE, cwd=ROOT)
    assert other.stdout.readline() == b"in\n"
    with pytest.raises(CourseError, match=f"another run .process {other.pid} since"):
        with only_grader(course):
            pass
    other.send_signal(signal.SIGKILL)
    other.wait()
    with only_grader(course):
        pass
