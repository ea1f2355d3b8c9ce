"""Losses of logits against torch, torch.distributions and quadrature."""

import math

import pytest
import torch
from scipy import integrate, special
from torch.nn import functional

from autograder.oracles import logit_losses


def logits(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return (8 * torch.rand(*shape, generator=generator, dtype=torch.float64) - 3).requires_grad_()


def gradient(loss, *inputs):
    return torch.autograd.grad(loss(*inputs), inputs)


@pytest.mark.parametrize("h", [-12.0, -1.3, 0.0, 0.4, 9.0])
def test_softplus_is_the_integral_of_the_sigmoid(h):
    integral, _ = integrate.quad(special.expit, -60, h, epsabs=1e-12, epsrel=1e-12)
    assert logit_losses.softplus(torch.tensor(h, dtype=torch.float64)).item() == pytest.approx(
        integral, abs=1e-10
    )


def test_sigmoid():
    h = torch.linspace(-40, 40, 81, dtype=torch.float64)
    torch.testing.assert_close(logit_losses.sigmoid(h), torch.from_numpy(special.expit(h.numpy())))


@pytest.mark.parametrize("shapes", [((7,), (7,)), ((7, 1), (7, 1)), ((7, 1), (7,)), ((7,), (7, 1))])
def test_bce_loss(shapes):
    h, t = logits(*shapes[0]), torch.rand(*shapes[1], dtype=torch.float64)
    expected = functional.binary_cross_entropy_with_logits(h.flatten(), t.flatten())
    torch.testing.assert_close(logit_losses.bce_loss(h, t), expected)
    (slope,) = torch.autograd.grad(logit_losses.bce_loss(h, t), h)
    torch.testing.assert_close(slope.flatten(), (torch.sigmoid(h).flatten() - t.flatten()) / 7)


def test_bce_loss_of_hard_labels_is_minus_the_log_likelihood():
    h, t = logits(9), torch.tensor([0, 1, 1, 0, 1, 0, 0, 1, 1]).double()
    likelihood = torch.distributions.Bernoulli(logits=h).log_prob(t)
    torch.testing.assert_close(logit_losses.bce_loss(h, t), -likelihood.mean())


@pytest.mark.parametrize("shape", [(6,), (6, 1)])
def test_adversarial_losses_and_their_gradients(shape):
    r, f = logits(*shape, seed=1), logits(*shape, seed=2)
    real, fake = (torch.distributions.Bernoulli(logits=h) for h in (r, f))
    one, zero = torch.ones_like(r), torch.zeros_like(r)
    d_loss = -real.log_prob(one).mean() - fake.log_prob(zero).mean()
    torch.testing.assert_close(logit_losses.discriminator_loss(r, f), d_loss)
    torch.testing.assert_close(logit_losses.generator_loss(f), -fake.log_prob(one).mean())
    torch.testing.assert_close(logit_losses.minimax_generator_loss(f), fake.log_prob(zero).mean())

    (slope,) = gradient(logit_losses.generator_loss, f)
    torch.testing.assert_close(slope, -(1 - torch.sigmoid(f)) / 6)
    (slope,) = gradient(logit_losses.minimax_generator_loss, f)
    torch.testing.assert_close(slope, -torch.sigmoid(f) / 6)
    of_real, of_fake = gradient(logit_losses.discriminator_loss, r, f)
    torch.testing.assert_close(of_real, -(1 - torch.sigmoid(r)) / 6)
    torch.testing.assert_close(of_fake, torch.sigmoid(f) / 6)


def test_the_discriminators_loss_at_zero_is_log_4():
    zero = torch.zeros(5, dtype=torch.float64)
    assert logit_losses.discriminator_loss(zero, zero).item() == pytest.approx(math.log(4))


def test_the_minimax_loss_is_never_positive_and_saturates():
    f = torch.tensor([-1e4, -50.0, 0.0, 50.0, 1e4], dtype=torch.float64, requires_grad=True)
    assert all(logit_losses.minimax_generator_loss(h).item() <= 0 for h in f)
    (slope,) = gradient(logit_losses.minimax_generator_loss, f)
    assert slope[0] == 0 and slope[1].abs() < 1e-20 and slope[4] == -0.2


@pytest.mark.parametrize("h", [1e4, -1e4])
def test_losses_of_huge_logits_are_finite(h):
    h = torch.tensor([h], dtype=torch.float64, requires_grad=True)
    losses = [
        logit_losses.generator_loss,
        logit_losses.minimax_generator_loss,
        lambda x: logit_losses.discriminator_loss(x, x),
        lambda x: logit_losses.bce_loss(x, torch.ones(1)),
    ]
    for loss in losses:
        assert loss(h).isfinite() and gradient(loss, h)[0].isfinite().all()
    assert logit_losses.discriminator_loss(h, h).item() == 1e4
