"""Why a model earns nothing, or cannot be judged."""


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
    """What is left to measure needs images that are not here; the text says which."""
