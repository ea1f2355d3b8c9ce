"""Scores, slopes and projections against autograd, torch.distributions and brute force."""

import math

import pytest
import torch
from torch import nn

from .. import oracles


def normal(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


@pytest.fixture
def critic():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 1)).double()


def slopes_one_by_one(critic, x):
    """The gradient at each image, from finite differences."""
    rows, step = [], 1e-6
    for image in x:
        ways = step * torch.eye(len(image), dtype=x.dtype)
        rows.append((critic(image + ways) - critic(image - ways))[:, 0] / (2 * step))
    return torch.stack(rows)


def test_norms_and_penalty_of_a_critic(critic):
    x = normal(5, 6).requires_grad_()
    (slopes,) = torch.autograd.grad(critic(x).sum(), x)
    numeric = slopes_one_by_one(critic, x.detach()).detach()
    torch.testing.assert_close(slopes, numeric, rtol=1e-6, atol=1e-9)
    lengths = [math.hypot(*row) for row in numeric.tolist()]
    assert oracles.gradient_norms(slopes).tolist() == pytest.approx(lengths, rel=1e-6)
    penalty = sum((length - 1) ** 2 for length in lengths) / 5
    assert oracles.gradient_penalty(slopes).item() == pytest.approx(penalty, rel=1e-6)


@pytest.mark.parametrize("norm", [0.2, 1.0, 2.6, 7.0])
def test_a_linear_critic_has_its_penalty_whatever_the_mixes(norm):
    w = normal(784)
    w = norm * w / w.norm()
    real, fake = normal(4, 784, seed=1) @ w, normal(4, 784, seed=2) @ w
    loss = oracles.critic_loss(real, fake, w.expand(4, -1))
    assert loss.item() == pytest.approx(
        (fake.sum() - real.sum()).item() / 4 + 10 * (norm - 1) ** 2, rel=1e-12
    )


def test_the_critics_loss_is_minus_the_distance_at_its_best():
    """Two heaps on a line, a distance of 3 apart: the best slope is 1 towards the data."""
    fake = normal(1000)
    real = fake + 3
    for slope in (-1.0, 0.5, 0.9, 1.0):
        loss = oracles.critic_loss(
            slope * real, slope * fake, torch.full((1000, 1), slope).double()
        )
        expected = -3 * slope + 10 * (abs(slope) - 1) ** 2
        assert loss.item() == pytest.approx(expected, abs=1e-6)


def test_the_generators_loss():
    scores = normal(7).requires_grad_()
    loss = oracles.generator_loss(scores)
    (slope,) = torch.autograd.grad(loss, scores)
    assert loss.item() == pytest.approx(-sum(scores.tolist()) / 7)
    assert slope.tolist() == pytest.approx([-1 / 7] * 7)


def test_the_projection_one_image_at_a_time():
    phi, A, b = normal(6, 4), normal(3, 4, seed=1), normal(3, seed=2)
    labels = torch.tensor([2, 0, 0, 1, 2, 1])
    expected = [
        sum(A[y, j].item() * phi[i, j].item() for j in range(4)) + b[y].item()
        for i, y in enumerate(labels.tolist())
    ]
    assert oracles.projection_logits(phi, labels, A, b).tolist() == pytest.approx(expected)


def test_the_projection_is_the_log_ratio_of_two_families_of_bells():
    """The written question of part 3: A_y = mu_y - mu'_y, b_y = (|mu'_y|^2 - |mu_y|^2) / 2."""
    mu, mu_fake, phi = normal(3, 4), normal(3, 4, seed=1), normal(5, 4, seed=2)
    labels = torch.tensor([0, 2, 1, 1, 0])

    def log_density(means):
        bells = torch.distributions.Normal(means[labels], 1.0)
        return bells.log_prob(phi).sum(1)

    b = ((mu_fake**2).sum(1) - (mu**2).sum(1)) / 2
    logits = oracles.projection_logits(phi, labels, mu - mu_fake, b)
    torch.testing.assert_close(logits, log_density(mu) - log_density(mu_fake))


def test_column_labels():
    assert oracles.column_labels(2, 3).tolist() == [0, 1, 2, 0, 1, 2]
    assert oracles.column_labels(3, 10).reshape(3, 10).float().std(0).max() == 0
