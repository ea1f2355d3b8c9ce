"""What random numbers may be: the laws of noise, and estimates within their error."""

from dataclasses import dataclass
from typing import Any

from scipy import stats

from autograder.judging.distribution import FALSE_ALARM, Distribution
from autograder.judging.numbers import as_numbers

# One judgement looks at up to four columns of draws; all of them together stay below 1e-6.
FOR_EACH_COLUMN = FALSE_ALARM / 2


def normal(scale):
    """Noise of N(0, scale^2)."""
    return Distribution(stats.norm(0, scale), false_alarm=FOR_EACH_COLUMN)


def uniform(low, high):
    """Noise of U(low, high), multiplied by a scale."""
    return lambda scale: Distribution(stats.uniform(low * scale, (high - low) * scale))


@dataclass(frozen=True)
class Constant(Distribution):
    """Not random at all: every draw is 0."""

    law: object = None

    def __str__(self):
        return "no noise"

    def accepts(self, sample):
        return bool(sample.abs().max() < 1e-3)


def none(scale):
    """No noise, whatever the scale."""
    return Constant()


@dataclass(frozen=True)
class WithinError(Distribution):
    """An estimate of the numbers `law`, each at most `error` away.

    error: seven deviations of the roughest estimate that is allowed. For a mean of a thousand
    draws or more that is passed by chance far less often than the FALSE_ALARM rate.
    """

    error: Any = None

    def __str__(self):
        return f"an estimate of {self.law}"

    def accepts(self, sample):
        truth = as_numbers(self.law)
        return sample.numel() == truth.numel() and bool(
            ((sample.flatten() - truth.flatten()).abs() <= as_numbers(self.error).flatten()).all()
        )


DEVIATIONS = 7
assert 2 * stats.norm.sf(DEVIATIONS) < FALSE_ALARM / 1000
