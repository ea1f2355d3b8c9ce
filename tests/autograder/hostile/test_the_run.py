"""The run itself, and what every case leaves as it was."""

import io
import os
import re
import subprocess

import pytest
from nbgrader.api import Gradebook
from rich.console import Console

from autograder.course.course import read_notebook
from autograder.grading.grade import grade
from autograder.grading.result import COULD_NOT_BE_JUDGED, GRADED, NO_SUBMISSION
from autograder.releasing.release import release
from autograder.reports.tables import class_table
from helpers.errors import CourseError
from tests.autograder.hostile.case import ALL
from tests.autograder.hostile.the_class import LIMITS, digests
from tests.tiny_course import POINTS, TINY, submit, tiny_course

pytestmark = [pytest.mark.slow, pytest.mark.sandbox]


# What the hostile class left


def test_honest_students_lose_nothing(graded):
    assert len(graded.honest) > 5
    for student in graded.honest:
        result = graded.results[student]
        assert (result.status, result.score, result.stopped) == (GRADED, ALL, None)
        assert result.remarks == () and all(verdict.is_right for verdict in result.verdicts)


def test_everybody_has_a_final_status(graded):
    waiting = [r.student for r in graded.results.values() if r.status == COULD_NOT_BE_JUDGED]
    assert waiting == []
    assert set(graded.results) == {*graded.about["students"].values(), *graded.honest, "absent"}


def test_the_same_student_twice_in_the_roster_is_one(graded):
    assert graded.about["ran"].count("h000-honest") == 1


def test_a_student_with_no_submission(graded):
    result = graded.results["absent"]
    assert (result.status, result.score) == (NO_SUBMISSION, None)
    assert not (graded.course.root / "autograded" / "absent").exists()


def test_what_was_handed_in_is_as_it_was(graded):
    before, after = graded.about["submitted"]
    assert before == after


def test_what_was_written_for_one_is_not_changed_by_the_next(graded):
    as_written, at_the_end = graded.about["autograded"]
    assert as_written == at_the_end


def test_all_honest_notebooks_show_the_same(graded):
    notebooks = [graded.notebook(student) for student in graded.honest]
    for cell in (cell for notebook in notebooks for cell in notebook.cells):
        # When each cell ran: two workers may have had the same notebook at the same time.
        cell.metadata.pop("execution", None)
    first, *others = [notebook.cells for notebook in notebooks]
    assert all(cells == first for cells in others)


def test_the_gradebook_has_the_scores_and_nothing_else(graded):
    expected = {r.student: r.score for r in graded.results.values() if r.status == GRADED}
    with Gradebook(graded.course.database()) as gradebook:
        assert [assignment.name for assignment in gradebook.assignments] == [TINY]
        found = {each.student_id: each for each in gradebook.assignment_submissions(TINY)}
        assert {student: each.score for student, each in found.items()} == expected
        assert {each.max_score for each in found.values()} == {sum(POINTS.values()) + 2}
        assert {student.id for student in gradebook.students} == set(expected)
        connection = gradebook.db.connection()
        kinds = {row[0] for row in connection.exec_driver_sql("select type from sqlite_master")}
        assert kinds <= {"table", "index"}


def test_nothing_is_left_on_the_machine(graded):
    assert graded.about["marks"] == []
    assert graded.about["remaining"] == []


def test_a_second_run_does_nothing_again(graded):
    assert graded.about["ran_again"] == []
    assert graded.again == graded.results


def test_the_class_table_can_be_shown_on_a_terminal(graded):
    screen = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    Console(file=screen, force_terminal=True, width=120, color_system=None).print(
        class_table(TINY, list(graded.results.values()))
    )
    screen.flush()
    shown = screen.buffer.getvalue().decode()
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)


# Other runs


@pytest.fixture(scope="module")
def small_disk(tmp_path_factory):
    """A course whose results lie on a disk of 300 kB: (course, a function that makes it larger)."""
    course = tiny_course(tmp_path_factory.mktemp("small") / "course")
    place = course.root / ".autograder"
    place.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(place)]
    if os.getuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root may mount a small disk")
    larger = ["mount", "-o", "remount,size=50m", str(place)]
    yield course, lambda: subprocess.run(larger, check=True)
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_stops_the_run_with_a_sentence_and_loses_nothing(small_disk):
    course, enlarge = small_disk
    for number in range(3):
        submit(course, f"s{number}", own=f"{number}{'x' * 30_000}")
    submit(course, "s1-large", own="x" * 300_000)
    submit(course, "guess", double="def double(x):\n    return 2 * x if abs(x) < 1000 else x")
    before = digests(course.root / "submitted")
    with pytest.raises(CourseError, match="The disk is full .*No space left on device"):
        grade(course, TINY, limits=LIMITS, count=1)
    done = digests(course.root / "autograded")
    assert done
    enlarge()
    results = grade(course, TINY, limits=LIMITS, count=1)
    assert [(r.status, r.score) for r in results] == [(GRADED, ALL)] * 5
    after = digests(course.root / "autograded")
    assert digests(course.root / "submitted") == before
    assert {name: after[name] for name in done} == done


def test_an_assignment_that_changed_between_two_runs(small_disk):
    """It is graded anew once it is released anew, and not before."""
    course, _ = small_disk
    before = digests(course.root / "autograded")
    path = course.source(TINY)
    path.write_text(path.read_text().replace("117.0", "1170.0"))
    with pytest.raises(CourseError, match="test_double.*has changed since.*autograder release"):
        grade(course, TINY)
    assert digests(course.root / "autograded") == before
    release(course, TINY)
    (result,) = grade(course, TINY, ["guess"], limits=LIMITS, count=1)
    assert result.score == POINTS["bce_loss"]
    assert "1170" in str(read_notebook(course.autograded("guess", TINY)).cells)
