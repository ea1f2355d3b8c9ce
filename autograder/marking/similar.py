"""List whose answers are alike: the beginning of a look, not a verdict."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from autograder.marking.groups import BLANK, grouped


@dataclass(frozen=True)
class Alike:
    """Students with equal or nearly equal answers to a cell. share: of those who answered."""

    cell: str
    kind: str
    students: tuple[str, ...]
    share: float


@dataclass(frozen=True)
class Pair:
    """Two students, and the cells in which they are alike and few others are."""

    students: tuple[str, str]
    cells: tuple[str, ...]


# What a third of the class writes is no sign of anything.
COMMON = 1 / 3


def alike(work: Mapping[str, Mapping[str, str]], stubs: Mapping[str, str]) -> list[Alike]:
    """Groups of {student: {cell: source}}, by cell. stubs: the cells as they were handed out."""
    found = []
    for cell, stub in stubs.items():
        answers = {student: own[cell] for student, own in work.items() if cell in own}
        groups = [group for group in grouped(answers, stub) if group.kind != BLANK]
        total = sum(len(group.members) for group in groups)
        found += [
            Alike(cell, group.kind, group.members, len(group.members) / total)
            for group in groups
            if len(group.members) > 1
        ]
    return found


def pairs(found: Iterable[Alike]) -> list[Pair]:
    """Pairs of students that are alike where few are, those with the most cells first."""
    shared: dict[tuple[str, str], list[str]] = {}
    for each in found:
        if each.share <= COMMON or len(each.students) == 2:
            for number, one in enumerate(each.students):
                for other in each.students[number + 1 :]:
                    shared.setdefault((min(one, other), max(one, other)), []).append(each.cell)
    listed = [Pair(both, tuple(cells)) for both, cells in shared.items()]
    return sorted(listed, key=lambda pair: (-len(pair.cells), pair.students))
