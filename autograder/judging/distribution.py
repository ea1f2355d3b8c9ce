"""The truth about a random function: a distribution, not a value.

A sample is accepted while its empirical distribution function stays close to the true one
everywhere (the Kolmogorov-Smirnov distance). P(distance > e) <= 2 exp(-2 n e^2) for every n
(Massart 1990, "The tight constant in the Dvoretzky-Kiefer-Wolfowitz inequality"), so a right
answer fails at most once in 2.5 million judgements, whatever the order of its draws.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy
import torch
from scipy import stats
from torch import Tensor

from autograder.judging.numbers import as_numbers

FALSE_ALARM = 4e-7
# Two samples of one distribution look more different than that once in a million times.
DIFFERENT = 1e-6


def distance(sample: Tensor, law: Any) -> float:
    """Largest difference of the empirical distribution function and law.cdf."""
    values = law.cdf(numpy.sort(sample.flatten().numpy()))
    steps = numpy.arange(len(values) + 1) / len(values)
    return max((steps[1:] - values).max(), (values - steps[:-1]).max())


def fits(sample: Tensor, law: Any, false_alarm: float) -> bool:
    """Whether the sample may come from `law`; a right one is rejected at most this often."""
    critical = math.sqrt(math.log(2 / false_alarm) / (2 * sample.numel()))
    return bool(distance(sample, law) <= critical)


@dataclass(frozen=True)
class Distribution:
    """A sample of any shape whose entries are independent draws from `law`.

    law: a frozen scipy.stats distribution. false_alarm: how often a right sample is refused,
    smaller where one judgement looks at several samples.
    """

    law: Any
    false_alarm: float = FALSE_ALARM

    def __str__(self):
        return f"draws from {self.law.dist.name}{self.law.args}"

    def accepts(self, sample: Tensor) -> bool:
        return fits(sample, self.law, self.false_alarm)

    def alike(self, sample: Tensor, other: Tensor) -> bool:
        """Whether both samples may come from the same distribution, whatever it is."""
        return bool(stats.ks_2samp(sample.flatten(), other.flatten()).pvalue > DIFFERENT)


@dataclass(frozen=True)
class LikeSample:
    """What a wrong formula drew where a right one would draw from `law`."""

    law: Distribution
    sample: object

    def accepts(self, sample: Tensor) -> bool:
        drawn = as_numbers(self.sample)
        if drawn is None or not torch.isfinite(drawn).all():
            return False
        return self.law.alike(sample, drawn)


@dataclass(frozen=True)
class ScaledByMaximum(Distribution):
    """Draws of `law` divided by their largest (absolute) value, of the sample or of each row.

    The divisor is random, so the sample is recognised by its largest entry being 1 and by
    fitting `law` once the deviation of each row is divided out.
    """

    def accepts(self, sample: Tensor) -> bool:
        if all((peak - 1).abs() > 1e-6 for peak in (sample.abs().max(), sample.max())):
            return False
        rescaled = sample / sample.std(dim=-1, keepdim=True) * self.law.std()
        return fits(rescaled, self.law, 1e-3)
