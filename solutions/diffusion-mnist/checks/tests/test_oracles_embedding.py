"""The embedding of time: points that turn on circles, each slower than the one before."""

import pytest
import torch

from ..oracles.embedding import timestep_embedding

CLOSE = {"rtol": 1e-9, "atol": 1e-9}


def points(t, dim, **more):
    """The pairs as complex numbers: (N, dim / 2)."""
    table = timestep_embedding(torch.as_tensor(t, dtype=torch.float64), dim, **more)
    return torch.complex(*table.chunk(2, 1))


@pytest.mark.parametrize("to_the_end", [False, True])
@pytest.mark.parametrize(("dim", "period"), [(8, 10_000), (12, 100)])
def test_pairs_turn_on_circles_at_frequencies_that_fall_by_one_factor(dim, period, to_the_end):
    more = {"max_period": period, "to_the_end": to_the_end}
    start, one, two, late = points([0, 1, 2, 700.25], dim, **more)
    torch.testing.assert_close(start, torch.ones_like(start), **CLOSE)
    torch.testing.assert_close(two, one * one, **CLOSE)
    # No angle of time 1 is above 1, so it is the frequency.
    frequencies = one.angle()
    torch.testing.assert_close(late, torch.exp(700.25j * frequencies), **CLOSE)
    factors = frequencies[1:] / frequencies[:-1]
    torch.testing.assert_close(factors, factors[:1].expand_as(factors))
    assert frequencies[0].item() == pytest.approx(1)
    # One step further, or here already, is 1 / max_period.
    last = frequencies[-1] if to_the_end else frequencies[-1] * factors[0]
    assert last.item() == pytest.approx(1 / period)


def test_an_odd_size_has_a_column_of_zeros():
    t = torch.arange(4)
    even, odd = timestep_embedding(t, 6), timestep_embedding(t, 7)
    assert torch.equal(odd, torch.cat([even, torch.zeros(4, 1)], 1))
