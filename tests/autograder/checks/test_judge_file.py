"""What the parent asks its child to judge, and what it makes of the child's rows."""

import io
import json
import sys
from pathlib import Path

import pytest

from autograder.checks import judge_file
from autograder.checks.judge_file import Judged, judge_files
from autograder.judging import Status, Verdict
from helpers.errors import CourseError

RIGHT = Verdict.right("small.twice")


class Child:
    """Takes a job, says these rows, and knows how it was ended."""

    made: list["Child"] = []

    def __init__(self, command, **options):
        self.command, self.options, self.ended = command, options, []
        self.stdin, self.stdout = io.StringIO(), iter(self.says)
        self.stdin.close = lambda: self.ended.append("told")
        self.kill = lambda: self.ended.append("killed")
        self.wait = lambda: self.ended.append("waited")
        self.made.append(self)

    @property
    def job(self):
        return json.loads(self.stdin.getvalue())


@pytest.fixture
def child(monkeypatch):
    """Gives child(row, ...): from now on a child says these; and the children that were made."""
    monkeypatch.setattr(Child, "made", [])

    def says(*rows):
        monkeypatch.setattr(Child, "says", [json.dumps(row) + "\n" for row in rows], raising=False)
        monkeypatch.setattr(judge_file.subprocess, "Popen", Child)
        return Child.made

    return says


@pytest.fixture
def sent(tmp_path):
    path = tmp_path / "sent.py"
    path.write_text("x = 1\n")
    return path


def test_the_child_is_asked_once_and_ended(small, sent, child):
    made = child({"file": str(sent), "verdict": RIGHT.as_row()}, {"file": str(sent), "done": None})
    (found,) = judge_files(small, [sent], "small", 2.5, "there:prepare")
    assert found == Judged(sent, [RIGHT])
    (one,) = made
    assert one.job == {
        "root": str(small), "files": [str(sent)], "assignment": "small", "seconds": 2.5,
        "prepare": "there:prepare",
    }  # fmt: skip
    assert one.ended == ["told", "killed", "waited"]
    kit = str(Path(judge_file.__file__).parents[2])
    assert one.command[0] == sys.executable and one.command[-1] == kit
    # Neither the current folder nor this process's paths hide what is installed.
    assert "-P" in one.command and "judging_process" in one.command[-2]


def test_what_cannot_be_read_is_told_before_a_child_starts(small, tmp_path, sent, child):
    broken = tmp_path / "broken.py"
    broken.write_text("def f(:\n")
    made = child({"file": str(sent), "done": None})
    found = judge_files(small, [broken, sent])
    first = next(found)
    assert first.path == broken and "does not parse" in first.problem and not made
    assert [each.path for each in found] == [sent] and made[0].job["files"] == [str(sent)]
    assert [each.path for each in judge_files(small, [broken])] == [broken] and len(made) == 1


def test_a_name_that_is_not_there_is_told_before_a_child_starts(small, sent, child):
    made = child()
    with pytest.raises(CourseError, match="There is no file"):
        list(judge_files(small, [sent.with_name("missing.py")]))
    with pytest.raises(CourseError, match="no assignment 'missing'"):
        list(judge_files(small, [sent], "missing"))
    assert not made


def test_a_child_that_does_not_start_is_no_verdict(small, sent, child):
    made = child()
    (found,) = judge_files(small, [sent])
    (verdict,) = found.verdicts
    assert (verdict.exercise, verdict.status) == ("file", Status.COULD_NOT_BE_JUDGED)
    assert made[0].ended[1:] == ["killed", "waited"]


def test_one_file_gives_its_verdicts_or_the_reason(small, sent, child):
    child({"file": str(sent), "verdict": RIGHT.as_row()}, {"file": str(sent), "done": None})
    assert judge_file.judge_file(small, sent) == [RIGHT]
    child({"file": str(sent), "done": "none of the exercises"})
    with pytest.raises(CourseError, match="none of the exercises"):
        judge_file.judge_file(small, sent)


def test_a_child_that_is_silent_is_not_waited_for(small, sent, child, monkeypatch):
    child({"file": str(sent), "note": "said"})

    def forward(stream, lines):  # the end is not heard, as if the child hung
        for line in stream:
            lines.put(line)

    monkeypatch.setattr(judge_file, "_forward", forward)
    monkeypatch.setattr(judge_file, "START_SECONDS", 0.0)
    (found,) = judge_files(small, [sent], seconds=0.3)
    assert found.notes == ["said"] and [each.status for each in found.verdicts] == [
        Status.COULD_NOT_BE_JUDGED
    ]


def test_it_is_spoken_to_through_pipes_and_waited_for_long_enough(small, sent, child, monkeypatch):
    made = child({"file": str(sent), "done": None})
    waited, rows = [], judge_file._rows

    def watched(one, patience):
        waited.append(patience)
        return rows(one, patience)

    monkeypatch.setattr(judge_file, "_rows", watched)
    list(judge_files(small, [sent]))
    pipe = judge_file.subprocess.PIPE
    assert made[0].options == {"stdin": pipe, "stdout": pipe, "text": True}
    assert made[0].job["seconds"] == 30 and made[0].job["prepare"] == ""
    # Python and torch may take minutes to start, on a slow disk; then an exercise takes its time.
    assert waited[0] >= 120 + 30
    list(judge_files(small, [sent], seconds=7.0))
    assert waited[1] == waited[0] - 23


def test_a_child_that_takes_no_job_is_no_verdict(small, sent, child, monkeypatch):
    made = child()

    class Gone(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    monkeypatch.setattr(io, "StringIO", Gone)
    (found,) = judge_files(small, [sent])
    assert [each.status for each in found.verdicts] == [Status.COULD_NOT_BE_JUDGED]
    assert made[0].ended == ["killed", "waited"]


def test_one_file_is_judged_for_one_assignment_and_a_time(small, sent, child):
    made = child({"file": str(sent), "done": None})
    assert judge_file.judge_file(small, sent, "small", 3.0) == []
    assert (made[0].job["assignment"], made[0].job["seconds"]) == ("small", 3.0)
