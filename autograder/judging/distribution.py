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

import functools
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
    return _distance(_ordered(sample), law)


def _ordered(sample: Tensor) -> Tensor:
    """Its numbers in a row, the smallest first; NumPy sorts several times as fast as torch."""
    return torch.from_numpy(numpy.sort(sample.flatten().numpy()))


def _distance(ordered, law):
    values = shares(ordered, law).numpy()
    steps = numpy.arange(len(values) + 1) / len(values)
    return max((steps[1:] - values).max(), (values - steps[:-1]).max())


def fits(sample: Tensor, law: Law, false_alarm: float) -> bool:
    """Whether the sample may come from `law`; a right one is rejected at most this often."""
    return _fits(_ordered(sample), law, false_alarm)


def _fits(ordered, law, false_alarm):
    critical = math.sqrt(math.log(2 / false_alarm) / (2 * len(ordered)))
    return bool(_distance(ordered, law) <= critical)


def likeness(sample: Tensor, other: Tensor) -> float:
    """How often two samples of one distribution differ as much as these: Smirnov's p-value.

    As scipy.stats.ks_2samp gives it for large samples, without its checks, which take longer.
    """
    one, two = (numpy.sort(values.flatten().numpy()) for values in (sample, other))
    gap = max(_largest_gap(one, two), _largest_gap(two, one))
    size = len(one) * len(two) / (len(one) + len(two))
    return float(special.kolmogorov(math.sqrt(size) * gap))


def _largest_gap(one, two):
    """Of the empirical distribution functions of two sorted samples, at the values of the first."""
    own = numpy.arange(1, len(one) + 1)
    if (one[1:] == one[:-1]).any():
        own = numpy.searchsorted(one, one, "right")
    return abs(own / len(one) - numpy.searchsorted(two, one, "right") / len(two)).max()


def dependence(sample: Tensor, law: Law) -> str | None:
    """How the entries of a sample that fits `law` depend on each other, in words; None if not.

    sample: of any shape; (rows, columns) also lets columns be compared.
    """
    return _dependence(sample, _ordered(sample), law)


def _dependence(sample, ordered, law):
    n, values = sample.numel(), sample.flatten()
    if n < ENOUGH or getattr(law.support, "is_discrete", False):
        return None
    scores = shares(values, law) - 0.5
    if share := _repeated(ordered):
        return f"{share:.0%} of the values come more than once"
    if sample.dim() > 1 and (lag := _linked(scores, {sample.shape[-1]})):
        return "each row looks like the one before it"
    lags = {*range(1, 9), n // 4, n // 3, n // 2, sample.shape[-1] // 2 if sample.dim() > 1 else 1}
    if lag := _linked(scores, {each for each in lags if 0 < each < n}):
        far = "the one before it" if lag == 1 else f"the one {lag} places before it"
        return f"each value depends on {far}"
    if _too_near(_distance(ordered, law), n):
        return "the values are spread too evenly, as on a grid; draws leave gaps"
    if _repeated(_ordered(scores.abs())):
        return "the values come in pairs of opposite ones"
    return None


def _too_near(gap: float, n: int) -> bool:
    """Whether n independent draws are this near to their law less often than DEPENDENT / 4."""
    # The limit for large n says less than is right, from ENOUGH numbers on: it is surely not so.
    if special.kolmogorov(math.sqrt(n) * gap) < 1 - 1e-6:
        return False
    from scipy import stats  # takes a second

    return bool(stats.kstwo(n).cdf(gap) < DEPENDENT / 4)


def _is_linked(sample: Tensor) -> bool:
    """Whether the ranks of a sample, of whatever law, go with those of their neighbours."""
    values = sample.flatten().numpy()
    return _are_linked(values.tobytes(), values.dtype, sample.shape[-1])


# An answer's few samples are compared with those of many formulas.
@functools.lru_cache(maxsize=32)
def _are_linked(content, dtype, width):
    values = numpy.frombuffer(content, dtype)
    if len(values) < ENOUGH:
        return False
    ranks = numpy.empty_like(values)
    ranks[values.argsort(kind="stable")] = numpy.arange(len(values), dtype=dtype)
    scores = torch.from_numpy(ranks / len(values) - 0.5)
    return _linked(scores, {1, 2, width} - {len(values)}) > 0


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
    forms = (scores.numpy(), (2 * scores.abs() - 0.5).numpy())
    for lag in sorted(lags):
        for each in forms:
            for first in (0, lag):  # blocks 0 and 1, 2 and 3, ...; then 1 and 2, 3 and 4, ...
                count = (len(each) - first) // (2 * lag)
                if count * lag < ENOUGH // 4:
                    continue
                pairs = each[first : first + count * 2 * lag].reshape(count, 2, lag)
                given, others = pairs[:, 0], pairs[:, 1]
                size = math.sqrt(_product(given, given) / 12)
                if abs(_product(given, others)) > critical * size:
                    return lag
    return 0


def _product(one, other):
    """The sum of the products of the numbers in two tables."""
    return numpy.einsum("ij,ij->", one, other)


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
        ordered = _ordered(sample)
        fitting = _fits(ordered, self.law, self.false_alarm)
        return fitting and _dependence(sample, ordered, self.law) is None

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
        if self._drawn is None:
            return False
        alike = self.law.alike(sample, self._drawn)
        return alike and _is_linked(sample) == self._is_linked_itself

    # Asked for by each answer that is compared with it.
    @functools.cached_property
    def _drawn(self):
        """Its numbers; None where some are missing."""
        drawn = as_numbers(self.sample)
        return drawn if drawn is not None and torch.isfinite(drawn).all() else None

    @functools.cached_property
    def _is_linked_itself(self):
        return _is_linked(self._drawn)


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
    if share := _repeated(_ordered(sample)):
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
