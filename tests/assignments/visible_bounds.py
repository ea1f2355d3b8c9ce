"""The bounds of what is random in a visible check, read from its cell."""

import json
import re
from pathlib import Path
from typing import Any

from scipy import stats

NUMBER = r"(-?[\d.]+)"


class VisibleCheck:
    """The test cell of one exercise in a source notebook."""

    def __init__(self, notebook: Path, name: str) -> None:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        self.source = next("".join(c["source"]) for c in cells if c.get("id") == f"test_{name}")

    def within(self, label: str) -> tuple[float, float]:
        """Lower and upper bound of the expect.within with this label."""
        found = re.search(rf'within\(\s*"{re.escape(label)}",.*?{self._pair()}', self.source, re.S)
        assert found, label
        return float(found[1]), float(found[2])

    def slack(self, label: str) -> float:
        """atol of the expect.close with this label."""
        found = re.search(rf'close\(\s*"{re.escape(label)}",.*?atol={NUMBER}', self.source, re.S)
        assert found, label
        return float(found[1])

    @staticmethod
    def _pair():
        return rf",\s+{NUMBER},\s+{NUMBER}[,)]"


def outside(law: Any, low: float, high: float) -> float:
    """The probability that a draw is outside of the bounds."""
    return law.cdf(low) + law.sf(high)


def mean_outside(low: float, high: float, deviation: float, draws: int) -> float:
    """The probability that the mean of so many draws around 0 is outside of the bounds."""
    return outside(stats.norm(0, deviation / draws**0.5), low, high)


def deviation_outside(low: float, high: float, draws: int) -> float:
    """The probability that the deviation of so many standard normal draws is outside."""
    law = stats.chi2(draws - 1)
    return outside(law, (draws - 1) * low**2, (draws - 1) * high**2)
