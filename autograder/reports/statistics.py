"""Statistics of a class: histogram, summary, and the difficulty of each exercise."""

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

BINS = 10
# With fewer students than this, a correlation means nothing.
FEWEST = 5


@dataclass(frozen=True)
class Difficulty:
    """How difficult one exercise was.

    most: its maximum. students: how many were graded. success: mean share of its points in [0, 1].
    discrimination: as from discrimination(). states: {status: how many verdicts}.
    """

    name: str
    most: float
    students: int
    success: float
    discrimination: float | None
    states: Counter[str]


def histogram(shares: Iterable[float], bins: int = BINS) -> list[int]:
    """How many shares in [0, 1] fall into each of `bins` equal intervals; 1 is in the last."""
    counts = [0] * bins
    for share in shares:
        counts[min(bins - 1, max(0, int(share * bins)))] += 1
    return counts


def summary(values: Sequence[float]) -> tuple[float, float, float, float]:
    """(mean, median, lowest, highest) of at least one number."""
    return statistics.fmean(values), statistics.median(values), min(values), max(values)


def discrimination(points: Sequence[float], totals: Sequence[float]) -> float | None:
    """Pearson correlation, in [-1, 1], of one exercise with the total of all the others.

    points, totals: for each student, of this exercise and of all. None if there are fewer than
    FEWEST students, or if either is the same for everybody.
    """
    if len(points) < FEWEST:
        return None
    rest = [total - own for own, total in zip(points, totals, strict=True)]
    try:
        return statistics.correlation(points, rest)
    except statistics.StatisticsError:  # one of them is constant
        return None


def difficulties(
    names: Iterable[str],
    most: Mapping[str, float],
    points: Mapping[str, Mapping[str, float]],
    states: Mapping[str, Mapping[str, str]],
) -> list[Difficulty]:
    """A Difficulty for each exercise, in the order of names.

    most: {name: maximum}. points: {student: {name: points}}. states: {student: {name: status}}.
    """
    totals = [sum(own.values()) for own in points.values()]
    rows = []
    for name in names:
        column = [own.get(name, 0.0) for own in points.values()]
        share = statistics.fmean(column) / most[name] if column and most[name] else 0.0
        counted = Counter(own[name] for own in states.values() if name in own)
        rows.append(
            Difficulty(
                name, most[name], len(column), share, discrimination(column, totals), counted
            )
        )
    return rows
