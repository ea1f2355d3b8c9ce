"""How often a right answer fails the visible checks of what is random: the law of each number.

The bounds are read from the notebook's cells, which say "once in 100,000 runs" or less.
"""

from pathlib import Path

import pytest
import torch
from scipy import stats

from tests.assignments.visible_bounds import VisibleCheck, outside

NOTEBOOK = Path(__file__).parents[2] / "ebm-mnist.ipynb"
# The sizes that the cells have: 20 images, of which 392 and 196 pixels are looked at.
STEEP, GENTLE = 20 * 392, 20 * 196
SIGMA = 0.005


def false_alarms():
    """(label, probability that a right answer fails)."""
    walk, buffer = (VisibleCheck(NOTEBOOK, name) for name in ("generate_samples", "Sampler"))
    label = "deviation of the noise of two steps, 0.005 times the root of 2"
    low, high = (bound**2 * (GENTLE - 1) / (2 * SIGMA**2) for bound in walk.within(label))
    yield label, outside(stats.chi2(GENTLE - 1), low, high)
    label = "share of noise beyond two deviations, 0.046 for normal noise"
    low, high = (bound * GENTLE for bound in walk.within(label))
    yield label, outside(stats.binom(GENTLE, 2 * stats.norm.sf(2)), low - 1, high)
    for label, pixels in (("steep", STEEP), ("gentle", GENTLE), ("curved", 5 * 784)):
        yield label, 2 * stats.norm.sf(2e-3, scale=SIGMA * 3**0.5 / pixels**0.5)
    label = "new noise among 4,000 images"
    low, high = buffer.within(label)
    yield label, outside(stats.binom(4000, 0.05), low - 1, high)
    # At least 130 new images of four pixels.
    pixels = int(4 * low)
    _, high = buffer.within("smallest pixel of the new noise")
    yield "smallest pixel", stats.uniform(-1, 2).sf(high) ** pixels
    low, _ = buffer.within("largest pixel of the new noise")
    yield "largest pixel", stats.uniform(-1, 2).cdf(low) ** pixels
    _, high = buffer.within("its mean")
    yield "mean", 2 * stats.norm.sf(high, scale=(1 / 3 / pixels) ** 0.5)
    # Of 50 images at least 30 are replayed, beyond any doubt.
    yield "from both halves", 2 * 0.5**30 + stats.binom(50, 0.05).sf(20)


@pytest.mark.parametrize(("label", "probability"), false_alarms())
def test_a_right_answer_hardly_ever_fails(label, probability):
    assert probability < 1e-5


def test_together_they_keep_what_the_cells_say():
    assert sum(probability for _, probability in false_alarms()) < 1e-5


def test_the_laws_are_those_of_a_right_walk():
    """Its numbers over 500 runs have the mean and the spread that the bounds were made for."""
    generator = torch.Generator().manual_seed(0)
    noise = SIGMA * torch.randn(500, 2, GENTLE, generator=generator)
    deviations = noise.sum(1).std(1)
    assert abs(deviations.mean() - SIGMA * 2**0.5) < 2e-5
    expected = SIGMA * 2**0.5 / (2 * GENTLE) ** 0.5
    assert abs(deviations.std() / expected - 1) < 0.15
    shares = (noise[:, 0].abs() > 2 * SIGMA).float().mean(1)
    law = stats.binom(GENTLE, 2 * stats.norm.sf(2))
    assert abs(shares.mean() - law.mean() / GENTLE) < 0.001
    assert abs(shares.std() / (law.std() / GENTLE) - 1) < 0.15
