"""Closed forms of foundations against quadrature, SciPy, scikit-learn, autograd and brute force."""

import math

import numpy
import pytest
import torch
from scipy import integrate, optimize, stats
from sklearn.linear_model import Ridge
from torch.distributions import MultivariateNormal, Normal, kl_divergence
from torch.nn import functional

from autograder.oracles import divergences, logit_losses

from .. import oracles


def draw(*shape, low=-1.5, high=2.0, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return low + (high - low) * torch.rand(*shape, generator=generator, dtype=torch.float64)


def close(got, expected, **tolerance):
    torch.testing.assert_close(torch.as_tensor(got), torch.as_tensor(expected), **tolerance)


def number(value):
    return torch.tensor(value, dtype=torch.float64)


class TestDistances:
    def test_kl_of_two_normals(self):
        theta, theta0, eps = draw(6), draw(6, seed=1), draw(6, low=0.1, high=2, seed=2)
        expected = kl_divergence(Normal(theta, eps), Normal(theta0, eps))
        close(oracles.kl_gaussian(theta, theta0, eps), expected)

    def test_js_of_two_points_is_js_of_their_probabilities(self):
        one, other = torch.eye(2).double()
        assert oracles.js_point_masses(number(0.3), number(0.3)) == 0
        expected = divergences.js_divergence(one, other)
        for apart in (3.0, 1e-3, 1e-12):
            close(oracles.js_point_masses(number(0.3), number(0.3 + apart)), expected)

    @pytest.mark.parametrize("seed", range(4))
    def test_wasserstein(self, seed):
        x, y = draw(11, seed=seed), draw(11, low=-4, high=3, seed=seed + 10)
        found = oracles.wasserstein_1d(x, y).item()
        assert found == pytest.approx(stats.wasserstein_distance(x.numpy(), y.numpy()))
        cost = (x[:, None] - y[None]).abs().numpy()
        rows, columns = optimize.linear_sum_assignment(cost)
        assert found == pytest.approx(cost[rows, columns].mean())

    @pytest.mark.parametrize("theta, theta0", [(-1.0, 2.5), (1.0, -0.3)])
    def test_the_critic_reaches_the_wasserstein_distance_and_no_other_does_better(
        self, theta, theta0
    ):
        theta, theta0 = number(theta), number(theta0)
        ends = oracles.optimal_critic_1d(torch.stack([theta, theta0]), theta, theta0)
        distance = oracles.wasserstein_1d(theta[None], theta0[None])
        close(ends[1] - ends[0], distance)
        for slope in numpy.linspace(-1, 1, 21):  # of what the constraint admits
            assert slope * (theta0 - theta) <= distance + 1e-12


class TestRatio:
    p, q = Normal(number(0.4), number(0.8)), Normal(number(-0.5), number(1.3))
    grid = torch.linspace(-12, 12, 20_001, dtype=torch.float64)

    def test_the_sigmoid_of_the_logit_is_the_optimal_discriminator(self):
        a, b = self.p.log_prob(self.grid), self.q.log_prob(self.grid)
        logit = oracles.logit_from_densities(a, b)
        near = slice(4_000, 16_000)
        expected = divergences.optimal_discriminator(a.exp()[near], b.exp()[near])
        close(torch.sigmoid(logit[near]), expected)

    def test_the_loss_is_the_sum_of_both(self):
        h = draw(9, low=-4, high=5)
        both = logit_losses.minimax_generator_loss(h) + logit_losses.generator_loss(h)
        close(oracles.kl_generator_loss(h), both)
        real = functional.binary_cross_entropy_with_logits(h, torch.ones_like(h))
        fake = functional.binary_cross_entropy_with_logits(h, torch.zeros_like(h))
        close(both, real - fake)

    def test_at_the_optimum_it_is_the_kl_divergence_by_quadrature(self):
        a, b = self.p.log_prob(self.grid), self.q.log_prob(self.grid)
        logit = oracles.logit_from_densities(a, b)
        mean = torch.trapezoid(b.exp() * -logit, self.grid)
        close(mean, kl_divergence(self.q, self.p))


def test_projection_logits_are_log_ratios():
    phi, mu, mu_hat = draw(5, 3), draw(4, 3, seed=1), draw(4, 3, seed=2)
    unit = torch.eye(3).double()
    for k in range(4):
        expected = MultivariateNormal(mu[k], unit).log_prob(phi)
        expected -= MultivariateNormal(mu_hat[k], unit).log_prob(phi)
        close(oracles.projection_logits(phi, mu, mu_hat)[:, k], expected)


class TestNoiseContrastiveEstimation:
    def test_it_is_minus_the_cross_entropy_of_a_classifier(self):
        energies, noise = draw(2, 8), draw(2, 8, low=-3, high=-1, seed=1)
        log_z = number(0.7)
        logits = -energies - log_z - noise
        labels = torch.tensor([[1.0], [0.0]]).double().expand(2, 8)
        expected = -2 * functional.binary_cross_entropy_with_logits(logits, labels)
        found = oracles.nce_objective(energies[0], noise[0], energies[1], noise[1], log_z)
        close(found, expected)

    def test_it_is_minus_log_4_when_the_model_is_the_noise(self):
        x, y = draw(2, 9)
        law = Normal(number(0.0), number(1.0))
        log_z = number(math.log(2 * math.pi) / 2)
        found = oracles.nce_objective(x**2 / 2, law.log_prob(x), y**2 / 2, law.log_prob(y), log_z)
        close(found, number(-2 * math.log(2)))

    @pytest.mark.parametrize("d", [1, 3])
    def test_its_expectation_is_largest_at_the_true_log_z(self, d):
        """By quadrature over the radius; data N(0, I_d), noise N(0, 4 I_d), E = |x|^2 / 2."""
        r = torch.linspace(1e-6, 30, 30_001, dtype=torch.float64)
        sphere = 2 * math.pi ** (d / 2) / math.gamma(d / 2) * r ** (d - 1)
        log_data = -(r**2) / 2 - d / 2 * math.log(2 * math.pi)
        log_noise = -(r**2) / 8 - d / 2 * math.log(8 * math.pi)

        def expectation(log_z):
            g = oracles.nce_logit(r**2 / 2, log_noise, log_z)
            inside = log_data.exp() * logit_losses.softplus(
                -g
            ) + log_noise.exp() * logit_losses.softplus(g)
            return torch.trapezoid(sphere * inside, r).item()

        found = optimize.minimize_scalar(expectation, bounds=(-2, 6), method="bounded").x
        assert found == pytest.approx(d / 2 * math.log(2 * math.pi), abs=1e-4)


class TestRidge:
    def data(self, n=15, d=4):
        return torch.cat([torch.ones(n, 1).double(), draw(n, d)], 1), draw(n, seed=3) + 4

    @pytest.mark.parametrize("n, d, lam", [(15, 4, 0.3), (40, 2, 2.0), (4, 6, 0.5)])
    def test_against_scikit_learn(self, n, d, lam):
        Z, y = self.data(n, d)
        model = Ridge(alpha=n * lam, tol=1e-12).fit(Z[:, 1:].numpy(), y.numpy())
        w = oracles.ridge(Z, y, number(lam))
        close(w, torch.tensor([model.intercept_, *model.coef_], dtype=torch.float64))

    def test_the_gradient_of_its_objective_vanishes(self):
        Z, y = self.data()
        w = oracles.ridge(Z, y, number(0.3)).requires_grad_()
        objective = ((y - Z @ w) ** 2).mean() + 0.3 * (w[1:] ** 2).sum()
        close(torch.autograd.grad(objective, w)[0], torch.zeros(5).double(), atol=1e-12, rtol=0)

    def test_a_shift_of_the_targets_moves_the_bias_alone(self):
        Z, y = self.data()
        moved = oracles.ridge(Z, y + 7, number(0.3)) - oracles.ridge(Z, y, number(0.3))
        close(moved, torch.tensor([7.0, 0, 0, 0, 0]).double(), atol=1e-12, rtol=0)


class TestChangeOfVariables:
    def test_the_jacobian_by_autograd(self):
        def back(w):
            return torch.linalg.solve(torch.tensor([[1.0, 1], [1, -1]]).double(), w)

        found = torch.autograd.functional.jacobian(back, draw(2))
        close(oracles.jacobian_xy_uv(), found)

    def test_the_density_is_two_independent_normals(self):
        u, v = draw(2, 9)
        law = Normal(number(0.0), number(math.sqrt(2)))
        close(oracles.density_uv(u, v), (law.log_prob(u) + law.log_prob(v)).exp())

    def test_the_density_integrates_to_probabilities_of_x_and_y(self):
        """P(0 < U < 2, -1 < V < 1), in the other plane a turned square."""
        inside, _ = integrate.dblquad(
            lambda v, u: oracles.density_uv(number(u), number(v)).item(), 0, 2, -1, 1
        )

        def strip(x):  # of y, where 0 < x + y < 2 and -1 < x - y < 1
            low, high = max(-x, x - 1), min(2 - x, x + 1)
            return stats.norm.pdf(x) * max(0, stats.norm.cdf(high) - stats.norm.cdf(low))

        expected, _ = integrate.quad(strip, -0.5, 1.5, points=[0.5])
        assert inside == pytest.approx(expected, abs=1e-7)

    def test_the_way_back_gives_back_the_start(self):
        x, y = draw(2, 9)
        expected = Normal(number(0.0), number(1.0))
        density = (expected.log_prob(x) + expected.log_prob(y)).exp()
        close(oracles.density_from_inverse(x, y), density)
        close(oracles.density_xy(x, y), density)
