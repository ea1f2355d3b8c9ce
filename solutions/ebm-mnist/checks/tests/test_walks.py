"""The sampler and its buffer: how often a right one fails, and how surely a wrong one does."""

import random
from dataclasses import replace

import numpy
import pytest
import torch
from scipy import stats

from autograder.checks import answers
from autograder.judging import Status, judge
from tests import own_course
from tests.lengths import short_and_long
from tests.own_course import find

from ..observers.buffers import NOISE_FALSE_ALARM, SHARE, SHARE_FALSE_ALARM, _share
from ..observers.walks import GROUPS, WALK_FALSE_ALARM, LinearWalk

RUNS = short_and_long(10, 100)
RANDOM = ("ebm-mnist.generate_samples", "ebm-mnist.Sampler")
BANK = [a for a in own_course.bank("ebm-mnist") if a.exercise in RANDOM]


def verdicts(answer, runs, named=True):
    """named: with the misconceptions, which take most of the time."""
    subject, exercise = answers.build(answer), find(answer.exercise)
    for run in range(runs):
        torch.manual_seed(run)
        random.seed(run)
        numpy.random.seed(run)
        yield judge(exercise if named else replace(exercise, misconceptions=()), subject)


@pytest.mark.slow
@pytest.mark.parametrize("runs", RUNS)
@pytest.mark.parametrize("answer", [a for a in BANK if a.verdict is Status.RIGHT], ids=str)
def test_a_right_answer_is_right_for_any_draw(answer, runs):
    assert all(verdict.is_right for verdict in verdicts(answer, runs))


@pytest.mark.slow
@pytest.mark.parametrize("runs", RUNS)
@pytest.mark.parametrize("answer", [a for a in BANK if a.verdict is Status.WRONG], ids=str)
def test_a_wrong_answer_is_wrong_for_any_draw(answer, runs):
    assert not any(verdict.is_right for verdict in verdicts(answer, runs, named=False))
    for verdict in verdicts(answer, runs // 10):
        assert verdict.misconception == answer.misconception


def test_all_samples_of_a_walk_together_keep_the_false_alarm_rate():
    walks = find("ebm-mnist.generate_samples").probes
    assert len(walks) == 3
    looked_at = 2 * len(GROUPS) + 2
    assert looked_at * WALK_FALSE_ALARM <= 1e-6


# Of 20 calls of 200 images, the first tells nothing where the buffer begins empty.
@pytest.mark.parametrize("judged", [20 * 200, 19 * 200])
def test_the_share_and_the_values_of_new_noise_together_keep_the_false_alarm_rate(judged):
    law = stats.binom(judged, SHARE)
    refused = [n for n in range(judged + 1) if _share(n, judged) != "about 5%"]
    assert law.pmf(refused).sum() <= SHARE_FALSE_ALARM
    assert SHARE_FALSE_ALARM + NOISE_FALSE_ALARM <= 1e-6


@pytest.mark.parametrize("flaw", [{}, {"clamp": None}, {"batch_mean": True}, {"uphill": -1}])
def test_the_law_of_a_walk_is_what_a_walk_does(flaw):
    """By brute force, one pixel at a time."""
    walk, images, steps, step_size = LinearWalk(**flaw), 4, 3, 5
    for slope, _ in GROUPS:
        x = torch.zeros(200_000, dtype=torch.float64)
        push = walk.uphill * slope / (images if walk.batch_mean else 1)
        push = push if walk.clamp is None else max(-walk.clamp, min(walk.clamp, push))
        for _ in range(steps):
            x = x + walk.noise * torch.randn_like(x) + step_size * push
        assert walk.law(slope, images, steps, step_size, 1e-7).accepts(x)
        assert not walk.law(slope, images, steps + 1, step_size, 1e-7).accepts(x)


@pytest.mark.parametrize(
    ("name", "title", "words"),
    [
        ("langevin_step", "autograd.grad of the sum", ()),
        ("langevin_step", "the result still wants a gradient", ("still wants a gradient",)),
        ("langevin_step", "in place, on the caller's x", ("changes the images",)),
        ("generate_samples", "autograd.grad, new tensors", ()),
        ("generate_samples", "the result hangs on its last step alone", ("wants a gradient",)),
    ],
)
def test_what_is_no_mistake_gets_a_remark(name, title, words):
    (answer,) = [
        a for a in own_course.bank("ebm-mnist") if a.name == name and a.title.startswith(title)
    ]
    verdict = judge(find(answer.exercise), answers.build(answer))
    assert verdict.is_right
    assert (verdict.message == "right") == (not words)
    assert all(word in verdict.message for word in words)
