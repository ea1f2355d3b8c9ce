"""The truth about a random function: a distribution, not a value.

A sample is accepted while its empirical distribution function stays close to the true one
everywhere (the Kolmogorov-Smirnov distance). P(distance > e) <= 2 exp(-2 n e^2) for every n
(Massart 1990, "The tight constant in the Dvoretzky-Kiefer-Wolfowitz inequality"), so a right
answer fails at most once in 2.5 million judgements.

Its entries are also independent of each other. dependence() refuses, at most once in 50 million
judgements of a right answer:
- a sample that fits too well, such as a grid in any order (the other tail of the same distance);
- values that come back, as they are or mirrored: repeated rows, antithetic pairs;
- values or sizes that go with those some places further on: neighbours, columns, rows, halves. With
  u = cdf(x) - 1/2 uniform, the sum of u_i u_j over disjoint pairs has, for given u_i, a tail below
  2 exp(-t^2 / 2) for t = sum / sqrt(sum of u_i^2 / 12), as uniform numbers are strictly
  sub-Gaussian (Arbel et al. 2020, "On strict sub-Gaussianity, optimal proxy variance and symmetry
  for bounded random variables"): for every n, too.
"""

import math
from dataclasses import dataclass

import numpy
import torch
from scipy import special
from torch import Tensor
from torch.distributions import Distribution as Law

from autograder.judging.numbers import as_numbers

FALSE_ALARM = 4e-7
# Two samples of one distribution look more different than that once in a million times.
DIFFERENT = 1e-6
# How often dependence() refuses independent draws, all of its tests together.
DEPENDENT = 2e-8
# Fewer numbers hold too little to tell.
ENOUGH = 100
# 24-bit numbers repeat now and then: two in a thousand among 30,000.
REPEATED = 0.2


def bounds(law: Law) -> tuple[float, float]:
    """The smallest and the largest value that `law` draws, or infinity."""
    low = getattr(law.support, "lower_bound", -math.inf)
    return float(low), float(getattr(law.support, "upper_bound", math.inf))


def shares(values: Tensor, law: Law) -> Tensor:
    """law.cdf in float64, also beyond its bounds."""
    return law.cdf(values.double().clamp(*bounds(law)))


def distance(sample: Tensor, law: Law) -> float:
    """Largest difference of the empirical distribution function and law.cdf."""
    values = shares(sample.flatten().sort()[0], law).numpy()
    steps = numpy.arange(len(values) + 1) / len(values)
    return max((steps[1:] - values).max(), (values - steps[:-1]).max())


def fits(sample: Tensor, law: Law, false_alarm: float) -> bool:
    """Whether the sample may come from `law`; a right one is rejected at most this often."""
    critical = math.sqrt(math.log(2 / false_alarm) / (2 * sample.numel()))
    return bool(distance(sample, law) <= critical)


def likeness(sample: Tensor, other: Tensor) -> float:
    """How often two samples of one distribution differ as much as these: Smirnov's p-value.

    As scipy.stats.ks_2samp gives it for large samples, without its checks, which take longer.
    """
    one, two = (numpy.sort(values.flatten().numpy()) for values in (sample, other))
    every = numpy.concatenate([one, two])
    parts = [numpy.searchsorted(each, every, "right") / len(each) for each in (one, two)]
    size = len(one) * len(two) / (len(one) + len(two))
    return float(special.kolmogorov(math.sqrt(size) * abs(parts[0] - parts[1]).max()))


def dependence(sample: Tensor, law: Law) -> str | None:
    """How the entries of a sample that fits `law` depend on each other, in words; None if not.

    sample: of any shape; (rows, columns) also lets columns be compared.
    """
    n, values = sample.numel(), sample.flatten()
    if n < ENOUGH or getattr(law.support, "is_discrete", False):
        return None
    scores = shares(values, law) - 0.5
    if share := _repeated(values.sort()[0]):
        return f"{share:.0%} of the values come more than once"
    if sample.dim() > 1 and (lag := _linked(scores, {sample.shape[-1]})):
        return "each row looks like the one before it"
    lags = {*range(1, 9), n // 4, n // 3, n // 2, sample.shape[-1] // 2 if sample.dim() > 1 else 1}
    if lag := _linked(scores, {each for each in lags if 0 < each < n}):
        far = "the one before it" if lag == 1 else f"the one {lag} places before it"
        return f"each value depends on {far}"
    if _too_near(distance(sample, law), n):
        return "the values are spread too evenly, as on a grid; draws leave gaps"
    if _repeated(scores.abs().sort()[0]):
        return "the values come in pairs of opposite ones"
    return None


def _too_near(gap: float, n: int) -> bool:
    """Whether n independent draws are this near to their law less often than DEPENDENT / 4."""
    # The limit for large n is roughly right, and its tail far from what is asked.
    if special.kolmogorov(math.sqrt(n) * gap) < 0.99:
        return False
    from scipy import stats  # takes a second

    return bool(stats.kstwo(n).cdf(gap) < DEPENDENT / 4)


def _is_linked(sample: Tensor) -> bool:
    """Whether the ranks of a sample, of whatever law, go with those of their neighbours."""
    values = sample.flatten()
    if len(values) < ENOUGH:
        return False
    ranks = torch.empty_like(values)
    ranks[values.argsort(stable=True)] = torch.arange(len(values), dtype=values.dtype)
    return _linked(ranks / len(values) - 0.5, {1, 2, sample.shape[-1]} - {len(values)}) > 0


def _repeated(ordered: Tensor) -> float:
    """The share of sorted values that equal the next one; 0 where it is as small as by chance."""
    share = (ordered.diff() <= 1e-9 * ordered[1:].abs()).double().mean().item()
    return share if share > REPEATED else 0.0


def _linked(scores: Tensor, lags: set[int]) -> int:
    """The first lag at which scores, or their sizes, go together; 0 if none.

    scores: uniform on [-1/2, 1/2].
    """
    tests = 2 * 2 * len(lags)
    critical = math.sqrt(2 * math.log(2 * tests / (DEPENDENT / 4)))
    for lag in sorted(lags):
        for each in (scores, 2 * scores.abs() - 0.5):
            for first in (0, lag):  # blocks 0 and 1, 2 and 3, ...; then 1 and 2, 3 and 4, ...
                count = (len(each) - first) // (2 * lag)
                if count * lag < ENOUGH // 4:
                    continue
                pairs = each[first : first + count * 2 * lag].reshape(count, 2, lag)
                given, others = pairs[:, 0], pairs[:, 1]
                size = (given.square().sum() / 12).sqrt()
                if (given * others).sum().abs() > critical * size:
                    return lag
    return 0


@dataclass(frozen=True)
class Distribution:
    """A sample of any shape whose entries are independent draws from `law`.

    law: of numbers, one for all. false_alarm: how often a right sample is refused,
    smaller where one judgement looks at several samples.
    """

    law: Law
    false_alarm: float = FALSE_ALARM

    def __str__(self):
        return f"draws from {self.law}"

    def accepts(self, sample: Tensor) -> bool:
        return fits(sample, self.law, self.false_alarm) and dependence(sample, self.law) is None

    def difference(self, sample: Tensor) -> str:
        """How a sample that is not accepted differs, in words."""
        if fits(sample, self.law, self.false_alarm):
            return f"{dependence(sample, self.law)}: every number needs its own draw"
        return _how_it_differs(sample, self.law)

    def alike(self, sample: Tensor, other: Tensor) -> bool:
        """Whether both samples may come from the same distribution, whatever it is."""
        return likeness(sample, other) > DIFFERENT


@dataclass(frozen=True)
class LikeSample:
    """What a wrong formula drew where a right one would draw from `law`."""

    law: Distribution
    sample: object

    def difference(self, sample: Tensor) -> str:
        return "drawn from another distribution"

    def accepts(self, sample: Tensor) -> bool:
        drawn = as_numbers(self.sample)
        if drawn is None or not torch.isfinite(drawn).all():
            return False
        return self.law.alike(sample, drawn) and _is_linked(sample) == _is_linked(drawn)


@dataclass(frozen=True)
class ScaledByMaximum(Distribution):
    """Draws of `law` divided by their largest (absolute) value, of the sample or of each row.

    The divisor is random, so the sample is recognised by its largest entry being 1 and by
    fitting `law` once the deviation of each row is divided out.
    """

    def accepts(self, sample: Tensor) -> bool:
        if all((peak - 1).abs() > 1e-6 for peak in (sample.abs().max(), sample.max())):
            return False
        rescaled = sample / sample.std(dim=-1, keepdim=True) * self.law.stddev
        return fits(rescaled, self.law, 1e-3)


def _how_it_differs(sample, law):
    """The plainest difference of a sample from what `law` draws: range, mean, deviation, form."""
    n, (low, high) = sample.numel(), bounds(law)
    deviation, mean = float(law.stddev), float(law.mean)
    if sample.max() == sample.min():
        return "the same number everywhere"
    if share := _repeated(sample.flatten().sort()[0]):
        return f"{share:.0%} of the values come more than once"
    outside = ((sample < low) | (sample > high)).double().mean().item()
    if outside > 0:
        return f"{max(outside, 0.01):.0%} of the values are outside [{low:g}, {high:g}]"
    spread = sample.std().item()
    shift = (sample.mean().item() - mean) / deviation
    found = []
    if abs(shift) > 5 / math.sqrt(n):
        where = "large" if shift > 0 else "small"
        found.append(f"their mean is too {where} by {abs(shift):.2g} of the right deviation")
    ratio = spread / deviation
    if abs(ratio - 1) > 10 / math.sqrt(n):
        found.append(f"their standard deviation is {ratio:.2g} times the right one")
    if found:
        return " and ".join(found)
    return "the mean and deviation of the right distribution, but another shape"
