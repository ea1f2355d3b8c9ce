"""Losses of logits: cross-entropy and the players' losses of a GAN, in closed form.

Logits have any shape (N,) or (N, 1); losses are scalars. softplus(h) = log(1 + e^h) is
computed as max(h, 0) + log1p(e^-|h|), finite for every finite h.

Source: Goodfellow et al. 2014, equation 1 and section 3 (non-saturating form).
"""

import torch
from torch import Tensor


def softplus(h: Tensor) -> Tensor:
    """log(1 + exp(h)), elementwise."""
    return h.clamp_min(0) + torch.log1p(torch.exp(-h.abs()))


def sigmoid(h: Tensor) -> Tensor:
    """1 / (1 + exp(-h)), elementwise."""
    return torch.exp(-softplus(-h))


def bce_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean of softplus(h) - t h over the N pairs, whatever the two shapes."""
    h, t = logits.reshape(-1), targets.reshape(-1)
    return (softplus(h) - t * h).mean()


def discriminator_loss(logits_real: Tensor, logits_fake: Tensor) -> Tensor:
    """mean softplus(-r) + mean softplus(f)."""
    return softplus(-logits_real).mean() + softplus(logits_fake).mean()


def generator_loss(logits_fake: Tensor) -> Tensor:
    """Non-saturating: mean softplus(-f); its gradient is -(1 - sigmoid(f)) / N."""
    return softplus(-logits_fake).mean()


def minimax_generator_loss(logits_fake: Tensor) -> Tensor:
    """mean log(1 - sigmoid(f)) = -mean softplus(f), never positive; gradient -sigmoid(f) / N."""
    return -softplus(logits_fake).mean()
