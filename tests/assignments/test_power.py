"""Inputs differ from one submission to the next: a wrong answer is wrong for all of them."""

from dataclasses import replace

import pytest
import torch

from autograder.checks import answers
from autograder.judging import Status, judge
from tests import own_course

SEEDS = range(1000, 1012)
JUDGED = [
    exercise
    for exercise in own_course.everything()
    if exercise.name not in own_course.told(own_course.assignment_of(exercise), "POWER_ELSEWHERE")
]


@pytest.mark.deep
@pytest.mark.parametrize("exercise", JUDGED, ids=lambda exercise: exercise.id)
def test_no_draw_of_the_inputs_lets_a_wrong_answer_pass(exercise):
    bare = replace(exercise, misconceptions=())
    wrong = [
        answer
        for answer in own_course.whole_bank()
        if answer.exercise == exercise.id and answer.verdict is Status.WRONG
    ]
    assert wrong
    for answer in wrong:
        subject = answers.build(answer)
        for seed in SEEDS:
            torch.manual_seed(seed)
            assert not judge(bare, subject, seed=seed).is_right, (answer.title, seed)
