"""Edits after a class was graded: points, dates, the late plugin, answers that were marked."""

import csv
import os
import subprocess
import sys

import nbformat
import pytest

from autograder.course.course import read_notebook
from autograder.grading.grade import grade
from autograder.releasing.release import release
from autograder.reports.class_report import report
from autograder.reports.exports import export_canvas, export_csv, export_nbgrader
from autograder.reports.feedback import feedback
from helpers.errors import CourseError
from tests.autograder.grading.in_process import InProcess
from tests.tiny_course import TINY, submit

TOO_LATE = "2026-01-11 00:00:00 UTC"
WRONG = "def double(x):\n    return x"
ZERO = "\nget_config().LateSubmissionPlugin.penalty_method = 'zero'\n"
OWN_PLUGIN = """
from nbgrader.plugins import LateSubmissionPlugin


class ByTheHour(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return {0} * round(total_seconds_late / 3600)


get_config().AssignLatePenalties.plugin_class = ByTheHour
"""


@pytest.fixture
def course(tiny):
    submit(tiny, "ada")
    submit(tiny, "bob", double=WRONG, why="It is not.")
    assert regrade(tiny) == ["ada", "bob"]
    return tiny


def regrade(course):
    """Grade; returns whose code was run."""
    pool = InProcess()
    results = grade(course, TINY, pool=pool)
    assert {result.status for result in results} == {"graded"}
    return pool.ran


def edit(course, **points):
    """Change the points of cells of the source, and release it."""
    path = course.source(TINY)
    notebook = read_notebook(path)
    for cell in notebook.cells:
        if cell.id in points:
            cell.metadata.nbgrader.points = points[cell.id]
    nbformat.write(notebook, path)
    release(course, TINY)


def mark(course, student, points, cell="why"):
    """As formgrader does."""
    with course.gradebook() as gradebook:
        found = gradebook.find_grade(cell, TINY, TINY, student)
        found.manual_score, found.needs_manual_grade = points, False
        gradebook.find_comment(
            cell.removeprefix("test_"), TINY, TINY, student
        ).manual_comment = "Well argued."
        gradebook.db.commit()


def seen(course, student):
    """(points, maximum, how many wait for a person), the same wherever they are shown."""
    with open(export_csv(course, course.root / "grades.csv"), newline="") as file:
        row = {row["student"]: row for row in csv.DictReader(file)}[student]
    found = tuple(float(row[f"tiny {part}"]) for part in ("points", "maximum", "not marked yet"))
    with open(export_nbgrader(course, course.root / "grades.csv"), newline="") as file:
        nbgraders = {row["student_id"]: row for row in csv.DictReader(file)}[student]
    assert (float(nbgraders["score"]), float(nbgraders["max_score"])) == found[:2]
    feedback(course, TINY)
    page = course.feedback(student, TINY).read_text()
    so_far = " so far" if found[2] else ""
    assert f"{found[0]:g} of {found[1]:g} points{so_far}</p>" in page
    template = course.root / "canvas.csv"
    header = "Student,ID,SIS User ID,SIS Login ID,Section,tiny (7)"
    template.write_text(f"{header}\nPoints Possible,,,,,{found[1]:g}\nX,1,{student},{student},A,\n")
    filled = export_canvas(course, course.root / "filled.csv", TINY, template)
    assert filled.text.splitlines()[2].endswith(f",{found[0]:g}")
    assert bool(found[2]) == any(
        "marked" in what for who, _, what in filled.notes if who == student
    )
    with course.gradebook() as gradebook:
        assert gradebook.find_submission(TINY, student).needs_manual_grade == bool(found[2])
    return found


@pytest.mark.slow
@pytest.mark.parametrize("points, full", [(10, 13), (1, 4), (0, 3)])
def test_where_only_points_change_nothing_is_run(course, points, full):
    edit(course, test_bce_loss=points)
    told = "The points of tiny changed after ada, bob were graded; run `autograder grade tiny`"
    for show in (feedback, report, lambda *_: export_csv(course, course.root / "grades.csv")):
        with pytest.raises(CourseError, match=told):
            show(course, TINY)
    assert regrade(course) == []
    assert seen(course, "ada") == (full, full + 2, 1)
    assert seen(course, "bob") == (full - 3, full + 2, 1)
    assert regrade(course) == [] and seen(course, "ada") == (full, full + 2, 1)


def test_points_that_are_not_released_yet_are_told(course):
    path = course.source(TINY)
    path.write_text(path.read_text().replace('"points": 5', '"points": 7'))
    with pytest.raises(CourseError, match="test_bce_loss in solutions/tiny has changed since"):
        regrade(course)


@pytest.mark.slow
def test_a_mark_is_of_the_maximum_that_it_was_given_for(course):
    mark(course, "ada", 2)
    mark(course, "bob", 0.5)
    assert seen(course, "ada") == (10, 10, 0)
    edit(course, why=1)
    assert regrade(course) == []
    assert seen(course, "ada") == (9, 9, 1)  # 2 of 1 would be too much
    assert seen(course, "bob") == (5.5, 9, 1)
    mark(course, "bob", 0.5)  # it is meant as before
    assert seen(course, "bob") == (5.5, 9, 0)
    edit(course, why=2)
    regrade(course)
    assert seen(course, "ada") == (10, 10, 0)  # for this it was given
    assert seen(course, "bob") == (5.5, 10, 1)


def test_a_marked_answer_that_changed_waits_again(course):
    mark(course, "ada", 1)
    mark(course, "bob", 2)
    assert seen(course, "ada") == (9, 10, 0)
    submit(course, "ada", why="Now for another reason.")
    for _ in range(2):
        assert regrade(course) == []
        assert seen(course, "ada") == (9, 10, 1)
        assert seen(course, "bob") == (7, 10, 0)
    page = course.feedback("ada", TINY).read_text()
    assert "changed since it was marked" in page and "Now for another reason." in page
    assert "marked by hand" in course.feedback("bob", TINY).read_text()
    mark(course, "ada", 1)  # looked at again, and found to be worth the same
    assert seen(course, "ada") == (9, 10, 0)
    regrade(course)
    assert seen(course, "ada") == (9, 10, 0)


def test_the_answer_that_was_marked_comes_back(course):
    mark(course, "ada", 1)
    submit(course, "ada", why="Another.")
    regrade(course)
    submit(course, "ada")
    regrade(course)
    assert seen(course, "ada") == (9, 10, 0)


def test_a_regrade_flags_no_answer_that_stayed(course):
    mark(course, "ada", 1)
    mark(course, "bob", 1)
    path = course.source(TINY)
    path.write_text(path.read_text().replace("-3.0, 117.0", "-3.0, 118.0"))
    release(course, TINY)
    submit(course, "bob", own="better now", why="It is not.")
    assert regrade(course) == ["ada", "bob"]
    assert seen(course, "ada") == (9, 10, 0) and seen(course, "bob") == (9, 10, 0)


def test_a_mark_written_without_its_flag_counts(course):
    """By a script, say, that sets the points alone."""
    with course.gradebook() as gradebook:
        gradebook.find_grade("why", TINY, TINY, "ada").manual_score = 2
        gradebook.db.commit()
    assert seen(course, "ada") == (10, 10, 0)


def test_points_of_a_test_given_by_hand_wait_once_the_code_or_its_result_changes(course):
    mark(course, "ada", 2)
    mark(course, "bob", 2)
    mark(course, "bob", 1.5, cell="test_double")
    assert seen(course, "bob") == (8.5, 10, 0)
    submit(course, "bob", double=WRONG + "  # better?", why="It is not.")
    assert regrade(course) == ["bob"] and seen(course, "bob") == (8.5, 10, 1)


def late(course, student, when=TOO_LATE):
    (course.submitted(student, TINY).parent / "timestamp.txt").write_text(when)


def due(course, when="2026-01-10 00:00:00 UTC"):
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(TINY, duedate=when)


def configured(course, text):
    with open(course.root / "nbgrader_config.py", "a") as file:
        file.write(text)


def test_a_penalty_follows_the_date_the_extension_and_the_time(course):
    configured(course, OWN_PLUGIN.format(0.25))
    late(course, "ada")
    assert regrade(course) == [] and seen(course, "ada") == (8, 10, 1)  # no date yet
    due(course)
    assert seen(course, "ada") == (2, 10, 1)
    assert seen(course, "bob") == (5, 10, 1)
    due(course, "2026-01-10 12:00:00 UTC")
    assert seen(course, "ada") == (5, 10, 1)
    with course.gradebook() as gradebook:
        gradebook.grant_extension(TINY, "ada", hours=10)
    assert seen(course, "ada") == (7.5, 10, 1)
    assert "0.5 points are taken off for handing in late" in (
        course.feedback("ada", TINY).read_text()
    )
    late(course, "ada", "2026-01-10 22:00:00 UTC")
    assert regrade(course) == [] and seen(course, "ada") == (8, 10, 1)
    due(course, None)  # an extension of nothing
    assert regrade(course) == [] and seen(course, "ada") == (8, 10, 1)


@pytest.mark.slow
def test_a_penalty_follows_the_plugin_its_options_and_the_points(course):
    late(course, "ada")
    due(course)
    assert regrade(course) == [] and seen(course, "ada") == (8, 10, 1)  # none by default
    configured(course, ZERO)
    assert seen(course, "ada") == (0, 10, 1)
    mark(course, "ada", 2)
    assert seen(course, "ada") == (0, 10, 0)  # of the points by hand, too
    configured(course, OWN_PLUGIN.format(0.125))
    assert seen(course, "ada") == (7, 10, 0)
    configured(course, OWN_PLUGIN.format(-1))
    assert seen(course, "ada") == (10, 10, 0)  # no bonus
    configured(course, OWN_PLUGIN.format(1000))
    assert seen(course, "ada") == (0, 10, 0)
    edit(course, test_double=30)
    assert regrade(course) == [] and seen(course, "ada") == (0, 37, 0)


@pytest.mark.slow
def test_a_time_in_the_gradebook_alone_stays(course):
    configured(course, ZERO)
    due(course)
    with course.gradebook() as gradebook:
        gradebook.update_or_create_submission(TINY, "ada", timestamp=TOO_LATE)
    edit(course, test_double=4)
    assert regrade(course) == [] and seen(course, "ada") == (0, 11, 1)
    late(course, "ada", "2026-01-09 00:00:00 UTC")
    assert regrade(course) == [] and seen(course, "ada") == (9, 11, 1)
    late(course, "ada")
    assert regrade(course) == [] and seen(course, "ada") == (0, 11, 1)
    (course.submitted("ada", TINY).parent / "timestamp.txt").unlink()  # handed in anew, at no time
    assert regrade(course) == [] and seen(course, "ada") == (9, 11, 1)


@pytest.mark.parametrize(
    "text",
    [
        OWN_PLUGIN.format("None"),
        "\nget_config().AssignLatePenalties.plugin_class = 'nowhere.Plugin'\n",
    ],
)
def test_a_broken_plugin_is_told_in_a_sentence(course, text):
    late(course, "ada")
    due(course)
    regrade(course)
    configured(course, text)
    with pytest.raises(CourseError, match="^The late plugin "):
        export_csv(course, course.root / "grades.csv")


@pytest.mark.slow
@pytest.mark.sandbox
@pytest.mark.deep
def test_nbgraders_own_command_keeps_the_same_account_of_marks(course):
    mark(course, "ada", 1)
    mark(course, "bob", 2)
    submit(course, "bob", double=WRONG, why="Another reason.")
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", TINY, "--force"],
        cwd=course.root, env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert seen(course, "ada") == (9, 10, 0)
    assert seen(course, "bob") == (7, 10, 1)
    assert regrade(course) == []
    assert seen(course, "ada") == (9, 10, 0)
    assert seen(course, "bob") == (7, 10, 1)
