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
from tests.lengths import short_and_long
from tests.own_course import find

from ..observers.buffers import NOISE_FALSE_ALARM, SHARE, SHARE_FALSE_ALARM, _share
from ..observers.walks import GROUPS, linear_images
from ..walks import way_law

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
    inputs = drawn_probes(find("ebm-mnist.generate_samples"))
    laws = [law for probe, each in inputs for law in probe.laws(each).values()]
    assert len(laws) == 2 * len(GROUPS) + 2
    assert sum(law.false_alarm for law in laws) <= 1e-6


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
    for _, inputs in drawn_probes(find("ebm-mnist.generate_samples")):
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
    law, n = way_law(0.04, 2, 10), 32 * 130
    generator = torch.Generator().manual_seed(0)
    for _ in range(300):
        first, second = 0.6 + 0.005 * 2**0.5 * torch.randn(2, n, generator=generator).double()
        fixed = 0.6 + 0.005 * 2 * torch.randn(n, generator=generator).double()
        assert law.alike(first, second) and not law.alike(first, fixed)


@pytest.mark.parametrize(
    ("name", "title", "words"),
    [
        ("langevin_step", "autograd.grad of the sum", ()),
        ("langevin_step", "the result still requires a gradient", ("still requires a gradient",)),
        ("langevin_step", "in place, on the caller's x", ("changes the images",)),
        ("generate_samples", "autograd.grad, new tensors", ()),
        ("generate_samples", "the result hangs on its last step alone", ("requires a gradient",)),
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


def in_place_first(energy, x, step_size, noise):
    x += 0
    x.requires_grad_()
    (gradient,) = torch.autograd.grad(energy(x).sum(), x, create_graph=True)
    return x - step_size * gradient + noise


def in_place_last(energy, x, step_size, noise):
    here = x.detach().clone().requires_grad_()
    (gradient,) = torch.autograd.grad(energy(here).sum(), here, create_graph=True)
    x += noise - step_size * gradient
    return x


def only_without_gradient(energy, x, step_size, noise):
    if x.requires_grad:
        raise ValueError("x must not want a gradient")
    return in_place_first(energy, x, step_size, noise)


def connected_with_the_parameters(energy, x, step_size, noise):
    x = x.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(energy(x).sum(), x, create_graph=True)
    return x.detach() - step_size * gradient + noise


def cut_off_in_the_next_step(energy, x, step_size, noise):
    x += 0
    x = x.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(energy(x).sum(), x)
    return x - step_size * gradient + noise


@pytest.mark.parametrize(
    "flawed",
    [in_place_first, in_place_last, only_without_gradient, connected_with_the_parameters],
)
def test_no_refusal_of_the_checks_own_call_hides_a_living_graph(flawed):
    verdict = judge(find("ebm-mnist.langevin_step"), flawed)
    assert (verdict.status, verdict.misconception) == (Status.WRONG, "graph kept alive")


def test_a_result_that_the_next_step_cuts_off_is_right():
    verdict = judge(find("ebm-mnist.langevin_step"), cut_off_in_the_next_step)
    assert verdict.is_right and "requires a gradient" in verdict.message


def walk_in_place(model, inp_imgs, steps=60, step_size=10, return_img_per_step=False):
    inp_imgs.clamp_(-1, 1)
    inp_imgs.requires_grad = True
    pictures = []
    for _ in range(steps):
        inp_imgs.data.add_(0.005 * torch.randn_like(inp_imgs)).clamp_(-1, 1)
        (gradient,) = torch.autograd.grad(model(inp_imgs).sum(), inp_imgs)
        inp_imgs.data.add_(step_size * gradient.clamp(-0.03, 0.03)).clamp_(-1, 1)
        pictures.append(inp_imgs.detach().clone())
    return torch.stack(pictures) if return_img_per_step else inp_imgs


def walk_with_the_graph_of_all_steps(
    model, inp_imgs, steps=60, step_size=10, return_img_per_step=False
):
    inp_imgs.clamp_(-1, 1)
    inp_imgs.requires_grad = True
    x, pictures = inp_imgs, []
    for _ in range(steps):
        x = (x + 0.005 * torch.randn_like(x)).clamp(-1, 1)
        (gradient,) = torch.autograd.grad(model(x).sum(), x)
        x = (x + step_size * gradient.clamp(-0.03, 0.03)).clamp(-1, 1)
        pictures.append(x.detach())
    return torch.stack(pictures) if return_img_per_step else x


def test_a_walk_in_place_is_right_and_one_that_keeps_its_graph_is_not():
    verdict = judge(find("ebm-mnist.generate_samples"), walk_in_place)
    assert verdict.is_right and "requires a gradient" in verdict.message
    verdict = judge(find("ebm-mnist.generate_samples"), walk_with_the_graph_of_all_steps)
    assert verdict.status is Status.WRONG and "cut off from the graph" in verdict.message
