"""The loss on Gaussian data, where a linear network has a best gain in closed form."""

import itertools

import pytest
import torch

from ..at_times import STEPS, alpha_bars
from ..oracles import loss

SPREAD = 0.7


def every_sign(t):
    """Four images and noises with the moments of N(0, SPREAD^2) and N(0, 1), all at the time t."""
    signs = torch.tensor(list(itertools.product([1.0, -1.0], repeat=2)), dtype=torch.float64)
    return SPREAD * signs[:, :1], torch.full((4,), t), signs[:, 1:]


@pytest.mark.parametrize("t", range(STEPS))
def test_a_linear_network_is_best_at_the_gain_of_the_conditional_mean(t):
    bars = alpha_bars(torch.Generator().manual_seed(3))
    x0, times, noise = every_sign(t)
    variance = bars[t] * SPREAD**2 + 1 - bars[t]
    gain = ((1 - bars[t]).sqrt() / variance).requires_grad_()
    least = loss.ddpm_loss(lambda x, t: gain * x, x0, bars, times, noise)
    # What is left of the variance of the noise once x_t is known.
    torch.testing.assert_close(least, 1 - (1 - bars[t]) / variance)
    assert torch.autograd.grad(least, gain)[0].abs() < 1e-12


def test_a_network_that_says_0_leaves_the_mean_square_of_the_noise():
    bars = alpha_bars(torch.Generator().manual_seed(3))
    x0, times, noise = every_sign(2)
    nothing = loss.ddpm_loss(lambda x, t: torch.zeros_like(x), x0, bars, times, 3 * noise)
    assert nothing.item() == pytest.approx(9)


def test_what_is_none_is_drawn():
    torch.manual_seed(0)
    seen = []

    def network(x, t):
        seen.append((x, t))
        return torch.zeros_like(x)

    bars = alpha_bars(torch.Generator().manual_seed(3))
    value = loss.ddpm_loss(network, torch.zeros(40_000, 1).double(), bars)
    ((x_t, t),) = seen
    assert value.item() == pytest.approx(1, abs=0.05)
    shares = t.bincount(minlength=STEPS) / len(t)
    torch.testing.assert_close(shares, torch.full((STEPS,), 1 / STEPS), rtol=0.1, atol=0)
    spread = torch.stack([x_t[t == each].var() for each in range(STEPS)])
    torch.testing.assert_close(spread, 1 - bars, rtol=0.1, atol=0)
