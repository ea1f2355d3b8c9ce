"""What could not be judged in three runs: given up, settled by hand, left out of an export."""

import csv

import pytest

from autograder import cli
from autograder.grading.grade import grade
from autograder.grading.recording.given_up import settle_by_hand
from autograder.grading.recording.store import Store, only_grader
from autograder.grading.result import (
    COULD_NOT_BE_JUDGED,
    GIVEN_UP,
    GRADED,
    NO_SUBMISSION,
    SETTLED,
    UNREADABLE,
    Result,
    result_of,
)
from autograder.grading.running.pool import Failure
from autograder.reports.exports import export_csv, export_nbgrader
from helpers.errors import CourseError
from tests.autograder.grading.in_process import InProcess
from tests.autograder.grading.plain_gradebook import HW, course_of, hand_out
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


# By hand, in a course that is quick to make.


def known(course, student, **statuses):
    """Keep a status of each notebook, {name: status}."""
    for name, status in statuses.items():
        score = 3.0 if status == GRADED else None
        result = Result(student, status, score, score, tried=("inputs", 3), problem="why")
        Store.of(course, HW, name).save_status(student, result.as_row())


def kept(course, student, *names):
    found = [result_of(Store.of(course, HW, name), student) for name in names]
    return [(each.status, each.score, each.max_score, each.tried) for each in found]


@pytest.fixture
def plain(tmp_path):
    course = course_of(tmp_path / "course")
    hand_out(course)
    return course


@pytest.mark.parametrize("status", [COULD_NOT_BE_JUDGED, GIVEN_UP, SETTLED])
@pytest.mark.parametrize("again", [False, True])
def test_what_could_not_be_judged_is_settled_or_opened_again(plain, status, again):
    known(plain, "mid", hw=status)
    (result,) = settle_by_hand(plain, HW, ["mid"], again)
    after = (COULD_NOT_BE_JUDGED, None) if again else (SETTLED, ("inputs", 3))
    assert (result.status, result.tried) == after and result.problem == "why"
    # A single notebook has no points that a teacher's decision could take away.
    assert kept(plain, "mid", HW) == [(after[0], None, None, after[1])]


@pytest.mark.parametrize("status", [GRADED, NO_SUBMISSION, UNREADABLE, None])
def test_what_has_a_result_is_not_settled_nor_who_is_named_with_it(plain, status):
    known(plain, "mid", hw=GIVEN_UP)
    known(plain, "ada", **({HW: status} if status else {}))
    words = (
        f"ada in hw: {status or 'not graded yet'}; only what could not be judged is settled by "
        "hand."
    )
    with pytest.raises(CourseError) as caught:
        settle_by_hand(plain, HW, ["mid", "ada"])
    assert str(caught.value) == words
    assert kept(plain, "mid", HW)[0][0] == GIVEN_UP
    with only_grader(plain), pytest.raises(CourseError, match="by another run"):
        settle_by_hand(plain, HW, ["mid"])


def test_of_several_notebooks_only_what_could_not_be_judged_is_settled(tmp_path):
    """It counts 0 of its points then, and what was judged keeps its own."""
    names = ("one", "three", "two")
    course = course_of(tmp_path / "course", notebooks=names)
    hand_out(course, *names)
    known(course, "mid", one=GRADED, two=GIVEN_UP, three=COULD_NOT_BE_JUDGED)
    (result,) = settle_by_hand(course, HW, ["mid"])
    assert (result.status, result.score, result.max_score) == (SETTLED, 3.0, 9.0)
    judged = (GRADED, 3.0, 3.0, ("inputs", 3))
    settled = (SETTLED, 0.0, 3.0, ("inputs", 3))
    assert kept(course, "mid", *names) == [judged, settled, settled]
    (result,) = settle_by_hand(course, HW, ["mid"], again=True)
    assert result.status == COULD_NOT_BE_JUDGED
    assert kept(course, "mid", *names)[0] == judged
    assert [each[::3] for each in kept(course, "mid", *names)[1:]] == [
        (COULD_NOT_BE_JUDGED, None)
    ] * 2
