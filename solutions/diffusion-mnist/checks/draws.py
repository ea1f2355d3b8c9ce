"""Draws of the inputs of one step back: a schedule, noisy images, times."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Generator, Tensor

from autograder.judging.probes import uniform


def schedule(T: int) -> Callable[[Generator], dict[str, Any]]:
    """A draw of betas near 0.05 ... 0.5 and their alpha_bars: so steep that each factor shows."""

    def draw(g):
        line = torch.linspace(0.05, 0.48, T, dtype=torch.float64)
        betas = line + uniform(-0.01, 0.03, T)(g)
        return {"betas": betas, "alpha_bars": (1 - betas).cumprod(0)}

    return draw


def batch(g: Generator, *shape: int) -> dict[str, Tensor]:
    """{"x_t", "eps", "noise"}: so large that the predicted x0 leaves [-1, 1]."""
    spans = {"x_t": (-1.5, 2.0), "eps": (-2.0, 1.5), "noise": (-1.5, 1.0)}
    return {name: uniform(*span, *shape)(g) for name, span in spans.items()}


def times(*indices: int) -> Tensor:
    """Indices (N,); observers make whole numbers of them for those who call."""
    return torch.tensor(indices, dtype=torch.float64)
