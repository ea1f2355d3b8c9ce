"""Closed forms of gan-mnist against torch, sums term by term, and autograd with SGD."""

import math

import pytest
import torch
from torch.nn import functional

from autograder.oracles import divergences
from helpers.toys import LinearCritic, LinearGenerator

from .. import oracles


def pair(seed, zeros_p=(), zeros_q=(), size=9):
    generator = torch.Generator().manual_seed(seed)
    p, q = torch.rand(2, size, generator=generator, dtype=torch.float64) + 0.05
    p[list(zeros_p)] = 0
    q[list(zeros_q)] = 0
    return p / p.sum(), q / q.sum()


PAIRS = [pair(0), pair(1), pair(2, (0, 3), (3, 4)), pair(3, (0, 1, 2, 3), (4, 5, 6, 7, 8))]


def logits(n, seed):
    generator = torch.Generator().manual_seed(seed)
    return (8 * torch.rand(n, generator=generator, dtype=torch.float64) - 3).requires_grad_()


@pytest.mark.parametrize("p, q", PAIRS)
def test_value_function_term_by_term(p, q):
    d = torch.linspace(0.05, 0.9, len(p), dtype=torch.float64)
    expected = sum(
        a * math.log(c) + b * math.log(1 - c)
        for a, b, c in zip(p.tolist(), q.tolist(), d.tolist(), strict=True)
    )
    assert oracles.value_function(p, q, d).item() == pytest.approx(expected)


def test_value_function_of_a_discriminator_that_is_sure():
    p, q = PAIRS[3]
    assert oracles.value_function(p, q, (p > 0).double()).item() == 0
    assert oracles.value_function(p, q, (q > 0).double()).item() == -math.inf


@pytest.mark.parametrize("p, q", PAIRS)
def test_no_discriminator_has_a_larger_value_than_the_optimal_one(p, q):
    best = oracles.value_function(p, q, divergences.optimal_discriminator(p, q))
    for seed in range(20):
        other = torch.rand(len(p), generator=torch.Generator().manual_seed(seed)).double()
        assert oracles.value_function(p, q, other) < best


@pytest.mark.parametrize("p, q", PAIRS)
def test_the_value_of_the_optimal_discriminator(p, q):
    value = oracles.value_function(p, q, divergences.optimal_discriminator(p, q))
    expected = -math.log(4) + 2 * divergences.js_divergence(p, q).item()
    assert value.item() == pytest.approx(expected, abs=1e-12)


def test_least_squares():
    r, f = logits(6, 3), logits(6, 4)
    expected = functional.mse_loss(r, torch.ones_like(r)) + functional.mse_loss(
        f, torch.zeros_like(f)
    )
    torch.testing.assert_close(oracles.ls_discriminator_loss(r, f), expected / 2)
    generator = functional.mse_loss(f, torch.ones_like(f)) / 2
    torch.testing.assert_close(oracles.ls_generator_loss(f), generator)
    torch.testing.assert_close(torch.autograd.grad(oracles.ls_generator_loss(f), f)[0], (f - 1) / 6)


def test_scaling_images():
    x = torch.tensor([0.0, 0.25, 1.0], dtype=torch.float64)
    assert oracles.preprocess_img(x).tolist() == [-1.0, -0.5, 1.0]
    torch.testing.assert_close(oracles.deprocess_img(oracles.preprocess_img(x)), x)


@pytest.mark.parametrize("k", [1, 2, 5])
def test_linear_gan_step_is_what_autograd_and_sgd_do(k):
    generator = torch.Generator().manual_seed(k)
    real, noise = torch.rand(2, 6, 11, generator=generator, dtype=torch.float64) - 0.3
    start = torch.rand(11, generator=generator, dtype=torch.float64) - 0.4
    D, G = LinearCritic(start), LinearGenerator(torch.tensor(0.7, dtype=torch.float64))
    d_solver = torch.optim.SGD(D.parameters(), lr=0.1)
    g_solver = torch.optim.SGD(G.parameters(), lr=0.2)
    soft = functional.softplus
    for _ in range(k):
        d_solver.zero_grad()
        d_loss = (soft(-D(real)) + soft(D(G(noise).detach()))).mean()
        d_loss.backward()
        d_solver.step()
    g_solver.zero_grad()
    g_loss = soft(-D(G(noise))).mean()
    g_loss.backward()
    g_solver.step()

    step = oracles.linear_gan_step(
        start, torch.tensor(0.7, dtype=torch.float64), real, noise, 0.1, 0.2, k
    )
    expected = (D.weight, G.scale, d_loss, g_loss)
    for got, truth in zip(step, expected, strict=True):
        torch.testing.assert_close(got, truth.detach())
    assert not torch.equal(step[0], start)
