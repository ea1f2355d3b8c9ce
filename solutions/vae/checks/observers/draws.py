"""Draws of mean + deviation * noise, that a gradient passes."""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from autograder.judging.noise import none, normal
from autograder.judging.numbers import as_numbers


@dataclass(frozen=True)
class Drawn:
    """What mean + deviation(spread) * noise is, in place of a draw.

    noise: scale -> Distribution. deviation: spread -> deviation, elementwise. reaches: names of
    the arguments that a gradient reaches. differs: along what the noise differs.
    """

    deviation: Callable
    noise: Callable = normal
    reaches: tuple = ("mean", "spread")
    differs: tuple = ("row", "column", "call")


def columns(call, inputs):
    """One column of draws for each (mean, spread), less the mean, over the right deviation.

    inputs: "mean" (d,), "spread" (d,), "rows", "deviation" (d,), the right one.
    """
    rows, right = inputs["rows"], inputs["deviation"]
    result = call(*_tables(inputs))
    shape = (rows, len(right))
    if isinstance(result, Drawn):
        scales = (result.deviation(inputs["spread"]) / right).tolist()
        columns = [result.noise(scale) for scale in scales]
    else:
        noise = _noise(result, inputs)
        columns = [result] * len(right) if noise is None else list(noise.T)
        shape = tuple(getattr(result, "shape", ()))
    named = {f"draws of column {j}": column for j, column in enumerate(columns, start=1)}
    return {"shape": shape, **named}


def independence(call, inputs):
    """Whether the noise is another one in each row, column and call; inputs as for columns()."""
    first, second = (call(*_tables(inputs)) for _ in range(2))
    if isinstance(first, Drawn):
        differs = {where: where in first.differs for where in ("row", "column", "call")}
    else:
        a, b = _noise(first, inputs), _noise(second, inputs)
        differs = dict.fromkeys(("row", "column", "call"))
        if a is not None and b is not None:
            a, b = a[:200], b[:200]
            gaps = {"row": a - a[:1], "column": a - a[:, :1], "call": a - b}
            differs = {where: bool(gap.abs().max() > 1e-4) for where, gap in gaps.items()}
    return {f"the noise differs from {where} to {where}": is_so for where, is_so in differs.items()}


def gradients(call, inputs):
    """How far gradients reach: 1 is right, 0 is not at all; inputs as for columns(), and "slope".

    slope: (d,), the derivative of the right deviation. With z = mean + deviation * noise,
    dz/dspread is slope * noise, and the noise is known from z.
    """
    mean, spread = (table.requires_grad_() for table in _tables(inputs))
    result = call(mean.clone(), spread.clone())
    right, slope = inputs["deviation"], inputs["slope"]
    names = [f"gradient with respect to {name}" for name in inputs["names"]]
    if isinstance(result, Drawn):
        at = inputs["spread"].clone().requires_grad_()
        deviation = result.deviation(at)
        (steep,) = torch.autograd.grad(deviation.sum(), at)
        reached = (steep / deviation.detach() * right / slope) if result.noise is not none else None
        both = torch.ones_like(right), torch.zeros_like(right) if reached is None else reached
        kept = zip(both, ("mean", "spread"), strict=True)
        found = [grad if name in result.reaches else 0 * grad for grad, name in kept]
        return dict(zip(names, found, strict=True))
    noise = _noise(result, inputs)
    if noise is None:
        return dict.fromkeys(names)
    if not result.requires_grad:
        return dict.fromkeys(names, torch.zeros(len(right)))
    strong = noise.abs() > 0.1
    weights = torch.where(strong, 1 / (noise * slope), 0.0)
    share = strong.sum(0).clamp_min(1)
    found = [
        torch.autograd.grad(
            result, leaf, weight.to(result), retain_graph=True, materialize_grads=True
        )[0]
        for leaf, weight in ((mean, torch.ones_like(noise) / len(noise)), (spread, weights / share))
    ]
    return {name: grad.sum(0) for name, grad in zip(names, found, strict=True)}


def _tables(inputs):
    """mean and spread as (rows, d), as student code gets them."""
    return [inputs[name].expand(inputs["rows"], -1).clone() for name in ("mean", "spread")]


def _noise(result, inputs):
    """The standardised noise in a student's draws (rows, d); None where that is no such table."""
    numbers = as_numbers(result) if isinstance(result, torch.Tensor) else None
    if numbers is None or numbers.shape != (inputs["rows"], len(inputs["deviation"])):
        return None
    return (numbers - inputs["mean"].double()) / inputs["deviation"].double()
