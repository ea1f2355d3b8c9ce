"""Flow matching on straight paths: noise x0 at time 0, data x1 at time 1.

Sources: Lipman et al. 2023, "Flow Matching for Generative Modeling", section 4.1, with sigma_min =
0; Liu, Gong and Liu 2023, "Flow Straight and Fast", equation 1.
"""

from collections.abc import Callable

import torch
from torch import Tensor

Velocity = Callable[[Tensor, Tensor], Tensor]


def interpolate(x0: Tensor, x1: Tensor, t: Tensor, sigma_min: float = 0.0) -> Tensor:
    """x_t (N, ...) at the times t (N,), on the way from x0 to x1, both (N, ...)."""
    t = t.reshape(-1, *[1] * (x1.dim() - 1))
    return (1 - (1 - sigma_min) * t) * x0 + t * x1


def target_velocity(x0: Tensor, x1: Tensor, sigma_min: float = 0.0) -> Tensor:
    """The derivative of interpolate() in t, the same at all times."""
    return x1 - (1 - sigma_min) * x0


def flow_matching_loss(
    model: Velocity,
    x1: Tensor,
    t: Tensor | None = None,
    x0: Tensor | None = None,
    sigma_min: float = 0.0,
) -> Tensor:
    """The mean over batch and pixels of (model(x_t, t) - velocity)^2, a scalar.

    x1: data (N, ...). t: times (N,), by default uniform on [0, 1]. x0: noise like x1, by default
    standard normal.
    """
    t = torch.rand(len(x1), dtype=x1.dtype, device=x1.device) if t is None else t
    x0 = torch.randn_like(x1) if x0 is None else x0
    error = model(interpolate(x0, x1, t, sigma_min), t) - target_velocity(x0, x1, sigma_min)
    return error.square().mean()


@torch.no_grad()
def euler_sample(model: Velocity, x: Tensor, steps: int) -> Tensor:
    """x (N, ...) at time 0, carried to time 1 by `steps` equal steps of Euler's method."""
    for k in range(steps):
        x = x + model(x, torch.full((len(x),), k / steps, dtype=x.dtype, device=x.device)) / steps
    return x


def gaussian_velocity(
    x: Tensor, t: Tensor, mean: Tensor | float, variance: Tensor | float
) -> Tensor:
    """E[x1 - x0 given x_t = x] for data from N(mean, variance), elementwise: the perfect network.

    x: (N, ...). t: (N,).
    """
    t = t.reshape(-1, *[1] * (x.dim() - 1))
    share = (t * variance - (1 - t)) / (t**2 * variance + (1 - t) ** 2)
    return mean + share * (x - t * mean)


def euler_gaussian_map(steps: int, mean: float, variance: float) -> tuple[float, float]:
    """(slope, offset) of the map of euler_sample() with gaussian_velocity().

    In u = x - t mean, each step is a multiplication by 1 + share / steps.
    """
    slope = 1.0
    for k in range(steps):
        t = k / steps
        slope *= 1 + (t * variance - (1 - t)) / (t**2 * variance + (1 - t) ** 2) / steps
    return slope, mean
