"""Observers of functions of points on a line.

As in judging.observers, the same function looks at the student's code, at the oracle and at every
wrong formula.
"""

from collections.abc import Callable

import torch

from autograder.judging.exercise import Inputs, Observations
from autograder.judging.numbers import as_numbers

RISE = "rise so far, at each fifth of the way from the model's point to the data"
LIPSCHITZ = "the slope is nowhere steeper than 1"
# The slope of two values in float32, divided by a step of a tenth.
STEEPEST = 1.001


def one_by_one(call: Callable, inputs: Inputs) -> Observations:
    """call(a, b) for each pair of numbers of two vectors, as code with an `if` wants them.

    inputs: "names" (K strings), and two vectors (K,).
    """
    names, *vectors = inputs.values()
    pairs = zip(*vectors, strict=True)
    return {
        f"value for points {name}": call(a.clone(), b.clone())
        for name, (a, b) in zip(names, pairs, strict=True)
    }


def critic(call: Callable, inputs: Inputs) -> Observations:
    """What makes D(x) = call(x, theta, theta0) a best critic of two point masses.

    inputs: "theta", "theta0" (), and "reach" (), how far beyond them the slope is looked at.
    Only the values between the points count, up to a constant: an optimum is free elsewhere.
    """
    theta, theta0, reach = (inputs[name] for name in ("theta", "theta0", "reach"))
    way = torch.stack([torch.lerp(theta, theta0, share / 5) for share in range(6)])
    low, high = torch.minimum(theta, theta0) - reach, torch.maximum(theta, theta0) + reach
    grid = low + torch.arange(0, 1.0001, 0.02).to(theta) * (high - low)
    on_way, on_grid = (call(x.clone(), theta.clone(), theta0.clone()) for x in (way, grid))
    numbers = as_numbers(on_way), as_numbers(on_grid)
    if any(n is None or n.numel() != len(x) for n, x in zip(numbers, (way, grid), strict=True)):
        return {RISE: on_way, LIPSCHITZ: None}
    up, values = (n.flatten() for n in numbers)
    slopes = values.diff() / grid.double().diff()
    return {RISE: up - up[0], LIPSCHITZ: bool((slopes.abs() <= STEEPEST).all())}
