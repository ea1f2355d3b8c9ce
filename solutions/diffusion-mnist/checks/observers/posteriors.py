"""The mean and the variance of a step back."""

from collections.abc import Callable
from typing import Any

import torch

from autograder.judging.calls import NotAsAsked
from autograder.judging.exercise import Inputs, Observations

from .at_times import given

MEAN, VARIANCE = "mean", "variance"


def mean_and_variance(call: Callable, inputs: Inputs) -> Observations:
    """What call(*inputs) returns; the variance as one number for each row, (N,).

    A third result, as some courses have the logarithm of the variance, is not looked at.
    """
    result = call(*given(inputs))
    if not isinstance(result, (tuple, list)) or len(result) not in (2, 3):
        raise NotAsAsked("two tensors are asked for, the mean and the variance")
    return {MEAN: result[0], VARIANCE: _for_each_row(result[1], len(inputs["t"]))}


def _for_each_row(variance: Any, rows: int) -> Any:
    """(N,), where there is one number for each row: (N,), (N, 1, ...), or repeated in each row."""
    if not isinstance(variance, torch.Tensor) or variance.dim() == 0 or len(variance) != rows:
        return variance
    flat = variance.reshape(rows, -1)
    # Not ==, since nan is to be seen.
    return variance if flat.shape[1] and (flat != flat[:, :1]).any() else flat[:, 0]
