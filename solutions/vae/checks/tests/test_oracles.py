"""Closed forms of variational auto-encoders against quadrature, torch.distributions and torch."""

import itertools
import math

import pytest
import torch
from torch import nn
from torch.distributions import Bernoulli, Independent, MultivariateNormal, Normal, kl_divergence
from torch.nn import functional

from .. import oracles

SHAPE = (4, 3)


def draw(*shape, low=-1.5, high=2.0, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return low + (high - low) * torch.rand(*shape, generator=generator, dtype=torch.float64)


def close(a, b, **tolerance):
    torch.testing.assert_close(a, b, **tolerance)


def test_reconstruction_is_minus_the_log_likelihood_of_bernoulli_pixels():
    r, x = draw(3, 784, low=0.01, high=0.99), draw(3, 1, 28, 28, low=0, high=1, seed=1)
    close(
        oracles.reconstruction_loss(r, x),
        functional.binary_cross_entropy(r, x.flatten(1), reduction="sum"),
    )
    binary = x.flatten(1).round()
    likelihood = Independent(Bernoulli(r), 2).log_prob(binary)
    close(oracles.reconstruction_loss(r, binary), -likelihood)
    half = torch.full((1, 784), 0.5, dtype=torch.float64)
    assert oracles.reconstruction_loss(half, x[:1]).item() == pytest.approx(784 * math.log(2))
    assert oracles.reconstruction_loss(binary, binary) == 0


@pytest.mark.parametrize(("mu", "sigma"), [(0.0, 1.0), (1.0, 0.5), (-1.3, math.e), (2.0, 0.1)])
def test_the_divergence_is_the_integral(mu, sigma):
    z = torch.linspace(mu - 12 * sigma, mu + 12 * sigma, 200_001, dtype=torch.float64)
    q = Normal(torch.tensor(mu).double(), torch.tensor(sigma).double())
    integrand = q.log_prob(z).exp() * (q.log_prob(z) - Normal(0.0, 1.0).log_prob(z))
    expected = torch.trapezoid(integrand, z).item()
    args = q.mean.reshape(1, 1), 2 * q.stddev.log().reshape(1, 1)
    assert oracles.kl_divergence(*args).item() == pytest.approx(expected, abs=1e-8)


def test_divergences_are_those_of_torch():
    qm, log_qv, pm, log_pv = (draw(*SHAPE, seed=seed) for seed in range(4))
    q, p = (Normal(m, (s / 2).exp()) for m, s in ((qm, log_qv), (pm, log_pv)))
    close(oracles.kl_normal(qm, log_qv.exp(), pm, log_pv.exp()), kl_divergence(q, p).sum(-1))
    standard = Normal(torch.zeros_like(qm), torch.ones_like(qm))
    close(oracles.kl_divergence(qm, log_qv), kl_divergence(q, standard).sum())


def test_the_loss_is_minus_the_bound():
    r, x = draw(2, 784, low=0.1, high=0.9), draw(2, 784, low=0, high=1, seed=1)
    mu, log_var = draw(2, 2, seed=2), draw(2, 2, seed=3)
    close(
        oracles.loss_function(r, x, mu, log_var),
        oracles.reconstruction_loss(r, x) + oracles.kl_divergence(mu, log_var),
    )


def test_the_log_likelihood_of_logits():
    logits, x = draw(5, 6, low=-8, high=8), draw(5, 6, low=0, high=1, seed=1)
    expected = functional.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1)
    close(oracles.bernoulli_nll(logits, x), expected)


class TestFullCovariance:
    mu, log_sigma = draw(5, 3), draw(5, 3, low=-0.8, high=0.7, seed=1)
    L_raw, eps = draw(5, 3, 3, seed=2), draw(5, 3, seed=3)

    def q(self):
        below = torch.tensor([[0.0, 0, 0], [1, 0, 0], [1, 1, 0]]).double()
        L = self.L_raw * below + torch.diag_embed(self.log_sigma.exp())
        return MultivariateNormal(self.mu, scale_tril=L)

    def test_the_density_of_the_draw(self):
        z = oracles.full_covariance_sample(self.mu, self.log_sigma, self.L_raw, self.eps)
        close(oracles.log_q(self.eps, self.log_sigma), self.q().log_prob(z))

    def test_the_covariance_of_the_draw(self):
        for n, column in itertools.product(range(5), range(3)):
            unit = torch.eye(3).double()[column].expand(5, 3)
            zero = torch.zeros(5, 3).double()
            moved = [
                oracles.full_covariance_sample(self.mu, self.log_sigma, self.L_raw, eps)
                for eps in (unit, zero)
            ]
            close((moved[0] - moved[1])[n], self.q().scale_tril[n, :, column])

    def test_the_divergence(self):
        p = MultivariateNormal(torch.zeros(5, 3).double(), torch.eye(3).double())
        close(
            oracles.kl_full_covariance(self.mu, self.log_sigma, self.L_raw),
            kl_divergence(self.q(), p),
        )

    def test_the_deviation_of_its_estimate(self):
        torch.manual_seed(0)
        z = self.q().sample((200_000,))
        prior = Normal(0.0, 1.0).log_prob(z).sum(-1)
        found = (self.q().log_prob(z) - prior).std(0)
        expected = oracles.kl_deviation(self.mu, self.log_sigma, self.L_raw)
        close(found, expected, rtol=0.02, atol=0)


@pytest.mark.parametrize("big, small", [(2, 1), (5, 2), (4, 4)])
class TestLinearGaussian:
    def model(self, big, small):
        sigma = torch.tensor(0.6, dtype=torch.float64)
        return draw(big, seed=5), draw(big, small, seed=6), sigma

    def test_the_likelihood(self, big, small):
        x, W, sigma = self.model(big, small)
        C = W @ W.T + sigma**2 * torch.eye(big).double()
        expected = MultivariateNormal(torch.zeros(big).double(), C).log_prob(x)
        close(oracles.linear_gaussian_log_likelihood(x, W, sigma), expected)

    def test_the_bound_touches_at_the_posterior_and_nowhere_else(self, big, small):
        x, W, sigma = self.model(big, small)
        m, V = oracles.linear_gaussian_posterior(x, W, sigma)
        truth = oracles.linear_gaussian_log_likelihood(x, W, sigma)
        close(oracles.linear_gaussian_elbo(x, W, sigma, m, V), truth)
        for other in ((m + 0.1, V), (m, 1.3 * V), (m, V + 0.1 * torch.eye(small).double())):
            gap = truth - oracles.linear_gaussian_elbo(x, W, sigma, *other)
            q = MultivariateNormal(*other)
            close(gap, kl_divergence(q, MultivariateNormal(m, V)))  # what the bound misses

    def test_bayes(self, big, small):
        x, W, sigma = self.model(big, small)
        m, V = oracles.linear_gaussian_posterior(x, W, sigma)
        for seed in range(3):
            z = draw(small, seed=seed)
            joint = Normal(0.0, 1.0).log_prob(z).sum() + Normal(W @ z, sigma).log_prob(x).sum()
            posterior = MultivariateNormal(m, V).log_prob(z)
            close(joint - posterior, oracles.linear_gaussian_log_likelihood(x, W, sigma))


def test_the_grid_holds_equal_shares():
    codes = oracles.latent_grid(7)
    levels = Normal(0.0, 1.0).cdf(codes)
    expected = [[(i + 0.5) / 7, (j + 0.5) / 7] for i in range(7) for j in range(7)]
    close(levels.double(), torch.tensor(expected).double())


class Network(nn.Module):
    """The network in torch, in float64, with one number in each layer."""

    def __init__(self, constants, activation, output):
        super().__init__()
        sizes = dict(fc1=(784, 512), fc2=(512, 256), fc31=(256, 2), fc32=(256, 2))
        sizes |= dict(fc4=(2, 256), fc5=(256, 512), fc6=(512, 784))
        self.layers = nn.ModuleDict({n: nn.Linear(*size) for n, size in sizes.items()}).double()
        for name, layer in self.layers.items():
            for parameter in layer.parameters():
                nn.init.constant_(parameter, constants[name])
        self.activation, self.output = activation, output

    def forward(self, names, x):
        for name in names[:-1]:
            x = self.activation(self.layers[name](x))
        return self.layers[names[-1]](x)


@pytest.mark.parametrize("slope", [0.0, 0.2, 1.0])
@pytest.mark.parametrize("sign", [1, -1])
def test_the_network(sign, slope):
    values = (0.003, sign * 0.004, -0.004, 0.01, -0.02, sign * 0.05, 0.004)
    names = ("fc1", "fc2", "fc31", "fc32", "fc4", "fc5", "fc6")
    constants = dict(zip(names, values, strict=True))
    net = Network(constants, lambda h: functional.leaky_relu(h, slope), torch.sigmoid)
    closed = oracles.ConstantVAE(slope=slope)
    assert sum(p.numel() for p in net.parameters()) == closed.parameter_count() == 1_068_820
    x, z = draw(3, 784, low=0, high=1), draw(4, 2, seed=1)
    with torch.no_grad():
        for head, found in zip(("fc31", "fc32"), closed.encoder(constants, x), strict=True):
            close(found, net(("fc1", "fc2", head), x))
        decoded = torch.sigmoid(net(("fc4", "fc5", "fc6"), z))
    close(closed.decoder(constants, z), decoded)
