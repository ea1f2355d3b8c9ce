"""What the LMS said of a hand-in, and the time that just late is."""

from datetime import datetime, timedelta

import pytest

from autograder.collecting.receipts import Receipt, just_late
from tests.autograder.grading.plain_gradebook import DUE, HW, course_of, hand_in, write


@pytest.fixture
def course(tmp_path):
    return course_of(tmp_path / "course")


def test_a_receipt_is_of_a_student_and_an_assignment_and_the_last_one_counts(course):
    assert Receipt.of(course, HW, "ada") == Receipt(False, None, None)
    Receipt(True, "ada_1_2_hw.ipynb", "1").save(course, HW, "ada")
    last = Receipt(False, "ada_LATE_1_3_hw-1.ipynb", "1")
    last.save(course, HW, "ada")
    assert Receipt.of(course, HW, "ada") == last
    assert Receipt.of(course, HW, "bob") == Receipt.of(course, "other", "ada") == Receipt()
    assert (course.root / ".autograder" / HW / "collected" / "ada.json").is_file()


@pytest.mark.parametrize("text", ["", "{", "[]", "[1]", "5", '"late"', '{"other": 1}'])
def test_a_receipt_of_another_kit_is_an_empty_one(course, text):
    write(course.root / ".autograder" / HW / "collected" / "ada.json", text)
    assert Receipt.of(course, HW, "ada") == Receipt()


def test_just_late_is_a_second_after_the_own_date(course):
    late = DUE + timedelta(seconds=1)
    assert just_late(course, HW, "ada") == late == datetime(2026, 1, 10, 0, 0, 1)
    with course.gradebook() as gradebook:
        hand_in(gradebook, "ada", 3.0)
        gradebook.grant_extension(HW, "ada", hours=2)
    assert just_late(course, HW, "ada") == late + timedelta(hours=2)
    assert just_late(course, HW, "bob") == late
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(HW, duedate=None)
    assert just_late(course, HW, "bob") is None
    assert just_late(course, "nowhere", "ada") is None
