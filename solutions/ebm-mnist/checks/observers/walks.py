"""Walks in image space: one Langevin step, and the sampler of many."""

from dataclasses import dataclass

import torch
from scipy import stats

from autograder.judging.distribution import Distribution
from autograder.judging.numbers import as_numbers
from helpers.toys import LinearScore, QuadraticEnergy

from .. import oracles

STILL_WANTS_GRADIENT = "the result still wants a gradient"
INPUT_CHANGED = "the caller's images are changed"
PARAMETERS_CLEAN = "the gradients of the parameters are what they were"
FREE = "the result is cut off from the graph"


def langevin_steps(call, inputs):
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
                lambda again, noise=noise: call(energy, again, inputs["step_size"], noise.clone()),
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
    """What is no mistake, and worth a remark."""
    found = {
        STILL_WANTS_GRADIENT: getattr(result, "requires_grad", False) is True,
        INPUT_CHANGED: not torch.equal(given.detach(), before),
    }
    return {name: True for name, holds in found.items() if holds}


def _is_free(result, call, start):
    """Whether a chain of such results forgets the steps that made them.

    A result that wants no gradient does. Another one is made again from a start that wants one,
    as it would in a chain: then its gradient must not reach back to that start.
    """
    if not getattr(result, "requires_grad", False):
        return True
    given = start.clone().requires_grad_()
    try:
        again = call(given)
    except Exception:  # code that changes its input in place may refuse such a start
        return True
    if not getattr(again, "requires_grad", False):
        return True
    (back,) = torch.autograd.grad(again.sum(), given, allow_unused=True)
    # Code that walks in place returns the start itself.
    return back is None or torch.equal(again.detach(), given.detach())


@dataclass(frozen=True)
class LinearWalk:
    """What generate_samples does where f is linear, with at most one flaw: the truth as a law.

    uphill: -1 walks towards low f. clamp: of the gradient, or None. batch_mean: the gradient of
    the mean over the batch. noise: deviation of each step's noise. fixed_noise: drawn once.
    accumulates: gradients of earlier steps stay. stays_inside: pixels are cut to [-1, 1].
    leaves: the mode after the call, or None for the one before. frozen: all pictures are the
    last one. The rest is about what is left behind.
    """

    uphill: int = 1
    clamp: float | None = 0.03
    batch_mean: bool = False
    noise: float = 0.005
    fixed_noise: bool = False
    accumulates: bool = False
    stays_inside: bool = True
    leaves: bool | None = None
    flags_restored: bool = True
    parameters_clean: bool = True
    free: bool = True
    frozen: bool = False

    def way(self, slope, images, steps, step_size):
        """How far a pixel goes up to noise."""
        slope = self.uphill * (slope / images if self.batch_mean else slope)
        if not self.accumulates:
            return oracles.linear_way(slope, steps, step_size, self.clamp)
        kept = way = 0.0
        for _ in range(steps):
            # As in the code that forgets zero_grad: what is kept has been clamped in place.
            kept = oracles.linear_way(kept + slope, 1, 1.0, self.clamp)
            way += step_size * kept
        return way

    def law(self, slope, images, steps, step_size, false_alarm):
        """The Distribution of the way, or each pixel's value where there is no noise."""
        way = self.way(slope, images, steps, step_size)
        if not self.noise:
            return torch.full((images * _pixels_with(slope),), way, dtype=torch.float64)
        scale = self.noise * (steps if self.fixed_noise else steps**0.5)
        return Distribution(stats.norm(way, scale), false_alarm=false_alarm)


# Ten samples are looked at in one judgement, so a right answer fails once in a million times.
WALK_FALSE_ALARM = 1e-7
# (slope of f, pixel at the start): above and below the gradient clamp of 0.03, of both signs.
# No walk reaches the end of the range from here, not even one without the clamp.
GROUPS = ((0.04, 0.02), (-0.038, -0.03), (0.011, -0.2), (-0.02, 0.3))
# Pushed against the end of the range within a few steps.
AT_THE_END = ((0.05, 0.9), (-0.05, -0.9))
PIXELS = 28 * 28


def walk(call, inputs):
    """One call of generate_samples on f(x) = w.x.

    inputs: "images" (how many), "steps", "step_size", "training" (mode of the network).
    """
    model, start = _linear_images(inputs)
    model.train(inputs["training"])
    known = torch.linspace(-0.5, 0.5, PIXELS)
    model.weight.grad = known.clone()
    given = start.clone()
    result = call(model, given, steps=inputs["steps"], step_size=inputs["step_size"])
    sizes = (inputs["images"], inputs["steps"], inputs["step_size"])
    seen = {}
    if isinstance(result, LinearWalk):
        for slope, _ in GROUPS:
            seen[_about(slope)] = result.law(slope, *sizes, WALK_FALSE_ALARM)
        return seen | {
            "shape": tuple(start.shape),
            "the pixels stay in [-1, 1]": result.stays_inside,
            "the network is in the mode in which it was": result.leaves
            in (None, inputs["training"]),
            "the parameters still want gradients": result.flags_restored,
            PARAMETERS_CLEAN: result.parameters_clean,
            FREE: result.free,
        }
    images = _images(result, start)
    for number, (slope, _) in enumerate(GROUPS):
        seen[_about(slope)] = _single(images - start.double(), number)
    left = model.weight.grad
    found = {
        "shape": tuple(getattr(result, "shape", ())),
        "the pixels stay in [-1, 1]": bool(images.abs().max() <= 1 + 1e-6),
        "the network is in the mode in which it was": model.training == inputs["training"],
        "the parameters still want gradients": model.weight.requires_grad,
        PARAMETERS_CLEAN: left is not None and torch.equal(left, known),
        FREE: _is_free(
            result, lambda again: call(model, again, steps=1, step_size=inputs["step_size"]), start
        ),
    }
    return seen | found | _weaknesses(result, given, start)


def pictures(call, inputs):
    """One call of generate_samples with return_img_per_step=True: first and last picture."""
    model, start, steps = *_linear_images(inputs), inputs["steps"]
    result = call(
        model, start.clone(), steps=steps, step_size=inputs["step_size"], return_img_per_step=True
    )
    slope, images = GROUPS[0][0], inputs["images"]
    if isinstance(result, LinearWalk):
        first = steps if result.frozen else 1
        laws = (
            result.law(slope, images, t, inputs["step_size"], WALK_FALSE_ALARM)
            for t in (first, steps)
        )
        return {"how many pictures": steps} | dict(zip(_PICTURES, laws, strict=True))
    if isinstance(result, (list, tuple)):
        result = torch.stack([picture.detach() for picture in result])
    result = _images(result, start, (len(result),))
    ways = (_single(picture - start.double(), 0) for picture in (result[0], result[-1]))
    return {"how many pictures": len(result)} | dict(zip(_PICTURES, ways, strict=True))


_PICTURES = ("the way in the first picture", "the way in the last picture")


def _about(slope):
    return f"way of the pixels where f has the slope {slope:g}"


def _linear_images(inputs):
    """(linear model, images at the start): pixel i belongs to group i modulo their number."""
    groups = GROUPS + AT_THE_END
    slopes, pixels = zip(*groups, strict=True)
    index = torch.arange(PIXELS) % len(groups)
    start = torch.tensor(pixels)[index].expand(inputs["images"], -1).reshape(-1, 1, 28, 28)
    return LinearScore(torch.tensor(slopes)[index]), start.clone()


def _pixels_with(slope):
    """How many pixels of an image belong to the group with this slope."""
    number = [each for each, _ in GROUPS].index(slope)
    return len(range(number, PIXELS, len(GROUPS + AT_THE_END)))


def _single(ways, number):
    """The entries of one group."""
    index = torch.arange(PIXELS) % len(GROUPS + AT_THE_END)
    return ways.flatten(-3)[..., index == number].flatten()


def _images(result, start, before=()):
    """The result as plain float64 images; TypeError where it is none."""
    numbers = as_numbers(result)
    if numbers is None or result is None:
        raise TypeError(f"images are expected, not {type(result).__name__}; is a return missing?")
    if numbers.shape != (*before, *start.shape):
        raise ValueError(f"images of shape {tuple(numbers.shape)}")
    return numbers
