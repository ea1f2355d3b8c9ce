"""The losses that are the truth, seen by the observers, against their closed forms."""

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from autograder.judging.judgement import as_student_gets, drawn_probes
from autograder.judging.probes import KEPT
from tests.own_course import find

from .. import oracles, slopes
from ..observers import conditional, games

NONSATURATING, CONDITIONAL, WASSERSTEIN = (
    "loss_nonsaturating",
    "conditional_loss_nonsaturating",
    "loss_wasserstein_gp",
)
SEEDS = pytest.mark.parametrize("seed", range(3))


def inputs_of(name, seed):
    """The inputs of all probes that look at values."""
    drawn = drawn_probes(find(f"gan-fashion.{name}"), seed)
    return [inputs for probe, inputs in drawn if probe.name != KEPT and _has_values(inputs)]


def _has_values(inputs):
    return "weight" in inputs or "directions" in inputs


def cross_entropy(logits, target):
    return binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))


def nonsaturating(real, fake, _):
    return cross_entropy(real, 1) + cross_entropy(fake, 0), cross_entropy(fake, 1)


def wasserstein(real, fake, slopes):
    return oracles.critic_loss(real, fake, slopes), oracles.generator_loss(fake)


def closed_form(losses, inputs):
    """What games.losses() sees of losses(logits of real images, of fakes, slopes at the mixes).

    A mix of a real image and the fake is on the same side of the bend as the real image.
    """
    w, fakes = (inputs[name].clone().requires_grad_() for name in ("weight", "fakes"))
    rows = inputs["x"].flatten(1)
    factor = torch.ones(len(rows), 1, dtype=rows.dtype)
    if inputs["bend"] is not None:
        factor[rows[:, 0] < inputs["fakes"].flatten()[0]] = inputs["bend"]
    both = losses((rows * factor * w).sum(1), fakes.flatten(1) @ w, factor * w)
    return games.values_and_gradients(both, (w, fakes), "both")


def labelled_closed_form(losses, inputs):
    """What conditional.labelled_losses() sees: a fake has the score -0.8 gain scale shade."""
    gain, scale = (inputs[name].clone().requires_grad_() for name in ("gain", "scale"))
    directions = inputs["directions"][list(inputs["y"])]
    real = gain * (inputs["x"].flatten(1) * directions).sum(1)
    both = losses(real, -0.8 * gain * scale * inputs["shades"], None)
    return games.values_and_gradients(both, (gain, scale), "both")


CASES = pytest.mark.parametrize(
    ("name", "observe", "closed", "losses"),
    [
        (NONSATURATING, games.losses, closed_form, nonsaturating),
        (WASSERSTEIN, games.losses, closed_form, wasserstein),
        (CONDITIONAL, conditional.labelled_losses, labelled_closed_form, nonsaturating),
    ],
)


@SEEDS
@CASES
def test_a_loss_has_the_values_and_gradients_of_its_closed_form(
    name, observe, closed, losses, seed
):
    torch.manual_seed(seed)
    oracle = find(f"gan-fashion.{name}").oracle
    for inputs in inputs_of(name, seed):
        seen, expected = observe(oracle, inputs), closed(losses, inputs)
        assert len(expected) == 4 and all(got.dtype == torch.float64 for got in seen.values())
        torch.testing.assert_close(seen, expected, rtol=1e-9, atol=1e-9)


@SEEDS
@CASES
def test_a_half_is_that_half_of_the_whole(name, observe, closed, losses, seed):
    torch.manual_seed(seed)
    for inputs in inputs_of(name, seed):
        expected = closed(losses, inputs)
        for half in "dg":
            seen = observe(find(f"gan-fashion.{name}_{half}").oracle, inputs, half)
            assert len(seen) == 2
            for observation, got in seen.items():
                torch.testing.assert_close(got, expected[observation], rtol=1e-9, atol=1e-9)


@SEEDS
@pytest.mark.parametrize("form", ["", "_d", "_g"])
def test_what_a_right_loss_draws_is_described_as_right(form, seed):
    """In float64, as the oracle is run, and in float32, as a student's code is."""
    torch.manual_seed(seed)
    right = {
        "noise": games.NORMAL,
        "where the slope is taken": games.EACH,
        "the generator's labels": games.OWN,
        "the discriminator's label for a real image": games.OWN,
        "the discriminator's label for a fake": games.OWN,
        "labels of the fakes": games.FITTING,
    }
    described = set()
    for name in (NONSATURATING, CONDITIONAL, WASSERSTEIN):
        exercise = find(f"gan-fashion.{name}{form}")
        for probe, inputs in drawn_probes(exercise, seed):
            for given in (inputs, as_student_gets(inputs)):
                seen = probe.observe(exercise.oracle, given)
                words = {key: value for key, value in seen.items() if isinstance(value, str)}
                assert words == {key: right[key] for key in words}
                described |= set(words)
    assert described == set(right) - ({"where the slope is taken"} if form == "_g" else set())


@SEEDS
def test_the_norms_at_a_bowl(seed):
    exercise = find("gan-fashion.gradient_norms")
    for probe, inputs in drawn_probes(exercise, seed):
        if probe.name == KEPT:
            continue
        stiffness = inputs["stiffness"].clone().requires_grad_()
        norms = stiffness * oracles.gradient_norms((inputs["x"] - inputs["center"]).flatten(1))
        (gradient,) = torch.autograd.grad(norms @ inputs["weights"], stiffness)
        seen = probe.observe(exercise.oracle, inputs)
        expected = {"norms": norms, "gradient for the critic": gradient}
        torch.testing.assert_close(seen, expected, rtol=1e-12, atol=0)


def test_the_norms_of_slopes_of_images():
    images = torch.randn(5, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(slopes.norms(images), oracles.gradient_norms(images.flatten(1)))
