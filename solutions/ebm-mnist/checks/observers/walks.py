"""Walks in image space: one Langevin step, and the sampler of many."""

import contextlib
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from autograder.judging.calls import NotAsAsked
from autograder.judging.exercise import Inputs, Observations
from autograder.judging.numbers import as_numbers
from helpers.graphs import depth, leads_to
from helpers.toys import LinearScore, QuadraticEnergy

STILL_REQUIRES_GRADIENT = "the result still requires a gradient"
INPUT_CHANGED = "the caller's images are changed"
PARAMETERS_CLEAN = "the gradients of the parameters are what they were"
NOT_ERASED = "the gradients of the parameters are still there"
WANT_GRADIENTS = "the parameters still require gradients"
FREE = "the result is cut off from the graph"
REPEATED = "the same noise gives the same step"


def langevin_steps(call: Callable, inputs: Inputs) -> Observations:
    """A chain of steps on E(x) = stiffness / 2 |x - center|^2 with given noise.

    inputs: "x" (N, ...), "center" (...), "stiffness", "step_size", "noises" (T, N, ...). Each
    step gets the result of the one before, as in any chain.
    """
    energy = QuadraticEnergy(inputs["center"], inputs["stiffness"])
    step_size, noises = inputs["step_size"], inputs["noises"]
    seen: Observations = {}
    with _traces_of(energy) as traces:
        given = x = inputs["x"].clone()
        for number, noise in enumerate(noises, start=1):
            x = call(energy, x, step_size, noise.clone())
            if number == 1:
                seen |= _weaknesses(x, given, inputs["x"])
                first = depth(x)
            # A later step may change it in place.
            seen[f"x after step {number}"] = x.detach().clone() if _is_tensor(x) else x
            if not _is_tensor(x):
                break
        seen[FREE] = depth(x) <= first and not leads_to(x, energy.parameters())
    return seen | traces


def repeated_step(call: Callable, inputs: Inputs) -> Observations:
    """Whether a step from the same points with the same noise goes to the same place."""
    energy = QuadraticEnergy(inputs["center"], inputs["stiffness"])
    noise = inputs["noises"][0]
    first, again = (
        call(energy, inputs["x"].clone(), inputs["step_size"], noise.clone()) for _ in range(2)
    )
    return {REPEATED: _equal(first, again)}


@contextlib.contextmanager
def _traces_of(model: nn.Module) -> Iterator[Observations]:
    """Gradients before a call; afterwards, what it has left of them."""
    traces: Observations = {}
    known = [torch.full_like(parameter, 0.25) for parameter in model.parameters()]
    for parameter, gradient in zip(model.parameters(), known, strict=True):
        parameter.grad = gradient.clone()
    weights = [parameter.detach().clone() for parameter in model.parameters()]
    enabled = torch.is_grad_enabled()
    try:
        yield traces
    finally:  # what is switched off inside must not reach the next check
        torch.set_grad_enabled(enabled)
    left = [parameter.grad for parameter in model.parameters()]
    traces[PARAMETERS_CLEAN] = all(map(_equal, left, known))
    traces[NOT_ERASED] = all(one is not None and bool(one.any()) for one in left)
    traces[WANT_GRADIENTS] = all(parameter.requires_grad for parameter in model.parameters())
    traces["the weights are what they were"] = all(map(_equal, model.parameters(), weights))


def _is_tensor(result):
    return isinstance(result, torch.Tensor)


def _equal(one, other):
    if not (_is_tensor(one) and _is_tensor(other)):
        return False
    return one.shape == other.shape and torch.equal(one.detach(), other.detach())


def _weaknesses(result, given, before):
    """Not a mistake, but worth a remark."""
    parts = result if isinstance(result, (list, tuple)) else [result]
    found = {
        STILL_REQUIRES_GRADIENT: any(getattr(one, "requires_grad", False) is True for one in parts),
        INPUT_CHANGED: not torch.equal(given.detach(), before),
    }
    return {name: True for name, holds in found.items() if holds}


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
    """Calls of generate_samples on f(x) = slopes . x: one as asked for, two of a single step.

    inputs: those of linear_images(), "steps", "step_size", "training" (mode of the network).
    """
    model, start = LinearScore(inputs["slopes"]), inputs["start"]
    model.train(inputs["training"])
    size = {"step_size": inputs["step_size"]}
    given = start.clone()
    with _traces_of(model) as traces:
        result = call(model, given, steps=inputs["steps"], **size)
    traces |= _mode(model, inputs)
    images = _images(result, start)
    single, another = (call(model, start.clone(), steps=1, **size) for _ in range(2))
    ways = {way_of(slope): _ways(images, start, k) for k, (slope, _) in enumerate(GROUPS)}
    found = {
        "shape": tuple(getattr(result, "shape", ())),
        IN_RANGE: _in_range(images),
        FREE: _is_free(result, single, model),
        "another call draws other noise": not _equal(single, another),
    }
    return ways | found | traces | _weaknesses(result, given, start)


def _mode(model, inputs):
    return {"the network is in the mode it was in before": model.training == inputs["training"]}


IN_RANGE = "the pixels stay in [-1, 1]"


def _in_range(images):
    return bool(images.abs().max() <= 1 + 1e-6)


def _is_free(walked, fewer, model):
    """Whether a walk keeps no more of a graph than one of fewer steps."""
    return depth(walked) <= depth(fewer) and not leads_to(walked, model.parameters())


def picture(step: int) -> str:
    return f"the way in picture {step}"


def pictures(call: Callable, inputs: Inputs) -> Observations:
    """Calls of generate_samples with return_img_per_step=True: every picture of a walk.

    inputs: as for walk(). The ways are those of GROUPS[0].
    """
    model, start = LinearScore(inputs["slopes"]), inputs["start"]
    model.train(inputs["training"])
    size = {"step_size": inputs["step_size"], "return_img_per_step": True}
    with _traces_of(model) as traces:
        result = call(model, start.clone(), steps=inputs["steps"], **size)
    traces |= _mode(model, inputs)
    # Pictures that a later step makes require a gradient depend on nothing but themselves.
    fewer = call(model, start.clone(), steps=inputs["steps"] - 1, **size)
    free = _is_free(result, fewer, model)
    if isinstance(result, (list, tuple)):
        result = torch.stack([picture.detach() for picture in result])
    # As many pictures as came, if they are pictures: their number is looked at below.
    count = len(result) if getattr(result, "ndim", 0) == start.dim() + 1 else inputs["steps"]
    shape = tuple(getattr(result, "shape", ()))
    transposed = shape[:2] == (len(start), inputs["steps"]) and len(start) != inputs["steps"]
    walked = _images(result, start, (inputs["steps"] if transposed else count,))
    found = {"how many pictures": len(walked), FREE: free, IN_RANGE: _in_range(walked)}
    ways = {picture(step): _ways(walked[step - 1], start, 0) for step in _steps_of(inputs, walked)}
    return found | ways | traces


def _steps_of(inputs, walked):
    return range(1, min(inputs["steps"], len(walked)) + 1)


class CurvedScore(nn.Module):
    """f(x) = -stiffness . (x - center)^2 / 2, pixel by pixel: its slope depends on the place.

    (N, ...) to (N,). The parameters are ``stiffness`` and ``center`` (K,).
    """

    def __init__(self, stiffness: Tensor, center: Tensor) -> None:
        super().__init__()
        self.stiffness, self.center = nn.Parameter(stiffness), nn.Parameter(center)

    def forward(self, x: Tensor) -> Tensor:
        return -((x.flatten(1) - self.center) ** 2) @ self.stiffness / 2


# (name, stiffness and centre of f, pixel at the start): what a walk of one kind does not survive.
CURVED = (
    # The clamped slope leads over the end, from where an uncut pixel is drawn back inside.
    ("at the upper end", 0.4, 1.12, 0.9),
    ("at the lower end", 0.4, -1.12, -0.9),
    # The slope shrinks on the way, so that a gradient of an earlier step is too long.
    ("in a wide valley", 0.05, 0.3, 0.0),
    # The way leads over the top and back: several small steps are not a large one.
    ("in a narrow valley", 0.15, -0.1, 0.06),
)


def curved_images(images: int) -> dict[str, Tensor]:
    """{"stiffness", "center": (784,), "start": (images, 1, 28, 28)}: pixels take turns."""
    number = torch.arange(28 * 28) % len(CURVED)
    table = torch.tensor([row[1:] for row in CURVED], dtype=torch.float64)[number]
    stiffness, center, image = table.T
    start = image.reshape(1, 28, 28).repeat(images, 1, 1, 1)
    return {"stiffness": stiffness, "center": center, "start": start}


def curved_walk(call: Callable, inputs: Inputs) -> Observations:
    """One call of generate_samples on a CurvedScore: the pixels of each group afterwards.

    inputs: those of curved_images(), "steps", "step_size".
    """
    model = CurvedScore(inputs["stiffness"], inputs["center"])
    start = inputs["start"]
    result = call(model, start.clone(), steps=inputs["steps"], step_size=inputs["step_size"])
    pixels = _images(result, start).flatten(1)
    return {
        pixels_of(name): pixels[:, slice(group, None, len(CURVED))]
        for group, (name, *_) in enumerate(CURVED)
    }


def pixels_of(name: str) -> str:
    return f"the pixels {name}"


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
