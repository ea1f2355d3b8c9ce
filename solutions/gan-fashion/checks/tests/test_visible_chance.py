"""How often a right answer fails the visible checks of what is random: the law of each number."""

from pathlib import Path

import pytest
from scipy import stats

from tests.assignments.visible_bounds import VisibleCheck, deviation_outside, mean_outside

NOTEBOOK = Path(__file__).parents[2] / "gan-fashion.ipynb"
NOISE, CONDITIONAL_NOISE = 200 * 64, 400 * 64


def false_alarms():
    """(label, probability that a right answer fails)."""
    for name in ("loss_nonsaturating", "loss_wasserstein_gp"):
        cell = VisibleCheck(NOTEBOOK, name)
        yield f"{name}: mean", mean_outside(*cell.within("its mean"), 1, NOISE)
        yield f"{name}: deviation", deviation_outside(*cell.within("its deviation"), NOISE)
    low, _ = cell.within("the largest alpha of 150 calls")
    yield "largest alpha", stats.uniform.cdf(low) ** 150
    _, high = cell.within("the smallest alpha of 150 calls")
    yield "smallest alpha", stats.uniform.sf(high) ** 150
    cell = VisibleCheck(NOTEBOOK, "conditional_loss_nonsaturating")
    bounds = cell.within("the deviation of the noise")
    yield "conditional: deviation", deviation_outside(*bounds, CONDITIONAL_NOISE)
    low, _ = cell.within("every class comes up")
    yield "every class", 10 * stats.binom(400, 0.1).cdf(low - 1)


@pytest.mark.parametrize(("label", "probability"), false_alarms())
def test_a_right_answer_hardly_ever_fails(label, probability):
    assert probability < 1e-5


def test_tighter_bounds_would_fail_it():
    assert mean_outside(-0.02, 0.02, 1, NOISE) > 1e-2
    assert deviation_outside(0.99, 1.01, NOISE) > 1e-2
