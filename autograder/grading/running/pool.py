"""What runs submissions: the interface that local workers and a Dask cluster share."""

import errno
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self, runtime_checkable

from autograder.sandbox.kernel_limits import Limits
from helpers.errors import CourseError

if TYPE_CHECKING:  # both import much, and the command starts its workers before that
    from autograder.grading.preparing.jobs import Task
    from autograder.grading.recording.store import Store
    from autograder.grading.running.outcome import Outcome


@dataclass(frozen=True)
class Failure:
    """A submission that was not run, and not for a reason of its own."""

    reason: str


def say_nothing(sentence: str) -> None:
    """For a pool whose sentences nobody reads."""


@runtime_checkable
class Pool(Protocol):
    """A context manager that runs submissions and ends what it started.

    limits: of each submission. count: submissions at a time, None where nobody knows yet. tell: is
    given a sentence now and then for whoever waits; assign another to hear them.
    """

    limits: Limits
    count: int | None
    tell: Callable[[str], None]

    def __enter__(self) -> Self: ...

    def __exit__(self, *error) -> None: ...

    def begin(self) -> None:
        """Start what run() needs, ahead of it. Raises CourseError where nothing may be run."""

    def run(
        self, tasks: "Sequence[Task]", store: "Store", started: "Callable[[Task], None]" = ...
    ) -> "Iterator[tuple[Task, Outcome | CourseError | Failure]]":
        """Yields (task, what became of it) as they end, each task once.

        A CourseError says why the submission cannot be read. A result that is in the store is not
        computed again; an Outcome's notebook is there. started: is told of each task that begins.
        Raises CourseError or OSError for what concerns everybody, such as a full disk.
        """


def is_full(error: Exception) -> bool:
    """Whether an exception says that the disk is full, to Python or to the gradebook."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return "disk is full" in str(error) or "No space left on device" in str(error)
