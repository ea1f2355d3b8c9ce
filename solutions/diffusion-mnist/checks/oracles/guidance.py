"""Guidance without a classifier.

Source: Ho and Salimans 2022, "Classifier-Free Diffusion Guidance", equation 6 and algorithm 1.
"""

import torch
from torch import Tensor


def guided(eps_cond: Tensor, eps_uncond: Tensor, w: float) -> Tensor:
    """(1 + w) eps_cond - w eps_uncond, all (N, ...): w = 0 is conditional, w = -1 is not."""
    return (1 + w) * eps_cond - w * eps_uncond


def drop_labels(y: Tensor, p: float, null: int) -> Tensor:
    """Labels (N,), each replaced by `null` with probability p, whatever becomes of the others."""
    dropped = torch.rand(y.shape, device=y.device) < p
    return torch.where(dropped, torch.full_like(y, null), y)
