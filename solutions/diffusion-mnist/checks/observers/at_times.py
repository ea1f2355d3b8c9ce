"""Functions of a batch in which each row has a time of its own."""

from collections.abc import Callable
from typing import Any

import torch

from autograder.judging.exercise import Inputs, Observations

ALONE = "one tensor is returned"
KEPT = "the caller's tensors are left as they were"


def given(inputs: Inputs) -> list[Any]:
    """The arguments in the order of the inputs: copies, and t as integers."""
    return [
        value.long() if name == "t" else value.clone() if isinstance(value, torch.Tensor) else value
        for name, value in inputs.items()
    ]


def value(call: Callable, inputs: Inputs) -> Observations:
    """What call(*inputs) returns; of several things the first, and that it is not alone."""
    result = call(*given(inputs))
    several = isinstance(result, (tuple, list)) and len(result) > 0
    return {"value": result[0] if several else result, ALONE: not several}


def twice(call: Callable, inputs: Inputs) -> Observations:
    """Whether the same arguments give the same result."""
    first, again = (value(call, inputs)["value"] for _ in range(2))
    tensors = isinstance(first, torch.Tensor) and isinstance(again, torch.Tensor)
    return {"the same arguments give the same result": tensors and torch.equal(first, again)}


def unchanged(call: Callable, inputs: Inputs) -> Observations:
    """Whether the caller's tensors are still the same after call(*inputs)."""
    before = given(inputs)
    arguments = given(inputs)
    call(*arguments)
    same = all(
        not isinstance(old, torch.Tensor) or (torch.equal(old, new) and not new.requires_grad)
        for old, new in zip(before, arguments, strict=True)
    )
    return {KEPT: same}
