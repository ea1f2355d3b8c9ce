"""Checks: everything that one assignment's tests compare with."""

from collections.abc import Iterator
from dataclasses import dataclass

from autograder.judging.exercise import Exercise
from autograder.judging.trained.model import Trained
from helpers.errors import CourseError


@dataclass(frozen=True)
class Checks:
    """The one list in `checks/__init__.py`, as CHECKS.

    prefix: what every id begins with, by custom the assignment's name: "vae" of "vae.sampling".
    exercises, models: in the order of the notebook.
    other_forms: exercises under other names that public courses ask for; judged, in no notebook.

    Raises CourseError where an id does not begin with the prefix, or is used twice.
    """

    prefix: str
    exercises: tuple[Exercise, ...] = ()
    models: tuple[Trained, ...] = ()
    other_forms: tuple[Exercise, ...] = ()

    def __post_init__(self) -> None:
        ids = [each.id for each in self]
        for each in ids:
            if not each.startswith(f"{self.prefix}."):
                raise CourseError(
                    f"The id {each!r} should begin with {self.prefix + '.'!r}, the prefix of its "
                    "assignment's checks; change one of the two."
                )
            if ids.count(each) > 1:
                raise CourseError(
                    f"The id {each!r} is used twice in one assignment; rename one of them."
                )

    @property
    def judged(self) -> tuple[Exercise, ...]:
        """The exercises, then their other forms."""
        return (*self.exercises, *self.other_forms)

    @property
    def in_notebook(self) -> tuple[Exercise | Trained, ...]:
        """What has a test cell in the notebook."""
        return (*self.exercises, *self.models)

    def __iter__(self) -> Iterator[Exercise | Trained]:
        return iter((*self.judged, *self.models))


# Of an assignment with plain asserts alone.
NO_CHECKS = Checks(prefix="")
