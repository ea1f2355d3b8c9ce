"""Settings of a grading run that judge() reads in test cells."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from autograder.judging.exercise import Exercise
from autograder.judging.verdict import Status, Verdict

_NOT_WRONG = (Status.RIGHT, Status.COULD_NOT_BE_JUDGED)


@dataclass
class SoFar:
    """What has been judged of one submission.

    judged: {id: (Exercise, its verdict)}. lent: ids of the exercises whose oracle its code could
    call; their verdicts are final.
    """

    judged: dict[str, tuple[Exercise, Verdict]] = field(default_factory=dict)
    lent: set[str] = field(default_factory=set)

    def final(self, exercise: Exercise) -> Verdict | None:
        """The verdict that no later judgement changes; None where there is none yet."""
        return self.judged[exercise.id][1] if exercise.id in self.lent else None

    def wrong(self, exercise: Exercise) -> list[Exercise]:
        """The other exercises of its assignment whose answers were found wrong."""
        assignment = exercise.id.partition(".")[0]
        return [
            each
            for each, verdict in self.judged.values()
            if each.id != exercise.id
            and each.id.partition(".")[0] == assignment
            and verdict.status not in _NOT_WRONG
        ]


@dataclass(frozen=True)
class Setting:
    """salt: with the exercise's id, it decides which probe inputs are drawn.

    publish: takes each verdict; None leaves it in the outputs of the running kernel's cell.
    files: {name: path} of what was beside the notebook; None: what is in this folder.
    checks: a checks.Checks, of the assignment being graded; None: those of the course around here.
    so_far: of the submission being graded; None: one judgement knows nothing of the others.
    """

    salt: str = ""
    publish: Callable | None = None
    files: Mapping | None = None
    checks: Any = None
    so_far: SoFar | None = None


_current = ContextVar("setting", default=Setting())  # noqa: B039 (it is frozen)


def current() -> Setting:
    return _current.get()


@contextlib.contextmanager
def setting(**choices: Any) -> Iterator[None]:
    """Judge with Setting(**choices) inside."""
    token = _current.set(Setting(**choices))
    try:
        yield
    finally:
        _current.reset(token)
