"""Schedules that probes are drawn with: few steps, so steep that no formula passes for another.

With the first of 1,000 betas, 1e-4, right code in float32 is off by 2e-4, since 1 - alpha_bar
cancels; from 0.05 on it is exact to float32.
"""

import torch
from torch import Generator, Tensor

T = 6
# Every time, the first and the last more than once, in no order.
TIMES = (3, 0, 5, 1, 2, 5, 4, 0)


def betas(g: Generator) -> Tensor:
    """A draw: (T,), from about 0.05 to about 0.5 in uneven steps."""
    even = torch.linspace(0.05, 0.5, T, dtype=torch.float64)
    return even * (0.9 + 0.2 * torch.rand(T, generator=g, dtype=torch.float64))


def alpha_bars(g: Generator) -> Tensor:
    """A draw: (T,), the products of 1 - beta."""
    return torch.cumprod(1 - betas(g), 0)


def of_1000_steps(g: Generator | None = None) -> Tensor:
    """The betas of the notebook: (1000,)."""
    return torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64)
