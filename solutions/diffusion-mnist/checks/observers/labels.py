"""Guidance, and labels that are dropped at random."""

from collections.abc import Callable
from typing import Any

import torch

from autograder.judging.calls import NotAsAsked
from autograder.judging.exercise import Inputs, Observations

SHARE = "the share of labels that are dropped"
FIRST = "their share in the first half of the batch"
ODD = "their share in every other place"
SOME = "some labels are dropped and others are not"
OTHERS = "the labels that are not dropped are as they were"
CHANCE = "two calls drop different labels"
WHOLE = "the labels are whole numbers"
KEPT = "the caller's tensors are left as they were"


def guided(call: Callable, inputs: Inputs) -> Observations:
    """call(eps_cond, eps_uncond, w). inputs: these, w a number."""
    cond, uncond = (inputs[name].clone() for name in ("eps_cond", "eps_uncond"))
    return {"the prediction": call(cond, uncond, inputs["w"])}


def dropped(call: Callable, inputs: Inputs) -> Observations:
    """Two calls of drop_labels(y, p, null): shares, and what became of the others.

    inputs: "y" (N,), "p", "null", which is none of the labels.
    """
    y, null = inputs["y"].long(), inputs["null"]
    first, second = (_labels(call(y.clone(), inputs["p"], null), y) for _ in range(2))
    gone, later = first == null, second == null
    shares = gone.double()
    # Whether all or none are dropped is chance, which no formula can repeat.
    some = not any(each.all() or not each.any() for each in (gone, later))
    if not some and bool(gone.all() or (first == y).all()):
        return {SOME: False, OTHERS: True}
    return {
        SOME: True,
        OTHERS: bool((first == y)[~gone].all()),
        CHANCE: bool((gone != later).any()),
        SHARE: shares.mean(),
        FIRST: shares[: len(y) // 2].mean(),
        ODD: shares[::2].mean(),
    }


def dropped_exactly(call: Callable, inputs: Inputs) -> Observations:
    """The labels where chance decides nothing, and whether they are whole numbers."""
    y = inputs["y"].long()
    result = call(y.clone(), inputs["p"], inputs["null"])
    whole = isinstance(result, torch.Tensor) and not result.is_floating_point()
    return {"the labels": result, WHOLE: whole}


def kept(call: Callable, inputs: Inputs) -> Observations:
    """Whether the caller's labels stay as they were."""
    given = inputs["y"].long()
    call(given, inputs["p"], inputs["null"])
    return {KEPT: torch.equal(given, inputs["y"].long())}


def _labels(result: Any, y: torch.Tensor) -> torch.Tensor:
    if not isinstance(result, torch.Tensor):
        raise NotAsAsked(f"a tensor of labels is expected, not {type(result).__name__}")
    if result.shape != y.shape:
        raise NotAsAsked(
            f"given labels of shape {tuple(y.shape)}, it returned another number of them"
        )
    return result.detach().cpu()
