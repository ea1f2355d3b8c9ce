"""Results on disk: whole or not there; one grader at a time."""

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autograder.course.course import Course
from autograder.grading.recording import store as storing
from autograder.grading.recording.store import Store, only_grader, read_json, write_whole
from autograder.grading.running.outcome import Outcome
from autograder.judging import Status, Verdict
from autograder.notebooks.kept_outputs import TAG
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


def test_without_its_notebook_there_is_no_result(tmp_path, monkeypatch):
    """The outcome comes last: a run that is killed between leaves nothing to be believed."""
    written = []

    def write(path, text):
        written.append(path.name)
        if path.name == "notebook.ipynb":
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(storing, "write_whole", write)
    outcome = Outcome("k", (), {}, None, {}, 0.0, 0.0)
    with pytest.raises(OSError, match="No space"):
        Store(tmp_path).save(outcome, new_notebook())
    assert written == ["notebook.ipynb"] and outcome.slowest is None


def test_only_what_was_run_has_its_outputs_and_all_of_it_is_harmless(tmp_path):
    shown = new_output("display_data", {"text/html": "<b>yes</b><script>no</script>"})
    ran = new_notebook(cells=[new_code_cell("1", id="a", outputs=[shown], execution_count=3)])
    store = Store(tmp_path)
    store.save(Outcome("k", (), {}, None, {}, 0.0, 0.0), ran)
    kept = new_output("stream", text="as handed in")
    again = new_notebook(
        cells=[
            new_markdown_cell("x", id="t"),
            new_code_cell("1", id="a"),
            new_code_cell("plot()", id="s", outputs=[kept], metadata={"tags": [TAG]}),
        ],
        metadata={"language_info": {"name": "own"}},
    )
    found = store.executed("k", again)
    assert found.cells[0].source == "x"
    assert found.cells[1].outputs[0].data["text/html"] == "<b>yes</b>"
    assert found.cells[1].execution_count == 3 and found.cells[2].outputs == [kept]
    assert found.metadata.language_info == {"name": "own"}  # the run has told none
    with pytest.raises(OSError):
        store.executed("other", again)


def test_marks_are_of_each_student_and_whatever_else_is_there_is_none(tmp_path):
    store = Store(tmp_path)
    assert store.marks("ada") == {} and store.students_with_marks() == []
    rows = {"why": {"now": ["x", 2], "mark": 1.0, "marked": None}}
    for student in "zoe", "b.ob", "ada":
        store.save_marks(student, rows)
    assert store.marks("b.ob") == rows and store.students_with_marks() == ["ada", "b.ob", "zoe"]
    for text in "[1]", "{", "5":
        (tmp_path / "marks" / "ada.json").write_text(text)
        assert store.marks("ada") == {}


def test_each_notebook_of_several_has_a_store_of_its_own(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text("")
    course = Course.at(tmp_path)
    one, two, all_of_it = (Store.of(course, "hw", name) for name in ("one", "two", None))
    assert len({one, two, all_of_it}) == 3 and Store.of(course, "hw", "hw") == all_of_it
    one.save_status("ada", {"status": "graded"})
    assert two.status("ada") is None and all_of_it.status("ada") is None


def test_half_of_a_character_prevents_no_result(tmp_path):
    write_whole(tmp_path / "x.json", '"é\ud800"')
    assert (tmp_path / "x.json").read_bytes() == '"é?"'.encode()


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
    first, last = (tmp_path / "new" / "attempts.jsonl").read_text().splitlines()
    assert json.loads(first) | {"at": ""} == {"at": "", "event": "started", "student": "a"}
    assert json.loads(last)["event"] == "ended" and json.loads(last)["at"][4::3] == "--T::"


@pytest.fixture
def course(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text("")
    return Course.at(tmp_path)


def test_whoever_grades_is_named_while_it_does(course):
    lock = course.root / ".autograder" / "lock"
    for _ in range(2):
        with only_grader(course):
            assert lock.read_text().startswith(f"process {os.getpid()} since ")
            with pytest.raises(CourseError, match=rf"another run \(process {os.getpid()} since"):
                with only_grader(course):
                    pass
            assert lock.read_text().startswith("process ")
        assert lock.read_text() == ""
    with pytest.raises(ValueError), only_grader(course):
        raise ValueError
    assert lock.read_text() == ""


@pytest.mark.parametrize(
    "number, words",
    [
        (errno.EAGAIN, "is being graded by another run"),
        (errno.EACCES, "is being graded by another run"),
        (errno.ENOLCK, "lock cannot be locked .*: its file system has no locks; move the course"),
    ],
)
def test_a_file_system_without_locks_is_told(course, monkeypatch, number, words):
    def flock(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(storing.fcntl, "flock", flock)
    with pytest.raises(CourseError, match=words), only_grader(course):
        pass


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
