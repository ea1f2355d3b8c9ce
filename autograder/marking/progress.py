"""How far a question is: what is left, minutes an answer, the points so far."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import RowMapping

from autograder.marking.marks import Mark
from autograder.marking.questions import Question

# Whoever takes longer between two answers was away: seconds.
PAUSE = 600.0
# Comments that are offered again.
OFFERED = 6


@dataclass(frozen=True)
class Progress:
    """all: answers. left: that wait for a mark. flagged: for a colleague. old: marked by a scheme
    that has changed since. minutes: the median for an answer, or None. points: {points: answers},
    ascending.
    """

    all: int
    left: int
    flagged: int
    old: int
    minutes: float | None
    points: dict[float, int]

    @property
    def done(self) -> int:
        """Answers that need nobody."""
        return self.all - self.left

    def as_row(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "all": self.all,
            "left": self.left,
            "flagged": self.flagged,
            "old": self.old,
            "minutes": self.minutes,
            "points": [[points, count] for points, count in self.points.items()],
        }


def of(question: Question, marks: Sequence[Mark], entries: Iterable[RowMapping]) -> Progress:
    """The Progress of a question. entries: rows of the log, of all questions."""
    given = [mark.auto if mark.points is None else mark.points for mark in marks]
    counts = Counter(points for points in given if points is not None)
    return Progress(
        all=len(marks),
        left=sum(mark.waits for mark in marks),
        flagged=sum(mark.flag for mark in marks),
        old=sum(mark.old_scheme for mark in marks),
        minutes=_minutes(row for row in entries if row["cell"] == question.name),
        points=dict(sorted(counts.items())),
    )


def comments(marks: Iterable[Mark]) -> list[str]:
    """Own comments of this question that were used, the most frequent ones first."""
    used = Counter(mark.own.strip() for mark in marks if mark.own.strip())
    return [comment for comment, _ in used.most_common(OFFERED)]


def _minutes(entries: Iterable[RowMapping]) -> float | None:
    """The median time from one marker's last change of an answer to that of the next one."""
    last: dict[str, dict[str, float]] = defaultdict(dict)
    for row in entries:
        last[row["marker"]][row["grade"]] = row["at"]
    spent = []
    for times in last.values():
        ordered = sorted(times.values())
        pauses = (after - before for before, after in zip(ordered, ordered[1:], strict=False))
        spent += [seconds for seconds in pauses if seconds < PAUSE]
    return statistics.median(spent) / 60 if spent else None
