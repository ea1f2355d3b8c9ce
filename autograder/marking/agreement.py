"""Compare first and second marks: how far two markers agree."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autograder.marking.log import SECOND
from autograder.marking.marks import Marks
from autograder.marking.questions import Question


@dataclass(frozen=True)
class Agreement:
    """Of one question.

    pairs: (first, second) points. kappa: Cohen's; None where everybody got the same. apart: answers
    that the two marked differently, (student, first, second, who marked second).
    """

    question: Question
    pairs: tuple[tuple[float, float], ...]
    kappa: float | None
    apart: tuple[tuple[str, float, float, str], ...]

    @property
    def equal(self) -> int:
        """How many answers got the same points twice."""
        return sum(first == second for first, second in self.pairs)

    @property
    def difference(self) -> float:
        """The mean of second minus first."""
        return sum(second - first for first, second in self.pairs) / len(self.pairs)


def sampled(assignment: str, ids: Sequence[str], share: float) -> set[str]:
    """A random share of these ids, at least one; the same ones for every marker and every start."""
    return set(shuffled(assignment, ids)[: math.ceil(share * len(ids))])


def shuffled(seed: str, names: Sequence[str]) -> list[str]:
    """The names in a random order that is always the same for this seed."""
    return sorted(names, key=lambda name: hashlib.sha256(f"{seed} {name}".encode()).digest())


def part_of(assignment: str, student: str, parts: int) -> int:
    """The part, from 1 to `parts`, that a student's answers belong to; whoever else hands in."""
    digest = hashlib.sha256(f"{assignment}/{student}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % parts + 1


def kappa(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Cohen's kappa of (first, second) points; None if there is only one category."""
    from sklearn.metrics import cohen_kappa_score

    values = sorted({value for pair in pairs for value in pair})
    if len(values) < 2:
        return None
    first, second = ([values.index(pair[turn]) for pair in pairs] for turn in (0, 1))
    return float(cohen_kappa_score(first, second))


def agreements(marks: Marks, questions: Mapping[str, Question]) -> list[Agreement]:
    """The Agreement of every question that has second marks. marks: the first ones."""
    second = {row["grade"]: row for row in marks.log(SECOND)}
    found = []
    for question in questions.values():
        both = [
            (mark, second[mark.id])
            for mark in marks.of(question)
            if mark.points is not None and mark.id in second
            if second[mark.id]["points"] is not None
        ]
        if not both:
            continue
        pairs = tuple((mark.points or 0.0, row["points"]) for mark, row in both)
        apart = tuple(
            (mark.student, mark.points or 0.0, row["points"], row["marker"])
            for mark, row in both
            if mark.points != row["points"]
        )
        found.append(Agreement(question, pairs, kappa(pairs), apart))
    return found
