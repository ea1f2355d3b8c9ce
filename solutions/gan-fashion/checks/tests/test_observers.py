"""Whole losses: how often a right one fails, how surely a wrong one does, whatever is drawn."""

import random

import numpy
import pytest
import torch

from autograder.checks import answers
from autograder.judging import Status, judge
from tests import own_course
from tests.every import every
from tests.lengths import short_and_long
from tests.own_course import find

from ..observers import conditional, games

RUNS = short_and_long(2, 100)
LOSSES = ("loss_nonsaturating", "conditional_loss_nonsaturating", "loss_wasserstein_gp")
BANK = [a for a in own_course.bank("gan-fashion") if a.name in LOSSES]
# Wrong in what is drawn, in all runs; the values of the others depend on no draw.
ABOUT_DRAWS = (
    *("uniform noise", "noise of the wrong shape", "no mix of real and fake", "alpha per pixel"),
    *("alpha outside [0, 1]", "the same alpha every time", "a fake judged with another label"),
    *("labels of fakes that are not those of the data", "labels dropped"),
)


def most(answer, runs):
    certain = answer.verdict is Status.WRONG and answer.misconception not in ABOUT_DRAWS
    return runs if not certain or "alpha" in answer.title else min(5, runs)


def verdicts(answer, runs):
    subject, exercise = answers.build(answer), find(answer.exercise)
    for run in range(most(answer, runs)):
        for seed in (torch.manual_seed, random.seed, numpy.random.seed):
            seed(run)
        yield judge(exercise, subject, seed=run % 5)


@pytest.mark.slow
@pytest.mark.parametrize("runs", RUNS)
@pytest.mark.parametrize("name", LOSSES)
def test_a_right_answer_is_right_for_any_draw(name, runs):
    with every() as case:
        for answer in (a for a in BANK if a.name == name and a.verdict is Status.RIGHT):
            with case(answer):
                assert all(verdict.is_right for verdict in verdicts(answer, runs))


def wrong(name, runs):
    """Wrong answers: all of them in a long run; in a short one, the first by each name."""
    mine = [a for a in BANK if a.name == name and a.verdict is Status.WRONG]
    if runs > RUNS[0]:
        return mine
    # The test of every answer judges each of them once; here, those that draw.
    of_each = {a.misconception: a for a in reversed(mine) if a.misconception in ABOUT_DRAWS}
    return list(of_each.values())


@pytest.mark.slow
@pytest.mark.parametrize("runs", RUNS)
@pytest.mark.parametrize("name", LOSSES)
def test_a_wrong_answer_is_wrong_for_any_draw_and_by_its_name(name, runs):
    with every() as case:
        for answer in wrong(name, runs):
            with case(answer):
                for verdict in verdicts(answer, runs):
                    seen = verdict.is_right, verdict.misconception
                    assert seen == (False, answer.misconception), verdict


def noise_of(draw):
    def loss(g, d, x_real, *, device):
        g(draw(len(x_real), g.dim_z))

    return games.noise(loss, {"images": 128})["noise"]


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (torch.randn, games.NORMAL),
        (torch.rand, games.UNIFORM),
        (lambda *shape: 2 * torch.rand(*shape) - 1, games.CENTRED),
        (lambda *shape: 1.2 * torch.randn(*shape), games.OTHER_NOISE),
        (torch.zeros, games.OTHER_NOISE),
        (lambda n, dim: torch.randn(n - 1, dim), games.WRONG_SHAPE),
    ],
)
def test_noise_is_described(draw, words):
    assert noise_of(draw) == words


def mixes_of(share):
    def loss(g, d, x_real, *, device):
        fake = g(torch.zeros(len(x_real), g.dim_z))
        part = share(x_real)
        d(part * x_real + (1 - part) * fake)

    x = 0.2 + 0.8 * torch.rand(4, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    return games.mixes(loss, {"x": x, "calls": 20})["where the slope is taken"]


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (lambda x: torch.rand(len(x), 1, 1, 1), games.EACH),
        (lambda x: torch.rand(1), games.EACH),
        (lambda x: random.random(), games.EACH),
        (torch.rand_like, games.PIXEL),
        (lambda x: torch.rand(1, 1, 28, 28), games.PIXEL),
        (lambda x: torch.randn(len(x), 1, 1, 1), games.BEYOND),
        (torch.randn_like, games.BEYOND),
        (lambda x: 0.5, games.FIXED),
        (lambda x: torch.ones(len(x), 1, 1, 1), games.NOWHERE),
        (lambda x: torch.rand(len(x), 1, 1, 1) / 3, games.UNEVEN),
    ],
)
def test_mixes_are_described(share, words):
    assert mixes_of(share) == words


def labels_of(draw, told=lambda y: y):
    def loss(g, d, x_real, y_real, *, device):
        y = draw(y_real)
        d(x_real, y_real)
        d(g(torch.zeros(len(y_real), g.dim_z), y), told(y))

    return conditional.labels(loss, {"images": 90, "calls": 10})


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda y: y, games.FITTING),
        (lambda y: y[torch.randperm(len(y))], games.FITTING),
        (lambda y: torch.randint(10, y.shape), games.FITTING),
        (lambda y: torch.randint(9, y.shape), "other labels"),
        (torch.zeros_like, "other labels"),
    ],
)
def test_labels_are_described(draw, words):
    seen = labels_of(draw)
    assert seen["labels of the fakes"] == words
    assert seen["the discriminator's label for a fake"] == games.OWN
    assert seen["the discriminator's label for a real image"] == games.OWN


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (lambda y: None, games.NOTHING),
        (lambda y: (y + 1) % 10, games.ANOTHER),
        (lambda y: torch.randint(10, y.shape), games.ANOTHER),
    ],
)
def test_who_is_told_what_is_described(told, words):
    seen = labels_of(lambda y: y, told)
    assert seen["the discriminator's label for a fake"] == words


def test_each_judgement_keeps_the_false_alarm_rate():
    """Noise, mixes and labels are each looked at once."""
    assert 3 * games.FALSE_ALARM <= 1e-6


@pytest.mark.parametrize("seed", range(3))
def test_the_score_of_a_fake_depends_on_no_label(seed):
    inputs = conditional.labelled_inputs(torch.Generator().manual_seed(seed))
    rows, directions = inputs["pictures"].flatten(1), inputs["directions"]
    for scores in (
        (rows * directions).sum(1),
        rows @ inputs["unlabelled"],
        directions @ inputs["blind"].flatten(),
    ):
        assert scores.std() < 1e-12
    # Under another label than its own, a fake has another score.
    assert (rows @ directions.T - torch.diag((rows * directions).sum(1))).abs().max() > 0.05


def test_a_pair_that_is_none_is_seen():
    def only_one(g, d, x_real, *, device):
        return d(g(torch.randn(len(x_real), g.dim_z))).mean()

    verdict = judge(find("gan-fashion.loss_nonsaturating"), only_one)
    assert not verdict.is_right and verdict.misconception is None
    assert "two losses are asked for: end with return d_loss, g_loss" in verdict.message


def test_the_halves_are_judged_as_the_whole_is():
    """What is right or wrong in a joint function is right or wrong in its halves."""
    for name in LOSSES:
        whole = find(f"gan-fashion.{name}")
        for half in "dg":
            part = find(f"gan-fashion.{name}_{half}")
            assert part in own_course.CHECKS["gan-fashion"].other_forms
            names = {known.name for known in part.misconceptions}
            assert names <= {known.name for known in whole.misconceptions}
