"""What could not be judged in three runs: given up, settled by hand, left out of an export."""

import csv

import pytest

from autograder import cli
from autograder.grading.grade import grade
from autograder.grading.result import COULD_NOT_BE_JUDGED, GIVEN_UP, GRADED, SETTLED
from autograder.grading.running.pool import Failure
from autograder.reports.exports import export_csv, export_nbgrader
from helpers.errors import CourseError
from tests.autograder.grading.in_process import InProcess
from tests.tiny_course import TINY, submit, tiny_course


class FailsFor(InProcess):
    """A pool whose machine fails whenever it runs this student's submission."""

    def __init__(self, student):
        super().__init__()
        self.student = student

    def run(self, tasks, store, started=lambda task: None):
        for task in tasks:
            if task.student == self.student:
                self.ran.append(task.student)
                yield task, Failure("the process that ran it ended 3 times")
            else:
                yield from super().run([task], store, started)


@pytest.fixture
def course(tmp_path):
    course = tiny_course(tmp_path / "course")
    for student in ("ada", "mid", "zoe"):
        submit(course, student, own=student)
    return course


def statuses(course, pool):
    return {result.student: result.status for result in grade(course, TINY, pool=pool)}


@pytest.fixture
def given_up(course):
    pool = FailsFor("mid")
    found = [statuses(course, pool)["mid"] for _ in range(3)]
    assert found == [COULD_NOT_BE_JUDGED, COULD_NOT_BE_JUDGED, GIVEN_UP]
    return course


def table(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def test_it_is_not_tried_again_until_it_is_handed_in_anew(given_up):
    pool = FailsFor("mid")
    assert statuses(given_up, pool) == {"ada": GRADED, "mid": GIVEN_UP, "zoe": GRADED}
    assert pool.ran == []
    submit(given_up, "mid", own="another")
    assert statuses(given_up, InProcess())["mid"] == GRADED


def test_another_version_is_counted_anew(course):
    pool = FailsFor("mid")
    for number in range(4):
        submit(course, "mid", own=number)
        assert statuses(course, pool)["mid"] == COULD_NOT_BE_JUDGED


def test_export_names_the_one_and_writes_nothing(given_up, tmp_path):
    for write in (export_csv, export_nbgrader):
        with pytest.raises(CourseError) as error:
            write(given_up, tmp_path / "grades.csv")
        assert f"autograder settle {TINY} mid" in str(error.value)
        assert "--without mid" in str(error.value) and "ada" not in str(error.value)
        assert not (tmp_path / "grades.csv").exists()


def test_export_without_one(given_up, tmp_path):
    rows = table(export_csv(given_up, tmp_path / "a.csv", without=["mid"]))
    points = {row["student"]: (row[f"{TINY} status"], row[f"{TINY} points"]) for row in rows}
    assert points == {"ada": (GRADED, "8"), "mid": (GIVEN_UP, ""), "zoe": (GRADED, "8")}
    for hold in (False, True):
        path = export_nbgrader(given_up, tmp_path / "b.csv", hold=hold, without=["mid"])
        assert "mid" not in {row["student_id"] for row in table(path)}
    with pytest.raises(CourseError, match="--without names nobody, who is not in this course"):
        export_csv(given_up, tmp_path / "c.csv", without=["nobody"])


def test_without_somebody_else_is_refused(given_up, tmp_path):
    with pytest.raises(CourseError, match="could not be judged for mid"):
        export_csv(given_up, tmp_path / "grades.csv", without=["ada"])


def test_settled_by_a_command(given_up, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(given_up.root)
    with pytest.raises(SystemExit):
        cli.main(["settle", TINY, "mid"])
    assert capsys.readouterr().out == f"mid: {SETTLED}\n"
    pool = FailsFor("mid")
    assert statuses(given_up, pool)["mid"] == SETTLED and pool.ran == []
    rows = table(export_csv(given_up, tmp_path / "grades.csv"))
    assert {row["student"]: row[f"{TINY} points"] for row in rows} == {
        "ada": "8", "mid": "", "zoe": "8"
    }  # fmt: skip


def test_tried_again_by_a_command(given_up, monkeypatch):
    monkeypatch.chdir(given_up.root)
    with pytest.raises(SystemExit):
        cli.main(["settle", TINY, "mid", "--again"])
    assert statuses(given_up, InProcess())["mid"] == GRADED


def test_what_was_judged_is_not_settled(given_up, monkeypatch, capsys):
    monkeypatch.chdir(given_up.root)
    with pytest.raises(SystemExit) as end:
        cli.main(["settle", TINY, "mid", "ada"])
    assert end.value.code == 2 and "only what could not be judged" in capsys.readouterr().err
    assert statuses(given_up, InProcess())["mid"] == GIVEN_UP
