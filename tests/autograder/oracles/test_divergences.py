"""Divergences against SciPy, quadrature, torch.distributions and brute force."""

import math

import numpy
import pytest
import torch
from scipy import integrate, special, stats
from scipy.spatial import distance
from torch import distributions

from autograder.oracles import divergences


def pair(seed, zeros_p=(), zeros_q=(), size=9):
    generator = torch.Generator().manual_seed(seed)
    p, q = torch.rand(2, size, generator=generator, dtype=torch.float64) + 0.05
    p[list(zeros_p)] = 0
    q[list(zeros_q)] = 0
    return p / p.sum(), q / q.sum()


PAIRS = [pair(0), pair(1), pair(2, (0, 3), (3, 4)), pair(3, (0, 1, 2, 3), (4, 5, 6, 7, 8))]


@pytest.mark.parametrize("p, q", PAIRS[:2])
def test_kl_divergence_of_categoricals(p, q):
    expected = distributions.kl_divergence(
        distributions.Categorical(probs=p), distributions.Categorical(probs=q)
    )
    torch.testing.assert_close(divergences.kl_divergence(p, q), expected)


@pytest.mark.parametrize("p, q", PAIRS)
def test_kl_divergence_with_zeros(p, q):
    expected = special.rel_entr(p.numpy(), q.numpy()).sum()
    assert divergences.kl_divergence(p, q).item() == pytest.approx(expected)


@pytest.mark.parametrize("p, q", PAIRS)
def test_js_divergence_is_the_square_of_scipys_distance(p, q):
    expected = distance.jensenshannon(p.numpy(), q.numpy()) ** 2
    assert divergences.js_divergence(p, q).item() == pytest.approx(expected)
    torch.testing.assert_close(divergences.js_divergence(p, q), divergences.js_divergence(q, p))


def test_js_divergence_of_two_normals_by_quadrature():
    a, b = stats.norm(0, 1), stats.norm(1.5, 0.7)

    def integrand(x):
        m = (a.pdf(x) + b.pdf(x)) / 2
        return (special.rel_entr(a.pdf(x), m) + special.rel_entr(b.pdf(x), m)) / 2

    expected, _ = integrate.quad(integrand, -10, 10, epsabs=1e-12)
    edges = numpy.linspace(-10, 10, 20_001)
    p, q = (torch.from_numpy(numpy.diff(law.cdf(edges))) for law in (a, b))
    assert divergences.js_divergence(p, q).item() == pytest.approx(expected, abs=1e-6)


def test_js_divergence_at_both_ends():
    p, _ = PAIRS[0]
    assert divergences.js_divergence(p, p).item() == pytest.approx(0, abs=1e-15)
    assert divergences.js_divergence(*PAIRS[3]).item() == pytest.approx(math.log(2))


@pytest.mark.parametrize("p, q", PAIRS)
def test_the_optimal_discriminator_maximises_each_outcomes_value_by_brute_force(p, q):
    grid = torch.linspace(0, 1, 10_001, dtype=torch.float64)
    best = divergences.optimal_discriminator(p, q)
    for outcome in range(len(p)):
        value = torch.xlogy(p[outcome], grid) + torch.xlogy(q[outcome], 1 - grid)
        if p[outcome] + q[outcome] > 0:
            assert abs(grid[value.argmax()] - best[outcome]) <= 1e-4
        else:
            assert best[outcome] == 0.5
