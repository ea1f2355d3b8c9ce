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
    # Ho et al. 2020, section 4: the signal-to-noise ratio at the end is about 10^-5 nats a pixel.
    assert (alpha_bars.diff() < 0).all() and 0 < alpha_bars[-1] < 1e-4
