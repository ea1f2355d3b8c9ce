"""Answers as students write them: the proof of every exercise.

One Python file per exercise, `checks/answers/<name>.py`, in sections. A header says what the answer
deserves:

    # %% right: <title>
    # %% wrong: <name of the misconception>, or - for a wrong answer that has no name
    # %% wrong: <one name> & <another>, for mistakes that are made together
    # %% raised
    # %% not attempted

Comment lines below a header are a note. The answer follows: it defines the function or class under
its name in the notebook, and PRELUDE is run in front of it.

Each answer is written once. One that differs from a right answer in a few lines names it at the end
of its header, and shows the changes as a diff does:

    # %% right: three steps
    def total_variation(p, q):
        gap = p - q
        gap = gap.abs()
        return gap.sum() / 2


    # %% wrong: differences that cancel, from: three steps
    -    gap = gap.abs()


    # %% wrong: averaged over the outcomes, from: three steps
         gap = gap.abs()
    +    gap = gap / len(gap)

    -    return gap.sum() / 2
    +    return gap.sum()

- `, from: ` is followed by the title of a right answer above it that is written in full. A title or
  name may hold commas, but not `, from: `.
- The first character of a line is its mark: `-` goes out, `+` comes in, a space stays. The rest is
  the line itself, indentation included.
- A blank line separates two changes, and they are in the order of the answer.
- The lines of a change that go out or stay are in the other answer exactly once, in a row.
- A note belongs to its own answer, and is not changed.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.checks import find
from autograder.judging import Exercise, Status
from autograder.judging.judgement import RETURNS_NONE
from autograder.judging.verdict import AND
from helpers.errors import CourseError

PRELUDE = """\
import math
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
"""
_HEADER = re.compile(r"# %% (?:(right|wrong): (\S.*?)|(raised|not attempted))(?:, from: (\S.*))?")
_NOTE = re.compile(r"(?:#.*\n)*")
_MARKS = ("-", "+", " ")
_BLANK = re.compile(r"\n(?:[ \t]*\n)+")


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
    """The answers in one file, each in full.

    Raises CourseError for a header that cannot be understood, and for a change that does not fit.
    """
    if not path.exists():
        raise CourseError(f"{exercise.id} has no answers; write some in {path}.")
    before, *parts = re.split(r"^(?=# %%)", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    if before.strip():
        raise CourseError(f"{path}: the first line must be a header, as '# %% right: softplus'.")
    in_full: dict[str, str] = {}
    return [_answer(path, exercise, part, in_full) for part in parts]


def build(answer: Answer) -> Callable:
    """The function or class that the answer defines."""
    namespace: dict[str, Any] = {"__name__": "answer"}
    exec(PRELUDE, namespace)
    exec(compile(answer.source, f"<{answer}>", "exec"), namespace)
    if answer.name not in namespace:
        raise CourseError(f"The answer '{answer}' does not define {answer.name}.")
    return namespace[answer.name]


def _answer(path, exercise, part, in_full):
    """in_full: {title: lines} of the right answers above that are written in full; grows."""
    header, _, text = part.partition("\n")
    place = f"{path}: '{header.rstrip()}'"
    match = _HEADER.fullmatch(header.rstrip())
    if not match:
        raise CourseError(
            f"{place} is not a header; write '# %% right: title', "
            "'# %% wrong: misconception', '# %% raised' or '# %% not attempted'."
        )
    verdict, title, other = Status(match[1] or match[3]), match[2], match[4]
    named = verdict is Status.WRONG and title != "-"
    known = {RETURNS_NONE[0], *(known.name for known in exercise.known)}
    for name in title.split(AND) if named else ():
        if name not in known:
            raise CourseError(f"{place}: {exercise.id} has no misconception '{name}'.")
    note = _NOTE.match(text)[0]  # type: ignore[index]  # it may be empty
    body = text[len(note) :].rstrip().lstrip("\n")
    if not body:
        raise CourseError(f"{place} is followed by no answer.")
    if other:
        if other not in in_full:
            raise CourseError(f"{place}: no right answer in full above it is called '{other}'.")
        body = _changed(in_full[other], body, place)
    elif body.startswith(_MARKS):
        raise CourseError(f"{place} has changes; end it in ', from: ' and the answer they change.")
    elif verdict is Status.RIGHT:
        if title in in_full:
            raise CourseError(f"{place}: an answer above it is called '{title}', too.")
        in_full[title] = body.split("\n")
    about = note.partition("\n")[0].removeprefix("# ")
    full = "; ".join(words for words in (title, about) if words and words != "-")
    source = f"{note}{body}".strip() + "\n"
    return Answer(exercise.id, verdict, title if named else None, full, source)


def _changed(lines, changes, place):
    """The text of an answer of these lines after the changes."""
    result, end = [], 0
    for change in _BLANK.split(changes):
        marked = [(line[:1], line[1:]) for line in change.split("\n")]
        if strange := [mark + rest for mark, rest in marked if mark not in _MARKS]:
            raise CourseError(f"{place}: '{strange[0]}' must begin with '-', '+' or a space.")
        old = [rest for mark, rest in marked if mark != "+"]
        new = [rest for mark, rest in marked if mark != "-"]
        start = _only_place(old, lines, place)
        if old == new:
            raise CourseError(f"{place}: nothing is changed at '{old[0]}'.")
        if start < end:
            raise CourseError(f"{place}: the change at '{old[0]}' must be above the one before it.")
        result += lines[end:start] + new
        end = start + len(old)
    return "\n".join(result + lines[end:])


def _only_place(old, lines, place):
    """The index at which the lines of a change are in those of the answer."""
    if not old:
        raise CourseError(
            f"{place}: all lines of a change are new; add one beside them that stays."
        )
    if unknown := [line for line in old if line not in lines]:
        raise CourseError(
            f"{place}: the other answer has no line '{unknown[0]}' with this indentation."
        )
    starts = [at for at in range(len(lines)) if lines[at : at + len(old)] == old]
    if not starts:
        raise CourseError(
            f"{place}: the {len(old)} lines from '{old[0]}' on are not in a row in the other "
            "answer."
        )
    if len(starts) > 1:
        raise CourseError(
            f"{place}: '{old[0]}' is {len(starts)} times in the other answer; add a line beside it "
            "that stays."
        )
    return starts[0]
