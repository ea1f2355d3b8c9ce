"""What is said about one exercise of one subject."""

from dataclasses import dataclass, field
from enum import StrEnum


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

    misconception: name of the wrong formula that gives the same numbers, or None.
    message: for the student; names the misunderstanding, never a hidden value.
    details: for a teacher: (probe, observation, expected, got) of each mismatch.
    """

    exercise: str
    status: Status
    message: str
    misconception: str | None = None
    details: tuple[tuple[str, str, str, str], ...] = field(default=(), repr=False)

    @property
    def is_right(self):
        return self.status is Status.RIGHT

    @property
    def name(self):
        return self.exercise.split(".", 1)[-1]

    def as_row(self):
        """The verdict as plain JSON values."""
        return {
            "exercise": self.exercise,
            "name": self.name,
            "verdict": str(self.status),
            "misconception": self.misconception,
            "message": self.message,
        }

    @classmethod
    def from_row(cls, row):
        return cls(row["exercise"], Status(row["verdict"]), row["message"], row["misconception"])
