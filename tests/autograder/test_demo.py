"""The sample classes of `make demo`, without running their notebooks."""

from pathlib import Path

import pytest

from autograder.course.course import Course
from autograder.demo import sample_class
from autograder.notebooks.cells import grade_id
from tests import own_course

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", params=own_course.ASSIGNMENTS)
def assignment(request):
    return request.param


@pytest.fixture(scope="module")
def handed_in(assignment):
    return sample_class.submissions(Course.at(ROOT), assignment)


def test_every_assignment_has_a_class():
    assert all(sample_class.has_class(Course.at(ROOT), name) for name in own_course.ASSIGNMENTS)


def test_twelve_students_hand_in(handed_in):
    assert len(handed_in) == 12
    assert len({str(notebook) for notebook in handed_in.values()}) == 12


def test_each_wrong_student_differs_from_the_right_one_in_the_named_cells_only(
    assignment, handed_in
):
    sample, right = sample_class.of(Course.at(ROOT), assignment), handed_in["amara"].cells
    for student, wrong in {**sample.WRONG, **sample.BROKEN}.items():
        cells = handed_in[student].cells
        different = {
            grade_id(cell)
            for cell, good in zip(cells, right, strict=True)
            if cell.source != good.source
        }
        assert different == set(wrong)


def test_the_wrong_answers_come_from_the_bank(assignment):
    known = {(a.name, a.misconception) for a in own_course.bank(assignment)}
    for wrong in sample_class.of(Course.at(ROOT), assignment).WRONG.values():
        assert set(wrong.items()) <= known
