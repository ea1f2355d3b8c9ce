"""Who gets which result, without a kernel: trusted code runs in this process."""

import errno
import shutil
from datetime import datetime

import pytest

from autograder.course.course import Course, read_notebook
from autograder.grading import grade as grading
from autograder.grading.grade import grade
from autograder.grading.recording.store import Store
from autograder.grading.result import (
    COULD_NOT_BE_JUDGED,
    GRADED,
    NO_SUBMISSION,
    UNREADABLE,
    result_of,
)
from autograder.notebooks.cells import named
from tests.autograder.grading.in_process import InProcess
from tests.tiny_course import TINY, submit, tiny_course
from tests.two_notebooks import ONE, PS1, TWO, book, hand_in, two_notebooks


@pytest.fixture(scope="module")
def of_two(tmp_path_factory):
    return two_notebooks(tmp_path_factory.mktemp("two") / "course").root


@pytest.fixture(scope="module")
def of_one(tmp_path_factory):
    """Graded, with an answer that a person has to mark."""
    course = tiny_course(tmp_path_factory.mktemp("one") / "course")
    submit(course, "ada")
    grade(course, TINY, pool=InProcess())
    return course.root


def copied(root, tmp_path):
    return Course.at(shutil.copytree(root, tmp_path / "course"))


def test_of_two_notebooks_the_one_that_is_missing_counts_nothing(of_two, tmp_path):
    course = copied(of_two, tmp_path)
    released = course.root / "notebooks" / PS1
    hand_in(course.root, "ada", **{ONE: book(released, ONE)})
    (course.root / "submitted" / "bob" / PS1).mkdir(parents=True)
    found = {result.student: result for result in grade(course, PS1, pool=InProcess())}
    assert (found["ada"].status, found["ada"].max_score) == (GRADED, 2 + 1 + 3 + 5)
    missing = result_of(Store.of(course, PS1, TWO), "ada")
    assert (missing.status, missing.score, missing.max_score) == (NO_SUBMISSION, 0.0, 8.0)
    assert missing.remarks == ("it was not handed in, so none of its 8 points are earned.",)
    with course.gradebook() as gradebook:
        pages = {each.name: each for each in gradebook.find_submission(PS1, "ada").notebooks}
        assert (pages[TWO].score, pages[TWO].max_score) == (0.0, 8.0)
    assert found["bob"].status == UNREADABLE  # an empty folder is nobody's decision


def test_a_mark_waits_for_a_person_again_only_where_its_own_answer_changes(of_one, tmp_path):
    course = copied(of_one, tmp_path)
    with course.gradebook() as gradebook:
        found = gradebook.find_grade("why", TINY, TINY, "ada")
        found.manual_score, found.needs_manual_grade = 1.5, False
        gradebook.db.commit()
    for answer, waits in ({}, False), ({"why": "Another reason."}, True):
        submit(course, "ada", double="def double(x):\n    return x + x", **answer)
        grade(course, TINY, pool=InProcess())
        with course.gradebook() as gradebook:
            assert gradebook.find_grade("why", TINY, TINY, "ada").needs_manual_grade is waits


@pytest.mark.parametrize(
    "number",
    [errno.ENAMETOOLONG, errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.EILSEQ],
    ids=errno.errorcode.get,
)
def test_what_a_files_name_causes_costs_nobody_else(of_one, tmp_path, monkeypatch, number):
    course, own = copied(of_one, tmp_path), grading.record
    submit(course, "bob", own="bob")

    def record(gradebook, course, blueprint, student, *rest):
        if student == "bob":
            raise OSError(number, "of a file")
        own(gradebook, course, blueprint, student, *rest)

    monkeypatch.setattr(grading, "record", record)
    found = {result.student: result for result in grade(course, TINY, pool=InProcess())}
    assert found["ada"].status == GRADED and found["bob"].status == COULD_NOT_BE_JUDGED
    assert "the gradebook rejected it" in found["bob"].problem


def test_a_name_that_no_disk_takes_is_of_a_file_and_a_broken_disk_is_everybodys(
    of_one, tmp_path, monkeypatch
):
    assert {errno.ENAMETOOLONG, errno.EILSEQ} <= set(grading.OF_A_FILE)
    course = copied(of_one, tmp_path)
    submit(course, "bob", own="bob")

    def record(*_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(grading, "record", record)
    with pytest.raises(OSError, match="Input/output error"):
        grade(course, TINY, pool=InProcess())


def test_who_leaves_an_answer_blank_is_told_that_there_was_no_response(of_one, tmp_path):
    course = copied(of_one, tmp_path)
    blank = named(read_notebook(course.released(TINY)))["why"].source
    submit(course, "bob", own="bob", why=blank)
    grade(course, TINY, pool=InProcess())
    with course.gradebook() as gradebook:
        for student, comment in ("ada", None), ("bob", "No response."):
            assert gradebook.find_comment("why", TINY, TINY, student).auto_comment == comment


def test_the_time_of_a_hand_in_is_its_files_or_a_person_s(of_one, tmp_path):
    """A time that came from a file goes with the file; one that was set by hand stays."""
    course = copied(of_one, tmp_path)
    file = course.submitted("ada", TINY).parent / "timestamp.txt"

    def time_after(text):
        """Of the submission, graded again with this timestamp.txt."""
        file.unlink(missing_ok=True)
        if text:
            file.write_text(text)
        grade(course, TINY, pool=InProcess())
        with course.gradebook() as gradebook:
            return gradebook.find_submission(TINY, "ada").timestamp

    assert time_after("2026-10-01 10:00:00 UTC") == datetime(2026, 10, 1, 10)
    assert time_after("") is None
    by_hand = datetime(2026, 10, 2)
    with course.gradebook() as gradebook:
        gradebook.find_submission(TINY, "ada").timestamp = by_hand
        gradebook.db.commit()
    assert time_after("") == by_hand
