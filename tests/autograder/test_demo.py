"""The sample classes of `make demo`, without running their notebooks."""

from pathlib import Path

import pytest

from autograder import demo, exercises
from autograder.exercises import answers
from autograder.grading.course import Course
from autograder.grading.fill import grade_id

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", params=list(demo.CLASSES))
def assignment(request):
    return request.param


@pytest.fixture(scope="module")
def handed_in(assignment):
    return demo.submissions(Course.at(ROOT), assignment)


def test_every_assignment_has_a_class():
    assert list(demo.CLASSES) == list(exercises.ASSIGNMENTS)


def test_twelve_students_hand_in(handed_in):
    assert len(handed_in) == 12
    assert len({str(notebook) for notebook in handed_in.values()}) == 12


def test_each_wrong_student_differs_from_the_right_one_in_the_named_cells_only(
    assignment, handed_in
):
    sample, right = demo.CLASSES[assignment], handed_in["amara"].cells
    for student, wrong in {**sample.WRONG, **sample.BROKEN}.items():
        cells = handed_in[student].cells
        different = {
            grade_id(cell)
            for cell, good in zip(cells, right, strict=True)
            if cell.source != good.source
        }
        assert different == set(wrong)


def test_the_wrong_answers_come_from_the_bank(assignment):
    known = {(a.name, a.misconception) for a in answers.answers(assignment)}
    for wrong in demo.CLASSES[assignment].WRONG.values():
        assert set(wrong.items()) <= known
