"""Walks in image space: one Langevin step, and the sampler of many."""

import copy
from collections.abc import Callable

import torch
from torch import Tensor

from autograder.judging.calls import NotAsAsked
from autograder.judging.exercise import Inputs, Observations
from autograder.judging.numbers import as_numbers
from helpers.toys import LinearScore, QuadraticEnergy

STILL_REQUIRES_GRADIENT = "the result still requires a gradient"
INPUT_CHANGED = "the caller's images are changed"
PARAMETERS_CLEAN = "the gradients of the parameters are what they were"
FREE = "the result is cut off from the graph"


def langevin_steps(call: Callable, inputs: Inputs) -> Observations:
    """Two steps on E(x) = stiffness / 2 |x - center|^2 with given noise.

    inputs: "x" (N, ...), "center" (...), "stiffness", "step_size", "noises" (2, N, ...).
    """
    energy = QuadraticEnergy(inputs["center"], inputs["stiffness"])
    known = torch.full_like(energy.stiffness, 0.25)
    energy.stiffness.grad = known.clone()
    x, seen = inputs["x"].clone(), {}
    for number, noise in enumerate(inputs["noises"], start=1):
        given = x.clone()
        x = call(energy, given, inputs["step_size"], noise.clone())
        seen[f"x after step {number}"] = x
        if number == 1:
            seen[FREE] = _is_free(
                x,
                lambda energy, again, noise=noise: call(
                    energy, again, inputs["step_size"], noise.clone()
                ),
                energy,
                given,
                inputs["x"],
            )
            seen |= _weaknesses(x, given, inputs["x"])
        if not isinstance(x, torch.Tensor):
            break
        x = x.detach().clone()
    left = energy.stiffness.grad
    seen[PARAMETERS_CLEAN] = left is not None and torch.equal(left, known)
    return seen


def _weaknesses(result, given, before):
    """Not a mistake, but worth a remark."""
    found = {
        STILL_REQUIRES_GRADIENT: getattr(result, "requires_grad", False) is True,
        INPUT_CHANGED: not torch.equal(given.detach(), before),
    }
    return {name: True for name, holds in found.items() if holds}


def _is_free(result, step, model, given, before):
    """Whether a chain of such results forgets the steps that made them, and the model.

    result: of step(model, given), where `given` held the values `before`. One that requires
    no gradient is free. Another one is made again from a start that requires one, as in a chain;
    code that refuses such a start is judged by the graph of its first result.
    """
    if not getattr(result, "requires_grad", False):
        return True
    for start in _starts_that_require_a_gradient(before):
        fresh = copy.deepcopy(model)  # a call that breaks off may leave it in any state
        try:
            again = step(fresh, start)
        except Exception:  # of code that takes the other start, or none
            continue
        return not _hangs(again, fresh, start)
    return not _hangs(result, model, given)


def _starts_that_require_a_gradient(before):
    """A leaf, which refuses x += 0, and a result, which refuses x.requires_grad = True."""
    yield before.clone().requires_grad_()
    result = before.clone().requires_grad_().clone()
    result.retain_grad()
    yield result


def _hangs(result, model, given):
    """Whether a graph leads from the result to the model or to what the step was given."""
    sources = list(model.parameters())
    if not torch.equal(result.detach(), given.detach()):  # else it walked in place
        sources.append(given)
    return any(_is_reached(result, source) for source in sources)


def _is_reached(result, source):
    if not (getattr(result, "requires_grad", False) and source.requires_grad):
        return False
    try:
        (back,) = torch.autograd.grad(result.sum(), source, allow_unused=True, retain_graph=True)
    except RuntimeError:  # a part of the graph between them is freed already
        return True
    return back is not None


# (slope of f, pixel at the start): above and below the gradient clamp of 0.03, of both signs.
# No walk reaches the end of the range from here, not even one without the clamp.
GROUPS = ((0.04, 0.02), (-0.038, -0.03), (0.011, -0.2), (-0.02, 0.3))
# Pushed against the end of the range within a few steps.
_AT_THE_END = ((0.05, 0.9), (-0.05, -0.9))
# They take turns, pixel after pixel.
_PIXELS = GROUPS + _AT_THE_END


def linear_images(images: int) -> dict[str, Tensor]:
    """{"slopes": (784,), "start": (images, 1, 28, 28)}: every pixel belongs to one group."""
    number = torch.arange(28 * 28) % len(_PIXELS)
    slopes, image = torch.tensor(_PIXELS, dtype=torch.float64)[number].T
    return {"slopes": slopes, "start": image.reshape(1, 28, 28).repeat(images, 1, 1, 1)}


def walk(call: Callable, inputs: Inputs) -> Observations:
    """One call of generate_samples on f(x) = slopes . x.

    inputs: those of linear_images(), "steps", "step_size", "training" (mode of the network).
    """
    model, start = LinearScore(inputs["slopes"]), inputs["start"]
    model.train(inputs["training"])
    known = torch.linspace(-0.5, 0.5, len(model.weight), dtype=start.dtype)
    model.weight.grad = known.clone()
    given = start.clone()
    result = call(model, given, steps=inputs["steps"], step_size=inputs["step_size"])
    images = _images(result, start)
    ways = {way_of(slope): _ways(images, start, k) for k, (slope, _) in enumerate(GROUPS)}
    left = model.weight.grad
    found = {
        "shape": tuple(getattr(result, "shape", ())),
        "the pixels stay in [-1, 1]": bool(images.abs().max() <= 1 + 1e-6),
        "the network is in the mode in which it was": model.training == inputs["training"],
        "the parameters still require gradients": model.weight.requires_grad,
        PARAMETERS_CLEAN: left is not None and torch.equal(left, known),
        FREE: _is_free(
            result,
            lambda model, again: call(model, again, steps=1, step_size=inputs["step_size"]),
            model,
            given,
            start,
        ),
    }
    return ways | found | _weaknesses(result, given, start)


FIRST, LAST = "the way in the first picture", "the way in the last picture"


def pictures(call: Callable, inputs: Inputs) -> Observations:
    """One call of generate_samples with return_img_per_step=True: first and last picture.

    inputs: those of linear_images(), "steps", "step_size". The ways are those of GROUPS[0].
    """
    model, start = LinearScore(inputs["slopes"]), inputs["start"]
    sizes = {"steps": inputs["steps"], "step_size": inputs["step_size"]}
    result = call(model, start.clone(), **sizes, return_img_per_step=True)
    if isinstance(result, (list, tuple)):
        result = torch.stack([picture.detach() for picture in result])
    walked = _images(result, start, (len(result),))
    return {
        "how many pictures": len(walked),
        FIRST: _ways(walked[0], start, 0),
        LAST: _ways(walked[-1], start, 0),
    }


def way_of(slope: float) -> str:
    return f"way of the pixels where f has the slope {slope:g}"


def _ways(images, start, group):
    """How far each pixel of one group has come, in all images."""
    of_group = slice(group, None, len(_PIXELS))
    return (images.flatten(1)[:, of_group] - start.flatten(1)[:, of_group].double()).flatten()


def _images(result, start, before=()):
    """The result as plain float64 images; NotAsAsked if it is not."""
    numbers = as_numbers(result)
    if numbers is None or result is None:
        raise NotAsAsked(f"images are expected, not {type(result).__name__}; is a return missing?")
    if numbers.shape != (*before, *start.shape):
        raise NotAsAsked(
            f"given images of shape {tuple(start.shape)}, it returned shape {tuple(numbers.shape)}"
            f" where {(*before, *start.shape)} is right"
        )
    return numbers
