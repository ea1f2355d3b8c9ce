"""Losses: a number, and what a student may return beside it."""

from collections.abc import Callable, Sequence

import torch

from autograder.judging import observers
from autograder.judging.exercise import Inputs, Observations


def loss(call: Callable, inputs: Inputs, constant: Sequence[str] = ()) -> Observations:
    """As observers.value_and_gradients; of a tuple, its first number."""
    alone = []

    def first(*arguments):
        result = call(*arguments)
        several = isinstance(result, (tuple, list)) and len(result) > 0
        alone.append(not several)
        return result[0] if several and isinstance(result[0], torch.Tensor) else result

    seen = observers.value_and_gradients(first, inputs, constant)
    return {**seen, "the loss is returned alone": all(alone)}
