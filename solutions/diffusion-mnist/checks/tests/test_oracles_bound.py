"""The terms of the bound against torch.distributions, and against a walk through the T steps."""

import pytest
import torch
from torch.distributions import MultivariateNormal, Normal, kl_divergence

from ..at_times import STEPS, some_betas
from ..oracles import bound, schedule


def drawn(seed):
    g = torch.Generator().manual_seed(seed)
    betas = some_betas(g)
    return g, betas, torch.cumprod(1 - betas, 0)


def normal(*shape, g):
    return torch.randn(*shape, generator=g, dtype=torch.float64)


@pytest.mark.parametrize("seed", range(3))
def test_the_last_term_is_the_divergence_of_what_t_steps_make_of_an_image(seed):
    g, betas, alpha_bars = drawn(seed)
    x0 = normal(4, 1, 3, 2, g=g)
    mean, covariance = x0.flatten(1), torch.zeros(6, 6).double()
    for beta in betas:
        mean, covariance = (1 - beta).sqrt() * mean, (1 - beta) * covariance + beta * torch.eye(6)
    q = MultivariateNormal(mean, covariance)
    prior = MultivariateNormal(torch.zeros(6).double(), torch.eye(6).double())
    torch.testing.assert_close(bound.prior_kl(x0, alpha_bars), kl_divergence(q, prior))


def test_it_keeps_its_digits_after_1000_steps():
    alpha_bars = torch.cumprod(1 - schedule.linear_schedule(1000)[0], 0)
    q = Normal(alpha_bars[-1].sqrt() * torch.ones(1).double(), (1 - alpha_bars[-1]).sqrt())
    expected = kl_divergence(q, Normal(0.0, 1.0))
    found = bound.prior_kl(torch.ones(1, 1).double(), alpha_bars)
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=0)


@pytest.mark.parametrize("t", range(STEPS))
def test_a_weight_is_what_an_error_of_the_noise_adds_to_the_divergence_of_a_step(t):
    """Of q(x_{t-1} | x_t, x0), by linear algebra, from a step with the variance beta_t."""
    g, betas, alpha_bars = drawn(5)
    x0, noise, error = normal(5, g=g), normal(5, g=g), normal(5, g=g)
    before = alpha_bars[t - 1] if t else torch.ones(()).double()
    x_t = alpha_bars[t].sqrt() * x0 + (1 - alpha_bars[t]).sqrt() * noise
    # (x_{t-1}, x_t) given x0 is normal; condition it on x_t.
    joint = (1 - betas[t]).sqrt() * (1 - before)
    gain = joint / (1 - alpha_bars[t])
    posterior_mean = before.sqrt() * x0 + gain * (x_t - alpha_bars[t].sqrt() * x0)

    def step(eps):
        bracket = x_t - betas[t] / (1 - alpha_bars[t]).sqrt() * eps
        return Normal(bracket / (1 - betas[t]).sqrt(), betas[t].sqrt())

    def divergence(p):
        """But for what does not depend on p's mean: all that differs between two errors."""
        return ((posterior_mean - p.mean) ** 2 / (2 * p.variance)).sum()

    added = divergence(step(noise + error)) - divergence(step(noise))
    weight = bound.elbo_weight(torch.tensor([t]), betas, alpha_bars)
    torch.testing.assert_close(added, (weight * error.square().sum()).squeeze())
