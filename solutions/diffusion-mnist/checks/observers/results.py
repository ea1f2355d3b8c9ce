"""Results of several tensors."""

from typing import Any

import numpy
import torch

from autograder.judging.calls import NotAsAsked


def tensors(result: Any, *names: str) -> dict[str, Any]:
    """{name: tensor} of a function that returns these tensors in this order; else NotAsAsked."""
    asked = f"{len(names)} tensors are asked for, {' and '.join(names)}"
    if isinstance(result, torch.Tensor):
        raise NotAsAsked(f"{asked}; it returns one")
    if not isinstance(result, (tuple, list)):
        return dict.fromkeys(names, result)
    if len(result) != len(names):
        raise NotAsAsked(f"{asked}; it returns {len(result)} things")
    if any(isinstance(each, numpy.ndarray) for each in result):
        raise NotAsAsked(f"{asked}; it returns a NumPy array: torch.from_numpy makes it a tensor")
    return dict(zip(names, result, strict=True))
