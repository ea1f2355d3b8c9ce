"""The truth about a random function: a distribution, not a value.

A sample is accepted when a Kolmogorov-Smirnov test does not reject it at FALSE_ALARM, so a
right answer fails at most once in 2.5 million judgements, whatever the order of its draws.
"""

from dataclasses import dataclass

from scipy import stats

FALSE_ALARM = 4e-7


@dataclass(frozen=True)
class Distribution:
    """A sample of any shape whose entries are independent draws from `law`.

    law: a frozen scipy.stats distribution. fresh: two calls differ. obeys_seed: one seed,
    one sample.
    """

    law: object
    fresh: bool = True
    obeys_seed: bool = True

    def accepts(self, sample):
        return stats.kstest(sample.flatten().numpy(), self.law.cdf).pvalue > FALSE_ALARM


@dataclass(frozen=True)
class ScaledByMaximum(Distribution):
    """Draws of `law` divided by their largest (absolute) value, of the sample or of each row.

    The divisor is random, so the sample is recognised by its largest entry being 1 and by
    fitting `law` once the deviation of each row is divided out.
    """

    def accepts(self, sample):
        if all((peak - 1).abs() > 1e-6 for peak in (sample.abs().max(), sample.max())):
            return False
        rescaled = sample / sample.std(dim=-1, keepdim=True) * self.law.std()
        return stats.kstest(rescaled.flatten().numpy(), self.law.cdf).pvalue > 1e-3
