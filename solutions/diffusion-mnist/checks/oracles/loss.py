"""The loss that a noise network is trained with.

Source: Ho et al. 2020, "Denoising Diffusion Probabilistic Models", equation 14 and algorithm 1.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from .forward import q_sample


def ddpm_loss(
    model: Callable[[Tensor, Tensor], Tensor],
    x0: Tensor,
    alpha_bars: Tensor,
    t: Tensor | None = None,
    noise: Tensor | None = None,
) -> Tensor:
    """Mean of (noise - model(x_t, t))^2 over images (N, ...) and pixels; draws what is None: ()."""
    if t is None:
        t = torch.randint(len(alpha_bars), (len(x0),))
    if noise is None:
        noise = torch.randn_like(x0)
    return (model(q_sample(x0, t, alpha_bars, noise), t) - noise).square().mean()
