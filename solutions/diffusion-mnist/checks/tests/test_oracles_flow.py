"""Flows against derivatives, regression, and the Gaussian that they must end in."""

import pytest
import torch
from scipy import integrate

from ..oracles import flow

MEAN, VARIANCE = 0.6, 0.25


def close(a, b, **tolerance):
    torch.testing.assert_close(a, b, **tolerance)


def normal(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("sigma_min", [0.0, 0.1])
def test_the_velocity_is_the_derivative_of_the_path(sigma_min):
    x0, x1, t = normal(4, 1, 2, 2), normal(4, 1, 2, 2, seed=1), torch.rand(4).double()
    _, moved = torch.autograd.functional.jvp(
        lambda time: flow.interpolate(x0, x1, time, sigma_min), t, torch.ones_like(t)
    )
    close(moved, flow.target_velocity(x0, x1, sigma_min))


def test_the_path_begins_in_noise_and_ends_in_data():
    x0, x1 = normal(3, 2), normal(3, 2, seed=1)
    close(flow.interpolate(x0, x1, torch.zeros(3).double()), x0)
    close(flow.interpolate(x0, x1, torch.ones(3).double()), x1)
    close(flow.interpolate(x0, x1, torch.ones(3).double(), 0.1), x1 + 0.1 * x0)
    mixed = flow.interpolate(x0, x1, torch.tensor([0.0, 1.0, 0.5]).double())
    close(mixed, torch.stack([x0[0], x1[1], (x0[2] + x1[2]) / 2]))


@pytest.mark.parametrize("t", [0.1, 0.5, 0.9])
def test_the_perfect_velocity_is_the_mean_of_all_through_a_point(t):
    """E[x1 - x0 given x_t] by regression over 400,000 lines."""
    x0, x1 = normal(400_000), MEAN + VARIANCE**0.5 * normal(400_000, seed=1)
    x_t = (1 - t) * x0 + t * x1
    slope = torch.cov(torch.stack([x1 - x0, x_t]))[0, 1] / x_t.var()
    at = torch.tensor([-1.0, 0.5, 2.0]).double()
    expected = (x1 - x0).mean() + slope * (at - x_t.mean())
    times = torch.full((3,), t).double()
    close(flow.gaussian_velocity(at, times, MEAN, VARIANCE), expected, atol=0.01, rtol=0)


def test_the_loss_of_a_linear_network_is_a_polynomial_of_moments():
    """model = slope x + level at one time: mean and variance of its error, pixel by pixel."""
    slope, level, t = 0.7, -0.2, 0.4
    x0, x1 = normal(300_000, 1), MEAN + VARIANCE**0.5 * normal(300_000, 1, seed=1)
    loss = flow.flow_matching_loss(
        lambda x, time: slope * x + level, x1, torch.full((300_000,), t).double(), x0
    )
    # The error is a x0 + b x1 + level.
    a, b = slope * (1 - t) + 1, slope * t - 1
    assert loss.item() == pytest.approx(a**2 + b**2 * VARIANCE + (b * MEAN + level) ** 2, rel=0.01)


def test_drawn_times_and_noise_give_the_mean_over_both():
    torch.manual_seed(5)
    slope, level = 0.7, -0.2
    x1 = MEAN + VARIANCE**0.5 * normal(400_000, 1)
    loss = flow.flow_matching_loss(lambda x, time: slope * x + level, x1)

    def at(t):
        a, b = slope * (1 - t) + 1, slope * t - 1
        return a**2 + b**2 * VARIANCE + (b * MEAN + level) ** 2

    assert loss.item() == pytest.approx(integrate.quad(at, 0, 1)[0], rel=0.01)


def test_the_perfect_velocity_minimises_the_loss():
    """Against its neighbours, on the same lines: the excess is the mean square of the gap."""
    torch.manual_seed(0)
    x1, x0, t = (
        MEAN + VARIANCE**0.5 * normal(200_000, 1),
        normal(200_000, 1, seed=1),
        torch.rand(200_000).double(),
    )

    def loss(gap):
        return flow.flow_matching_loss(
            lambda x, time: flow.gaussian_velocity(x, time, MEAN, VARIANCE) + gap * x, x1, t, x0
        ).item()

    assert loss(0.0) < min(loss(0.1), loss(-0.1))
    x_t = flow.interpolate(x0, x1, t)
    excess = (0.1 * x_t).square().mean().item()
    assert (loss(0.1) + loss(-0.1)) / 2 - loss(0.0) == pytest.approx(excess, rel=1e-6)


def perfect(x, t):
    return flow.gaussian_velocity(x, t, MEAN, VARIANCE)


@pytest.mark.parametrize("steps", [1, 4, 7])
def test_euler_on_gaussian_data_is_one_linear_map(steps):
    x = normal(5, 2)
    slope, offset = flow.euler_gaussian_map(steps, MEAN, VARIANCE)
    close(flow.euler_sample(perfect, x, steps), slope * x + offset)


def test_the_end_is_the_data_and_the_error_halves_when_the_steps_double():
    """The exact flow is x -> mean + deviation x; Euler's error is of first order."""
    errors = []
    for steps in (50, 100, 200, 400):
        slope, offset = flow.euler_gaussian_map(steps, MEAN, VARIANCE)
        assert offset == MEAN
        errors.append(abs(slope - VARIANCE**0.5))
    assert errors[-1] < 2e-3
    for coarse, fine in zip(errors, errors[1:], strict=False):
        assert coarse / fine == pytest.approx(2, rel=0.03)


def test_a_constant_velocity_needs_no_more_than_one_step():
    x, told = normal(3, 1, 2, 2), []

    def model(x, t):
        told.append((tuple(t.shape), t[0].item()))
        return torch.full_like(x, 2.0)

    close(flow.euler_sample(model, x, 1), x + 2)
    close(flow.euler_sample(model, x, 4), x + 2)
    assert told == [((3,), 0.0), ((3,), 0.0), ((3,), 0.25), ((3,), 0.5), ((3,), 0.75)]
