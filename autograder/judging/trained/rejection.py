"""Why a model earns nothing, or cannot be judged."""

from collections.abc import Mapping


class Refused(Exception):
    """The model is wrong in a way that has a name.

    name: short, for tables. sentence: what the student is told.
    """

    def __init__(self, name: str, sentence: str) -> None:
        self.name, self.sentence = name, sentence
        super().__init__(f"{name}. {sentence}")


class StudentError(Exception):
    """The student's own code raised; the text is what the student is told."""


class NotAttempted(Exception):
    """There is nothing to judge yet; the text says what to do."""


class NoData(Exception):
    """What is left to measure needs images that are not here; the text says which.

    found: {measure: value}, if all bars are reached and only the comparison with real images is
    left; else None.
    """

    def __init__(self, sentence: str, found: Mapping[str, float] | None = None) -> None:
        self.found = found
        super().__init__(sentence)
