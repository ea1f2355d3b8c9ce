"""One step back where the image is known, and three names for what a network predicts.

Sources: Ho et al. 2020, "Denoising Diffusion Probabilistic Models", equations 6 and 7; Song et al.
2021, "Score-Based Generative Modeling through Stochastic Differential Equations", section 3;
Salimans and Ho 2022, "Progressive Distillation for Fast Sampling of Diffusion Models", section 4.
"""

from torch import Tensor

from .schedule import at, before


def q_posterior(
    x0: Tensor, x_t: Tensor, t: Tensor, betas: Tensor, alpha_bars: Tensor
) -> tuple[Tensor, Tensor]:
    """Mean (N, ...) and variance (N, 1, ...) of x_{t-1}, given x_t and x0.

    x0, x_t: (N, ...). t: (N,). betas, alpha_bars: (T,).
    """
    beta, left, left_before = (at(v, t, x0) for v in (betas, alpha_bars, before(alpha_bars)))
    of_x0 = left_before.sqrt() * beta / (1 - left)
    of_x_t = (1 - beta).sqrt() * (1 - left_before) / (1 - left)
    return of_x0 * x0 + of_x_t * x_t, beta * (1 - left_before) / (1 - left)


def predict_x0(x_t: Tensor, eps: Tensor, t: Tensor, alpha_bars: Tensor) -> Tensor:
    """(x_t - sqrt(1 - A_t) eps) / sqrt(A_t): the x0 from which this noise leads to x_t."""
    left = at(alpha_bars, t, x_t)
    return (x_t - (1 - left).sqrt() * eps) / left.sqrt()


def score_from_eps(eps: Tensor, t: Tensor, alpha_bars: Tensor) -> Tensor:
    """-eps / sqrt(1 - A_t): the gradient of log q(x_t) in x_t where eps is its mean noise."""
    return -eps / (1 - at(alpha_bars, t, eps)).sqrt()


def velocity_from_eps(x_t: Tensor, eps: Tensor, t: Tensor, alpha_bars: Tensor) -> Tensor:
    """sqrt(A_t) eps - sqrt(1 - A_t) x0, for the x0 from which this noise leads to x_t."""
    left = at(alpha_bars, t, x_t)
    return left.sqrt() * eps - (1 - left).sqrt() * predict_x0(x_t, eps, t, alpha_bars)
