"""Noise schedules.

Sources: Ho et al. 2020, "Denoising Diffusion Probabilistic Models", section 2 and section 4.
"""

import torch
from torch import Tensor


def products(betas: Tensor) -> Tensor:
    """A_t = (1 - beta_0) ... (1 - beta_t): (T,) -> (T,)."""
    return torch.cumprod(1 - betas, 0)


def linear_schedule(T: int, beta_1: float = 1e-4, beta_T: float = 0.02) -> tuple[Tensor, Tensor]:
    """T betas from beta_1 to beta_T in equal steps, and their alpha_bars: (T,) each."""
    betas = torch.linspace(beta_1, beta_T, T, dtype=torch.float64)
    return betas, products(betas)


def cosine_schedule(T: int, s: float = 0.008) -> tuple[Tensor, Tensor]:
    t = torch.arange(T + 1, dtype=torch.float64) / T
    left = torch.cos((t + s) / (1 + s) * torch.pi / 2) ** 2
    betas = (1 - left[1:] / left[:-1]).clamp(max=0.999)
    return betas, products(betas)
