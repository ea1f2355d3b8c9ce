"""How often a right answer fails the visible check of the noise: the law of each number."""

from pathlib import Path

import pytest
from scipy import stats

from tests.assignments.visible_bounds import VisibleCheck, mean_outside

NOTEBOOK = Path(__file__).parents[2] / "gan-mnist.ipynb"
DRAWS = 200_000
LAW = stats.uniform(-1, 2)


def false_alarms():
    """(label, probability that a right answer fails)."""
    cell = VisibleCheck(NOTEBOOK, "sample_noise")
    slack = cell.slack("mean of 200,000 draws")
    yield "mean", mean_outside(-slack, slack, LAW.std(), DRAWS)
    # 0.333 is 1/3 but for 0.0004; the variance of a square is E x^4 - (E x^2)^2.
    slack = cell.slack("variance of 200,000 draws") - 0.0004
    of_squares = (LAW.moment(4) - LAW.moment(2) ** 2) ** 0.5
    yield "variance", mean_outside(-slack, slack, of_squares, DRAWS)
    _, high = cell.within("smallest number")
    yield "smallest", LAW.sf(high) ** DRAWS
    low, _ = cell.within("largest number")
    yield "largest", LAW.cdf(low) ** DRAWS


@pytest.mark.parametrize(("label", "probability"), false_alarms())
def test_a_right_answer_hardly_ever_fails(label, probability):
    assert probability < 1e-5
