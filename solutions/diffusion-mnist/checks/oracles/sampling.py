"""Steps back from noise to data, and what becomes of Gaussian data on the way.

In the code, b, A and S are beta_t, alpha_bar_t and alpha_bar_s, one for each row. Sources: Ho,
Jain and Abbeel 2020, "Denoising Diffusion Probabilistic Models", algorithm 2; Song, Meng and Ermon
2021, "Denoising Diffusion Implicit Models", equations 12 and 16.
"""

from collections.abc import Callable

import torch
from torch import Tensor


def rows(values: Tensor, t: Tensor, like: Tensor) -> Tensor:
    """values[t] of a schedule (T,), one for each row of `like` (N, ...): (N, 1, ...)."""
    return values[t].reshape(-1, *[1] * (like.dim() - 1))


def alpha_bar_at(alpha_bars: Tensor, t: Tensor, like: Tensor) -> Tensor:
    """alpha_bar at the indices t (N,), as rows(); 1 at -1, which is the clean image."""
    return rows(torch.cat([torch.ones_like(alpha_bars[:1]), alpha_bars]), t + 1, like)


def step_mean(x_t: Tensor, eps: Tensor, t: Tensor, betas: Tensor, alpha_bars: Tensor) -> Tensor:
    """The mean of x_{t-1} given x_t and the predicted noise, both (N, ...). t: (N,)."""
    b, A = rows(betas, t, x_t), rows(alpha_bars, t, x_t)
    return (x_t - b / (1 - A).sqrt() * eps) / (1 - b).sqrt()


def step_noise(t: Tensor, noise: Tensor, betas: Tensor) -> Tensor:
    """What a step adds to the mean: noise (N, ...) of variance beta_t, and none at t = 0."""
    index = rows(torch.arange(len(betas), device=t.device), t, noise)
    return (index > 0) * rows(betas, t, noise).sqrt() * noise


def ddpm_step(
    x_t: Tensor, eps: Tensor, t: Tensor, noise: Tensor, betas: Tensor, alpha_bars: Tensor
) -> Tensor:
    """x_{t-1} (N, ...) of x_t, the predicted noise and new noise, all (N, ...). t: (N,)."""
    return step_mean(x_t, eps, t, betas, alpha_bars) + step_noise(t, noise, betas)


def ddim_sigma(t: Tensor, s: Tensor, alpha_bars: Tensor, eta: float, like: Tensor) -> Tensor:
    """Deviation of the noise in a step from t to s; for eta = 1 and s = t-1, the posterior's."""
    A, S = alpha_bar_at(alpha_bars, t, like), alpha_bar_at(alpha_bars, s, like)
    return eta * ((1 - S) / (1 - A) * (1 - A / S)).sqrt()


def ddim_mean(
    x_t: Tensor, eps: Tensor, t: Tensor, s: Tensor, alpha_bars: Tensor, eta: float = 0.0
) -> Tensor:
    """The mean of x_s: the predicted x0, noised again in the direction of eps."""
    A, S = alpha_bar_at(alpha_bars, t, x_t), alpha_bar_at(alpha_bars, s, x_t)
    x0 = (x_t - (1 - A).sqrt() * eps) / A.sqrt()
    direction = (1 - S - ddim_sigma(t, s, alpha_bars, eta, x_t) ** 2).sqrt()
    return S.sqrt() * x0 + direction * eps


def ddim_step(
    x_t: Tensor,
    eps: Tensor,
    t: Tensor,
    s: Tensor,
    alpha_bars: Tensor,
    eta: float = 0.0,
    noise: Tensor | None = None,
) -> Tensor:
    """x_s (N, ...) of x_t, for any s < t, both (N,); s = -1 is the clean image."""
    mean = ddim_mean(x_t, eps, t, s, alpha_bars, eta)
    if noise is None:
        return mean
    return mean + ddim_noise(t, s, alpha_bars, eta, noise)


def ddim_noise(t: Tensor, s: Tensor, alpha_bars: Tensor, eta: float, noise: Tensor) -> Tensor:
    """What a step adds to the mean, (N, ...)."""
    return ddim_sigma(t, s, alpha_bars, eta, noise) * noise


@torch.no_grad()
def ddpm_sample(
    model: Callable[[Tensor, Tensor], Tensor],
    shape: tuple[int, ...],
    betas: Tensor,
    alpha_bars: Tensor,
) -> Tensor:
    """Images of this shape, (N, ...), from normal noise by T steps of ddpm_step.

    model: (x_t, t (N,)) -> predicted noise.
    """
    x = torch.randn(shape, dtype=betas.dtype, device=betas.device)
    for k in reversed(range(len(betas))):
        t = torch.full((len(x),), k, device=x.device)
        x = ddpm_step(x, model(x, t), t, torch.randn_like(x), betas, alpha_bars)
    return x


def gaussian_eps(
    x_t: Tensor, alpha_bar: Tensor, mean: Tensor | float, variance: Tensor | float
) -> Tensor:
    """E[noise given x_t] for data from N(mean, variance), elementwise: the perfect network."""
    spread = alpha_bar * variance + 1 - alpha_bar
    return (1 - alpha_bar).sqrt() * (x_t - alpha_bar.sqrt() * mean) / spread


def ddpm_moments(
    betas: Tensor, alpha_bars: Tensor, mean: float, variance: float
) -> tuple[Tensor, Tensor]:
    """Mean and variance of a pixel after all steps from N(0, 1), with gaussian_eps.

    Each step is x -> slope x + offset, plus noise.
    """
    m, v = torch.zeros_like(betas[0]), torch.ones_like(betas[0])
    for t in reversed(range(len(betas))):
        spread = alpha_bars[t] * variance + 1 - alpha_bars[t]
        slope = (1 - betas[t] / spread) / (1 - betas[t]).sqrt()
        offset = betas[t] * alpha_bars[t].sqrt() * mean / spread / (1 - betas[t]).sqrt()
        m = slope * m + offset
        v = slope**2 * v + (betas[t] if t > 0 else 0)
    return m, v


def ddim_gaussian_map(
    alpha_bars: Tensor, times: list[int], mean: float, variance: float
) -> tuple[Tensor, Tensor]:
    """(slope, offset) of the map of DDIM with eta = 0 along times, with gaussian_eps.

    In u = x - sqrt(alpha_bar) mean, each step is a multiplication. The last time may be -1.
    """
    one = torch.ones_like(alpha_bars[0])
    along = [alpha_bars[t] if t >= 0 else one for t in times]
    slope = one
    for A, S in zip(along, along[1:], strict=False):
        both = (A * S).sqrt() * variance + ((1 - A) * (1 - S)).sqrt()
        slope = slope * both / (A * variance + 1 - A)
    return slope, (along[-1].sqrt() - slope * along[0].sqrt()) * mean
