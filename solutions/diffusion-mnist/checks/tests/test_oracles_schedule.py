"""Schedules against products by brute force, and against what must hold of any schedule."""

import math

import torch

from ..oracles import schedule


def close(a, b, **tolerance):
    torch.testing.assert_close(a, b, **tolerance)


def test_a_linear_schedule_grows_in_equal_steps_and_multiplies():
    betas, alpha_bars = schedule.linear_schedule(7, 0.05, 0.5)
    assert betas[0] == 0.05 and betas[-1] == 0.5
    close(betas.diff(), torch.full((6,), 0.075, dtype=torch.float64))
    for t in range(7):
        close(alpha_bars[t].item(), math.prod(1 - beta for beta in betas[: t + 1].tolist()))


def test_the_default_is_that_of_the_paper():
    betas, alpha_bars = schedule.linear_schedule(1000)
    close(betas[[0, -1]], torch.tensor([1e-4, 0.02]).double(), rtol=1e-6, atol=0)
    assert (alpha_bars.diff() < 0).all() and 0 < alpha_bars[-1] < 1e-4


def test_a_cosine_schedule_follows_its_curve_until_it_is_clipped():
    T, s = 40, 0.2
    betas, alpha_bars = schedule.cosine_schedule(T, s)
    f = [math.cos((i / T + s) / (1 + s) * math.pi / 2) ** 2 for i in range(T + 1)]
    close(alpha_bars[:-1], torch.tensor(f[1:-1], dtype=torch.float64) / f[0])
    assert betas[-1] == 0.999 and betas[-2] < 0.8
    for t in range(T):
        close(alpha_bars[t].item(), math.prod(1 - beta for beta in betas[: t + 1].tolist()))


def test_what_is_before_and_between_the_products():
    betas, alpha_bars = schedule.linear_schedule(6, 0.05, 0.5)
    close(schedule.alphas(alpha_bars), 1 - betas)
    close(schedule.before(alpha_bars) * (1 - betas), alpha_bars)


def test_a_time_is_looked_up_for_each_row():
    values, t = torch.tensor([5.0, 6.0, 7.0]), torch.tensor([2, 0])
    batch = torch.zeros(2, 1, 4, 4)
    close(
        schedule.at(values, t, batch) + batch, torch.tensor([7.0, 5.0])[:, None, None, None] + batch
    )
