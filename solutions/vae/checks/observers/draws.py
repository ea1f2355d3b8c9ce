"""Observers of reparameterised draws, mean + deviation * noise."""

from collections.abc import Callable

import torch
from torch import Tensor

from autograder.judging.exercise import Inputs, Observations
from autograder.judging.numbers import as_numbers

COLUMN = "draws of column"
# Standardised noise that float32 makes of none at all is smaller; a draw hardly ever is.
ROUNDING = 1e-6


def columns(call: Callable, inputs: Inputs) -> Observations:
    """One column of draws for each (mean, spread), less the mean, over the right deviation.

    inputs: "mean" (d,), "spread" (d,), "rows", "deviation" (d,), the right one.
    """
    result = call(*_tables(inputs))
    noise = _noise(result, inputs)
    columns = [result] * len(inputs["deviation"]) if noise is None else list(noise.T)
    named = {f"{COLUMN} {j}": column for j, column in enumerate(columns, start=1)}
    return {"shape": tuple(getattr(result, "shape", ())), **named}


def independence(call: Callable, inputs: Inputs) -> Observations:
    """Whether the noise differs in each row, column and call; inputs as for columns()."""
    return independent(*(_noise(call(*_tables(inputs)), inputs) for _ in range(2)))


def independent(a: Tensor | None, b: Tensor | None) -> Observations:
    """Where the noise (N, d) of two calls differs, and whether there is any; None: no such table.

    One noise for everything is told apart from none.
    """
    differs, is_there = dict.fromkeys(("row", "column", "call")), None
    if a is not None and b is not None:
        gaps = {"row": a - a[:1], "column": a - a[:, :1], "call": a - b}
        differs = {where: bool(gap.abs().max() > 1e-4) for where, gap in gaps.items()}
        is_there = bool(a.abs().max() > ROUNDING)
    named = {
        f"the noise differs from {where} to {where}": is_so for where, is_so in differs.items()
    }
    return {**named, "there is noise": is_there}


def gradients(call: Callable, inputs: Inputs) -> Observations:
    """How far gradients reach: 1 is right, 0 is not at all; inputs as for columns(), and "slope".

    slope: (d,), the derivative of the right deviation. With z = mean + deviation * noise,
    dz/dspread is slope * noise, and the noise is known from z.
    """
    mean, spread = (table.requires_grad_() for table in _tables(inputs))
    result = call(mean.clone(), spread.clone())
    slope = inputs["slope"]
    names = [f"gradient with respect to {name}" for name in inputs["names"]]
    noise = _noise(result, inputs)
    if noise is None:
        return dict.fromkeys(names)
    if not result.requires_grad:
        return dict.fromkeys(names, torch.zeros(len(slope)))
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


def shapes(call: Callable, inputs: Inputs) -> Observations:
    """The shape of draws for each mean and spread of inputs "means", "spreads", of any shape."""
    pairs = zip(inputs["means"], inputs["spreads"], strict=True)
    drawn = [(mean.shape, call(mean.clone(), spread.clone())) for mean, spread in pairs]
    return {
        f"shape for means of shape {tuple(shape)}": tuple(getattr(draws, "shape", ()))
        for shape, draws in drawn
    }


def _tables(inputs):
    """mean and spread as (rows, d), as student code gets them."""
    return [inputs[name].expand(inputs["rows"], -1).clone() for name in ("mean", "spread")]


def _noise(result, inputs):
    """The standardised noise in draws (rows, d); None where that is no such table."""
    numbers = as_numbers(result) if isinstance(result, torch.Tensor) else None
    if numbers is None or numbers.shape != (inputs["rows"], len(inputs["deviation"])):
        return None
    return (numbers - inputs["mean"].double()) / inputs["deviation"].double()
