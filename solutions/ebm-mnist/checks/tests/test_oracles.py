"""Energy-based models: against autograd, quadrature, torch.optim and brute force."""

import math

import numpy
import pytest
import torch
from scipy import integrate, stats
from sklearn.metrics import roc_auc_score
from torch import nn
from torch.nn import functional

from helpers.toys import LinearScore, QuadraticEnergy

from .. import oracles


def draw(*shape, seed=0, low=-1.0, high=1.0):
    generator = torch.Generator().manual_seed(seed)
    return low + (high - low) * torch.rand(*shape, generator=generator, dtype=torch.float64)


def test_swish():
    x = torch.linspace(-8, 8, 401, dtype=torch.float64)
    torch.testing.assert_close(oracles.swish(x), functional.silu(x))
    zero = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.grad(oracles.swish(zero), zero)[0].item() == pytest.approx(0.5)
    lowest = oracles.swish(torch.tensor(-1.27846, dtype=torch.float64)).item()
    assert lowest == pytest.approx(-0.27846, abs=1e-5)
    assert oracles.swish(x).min() >= lowest - 1e-9


def test_a_langevin_step_is_what_autograd_gives():
    x, noise = draw(6, 2, 3), draw(6, 2, 3, seed=1)
    energy = QuadraticEnergy(draw(2, 3, seed=2), 1.7)
    leaf = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(energy(leaf).sum(), leaf)
    got = oracles.quadratic_langevin_step(
        x, energy.center.detach(), energy.stiffness.item(), 0.3, noise
    )
    torch.testing.assert_close(got, x - 0.3 * slope + noise)


@pytest.mark.parametrize("slope", [0.5, 0.02, -0.01, -0.4])
@pytest.mark.parametrize("clamp", [0.03, None])
def test_the_way_on_a_linear_f(slope, clamp):
    x = torch.zeros(1, dtype=torch.float64)
    for _ in range(4):
        x.requires_grad_()
        (g,) = torch.autograd.grad((slope * x).sum(), x)
        x = (x + 0.5 * (g if clamp is None else g.clamp(-clamp, clamp))).detach()
    assert x.item() == pytest.approx(oracles.linear_way(slope, 4, 0.5, clamp))


@pytest.mark.parametrize("steps", [1, 7, 60])
def test_the_deviation_of_a_noisy_way(steps):
    """A sum of `steps` draws, as 20,000 pixels make it; a deviation from these is known to 0.5%."""
    generator = torch.Generator().manual_seed(steps)
    ways = sum(0.005 * torch.randn(20_000, generator=generator) for _ in range(steps))
    assert oracles.way_deviation(steps) == pytest.approx(ways.std().item(), rel=0.03)


def test_the_losses_and_their_slopes():
    real, fake = draw(5), draw(5, seed=1)
    leaves = [one.clone().requires_grad_() for one in (real, fake)]
    loss = oracles.contrastive_divergence_loss(*leaves)
    assert loss.item() == pytest.approx(sum(fake.tolist()) / 5 - sum(real.tolist()) / 5)
    assert oracles.contrastive_divergence_loss(real + 7, fake + 7).item() == pytest.approx(
        loss.item()
    )
    slopes = torch.autograd.grad(loss, leaves)
    assert slopes[0].tolist() == [-0.2] * 5 and slopes[1].tolist() == [0.2] * 5
    expected = 0.3 * (functional.mse_loss(real, 0 * real) + functional.mse_loss(fake, 0 * fake))
    torch.testing.assert_close(oracles.regularization_loss(real, fake, 0.3), expected)


def test_contrastive_divergence_is_the_slope_of_the_log_likelihood():
    """d/dt log p(x) on a grid, with the model's own density instead of samples."""
    grid = torch.linspace(-5, 5, 2001, dtype=torch.float64)
    data = torch.exp(-((grid - 1) ** 2))
    data = data / torch.trapezoid(data, grid)

    def energy(t):
        return 0.5 * grid**2 - t * torch.sin(grid)

    def cross_entropy(t):
        return -torch.trapezoid(data * oracles.normalized_density(energy(t), grid).log(), grid)

    numeric = (cross_entropy(0.4 + 1e-5) - cross_entropy(0.4 - 1e-5)) / 2e-5
    model = oracles.normalized_density(energy(0.4), grid)
    df_dt = torch.sin(grid)
    expected = torch.trapezoid(model * df_dt, grid) - torch.trapezoid(data * df_dt, grid)
    assert numeric.item() == pytest.approx(expected.item(), rel=1e-6)


@pytest.mark.parametrize("size", [1.0, 0.02])
def test_a_training_step_is_what_autograd_and_sgd_do(size):
    real, noise, fake = draw(6, 11) * size, draw(6, 11, seed=1) * 0.1, draw(6, 11, seed=2) * size
    real[:, 0] = 1.0
    noise[:, 1:] *= size
    model = LinearScore(draw(11, seed=3) * 0.1)
    solver = torch.optim.SGD(model.parameters(), lr=0.7)
    start = model.weight.detach().clone()
    f_real, f_fake = model((real + noise).clamp(-1, 1)), model(fake)
    cd = f_fake.mean() - f_real.mean()
    reg = 0.1 * (f_real**2 + f_fake**2).mean()
    (cd + reg).backward()
    nn.utils.clip_grad_norm_(model.parameters(), 0.1)
    solver.step()
    step = oracles.linear_ebm_step(start, real, noise, fake, 0.7)
    for got, truth in zip(step, (model.weight, cd, reg), strict=True):
        torch.testing.assert_close(got, truth.detach(), rtol=1e-5, atol=1e-8)


def test_normalized_density_of_a_gaussian_and_by_quadrature():
    grid = torch.linspace(-9, 9, 1801, dtype=torch.float64)
    got = oracles.normalized_density(0.5 * (grid - 1) ** 2 / 0.49 + 1000, grid)
    torch.testing.assert_close(got, torch.from_numpy(stats.norm(1, 0.7).pdf(grid.numpy())))
    total, _ = integrate.quad(lambda x: math.exp(-((x * x - 1) ** 2)), -9, 9)
    wells = oracles.normalized_density((grid**2 - 1) ** 2, grid)
    torch.testing.assert_close(wells, torch.exp(-((grid**2 - 1) ** 2)) / total)


def test_the_score_of_an_image_pixel_by_pixel():
    x, w = draw(3, 1, 2, 2), draw(4, seed=1)
    expected = [sum(w[2 * i + j] * image[0, i, j] for i in (0, 1) for j in (0, 1)) for image in x]
    torch.testing.assert_close(oracles.score_on(w, x), torch.stack(expected))


def test_steps_until_digit_by_brute_force():
    table = draw(20, 30, low=0.0)
    got = oracles.steps_until_digit(table, 0.9)
    for column, steps in zip(table.T.tolist(), got.tolist(), strict=True):
        expected = next((t for t, c in enumerate(column, start=1) if c >= 0.9), math.inf)
        assert steps == expected


def test_auroc_is_scikit_learns():
    digits, others = (draw(40) * 4).round(), (draw(30, seed=1) * 4 + 1).round()
    labels = [0] * 40 + [1] * 30
    expected = roc_auc_score(labels, torch.cat([digits, others]).numpy())
    assert oracles.auroc(digits, others).item() == pytest.approx(expected)
    assert oracles.auroc(digits, digits).item() == pytest.approx(0.5)


def test_clipping():
    long, short = torch.tensor([3.0, 4.0]), torch.tensor([0.03, 0.04])
    torch.testing.assert_close(oracles.clipped(long, 0.1), torch.tensor([0.06, 0.08]))
    assert torch.equal(oracles.clipped(short, 0.1), short)
    assert numpy.isclose(oracles.clipped(long, 0.1).norm(), 0.1)
