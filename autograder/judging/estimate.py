"""A number that a right answer may work out, or estimate from draws."""

from dataclasses import dataclass

import torch
from torch import Tensor

# How many deviations an estimate may be from the truth. A mean of thousands of draws is further
# away far less often than the false-alarm rate allows.
DEVIATIONS = 7


@dataclass(frozen=True)
class Estimate:
    """One number or several, each of them right, or near what is right.

    value: what is right. deviation: standard deviation of the roughest estimate that is
    allowed, one for all numbers or one for each.
    """

    value: torch.Tensor
    deviation: torch.Tensor

    def accepts(self, numbers: Tensor) -> bool:
        """Whether as many numbers, of any shape, may be estimates of `value`."""
        if numbers.numel() != self.value.numel():
            return False
        gap = (numbers.flatten() - self.value.flatten()).abs()
        return bool((gap <= DEVIATIONS * self.deviation.flatten()).all())
