"""Data for which the best possible answer of a network is known.

Sources: Song and Ermon 2019, "Generative Modeling by Estimating Gradients of the Data
Distribution", section 3; Karras et al. 2022, "Elucidating the Design Space of Diffusion-Based
Generative Models", appendix B.3 (the ideal denoiser of a finite data set).
"""

import torch
from torch import Tensor

from .schedule import at


def mixture_score(
    x: Tensor, t: Tensor, means: Tensor, weights: Tensor, sigma: float, alpha_bars: Tensor
) -> Tensor:
    """The gradient of log q(x_t) where x0 is of a mixture of Gaussians of one deviation.

    x: (N, d). t: (N,). means: (K, d). weights: (K,), with the sum 1. sigma: of each component.
    """
    left = at(alpha_bars, t, x)
    variance = left * sigma**2 + 1 - left
    towards = left.sqrt()[:, None] * means - x[:, None]  # (N, K, d)
    logits = weights.log() - (towards**2).sum(-1) / (2 * variance)
    return (torch.softmax(logits, 1)[:, :, None] * towards).sum(1) / variance


def optimal_denoiser(x_t: Tensor, t: Tensor, data: Tensor, alpha_bars: Tensor) -> Tensor:
    """E[x0 | x_t] where x0 is one of the M data, all equally likely.

    x_t: (N, ...). t: (N,). data: (M, ...) -> (N, ...).
    """
    rows, points = x_t.flatten(1), data.flatten(1)
    left = at(alpha_bars, t, rows)
    distances = ((rows[:, None] - left.sqrt()[:, None] * points) ** 2).sum(-1)  # (N, M)
    responsibilities = torch.softmax(-distances / (2 * (1 - left)), 1)
    return (responsibilities @ points).reshape(x_t.shape)
