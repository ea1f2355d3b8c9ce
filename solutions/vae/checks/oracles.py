"""Variational auto-encoders: losses, bounds and divergences in closed form.

Shapes: images and latent codes are rows, (N, D) and (N, d). All logarithms are natural.

Sources: Kingma and Welling 2014, "Auto-Encoding Variational Bayes", equations 3 and 10 and
appendix B; Kingma and Welling 2019, "An Introduction to Variational Autoencoders", section
2.5.1 (full covariance); Tipping and Bishop 1999, "Probabilistic Principal Component Analysis"
(the linear-Gaussian model).
"""

import math

import torch
from torch import Tensor

from autograder.oracles.logit_losses import softplus

LOG_2PI = math.log(2 * math.pi)


def reconstruction_loss(recon_x: Tensor, x: Tensor) -> Tensor:
    """-sum [x log r + (1 - x) log(1 - r)] over pixels and images; 0 log 0 = 0."""
    r, t = recon_x.flatten(1), x.flatten(1)
    return -(torch.xlogy(t, r) + torch.xlogy(1 - t, 1 - r)).sum()


def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    """KL(N(mu, exp(log_var)) || N(0, 1)) = 1/2 sum (mu^2 + sigma^2 - 1 - log sigma^2)."""
    return (mu**2 + log_var.exp() - 1 - log_var).sum() / 2


def loss_function(recon_x: Tensor, x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    """The negative evidence lower bound, summed over the batch."""
    return reconstruction_loss(recon_x, x) + kl_divergence(mu, log_var)


def kl_normal(qm: Tensor, qv: Tensor, pm: Tensor, pv: Tensor) -> Tensor:
    """KL(N(qm, diag qv) || N(pm, diag pv)), variances given: (N, d) four times -> (N,)."""
    return (pv.log() - qv.log() + qv / pv + (qm - pm) ** 2 / pv - 1).sum(-1) / 2


def bernoulli_nll(logits: Tensor, x: Tensor) -> Tensor:
    """-log p(x) of independent pixels with these logits: (N, D), (N, D) -> (N,)."""
    return (softplus(logits) - x * logits).sum(-1)


def scale_matrix(log_sigma: Tensor, L_raw: Tensor) -> Tensor:
    """L: what L_raw (N, d, d) has strictly below the diagonal, and exp(log_sigma) on it."""
    return torch.tril(L_raw, -1) + torch.diag_embed(log_sigma.exp())


def full_covariance_sample(mu: Tensor, log_sigma: Tensor, L_raw: Tensor, eps: Tensor) -> Tensor:
    """z = mu + L eps: (N, d)."""
    return mu + (scale_matrix(log_sigma, L_raw) @ eps.unsqueeze(-1)).squeeze(-1)


def log_q(eps: Tensor, log_sigma: Tensor) -> Tensor:
    """log N(z; mu, L L^T) of z = mu + L eps, since log det L = sum log sigma: (N, d) -> (N,)."""
    return -(0.5 * (eps**2 + LOG_2PI) + log_sigma).sum(-1)


def kl_full_covariance(mu: Tensor, log_sigma: Tensor, L_raw: Tensor) -> Tensor:
    """KL(N(mu, L L^T) || N(0, I)) = 1/2 (tr L L^T + mu.mu - d - log det L L^T): -> (N,)."""
    L = scale_matrix(log_sigma, L_raw)
    return ((L**2).sum((-2, -1)) + (mu**2).sum(-1) - mu.shape[-1]) / 2 - log_sigma.sum(-1)


def kl_deviation(mu: Tensor, log_sigma: Tensor, L_raw: Tensor) -> Tensor:
    """Deviation of log q(z) - log p(z) for one z drawn from q = N(mu, L L^T): -> (N,).

    With z = mu + L eps it is 1/2 eps.A eps + (L^T mu).eps + a constant, A = L^T L - I, so its
    variance is 1/2 tr A^2 + |L^T mu|^2.
    """
    L = scale_matrix(log_sigma, L_raw)
    A = L.mT @ L - torch.eye(L.shape[-1], dtype=L.dtype)
    tilt = (L.mT @ mu.unsqueeze(-1)).squeeze(-1)
    return ((A**2).sum((-2, -1)) / 2 + (tilt**2).sum(-1)).sqrt()


def linear_gaussian_elbo(x: Tensor, W: Tensor, sigma: Tensor, m: Tensor, V: Tensor) -> Tensor:
    """The bound on log p(x) for z ~ N(0, I), x = W z + sigma noise, and q = N(m, V).

    x (D,), W (D, d), sigma (), m (d,), V (d, d) symmetric -> ().
    """
    return expected_log_likelihood(x, W, sigma, m, V) - kl_to_standard(m, V)


def expected_log_likelihood(x: Tensor, W: Tensor, sigma: Tensor, m: Tensor, V: Tensor) -> Tensor:
    """E_q log N(x; W z, v I) = -D/2 log(2 pi v) - (|x - W m|^2 + tr W V W^T) / 2v, v = sigma^2."""
    spread = ((x - W @ m) ** 2).sum() + torch.trace(W @ V @ W.T)
    return -len(x) / 2 * (LOG_2PI + 2 * sigma.log()) - spread / (2 * sigma**2)


def kl_to_standard(m: Tensor, V: Tensor) -> Tensor:
    """KL(N(m, V) || N(0, I))."""
    return (torch.trace(V) + m @ m - len(m) - torch.logdet(V)) / 2


def linear_gaussian_posterior(x: Tensor, W: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor]:
    """(m, V) of p(z | x): V = (I + W^T W / sigma^2)^-1, m = V W^T x / sigma^2."""
    V = torch.linalg.inv(torch.eye(W.shape[1], dtype=W.dtype) + W.T @ W / sigma**2)
    return V @ W.T @ x / sigma**2, V


def linear_gaussian_log_likelihood(x: Tensor, W: Tensor, sigma: Tensor) -> Tensor:
    """log N(x; 0, W W^T + sigma^2 I)."""
    C = W @ W.T + sigma**2 * torch.eye(len(x), dtype=x.dtype)
    return -(len(x) * LOG_2PI + torch.logdet(C) + x @ torch.linalg.solve(C, x)) / 2


def latent_grid(n: int) -> Tensor:
    """(n * n, 2): all pairs of the normal quantiles at (i + 1/2) / n, the first axis slowest."""
    u = (torch.arange(n, dtype=torch.float64) + 0.5) / n
    return torch.cartesian_prod(*[torch.special.ndtri(u)] * 2)
