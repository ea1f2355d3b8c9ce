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


BESIDE = "ran beside the student's code"
# What could not be judged for want of real images, the check not being at fault.
NEEDS_IMAGES = "it is measured on real images"
REACHES_BARS = "it reaches its bars, but was not compared with real images"
# Between the names of mistakes that were made together.
AND = " & "


@dataclass(frozen=True)
class Verdict:
    """status, and why.

    message: for the student; names the misunderstanding, never a hidden value.
    misconceptions: (name, sentence) of each mistake that was recognised; several make the answer
        together.
    sentence: what the message says beside the names, or beside "right"; None where it has no parts.
    details: for a teacher: (probe, observation, expected, got) of each mismatch.
    beside: whether the check ran beside the student's code, as in plain nbgrader, and so is no
        safer from it.
    lacks: NEEDS_IMAGES or REACHES_BARS, where it could not be judged only because data is missing.
    """

    exercise: str
    status: Status
    message: str
    misconceptions: tuple[tuple[str, str], ...] = ()
    sentence: str | None = None
    details: tuple[tuple[str, str, str, str], ...] = field(default=(), repr=False)
    beside: bool = False
    lacks: str | None = None

    @classmethod
    def right(cls, exercise: str, remark: str = "") -> "Verdict":
        """remark: what is told beside that it is right."""
        message = f"right. {remark}" if remark else "right"
        return cls(exercise, Status.RIGHT, message, sentence=remark or None)

    @classmethod
    def named(
        cls,
        exercise: str,
        status: Status,
        *misconceptions: tuple[str, str],
        about: str = "",
        details: tuple = (),
    ) -> "Verdict":
        """Mistakes that have a name.

        misconceptions: (name, sentence) of each. about: what else is told after them.
        """
        names = [name for name, _ in misconceptions]
        sentences = [sentence for _, sentence in misconceptions]
        if len(misconceptions) > 1:
            told = " ".join(f"({n}) {each}" for n, each in enumerate(sentences, start=1))
            lead = f"{_in_words(len(names))} mistakes at once: {AND.join(names)}"
        else:
            (lead,), (told,) = names, sentences
        sentence = f"{told} {about}".rstrip()
        return cls(exercise, status, f"{lead}. {sentence}", misconceptions, sentence, details)

    @property
    def misconception(self) -> str | None:
        """The names of the mistakes in one line, as the bank of answers writes them; or None."""
        return AND.join(name for name, _ in self.misconceptions) or None

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
            "misconceptions": [list(each) for each in self.misconceptions],
            "message": self.message,
            "sentence": self.sentence,
            "beside": self.beside,
            **({"lacks": self.lacks} if self.lacks else {}),
        }

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Verdict":
        """The verdict of as_row(); rows of an older kit have one name at most."""
        status, name = Status(row["verdict"]), row["misconception"]
        sentence = row.get("sentence")
        old = [(name, sentence or row["message"])] if name else []
        known = tuple((name, each) for name, each in row.get("misconceptions", old))
        beside, lacks = bool(row.get("beside")), row.get("lacks")
        return cls(
            row["exercise"], status, row["message"], known, sentence, beside=beside, lacks=lacks
        )


def _in_words(count):
    return {2: "Two", 3: "Three"}.get(count, str(count))
