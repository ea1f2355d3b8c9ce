"""Noising in one step against noising step by step."""

import torch

from ..oracles import forward, schedule

BETAS, ALPHA_BARS = schedule.linear_schedule(6, 0.05, 0.5)


def close(a, b, **tolerance):
    torch.testing.assert_close(a, b, **tolerance)


def test_single_steps_compose_to_one():
    """x_t is linear in x0 and in the noises of all steps: its mean and variance add up."""
    mean, variance = 1.0, 0.0
    for t, beta in enumerate(BETAS.tolist()):
        mean, variance = (1 - beta) ** 0.5 * mean, (1 - beta) * variance + beta
        at = torch.tensor([t])
        one, none = torch.ones(1, 1).double(), torch.zeros(1, 1).double()
        close(forward.q_sample(one, at, ALPHA_BARS, none).item(), mean)
        close(forward.q_sample(none, at, ALPHA_BARS, one).item() ** 2, variance)
        close(forward.signal_to_noise(ALPHA_BARS)[t].item(), mean**2 / variance)


def test_each_row_of_images_has_its_own_time():
    x0, noise = torch.randn(2, 28, 1, 28, 28, dtype=torch.float64, generator=torch.manual_seed(0))
    t = torch.arange(28) % 6
    batch = forward.q_sample(x0, t, ALPHA_BARS, noise)
    for n in range(28):
        left = ALPHA_BARS[t[n]].item()
        close(batch[n], left**0.5 * x0[n] + (1 - left) ** 0.5 * noise[n])
