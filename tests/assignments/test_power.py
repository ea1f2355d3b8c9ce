"""Inputs differ from one submission to the next: for all of them right is right, wrong is wrong."""

from dataclasses import replace

import pytest

from autograder.checks import answers
from autograder.judging import Status, Tolerance, judge
from tests import own_course
from tests.every import every
from tests.seeds import seed_every_generator

# Of torch, about lines that students write.
pytestmark = pytest.mark.filterwarnings("ignore:Using a target size")
JUDGED = own_course.everything()
WRONG = [
    exercise
    for exercise in JUDGED
    if exercise.name not in own_course.told(own_course.assignment_of(exercise), "POWER_ELSEWHERE")
]


def draws(few, many):
    """Seeds of the inputs: in `make test-slow`, and more in `make test-deep`."""
    marked = [pytest.param(few, marks=pytest.mark.slow), pytest.param(many, marks=pytest.mark.deep)]
    return pytest.mark.parametrize("seeds", marked, ids=("few", "many"))


def of(exercises):
    return pytest.mark.parametrize("exercise", exercises, ids=lambda exercise: exercise.id)


def check(exercise, status, seeds, tolerance=1.0):
    """tolerance: of the exercise's own, which part is used."""
    allowed = exercise.tolerance
    allowed = Tolerance(allowed.rtol * tolerance, allowed.atol * tolerance)
    # Whether it is right is asked, not which mistake it is.
    bare = replace(exercise, misconceptions=(), tolerance=allowed)
    found = [a for a in own_course.whole_bank() if (a.exercise, a.verdict) == (exercise.id, status)]
    assert found
    with every() as case:
        for answer in found:
            subject = answers.build(answer)
            for seed in seeds:
                with case(f"{answer}, seed {seed}"):
                    seed_every_generator(seed)
                    verdict = judge(bare, subject, seed=seed)
                    assert verdict.is_right is (status is Status.RIGHT), verdict


@draws(range(1000, 1001), range(1001, 1013))
@of(WRONG)
def test_no_draw_of_the_inputs_lets_a_wrong_answer_pass(exercise, seeds):
    check(exercise, Status.WRONG, seeds)


@draws(range(1000, 1003), range(1003, 1060))
@of(JUDGED)
def test_no_draw_of_the_inputs_refuses_a_right_answer(exercise, seeds):
    """With half the tolerance: what students write rounds in other ways than these answers."""
    check(exercise, Status.RIGHT, seeds, tolerance=0.5)
