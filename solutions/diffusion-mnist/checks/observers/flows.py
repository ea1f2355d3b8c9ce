"""Straight paths, and the loss of a velocity network."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from autograder.judging.calls import NotAsAsked
from autograder.judging.exercise import Inputs, Observations
from autograder.judging.numbers import as_numbers
from helpers.errors import CourseError

VALUE = "the loss"
GRADIENT = "gradient with respect to the weights"
TIMES = "the times drawn"
NOISE = "the noise in the images that the network gets"
LOSS_OF_IT = "the loss is that of this noise and these times"
OWN_TIMES = "each image has a time of its own"
OWN_NOISE = "each image has noise of its own"
SAME = "the same times and noise give the same loss"
NEW_TIMES, NEW_NOISE = "another call draws other times", "another call draws other noise"
CALLS = "how often the network is called"
TIMES_SHAPE = "the shape of the times"


class Line(nn.Module):
    """A velocity network: slope x + rise t + level, elementwise. Remembers its calls."""

    def __init__(self, weights: Tensor) -> None:
        super().__init__()
        self.weights = nn.Parameter(weights.clone())
        self.calls: list[tuple[Tensor, Tensor]] = []

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        t = torch.as_tensor(t)
        if t.numel() not in (1, len(x)):
            raise CourseError(
                f"the network got {t.numel()} times for {len(x)} inputs: give it a time for each,"
                f" a tensor ({len(x)},)."
            )
        self.calls.append((x.detach().cpu().double().clone(), t.detach().cpu().double().clone()))
        slope, rise, level = self.weights.to(x)
        times = t.reshape(-1).expand(len(x)).reshape(-1, *[1] * (x.dim() - 1)).to(x)
        return slope * x + rise * times + level


def loss(call: Callable, inputs: Inputs) -> Observations:
    """call(model, x1, t, x0) for a Line, and its gradient with respect to the weights.

    inputs: "weights" (3,), "x1" and "x0" (N, ...), "t" (N,).
    """
    model = Line(inputs["weights"])
    result = call(model, *(inputs[name].clone() for name in ("x1", "t", "x0")))
    found = None
    if isinstance(result, torch.Tensor) and result.requires_grad and result.numel() == 1:
        (found,) = torch.autograd.grad(
            result.reshape(()), [model.weights], allow_unused=True, materialize_grads=True
        )
    shapes = {tuple(t.shape) for _, t in model.calls}
    return {
        CALLS: len(model.calls),
        TIMES_SHAPE: shapes.pop() if len(shapes) == 1 else (),
        VALUE: result,
        GRADIENT: found,
    }


def drawn_loss(call: Callable, inputs: Inputs) -> Observations:
    """call(model, x1), which draws times and noise, several times.

    The noise is known from what the network gets: x_t = (1 - t) x0 + t x1.

    inputs: "weights" (3,), "x1" (N, ...), "calls".
    """
    seen = list(_drawn(call, inputs))
    times = torch.cat([t for t, *_ in seen])
    # Next to time 1 rounding hides what the noise was.
    known = [x0[t < 0.9] for t, x0, *_ in seen]
    noise = torch.cat([x0.flatten() for x0 in known]).round(decimals=5) + 0.0
    first, last = seen[0], seen[-1]
    own_times = all(bool(t.std() > 1e-3) for t, *_ in seen)
    own_noise = not any(_alike(x0) for x0 in known)
    new_times, new_noise = (
        not torch.equal(*pair) for pair in zip(first[:2], last[:2], strict=True)
    )
    # A time next to 1 hides the noise in one call, not in most.
    fits = sum(abs(got - right) <= 0.03 * right for *_, got, right in seen)
    # Draws of a few numbers, over and over, look like no others.
    nothing = torch.zeros(len(times), dtype=torch.float64)
    return {
        OWN_TIMES: own_times,
        OWN_NOISE: own_noise,
        NEW_TIMES: new_times,
        NEW_NOISE: new_noise,
        LOSS_OF_IT: fits > len(seen) / 2,
        TIMES: times if own_times and new_times else nothing,
        NOISE: noise if own_noise and new_noise and len(noise) else nothing,
    }


def repeated_loss(call: Callable, inputs: Inputs) -> Observations:
    """Whether the same times and noise give the same loss. inputs: as for loss()."""
    given = [inputs[name] for name in ("x1", "t", "x0")]
    one, other = (
        as_numbers(call(Line(inputs["weights"]), *(each.clone() for each in given)))
        for _ in range(2)
    )
    return {SAME: one is not None and other is not None and torch.equal(one, other)}


def _alike(noise):
    """Whether all rows are the same, but for rounding."""
    return len(noise) > 1 and bool((noise - noise[:1]).abs().max() < 1e-4)


def _drawn(call, inputs) -> Iterator[tuple[Tensor, Tensor, float, float]]:
    """(times, noise, loss as given, loss of these times and this noise) of each call."""
    x1 = inputs["x1"].double()
    for _ in range(inputs["calls"]):
        model = Line(inputs["weights"])
        result = as_numbers(call(model, inputs["x1"].clone()))
        got = result.item() if result is not None and result.numel() == 1 else float("nan")
        if not model.calls:
            raise NotAsAsked("the network is never called: ask it at x_t and t")
        x, t = model.calls[0]
        t = t.reshape(-1).expand(len(x1))
        shape = (-1, *[1] * (x1.dim() - 1))
        along = t.reshape(shape)
        x0 = (x - along * x1) / (1 - along)
        slope, rise, level = inputs["weights"].double()
        error = slope * x + rise * along + level - (x1 - x0)
        yield t, x0, got, error.square().mean().item()


def path(call: Callable, inputs: Inputs) -> Observations:
    """The result of call(*inputs), tensors all."""
    return {"value": call(*(each.clone() for each in inputs.values()))}
