"""A teacher settles what could not be judged, or has it tried again; in a course without code."""

import pytest

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
from helpers.errors import CourseError
from tests.autograder.grading.plain_gradebook import HW, course_of, hand_out


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
    settle_by_hand(course, HW, ["mid"], again=True)
    opened = (COULD_NOT_BE_JUDGED, None, None, None)  # the next run decides on its points
    assert kept(course, "mid", *names) == [(GRADED, 3.0, 3.0, ("inputs", 3)), opened, opened]
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
