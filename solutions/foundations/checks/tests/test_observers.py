"""Looking at critics and at pairs of numbers on a line."""

import numpy
import pytest
import torch

from ..observers import LIPSCHITZ, RISE, critic, one_by_one

INPUTS = {"theta": torch.tensor(-1.0), "theta0": torch.tensor(1.5), "reach": torch.tensor(2.0)}


@pytest.mark.parametrize(
    "function",
    [
        lambda x, t, t0: x + 7,
        lambda x, t, t0: -(x - t0).abs(),
        lambda x, t, t0: (x - t).abs()[:, None],
        lambda x, t, t0: x.clamp(t, t0).numpy(),
        lambda x, t, t0: 100 + ((x - t).abs() - (x - t0).abs()) / 2,
    ],
)
def test_every_optimum_looks_the_same(function):
    seen = critic(function, INPUTS)
    torch.testing.assert_close(seen[RISE], torch.linspace(0, 2.5, 6).double(), atol=1e-4, rtol=0)
    assert seen[LIPSCHITZ] is True


def test_too_steep_outside_is_seen():
    def steep_outside(x, t, t0):
        inside = x.clamp(t, t0)
        return inside + 1.1 * (x - inside)

    seen = critic(steep_outside, INPUTS)
    torch.testing.assert_close(seen[RISE], torch.linspace(0, 2.5, 6).double())
    assert seen[LIPSCHITZ] is False


def test_a_slope_of_nan_is_not_small():
    assert critic(lambda x, t, t0: x * numpy.nan, INPUTS)[LIPSCHITZ] is False


@pytest.mark.parametrize("thing", [None, 3.0, torch.zeros(2), "a line"])
def test_what_has_no_value_for_each_point_is_handed_on(thing):
    assert critic(lambda x, t, t0: thing, INPUTS) == {RISE: thing, LIPSCHITZ: None}


def test_pairs_come_one_by_one():
    pairs = {"names": ("near", "far"), "a": torch.tensor([1.0, 2.0]), "b": torch.tensor([1.5, 9])}
    seen = one_by_one(lambda a, b: b.item() - a.item() if a < b else None, pairs)
    assert seen == {"value for points near": 0.5, "value for points far": 7.0}
