"""The laws of standardised noise: the right one, and that of no noise."""

from dataclasses import dataclass

from torch import Tensor
from torch.distributions import Normal

from autograder.judging.distribution import FALSE_ALARM, Distribution

from .observers.draws import ROUNDING

# A judgement looks at up to four columns of draws; all of them together stay below 1e-6.
STANDARD_NORMAL = Distribution(Normal(0.0, 1.0), false_alarm=FALSE_ALARM / 2)


@dataclass(frozen=True)
class NoNoise(Distribution):
    """Zeros but for rounding, which a two-sample test would tell from zeros."""

    law: object = None

    def __str__(self):
        return "no noise"

    def accepts(self, sample: Tensor) -> bool:
        """A single draw repeated everywhere is so near 0 less than once in a million times."""
        return bool(sample.abs().max() <= ROUNDING)

    def difference(self, sample: Tensor) -> str:
        return "not zero"


def by_column(law: Distribution, label: str) -> dict[str, Distribution]:
    """{observation: law} for each of two columns; label: how their observations are called."""
    return {f"{label} {j}": law for j in (1, 2)}
