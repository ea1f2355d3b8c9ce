"""Energy-based models, in closed form. Throughout f = -E: real images get a high f.

Sources: Du and Mordatch 2019, "Implicit Generation and Modeling with Energy-Based Models",
algorithm 1; Hinton 2002, "Training Products of Experts by Minimizing Contrastive Divergence";
Welling and Teh 2011, "Bayesian Learning via Stochastic Gradient Langevin Dynamics", equation 4;
Ramachandran, Zoph and Le 2017, "Searching for Activation Functions" (Swish).
"""

import math

import torch
from torch import Tensor


def swish(x: Tensor) -> Tensor:
    """x sigmoid(x), elementwise: slope 1/2 at 0, smallest value -0.27846 at -1.27846."""
    return x / (1 + torch.exp(-x))


def quadratic_langevin_step(
    x: Tensor, center: Tensor, stiffness: Tensor, step_size: float, noise: Tensor
) -> Tensor:
    """x - step_size stiffness (x - center) + noise: a step on E(x) = stiffness / 2 |x - center|^2.

    x, noise: (N, ...). center: (...).
    """
    return x - step_size * stiffness * (x - center) + noise


def linear_way(slope: float, steps: int, step_size: float, clamp: float | None = 0.03) -> float:
    """How far `steps` steps of the sampler move a pixel, up to noise, where f has this slope.

    The gradient is clamped to +-clamp before it is multiplied by step_size (None: it is not).
    """
    push = slope if clamp is None else max(-clamp, min(clamp, slope))
    return steps * step_size * push


def way_deviation(steps: int, noise: float = 0.005) -> float:
    """Deviation of that way: every step adds independent normal noise of deviation `noise`."""
    return noise * steps**0.5


def curved_pixel(
    stiffness: float, center: float, start: float, steps: int, step_size: float
) -> float:
    """Where a pixel ends, up to noise, on f = -stiffness (x - center)^2 / 2.

    In each step its slope is clamped to +-0.03 and the pixel to [-1, 1].
    """
    x = start
    for _ in range(steps):
        slope = max(-0.03, min(0.03, stiffness * (center - x)))
        x = max(-1.0, min(1.0, x + step_size * slope))
    return x


def contrastive_divergence_loss(f_real: Tensor, f_fake: Tensor) -> Tensor:
    """mean f_fake - mean f_real: the slope of the negative log-likelihood, up to the sampling."""
    return f_fake.mean() - f_real.mean()


def regularization_loss(f_real: Tensor, f_fake: Tensor, alpha: float = 0.1) -> Tensor:
    """alpha (mean f_real^2 + mean f_fake^2)."""
    return alpha * ((f_real**2).mean() + (f_fake**2).mean())


def clipped(gradient: Tensor, max_norm: float) -> Tensor:
    """A gradient scaled down to this Euclidean norm where it is longer."""
    return gradient * min(1.0, max_norm / gradient.norm().item())


def linear_ebm_step(
    w: Tensor,
    real: Tensor,
    noise: Tensor,
    fake: Tensor,
    lr: float,
    alpha: float = 0.1,
    max_norm: float = 0.1,
) -> tuple[Tensor, Tensor, Tensor]:
    """Parameters after one training step with f(x) = w.x by plain SGD.

    w: (d,). real, noise, fake: (N, d). Noisy real images are cut to [-1, 1].
    Returns (w, cd_loss, reg_loss), both losses as they were before the step.
    """
    noisy = (real + noise).clamp(-1, 1)
    f_real, f_fake = noisy @ w, fake @ w
    push = fake.mean(0) - noisy.mean(0)
    decay = 2 * alpha / len(real) * (f_real @ noisy + f_fake @ fake)
    w_new = w - lr * clipped(push + decay, max_norm)
    return (
        w_new,
        contrastive_divergence_loss(f_real, f_fake),
        regularization_loss(f_real, f_fake, alpha),
    )


def normalized_density(energy: Tensor, grid: Tensor) -> Tensor:
    """exp(-E) / Z at the points (K,) of a grid, Z by the trapezoidal rule. energy (K,) -> (K,)."""
    unnormalised = torch.exp(energy.min() - energy)
    return unnormalised / torch.trapezoid(unnormalised, grid)


def steps_until_digit(confidence: Tensor, threshold: float = 0.9) -> Tensor:
    """First step, counted from 1, whose confidence reaches the threshold; inf where none does.

    confidence: (T, N) after step 1 ... T -> float (N,).
    """
    found = torch.full((confidence.shape[1],), math.inf, dtype=confidence.dtype)
    for step in range(len(confidence), 0, -1):
        found[confidence[step - 1] >= threshold] = step
    return found


def score_on(w: Tensor, x: Tensor) -> Tensor:
    """f(x) = w.x for images (N, ...) -> (N,)."""
    return x.flatten(1) @ w


def auroc(scores_digits: Tensor, scores_others: Tensor) -> Tensor:
    """P(a score of the others is above one of the digits), ties counted as half.

    Source: Hanley and McNeil 1982, the area under the ROC curve as a probability.
    """
    difference = scores_others[:, None] - scores_digits[None, :]
    return ((difference > 0).double() + 0.5 * (difference == 0).double()).mean()
