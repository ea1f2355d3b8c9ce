"""Divergences between probability vectors, in nats. Shapes: p, q (K,) -> ().

Source: Goodfellow et al. 2014, "Generative Adversarial Nets", section 4.1;
Lin 1991, "Divergence measures based on the Shannon entropy".
"""

import torch
from torch import Tensor


def kl_divergence(p: Tensor, q: Tensor) -> Tensor:
    """KL(p || q) = sum p log(p / q), with 0 log 0 = 0."""
    return (torch.xlogy(p, p) - torch.xlogy(p, q)).sum()


def js_divergence(p: Tensor, q: Tensor) -> Tensor:
    """JSD(p, q) = 1/2 KL(p || m) + 1/2 KL(q || m) with m = (p + q) / 2; log 2 when disjoint."""
    m = (p + q) / 2
    return (kl_divergence(p, m) + kl_divergence(q, m)) / 2


def optimal_discriminator(p_data: Tensor, p_g: Tensor) -> Tensor:
    """D*(x) = p_data / (p_data + p_g), and 1/2 where both vanish (proposition 1)."""
    total = p_data + p_g
    return torch.where(total > 0, p_data / total.clamp_min(1e-300), 0.5)
