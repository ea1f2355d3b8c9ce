"""Exact scores and denoisers against torch.distributions, autograd and one another."""

import torch
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

from ..oracles import exact, posterior, schedule

_, ALPHA_BARS = schedule.linear_schedule(6, 0.05, 0.5)
T = torch.arange(6)


def close(a, b, **tolerance):
    torch.testing.assert_close(a, b, **tolerance)


def normal(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


WEIGHTS = torch.tensor([0.2, 0.5, 0.3], dtype=torch.float64)


def test_the_score_of_a_mixture_is_the_slope_of_its_log_density():
    x, means, sigma = normal(6, 2), 2 * normal(3, 2, seed=1), 0.4
    score = exact.mixture_score(x, T, means, WEIGHTS, sigma, ALPHA_BARS)
    for t, left in enumerate(ALPHA_BARS):
        deviation = (left * sigma**2 + 1 - left).sqrt()
        parts = Independent(Normal(left.sqrt() * means, deviation), 1)
        point = x[t].clone().requires_grad_()
        MixtureSameFamily(Categorical(WEIGHTS), parts).log_prob(point).backward()
        close(score[t], point.grad)


def test_the_score_of_one_gaussian_is_linear():
    x, mean = normal(6, 3), normal(1, 3, seed=1)
    left = ALPHA_BARS[:, None]
    score = exact.mixture_score(x, T, mean, WEIGHTS[:1] / WEIGHTS[:1], 0.5, ALPHA_BARS)
    close(score, -(x - left.sqrt() * mean) / (left * 0.25 + 1 - left))


def test_the_denoiser_is_the_mean_of_the_data_by_their_likelihood():
    x, data = normal(6, 1, 2, 2), normal(4, 1, 2, 2, seed=1)
    found = exact.optimal_denoiser(x, T, data, ALPHA_BARS)
    for t, left in enumerate(ALPHA_BARS):
        law = Independent(Normal(left.sqrt() * data, (1 - left).sqrt()), 3)
        likelihood = law.log_prob(x[t]).exp()
        weighted = (likelihood[:, None, None, None] * data).sum(0) / likelihood.sum()
        close(found[t], weighted)


def test_the_denoiser_and_the_score_of_points_are_one():
    """A data set is a mixture of Gaussians of no width; its score is that of the mean noise."""
    x, data = normal(6, 3), normal(5, 3, seed=1)
    left = ALPHA_BARS[:, None]
    x0 = exact.optimal_denoiser(x, T, data, ALPHA_BARS)
    eps = (x - left.sqrt() * x0) / (1 - left).sqrt()
    equal = torch.full((5,), 0.2, dtype=torch.float64)
    score = exact.mixture_score(x, T, data, equal, 0.0, ALPHA_BARS)
    close(posterior.score_from_eps(eps, T, ALPHA_BARS), score)
