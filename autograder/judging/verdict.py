"""The verdict on one exercise of one subject."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    RAISED = "raised"
    TIMED_OUT = "timed out"
    NOT_ATTEMPTED = "not attempted"
    COULD_NOT_BE_JUDGED = "could not be judged"


@dataclass(frozen=True)
class Verdict:
    """status, and why.

    message: for the student; names the misunderstanding, never a hidden value.
    misconception: name of the wrong formula that gives the same numbers, or None.
    sentence: what the message says beside that name, or beside "right"; None where it has no parts.
    details: for a teacher: (probe, observation, expected, got) of each mismatch.
    """

    exercise: str
    status: Status
    message: str
    misconception: str | None = None
    sentence: str | None = None
    details: tuple[tuple[str, str, str, str], ...] = field(default=(), repr=False)

    @classmethod
    def right(cls, exercise: str, remark: str = "") -> "Verdict":
        """remark: what is told beside that it is right."""
        message = f"right. {remark}" if remark else "right"
        return cls(exercise, Status.RIGHT, message, sentence=remark or None)

    @classmethod
    def named(
        cls, exercise: str, status: Status, misconception: str, sentence: str, details: tuple = ()
    ) -> "Verdict":
        """A mistake that has a name."""
        message = f"{misconception}. {sentence}"
        return cls(exercise, status, message, misconception, sentence, details)

    @property
    def told(self) -> str:
        """What there is to read below the status and the name of the mistake."""
        if self.sentence is None:
            return "" if self.is_right else self.message
        return self.sentence

    @property
    def is_right(self) -> bool:
        return self.status is Status.RIGHT

    @property
    def name(self) -> str:
        return self.exercise.split(".", 1)[-1]

    def as_row(self) -> dict[str, Any]:
        """The verdict as plain JSON values."""
        return {
            "exercise": self.exercise,
            "name": self.name,
            "verdict": str(self.status),
            "misconception": self.misconception,
            "message": self.message,
            "sentence": self.sentence,
        }

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Verdict":
        """The verdict of as_row(); rows of an older kit have no sentence."""
        status, name = Status(row["verdict"]), row["misconception"]
        return cls(row["exercise"], status, row["message"], name, row.get("sentence"))
