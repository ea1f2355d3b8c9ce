"""Noise schedules, and how numbers of a schedule are looked up.

Sources: Ho et al. 2020, "Denoising Diffusion Probabilistic Models", sections 2 and 4; Nichol and
Dhariwal 2021, "Improved Denoising Diffusion Probabilistic Models", equation 17.
"""

import math

import torch
from torch import Tensor

CLIP = 0.999


def products(betas: Tensor) -> Tensor:
    """A_t = (1 - beta_0) ... (1 - beta_t): (T,) -> (T,)."""
    return torch.cumprod(1 - betas, 0)


def before(alpha_bars: Tensor) -> Tensor:
    """A_{t-1} for each t, which is 1 before the first step: (T,) -> (T,)."""
    return torch.cat([torch.ones_like(alpha_bars[:1]), alpha_bars[:-1]])


def alphas(alpha_bars: Tensor) -> Tensor:
    """a_t = 1 - beta_t, from their products: (T,) -> (T,)."""
    return alpha_bars / before(alpha_bars)


def at(values: Tensor, t: Tensor, like: Tensor) -> Tensor:
    """values[t] for each row of a batch `like`: (T,), (N,), (N, ...) -> (N, 1, ...)."""
    return values[t].reshape(-1, *[1] * (like.dim() - 1))


def linear_schedule(T: int, beta_1: float = 1e-4, beta_T: float = 0.02) -> tuple[Tensor, Tensor]:
    """T betas from beta_1 to beta_T in equal steps, and their alpha_bars: (T,) each."""
    betas = torch.linspace(beta_1, beta_T, T, dtype=torch.float64)
    return betas, products(betas)


def squared_cosine(T: int, s: float) -> Tensor:
    """f(i) = cos((i / T + s) / (1 + s) pi / 2)^2 for i = 0..T: (T + 1,)."""
    i = torch.arange(T + 1, dtype=torch.float64)
    return torch.cos((i / T + s) / (1 + s) * math.pi / 2) ** 2


def cosine_schedule(T: int, s: float = 0.008) -> tuple[Tensor, Tensor]:
    """beta_t = 1 - f(t + 1) / f(t), at most 0.999, and their alpha_bars: (T,) each."""
    f = squared_cosine(T, s)
    betas = (1 - f[1:] / f[:-1]).clamp(max=CLIP)
    return betas, products(betas)
