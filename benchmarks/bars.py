"""Are the bars of trained models where runs that follow the recipe pass?

    python -m benchmarks.bars

prints for each model and measure, from the runs in docs/gallery/runs.json: mean, standard
deviation, the worst run, the bar, and the share of all further runs that meets it at least.

That share is a one-sided tolerance bound with 95% confidence (Meeker, Hahn and Escobar 2017,
"Statistical Intervals"; it assumes a normal measure): with n runs whose mean lies k standard
deviations on the right side of the bar, it is the p that solves T(k sqrt n; n - 1, z_p sqrt n) =
0.95, where T is the distribution function of the noncentral t. A test draws such runs and counts.
"""

import argparse
import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scipy.optimize import brentq
from scipy.stats import nct, norm

from benchmarks import records
from benchmarks.graded_runs import MODELS
from helpers.quality.trained import AT_MOST, is_met
from tests import own_course

CONFIDENCE = 0.95
# Fewer runs say nothing about a deviation.
FEWEST = 5


@dataclass(frozen=True)
class Row:
    """A measure of a model over its runs."""

    model: str
    measure: str
    values: tuple[float, ...]
    bar: float

    @property
    def met(self) -> int:
        """How many runs meet the bar."""
        return sum(is_met(self.measure, value, self.bar) for value in self.values)

    @property
    def worst(self) -> float:
        return (max if self.measure in AT_MOST else min)(self.values)

    @property
    def share(self) -> float:
        """The share of further runs that meets the bar, with 95% confidence; nan for few runs."""
        if len(self.values) < FEWEST:
            return math.nan
        return share_beyond(self.values, self.bar, at_most=self.measure in AT_MOST)


def share_beyond(values: Sequence[float], bar: float, *, at_most: bool) -> float:
    """The tolerance bound (see above), or 0 below a half; 1 or 0 for equal values."""
    mean, deviation, n = statistics.mean(values), statistics.stdev(values), len(values)
    distance = bar - mean if at_most else mean - bar
    if deviation < 1e-9:
        return float(distance >= 0)
    score = distance / deviation * math.sqrt(n)

    def too_sure(z):
        return nct.cdf(score, n - 1, z * math.sqrt(n)) - CONFIDENCE

    if too_sure(0) < 0:
        return 0.0
    # Beyond 8 deviations a normal distribution is no longer credible.
    return float(norm.cdf(8 if too_sure(8) > 0 else brentq(too_sure, 0, 8)))


def rows(runs: Sequence[records.Run]) -> Iterator[Row]:
    """A Row for each measure of each model that was run."""
    for recipe, (model_id, *_) in MODELS.items():
        found = [run.judged for run in records.of_recipe(recipe, runs)]
        for measure, bar in own_course.find(model_id).needed.items() if found else ():
            yield Row(model_id, measure, tuple(one[measure] for one in found), bar)


HEAD = ("model", "measure", "runs", "mean ± deviation", "worst", "bar", "met", "share, 95% sure")


def table(runs: Sequence[records.Run]) -> Iterator[tuple[str, ...]]:
    """The rows as texts."""
    for row in rows(runs):
        n, mean = len(row.values), statistics.mean(row.values)
        spread = f" ± {statistics.stdev(row.values):.2g}" if n > 1 else ""
        share = "too few runs" if math.isnan(row.share) else f"{math.floor(row.share * 1e4) / 100}%"
        yield (
            row.model,
            row.measure,
            str(n),
            f"{mean:.4g}{spread}",
            f"{row.worst:.4g}",
            f"{row.bar:g}",
            f"{row.met} of {n}",
            share,
        )


def main() -> None:
    argparse.ArgumentParser(prog="python -m benchmarks.bars", description=__doc__).parse_args()
    for row in [HEAD, *table(records.read())]:
        print(" | ".join(row))


if __name__ == "__main__":
    main()
