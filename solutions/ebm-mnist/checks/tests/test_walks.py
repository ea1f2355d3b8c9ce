"""The sampler and its buffer: how often a right one fails, and how surely a wrong one does."""

import random
from dataclasses import replace

import numpy
import pytest
import torch
from scipy import stats

from autograder.checks import answers
from autograder.judging import Status, judge
from autograder.judging.judgement import drawn_probes
from tests import own_course
from tests.every import every
from tests.lengths import short_and_long
from tests.own_course import find

from .. import oracles
from ..observers.buffers import (
    NOISE_FALSE_ALARM,
    SHARE,
    SHARE_FALSE_ALARM,
    _are_spread,
    _places,
    _share,
)
from ..observers.walks import CURVED, GROUPS, linear_images
from ..walks import FEW, NEAR, WALK_FALSE_ALARM, way_law

RUNS = short_and_long(2, 100)
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
def test_a_right_answer_is_right_for_any_draw(runs):
    with every() as case:
        for answer in (a for a in BANK if a.verdict is Status.RIGHT):
            with case(answer):
                assert all(verdict.is_right for verdict in verdicts(answer, runs))


@pytest.mark.slow
@pytest.mark.parametrize("runs", RUNS)
def test_a_wrong_answer_is_wrong_for_any_draw(runs):
    wrong = [a for a in BANK if a.verdict is Status.WRONG]
    # In a short run, the first by each name; the test of every answer judges each of them once.
    of_each = {(a.exercise, a.misconception): a for a in reversed(wrong)}
    with every() as case:
        for answer in of_each.values() if runs == RUNS[0] else wrong:
            with case(answer):
                assert not any(verdict.is_right for verdict in verdicts(answer, runs, named=False))
                for verdict in verdicts(answer, runs // 10):
                    assert verdict.misconception == answer.misconception


def test_all_samples_of_a_walk_together_keep_the_false_alarm_rate():
    inputs = drawn_probes(find("ebm-mnist.generate_samples"))
    laws = [law for probe, each in inputs for law in probe.laws(each).values()]
    drawn = [law for law in laws if law.false_alarm == WALK_FALSE_ALARM]
    assert len(drawn) == 3 * len(GROUPS) + 3
    assert sum(law.false_alarm for law in drawn) <= 1e-6


def test_the_means_on_a_curved_f_are_near_beyond_any_doubt():
    """Noise of four steps on FEW images: a mean would have to be off by ten deviations."""
    pixels = FEW * (28 * 28 // len(CURVED))
    assert 10 * 0.005 * 4**0.5 / pixels**0.5 < NEAR


@pytest.mark.parametrize(("name", "landscape"), [(row[0], row[1:]) for row in CURVED])
def test_where_a_pixel_ends_on_a_curved_f(name, landscape):
    """By brute force, one pixel at a time, with the gradient of autograd."""
    stiffness, center, start = landscape
    generator = torch.Generator().manual_seed(1)
    x = torch.full((20_000,), start, dtype=torch.float64)
    for _ in range(4):
        x = x + 0.005 * torch.randn(x.shape, generator=generator, dtype=x.dtype)
        x = x.requires_grad_()
        (slope,) = torch.autograd.grad((-stiffness / 2 * (x - center) ** 2).sum(), x)
        x = (x.detach() + 10 * slope.clamp(-0.03, 0.03)).clamp(-1, 1)
    assert abs(x.mean() - oracles.curved_pixel(*landscape, 4, 10)) < NEAR


@pytest.mark.parametrize(
    "replayed, spread",
    [("abc", False), ("xyz", False), ("ax", True), ("n", True), ("nn", True), ("na", True)],
)
def test_an_image_that_is_kept_twice_may_come_from_either_place(replayed, spread):
    """Where starting points are kept, one in 700 calls seemed to replay the newest alone."""
    assert _are_spread([_places(list("abncdnxyz"), list(replayed) * 30)]) is spread


def test_a_few_replayed_images_do_not_tell_where_they_come_from():
    """Six are all of one half in one call of 32: another answer had no name for its mistake."""
    places = _places(list("abncdnxyz"), list("abc") * 10)
    assert _are_spread([places[:29]]) and not _are_spread([places])


# Of 20 calls of 200 images, the first tells nothing where the buffer begins empty.
@pytest.mark.parametrize("judged", [20 * 200, 19 * 200])
def test_the_share_and_the_values_of_new_noise_together_keep_the_false_alarm_rate(judged):
    law = stats.binom(judged, SHARE)
    refused = [n for n in range(judged + 1) if _share(n, judged) != "about 5%"]
    assert law.pmf(refused).sum() <= SHARE_FALSE_ALARM
    assert SHARE_FALSE_ALARM + NOISE_FALSE_ALARM <= 1e-6


@pytest.mark.parametrize(("steps", "step_size"), [(1, 5), (2, 10), (3, 5)])
@pytest.mark.parametrize("slope", [slope for slope, _ in GROUPS])
def test_the_law_of_a_way_is_what_a_walk_does(slope, steps, step_size):
    """By brute force, one pixel at a time."""
    generator = torch.Generator().manual_seed(steps)
    x = torch.zeros(200_000, dtype=torch.float64)
    for _ in range(steps):
        x = x + 0.005 * torch.randn(x.shape, generator=generator, dtype=x.dtype)
        x = x + step_size * max(-0.03, min(0.03, slope))
    assert way_law(slope, steps, step_size).accepts(x)
    assert not way_law(slope, steps + 1, step_size).accepts(x)


def test_no_walk_of_the_probes_reaches_the_end_of_the_range():
    for probe, inputs in drawn_probes(find("ebm-mnist.generate_samples")):
        if "curved" in probe.name:
            continue
        for slope, start in GROUPS:
            way = inputs["steps"] * (inputs["step_size"] * abs(slope) + 10 * 0.005)
            assert abs(start) + way < 1


def test_the_pixels_of_a_group_and_their_slopes():
    toy = linear_images(2)
    pairs = list(zip(toy["slopes"].tolist(), toy["start"][1].flatten().tolist(), strict=True))
    assert set(GROUPS) < set(pairs) and torch.equal(*toy["start"])
    assert all(pairs.count(group) >= 130 for group in GROUPS)


def test_ways_without_noise_look_alike_in_both_precisions():
    law, way = way_law(0.011, 3, 5), torch.full((4_000,), 0.165, dtype=torch.float64)
    rounded = (way.float() + 0.3) - torch.tensor(0.3)
    assert not torch.equal(rounded.double(), way)
    assert law.alike(rounded.double(), way) and not law.alike(way, -way)


@pytest.mark.deep
def test_samples_of_one_law_look_alike_and_those_of_the_nearest_flaw_do_not():
    """After three steps; after two, one noise for all steps is too like a new one in each."""
    law, n = way_law(0.04, 3, 5), FEW * 130
    generator = torch.Generator().manual_seed(0)
    for _ in range(300):
        first, second = 0.45 + 0.005 * 3**0.5 * torch.randn(2, n, generator=generator).double()
        fixed = 0.45 + 0.005 * 3 * torch.randn(n, generator=generator).double()
        assert law.alike(first, second) and not law.alike(first, fixed)


@pytest.mark.parametrize(
    ("name", "title", "words"),
    [
        ("langevin_step", "autograd.grad of the sum", ()),
        ("langevin_step", "the result still requires a gradient", ("still requires a gradient",)),
        ("langevin_step", "in place, on the caller's x", ("changes the images",)),
        ("langevin_step", "what the next step cuts off", ("still requires a gradient",)),
        ("generate_samples", "autograd.grad, new tensors", ()),
        ("generate_samples", "the result hangs on its last step alone", ("requires a gradient",)),
        ("generate_samples", "a walk in place that returns a leaf", ("requires a gradient",)),
        ("generate_samples", "noise after the gradient", ("On a GPU", "torch.normal in line")),
        ("Sampler", "on the device of the network", ()),
        ("Sampler", "binomial, choices", ("On a GPU", "torch.rand in line")),
        ("ebm_step", "the losses with their graphs", ("holds its graph",)),
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
