"""The bound on log p(x0): its last term, and how much each error of the noise weighs in it.

Source: Ho et al. 2020, "Denoising Diffusion Probabilistic Models", equations 5 and 12.
"""

from torch import Tensor


def prior_kl(x0: Tensor, alpha_bars: Tensor) -> Tensor:
    """KL(q(x_T | x0), N(0, I)) of images (N, ...) in nats, all pixels together: (N,)."""
    left = alpha_bars[-1]
    return (left * x0**2 - left - (-left).log1p()).flatten(1).sum(1) / 2


def elbo_weight(t: Tensor, betas: Tensor, alpha_bars: Tensor) -> Tensor:
    """The factor of |noise - predicted noise|^2 in the bound; variance of a step beta_t: (N,)."""
    return betas[t] / (2 * (1 - betas[t]) * (1 - alpha_bars[t]))
