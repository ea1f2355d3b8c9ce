"""How often a right answer fails the visible checks of what samplers and losses draw.

The bounds are read from the notebook's cells, which say "once in 100,000 runs".
"""

from pathlib import Path

import pytest
from scipy import stats

from tests.assignments.visible_bounds import VisibleCheck, mean_outside, outside

NOTEBOOK = Path(__file__).parents[2] / "diffusion-mnist.ipynb"
UNIFORM = (1 / 12) ** 0.5


def false_alarms():
    """(cell, what is looked at, probability that a right answer fails)."""
    cells = ("drop_labels", "ddpm_sample", "flow_matching_loss")
    labels, sampler, loss = (VisibleCheck(NOTEBOOK, name) for name in cells)
    for label, count in (
        ("share that is dropped, 0.2", 10_000),
        ("share in the first half", 5_000),
    ):
        low, high = (bound * count for bound in labels.within(label))
        yield "drop_labels", label, outside(stats.binom(count, 0.2), low - 1, high)
    # 30,000 numbers of deviation 1 at most, at six times.
    for label in ("the mean at each time and at the end", "the start: mean 0"):
        slack = sampler.slack(label)
        yield "ddpm_sample", label, 6 * mean_outside(-slack, slack, 1.0, 30_000)
    for label in ("the deviation at each time and at the end", "the start: deviation 1"):
        slack = sampler.slack(label)
        # The mean of three deviations, each of 10,000 numbers.
        spread = (1 / (2 * 10_000) / 3) ** 0.5
        yield "ddpm_sample", label, 6 * outside(stats.norm(1, spread), 1 - slack, 1 + slack)
    low, high = loss.within("mean of the times, 0.5")
    yield "loss", "mean of the times", mean_outside(low - 0.5, high - 0.5, UNIFORM, 2_000)
    low, high = loss.within("deviation of the times, 0.289")
    spread = ((1 / 80 - UNIFORM**4) / (4 * UNIFORM**2 * 2_000)) ** 0.5
    yield "loss", "deviation of the times", outside(stats.norm(UNIFORM, spread), low, high)
    # At least 1,700 of 2,000 times are below 0.9, beyond any doubt; four pixels each.
    pixels = 4 * 1_700
    low, high = loss.within("mean of the noise")
    yield "loss", "mean of the noise", mean_outside(low, high, 1.0, pixels)
    low, high = loss.within("deviation of the noise over the batch")
    law = stats.norm(1, (1 / (2 * pixels)) ** 0.5)
    yield "loss", "deviation of the noise", outside(law, low, high)
    low, high = loss.within("share of the noise beyond two deviations, 0.046")
    law = stats.binom(pixels, 2 * stats.norm.sf(2))
    yield "loss", "share of the noise", outside(law, low * pixels - 1, high * pixels)


@pytest.mark.parametrize(("cell", "label", "probability"), false_alarms())
def test_a_right_answer_hardly_ever_fails(cell, label, probability):
    assert probability < 5e-6, cell


def test_each_cell_keeps_what_it_says():
    every = list(false_alarms())
    for cell in {cell for cell, *_ in every}:
        assert sum(probability for name, _, probability in every if name == cell) < 1e-5
