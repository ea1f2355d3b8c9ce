"""Closed forms of variational auto-encoders against quadrature, torch.distributions and torch."""

import itertools
import math

import pytest
import torch
from scipy import stats
from torch.distributions import Bernoulli, Independent, MultivariateNormal, Normal, kl_divergence
from torch.nn import functional

from autograder.judging.networks.layers import Activation

from .. import oracle_network, oracles

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


class ConstantVAE:
    """The network in closed form, for layers each of whose parameters are one number.

    Then the units of a layer are all equal, and one number for each image goes through.
    constants: layer name -> number. Flaws: of the network.
    """

    def __init__(self, constants, slope=0.0, output="sigmoid", heads="identity", twice=False,
                 swapped=False):  # fmt: skip
        self.c, self.slope, self.output, self.heads = constants, slope, output, heads
        self.twice, self.swapped = twice, swapped

    def layer(self, name, width, h):
        """width: how many equal inputs the layer has."""
        return self.c[name] * width * h + self.c[name]

    def hidden(self, name, width, h):
        return functional.leaky_relu(self.layer(name, width, h), self.slope)

    def encoder(self, x):
        h = self.hidden("fc1", 1, x.flatten(1).sum(1, keepdim=True))
        h = self.hidden("fc2", 512, h)
        names = ("fc31", "fc31" if self.twice else "fc32")
        mu, log_var = (END[self.heads](self.layer(n, 256, h)).expand(-1, 2) for n in names)
        return (log_var, mu) if self.swapped else (mu, log_var)

    def decoder(self, z):
        h = self.hidden("fc4", 1, z.sum(1, keepdim=True))
        h = self.hidden("fc5", 256, h)
        return END[self.output](self.layer("fc6", 512, h)).expand(-1, 784)


END = {name: getattr(torch, name) for name in ("relu", "sigmoid", "tanh")}
END["identity"] = lambda h: h
FLAWS = (
    *(dict(slope=slope) for slope in (0.0, 0.2, 1.0)),
    *(dict(output=output) for output in ("identity", "tanh")),
    *(dict(heads=heads) for heads in ("relu", "sigmoid", "tanh")),
    dict(twice=True),
    dict(swapped=True),
)


def with_constants(constants, slope=None, output=None, heads=None, **flaw):
    encoding, decoding = oracle_network.encoder_layers(), oracle_network.decoder_layers()
    if slope is not None:
        leaky = Activation(kind="LeakyReLU", slope=slope)
        encoding, *decoding_ = ([leaky if isinstance(one, Activation) else one for one in half]
                                for half in (encoding, decoding[:-1]))  # fmt: skip
        decoding = [*decoding_[0], decoding[-1]]
    if output is not None:
        last = [] if output == "identity" else [Activation(kind=KINDS[output])]
        decoding = [*decoding[:-1], *last]
    if heads is not None:
        encoding = [*encoding, Activation(kind=KINDS[heads])]
    net = oracle_network.Network(encoding=encoding, decoding=decoding, **flaw).eval()
    net.take_constants(constants)
    return net


KINDS = {"tanh": "Tanh", "relu": "ReLU", "sigmoid": "Sigmoid"}


@pytest.mark.parametrize("flaw", FLAWS, ids=str)
@pytest.mark.parametrize("sign", [1, -1])
def test_the_network(sign, flaw):
    values = (0.003, sign * 0.004, -0.004, 0.01, -0.02, sign * 0.05, 0.004)
    names = ("fc1", "fc2", "fc31", "fc32", "fc4", "fc5", "fc6")
    constants = dict(zip(names, values, strict=True))
    net, closed = with_constants(constants, **flaw), ConstantVAE(constants, **flaw)
    x, z = draw(3, 1, 28, 28, low=0, high=1), draw(4, 2, seed=1)
    with torch.no_grad():
        close(net.encoder(x.flatten(1)), closed.encoder(x))
        close(net.decoder(z), closed.decoder(z))
        decoded, *of_encoder = net(x)
    close(tuple(of_encoder), closed.encoder(x))
    assert decoded.shape == (3, 784)


def test_the_network_has_the_parameters_of_its_layers_and_none_besides():
    shapes = [(512, 784), (256, 512), (2, 256), (2, 256), (256, 2), (512, 256), (784, 512)]
    net = oracle_network.Network()
    assert sorted(net.parameter_sizes().values()) == sorted(shapes)
    assert net.parameter_count() == sum(n * m + n for n, m in shapes) == 1_068_820


def test_the_network_decodes_draws_of_its_code():
    """With constants that keep every unit active the image tells the sum of the code."""
    constants = {"fc1": 0.0, "fc2": 0.0, "fc31": 3.0, "fc32": math.log(0.04)}
    net = with_constants(constants | {"fc4": 1.0, "fc5": 1e-4, "fc6": 1e-4})
    torch.manual_seed(0)
    decoded, mu, log_var = net(torch.zeros(4000, 784))
    assert mu.unique().item() == 3.0 and log_var.unique().item() == math.log(0.04)
    fc5 = (torch.logit(decoded[:, 0]) / 1e-4 - 1) / 512
    sums = (fc5 / 1e-4 - 1) / 256 - 1
    noise = (sums - 6) / (0.2 * math.sqrt(2))
    assert stats.kstest(noise.numpy(), "norm").pvalue > 1e-3
