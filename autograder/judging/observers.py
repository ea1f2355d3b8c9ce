"""Observers of general use: each calls a function and returns observations by name.

The same function looks at the student's code, at the oracle and at every wrong formula.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch

from autograder.judging.calls import NotAsAsked
from autograder.judging.exercise import Inputs, Observations
from autograder.judging.numbers import as_numbers
from helpers.toys import LinearCritic


def value(call: Callable, inputs: Inputs) -> Observations:
    """The result of call(*inputs)."""
    return {"value": call(*(tensor.clone() for tensor in inputs.values()))}


def in_float64(call: Callable, inputs: Inputs) -> Observations:
    """The result of call(*inputs) for float64 inputs, and whether it has their dtype and digits."""
    result = call(*(tensor.clone().double() for tensor in inputs.values()))
    kept = getattr(result, "dtype", None) == torch.float64
    return {"value": result, "the result is in float64, as the inputs are": kept}


def unchanged(call: Callable, inputs: Inputs) -> Observations:
    """Whether the caller's tensors are still the same after call(*inputs)."""
    given = [tensor.clone() for tensor in inputs.values()]
    call(*given)
    same = all(map(torch.equal, given, inputs.values()))
    return {"the caller's tensors are left as they were": same}


def value_and_gradients(
    call: Callable, inputs: Inputs, constant: Sequence[str] = ()
) -> Observations:
    """The scalar call(*inputs) and its gradient with respect to each input not in `constant`."""
    given = {name: tensor.clone() for name, tensor in inputs.items()}
    leaves = {name: leaf.requires_grad_() for name, leaf in given.items() if name not in constant}
    result = call(*(tensor.clone() for tensor in given.values()))
    gradients = dict.fromkeys(leaves)
    if _is_loss(result):
        found = torch.autograd.grad(
            result.reshape(()), list(leaves.values()), materialize_grads=True
        )
        gradients = dict(zip(leaves, found, strict=True))
    named = {f"gradient with respect to {name}": grad for name, grad in gradients.items()}
    return {"value": result, **named}


def values_and_gradients(
    call: Callable, inputs: Inputs, constant: Sequence[str] = ()
) -> Observations:
    """The tensor call(*inputs), and the gradients of a weighted sum of its values.

    The weights differ, so that a gradient tells which value an input has moved. `constant`: names
    of inputs without a gradient.
    """
    given = {name: tensor.clone() for name, tensor in inputs.items()}
    leaves = {name: leaf.requires_grad_() for name, leaf in given.items() if name not in constant}
    result = call(*(tensor.clone() for tensor in given.values()))
    gradients: dict[str, torch.Tensor | None] = dict.fromkeys(leaves)
    if isinstance(result, torch.Tensor) and result.requires_grad and not result.is_complex():
        weights = torch.linspace(1, 2, result.numel()).reshape(result.shape).to(result)
        found = torch.autograd.grad(result, list(leaves.values()), weights, materialize_grads=True)
        gradients = dict(zip(leaves, found, strict=True))
    named = {f"gradient with respect to {name}": grad for name, grad in gradients.items()}
    return {"value": result, **named}


def _is_loss(result):
    """Whether a backward pass can start here."""
    if not isinstance(result, torch.Tensor) or result.is_complex():
        return False
    return result.requires_grad and result.numel() == 1


def returned(thing: object) -> Any:
    """What a function returned; NotAsAsked for None."""
    if thing is None:
        raise NotAsAsked("the function returned None; is a return missing?")
    return thing


def sample(call: Callable, inputs: Inputs) -> Observations:
    """What call(rows, dim) draws. The law of its values is the probe's to declare."""
    values = call(inputs["rows"], inputs["dim"])
    return {
        "shape": tuple(getattr(values, "shape", ())),
        "values": values,
        "dtype": str(getattr(values, "dtype", type(values).__name__)),
    }


def repeated_samples(call: Callable, inputs: Inputs) -> Observations:
    """How call(rows, dim, seed=None) differs from itself, in a call, without and with a seed."""
    rows, dim = inputs["rows"], inputs["dim"]
    first, second = call(rows, dim), call(rows, dim)
    five, again, six, zero, once_more = (call(rows, dim, seed=seed) for seed in (5, 5, 6, 0, 0))
    return {
        "rows and columns have noise of their own": _own_lines(first),
        "two calls give different noise": not _same(first, second),
        "the same seed gives the same noise, another seed another": _same(five, again)
        and not _same(again, six),
        "seed 0 is a seed, too": _same(zero, once_more),
    }


def optimiser(call: Callable, inputs: Inputs) -> Observations:
    """How far call(model) moves a parameter under a known sequence of gradients.

    inputs: "start" (d,), "gradients" (T, d). The way travelled, not the place: a learning
    rate of 1e-3 would drown in the tolerance of the place.
    """
    # In float64: in float32 the roundings of many small steps add up.
    start = inputs["start"].double()
    model = LinearCritic(start)
    solver = returned(call(model))
    path = []
    for gradient in inputs["gradients"]:
        model.weight.grad = gradient.double().reshape(model.weight.shape)
        solver.step()
        path.append(model.weight.detach().double() - start)
    steps = {*range(1, 7), len(path)}
    return {f"way travelled after step {t}": path[t - 1] for t in sorted(steps) if t <= len(path)}


def _own_lines(table):
    """Whether neither the first two rows nor the first two columns are equal."""
    table = as_numbers(table)
    if table is None or table.dim() != 2:
        return True  # another fault, which shows elsewhere
    return not any(torch.equal(lines[0], lines[1]) for lines in (table, table.T) if len(lines) > 1)


def _same(a, b):
    a, b = as_numbers(a), as_numbers(b)
    return a is not None and b is not None and torch.equal(a, b)
