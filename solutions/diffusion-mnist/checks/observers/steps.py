"""One step of a sampler, with given noise."""

from collections.abc import Callable
from typing import Any

import torch

from autograder.judging.exercise import Inputs, Observations

MEAN = "the step without noise"
NOISE = "what the noise adds"
ALONE = "what the noise adds to the rows at t = 0 without the others"
FINITE = "all numbers are finite"
SAME = "the same noise gives the same step"
KEPT = "the caller's tensors are left as they were"


def step(call: Callable, inputs: Inputs) -> Observations:
    """A step twice, without noise and with it: its mean, and what the noise adds.

    inputs: all arguments in their order; "t" and "s", times (N,), and "noise" among them.
    """
    still = _of(call, inputs | {"noise": torch.zeros_like(inputs["noise"])})
    moved = _of(call, inputs)
    added = _minus(moved, still)
    return {FINITE: _is_finite(still) and _is_finite(added), MEAN: still, NOISE: added}


def mixed_step(call: Callable, inputs: Inputs) -> Observations:
    """A step of rows at several times, and what the noise adds to those at t = 0 alone."""
    last = inputs["t"] == 0
    of_rows = ("x_t", "eps", "t", "noise")
    alone = {key: each[last] if key in of_rows else each for key, each in inputs.items()}
    return step(call, inputs) | {ALONE: step(call, alone)[NOISE]}


def repeated_step(call: Callable, inputs: Inputs) -> Observations:
    """Whether the same noise gives the same step, and the caller's tensors stay as they were."""
    given, before = _copies(inputs), _copies(inputs)
    first = call(*given.values())
    kept = all(
        torch.equal(given[name], each)
        for name, each in before.items()
        if isinstance(each, torch.Tensor)
    )
    again = _of(call, inputs)
    return {SAME: _same(first, again), KEPT: kept}


def step_by_default(call: Callable, inputs: Inputs) -> Observations:
    """The step with the arguments alone that have no default, those in `inputs`."""
    return {"the step": _of(call, inputs)}


def _of(call, inputs):
    return call(*_copies(inputs).values())


def _copies(inputs: Inputs) -> dict[str, Any]:
    """Copies, as students get them: times as whole numbers."""
    copies = {
        name: thing.clone() if isinstance(thing, torch.Tensor) else thing
        for name, thing in inputs.items()
    }
    return copies | {name: copies[name].long() for name in ("t", "s") if name in copies}


def _same(one, other):
    """True of what are no tensors, too: that shows elsewhere."""
    if not (isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor)):
        return True
    return one.shape == other.shape and torch.allclose(one, other, 0, 0, equal_nan=True)


def _is_finite(numbers):
    """True of what holds no numbers, too: that shows elsewhere."""
    return not isinstance(numbers, torch.Tensor) or bool(torch.isfinite(numbers).all())


def _minus(one, other):
    tensors = isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor)
    return one - other if tensors and one.shape == other.shape else one
