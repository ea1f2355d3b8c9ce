"""Answers as students write them: the proof of every exercise.

One Python file per exercise, `checks/answers/<name>.py`, in sections:

    # %% right: <title>
    # %% wrong: <name of the misconception>, or - for a wrong answer that has no name
    # %% raised
    # %% not attempted

Comment lines under a header are a note. Each section defines the function or class under its
name in the notebook, with PRELUDE in front of it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autograder.checks import find
from autograder.judging import Exercise, Status
from helpers.errors import CourseError

PRELUDE = """\
import math
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
"""
_HEADER = re.compile(r"# %% (?:(right|wrong): (\S.*)|(raised|not attempted))")


@dataclass(frozen=True)
class Answer:
    """exercise: its id. source: of one solution cell. misconception: None when it has no name."""

    exercise: str
    verdict: Status
    misconception: str | None
    title: str
    source: str

    @property
    def name(self) -> str:
        """The name that the source defines."""
        return self.exercise.split(".", 1)[1]

    def __str__(self) -> str:
        return f"{self.name}: {self.verdict}, {self.title}"


def of_assignment(root: Path, assignment: str) -> list[Answer]:
    """All answers of one assignment of a course, in the order of its exercises.

    Those to other forms of an exercise come last.
    """
    folder = root / find.SOLUTIONS / assignment / "checks" / "answers"
    chosen = find.of_assignment(root, assignment).judged
    return [
        answer for exercise in chosen for answer in read(folder / f"{exercise.name}.py", exercise)
    ]


def read(path: Path, exercise: Exercise) -> list[Answer]:
    """The answers in one file; CourseError for a header that cannot be understood."""
    if not path.exists():
        raise CourseError(f"{exercise.id} has no answers; write some in {path}.")
    before, *parts = re.split(r"^(?=# %%)", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    if before.strip():
        raise CourseError(f"{path}: the first line must be a header, as '# %% right: softplus'.")
    return [_answer(path, exercise, part) for part in parts]


def build(answer: Answer) -> Callable:
    """The function or class that the answer defines."""
    namespace = {"__name__": "answer"}
    exec(PRELUDE, namespace)
    exec(compile(answer.source, f"<{answer}>", "exec"), namespace)
    if answer.name not in namespace:
        raise CourseError(f"The answer '{answer}' does not define {answer.name}.")
    return namespace[answer.name]


def _answer(path, exercise, part):
    header, _, source = part.partition("\n")
    match = _HEADER.fullmatch(header.rstrip())
    if not match:
        raise CourseError(
            f"{path}: '{header}' is not a header; write '# %% right: title', "
            "'# %% wrong: misconception', '# %% raised' or '# %% not attempted'."
        )
    verdict, title = Status(match[1] or match[3]), match[2]
    named = verdict is Status.WRONG and title != "-"
    if named and title not in [known.name for known in exercise.misconceptions]:
        raise CourseError(f"{path}: {exercise.id} has no misconception '{title}'; see '{header}'.")
    note = re.match(r"# (.*)", source)
    full = "; ".join(words for words in (title, note and note[1]) if words and words != "-")
    return Answer(exercise.id, verdict, title if named else None, full, source.strip() + "\n")
