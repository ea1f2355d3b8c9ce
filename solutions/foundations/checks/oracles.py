"""Closed forms of densities, distances between them, and estimators that need no training.

All logarithms are natural. The data have the subscript 0 (theta0), the model has none (theta).

Sources: Goodfellow et al. 2014, "Generative Adversarial Nets", proposition 1 and section 3;
Arjovsky et al. 2017, "Wasserstein Generative Adversarial Networks", example 1 and equation 2;
Miyato and Koyama 2018, "cGANs with Projection Discriminator", section 3;
Gutmann and Hyvarinen 2010, "Noise-contrastive estimation", equations 3 and 8;
Hoerl and Kennard 1970, "Ridge Regression", equation 2.1; the change of variables of calculus.
"""

import math

import torch
from torch import Tensor

from autograder.oracles.logit_losses import softplus


def kl_gaussian(theta: Tensor, theta0: Tensor, eps: Tensor) -> Tensor:
    """KL(N(theta, eps^2) || N(theta0, eps^2)) = (theta - theta0)^2 / (2 eps^2), elementwise."""
    return (theta - theta0) ** 2 / (2 * eps**2)


def js_point_masses(theta: Tensor, theta0: Tensor) -> Tensor:
    """Jensen-Shannon divergence of two point masses, elementwise: log 2, or 0 when equal."""
    return (theta != theta0).double() * math.log(2)


def wasserstein_1d(x: Tensor, y: Tensor) -> Tensor:
    """Wasserstein-1 distance of two samples (N,), each point with weight 1/N -> ()."""
    return (x.sort().values - y.sort().values).abs().mean()


def optimal_critic_1d(x: Tensor, theta: Tensor, theta0: Tensor) -> Tensor:
    """The straight line of slope 1 from the model's point theta up to the data's theta0.

    x: (K,). theta, theta0: (). Anything else with these values between the two points and a
    slope of at most 1 elsewhere is as good.
    """
    return torch.sign(theta0 - theta) * x


def logit_from_densities(log_p_data: Tensor, log_p_model: Tensor) -> Tensor:
    """The logit of the optimal discriminator: log p_data - log p_model, elementwise."""
    return log_p_data - log_p_model


def kl_generator_loss(logits: Tensor) -> Tensor:
    """mean log(1 - sigmoid(h)) - mean log sigmoid(h) = -mean h; (N,) or (N, 1) -> ()."""
    return -logits.mean()


def projection_logits(phi: Tensor, mu: Tensor, mu_hat: Tensor) -> Tensor:
    """log N(phi; mu_y, I) - log N(phi; mu_hat_y, I) for each row and class.

    phi: (N, d). mu (of the data), mu_hat (of the model): (K, d) -> (N, K).
    """
    offset = ((mu_hat**2).sum(1) - (mu**2).sum(1)) / 2
    return phi @ (mu - mu_hat).T + offset


def nce_logit(energy: Tensor, log_noise: Tensor, log_z: Tensor) -> Tensor:
    """log of the density exp(-E) / Z over that of the noise, elementwise."""
    return -energy - log_z - log_noise


def nce_objective(
    energy_data: Tensor,
    log_noise_data: Tensor,
    energy_noise: Tensor,
    log_noise_noise: Tensor,
    log_z: Tensor,
) -> Tensor:
    """mean log sigmoid(G) over the data + mean log(1 - sigmoid(G)) over the noise, G = nce_logit.

    energy_data, log_noise_data: (N,). energy_noise, log_noise_noise: (M,). log_z: () -> ().
    """
    on_data = nce_logit(energy_data, log_noise_data, log_z)
    on_noise = nce_logit(energy_noise, log_noise_noise, log_z)
    return -softplus(-on_data).mean() - softplus(on_noise).mean()


def ridge_with(Z: Tensor, y: Tensor, penalty: Tensor) -> Tensor:
    """(Z^T Z + diag(penalty))^-1 Z^T y. Z: (n, d). y: (n,). penalty: (d,) or ()."""
    d = Z.shape[1]
    return torch.linalg.solve(Z.T @ Z + torch.eye(d).to(Z) * penalty, Z.T @ y)


def ridge(Z: Tensor, y: Tensor, lam: float | Tensor) -> Tensor:
    """argmin of |y - Z w|^2 / n + lam (w_1^2 + ... ), the bias w_0 free.

    Z: (n, d + 1), its first column all ones. y: (n,). lam: () -> w (d + 1,).
    """
    spared = torch.ones(Z.shape[1]).to(Z)
    spared[0] = 0
    return ridge_with(Z, y, len(Z) * lam * spared)


def jacobian_xy_uv() -> Tensor:
    """d(x, y) / d(u, v) of u = x + y, v = x - y, so x = (u + v) / 2, y = (u - v) / 2."""
    return torch.tensor([[0.5, 0.5], [0.5, -0.5]], dtype=torch.float64)


def density_xy(x: Tensor, y: Tensor) -> Tensor:
    """Two independent standard normal numbers, elementwise."""
    return torch.exp(-(x**2 + y**2) / 2) / (2 * math.pi)


def density_uv(u: Tensor, v: Tensor) -> Tensor:
    """U = X + Y and V = X - Y: independent, normal, of variance 2 each; elementwise."""
    return torch.exp(-(u**2 + v**2) / 4) / (4 * math.pi)


def density_from_inverse(x: Tensor, y: Tensor) -> Tensor:
    """density_uv at (x + y, x - y) times |det d(u, v) / d(x, y)| = 2, which is density_xy."""
    return 2 * density_uv(x + y, x - y)
