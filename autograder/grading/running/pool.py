"""The interface of whatever runs submissions: local workers and a Dask cluster share it."""

import errno
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self, runtime_checkable

from autograder.sandbox.kernel_limits import Limits
from helpers.errors import CourseError

if TYPE_CHECKING:  # slow to import, and the command starts its workers before it imports them
    from autograder.grading.preparing.jobs import Task
    from autograder.grading.recording.store import Store
    from autograder.grading.running.outcome import Outcome


POSTGRESQL_FULL = "53100"  # SQLSTATE disk_full


@dataclass(frozen=True)
class Failure:
    """A submission could not be run, for a reason that is not its own fault."""

    reason: str


def say_nothing(sentence: str) -> None:
    """The `tell` of a pool whose sentences nobody reads."""


@runtime_checkable
class Pool(Protocol):
    """A context manager that runs submissions and ends what it started.

    limits: of each submission. count: submissions at a time, None if not known yet. tell: called
    with a sentence about the progress of a long wait; assign a function to receive them.
    """

    limits: Limits
    tell: Callable[[str], None]

    @property
    def count(self) -> int | None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...

    def begin(self) -> None:
        """Start what run() needs in advance. Raises CourseError if nothing may run here."""

    def run(
        self, tasks: "Sequence[Task]", store: "Store", started: "Callable[[Task], None]" = ...
    ) -> "Iterator[tuple[Task, Outcome | CourseError | Failure]]":
        """Yield each task once, with its result, in the order in which they end.

        A CourseError as the result says why the submission cannot be read. The notebook of an
        Outcome is in the store; a result that was there before is not computed again. started:
        called with each task that begins.

        Raises CourseError or OSError for a problem that affects everybody, such as a full disk.
        """


def is_full(error: BaseException) -> bool:
    """Whether an exception of Python or of the gradebook's database says that the disk is full.

    By its code: its text may quote what a student wrote.
    """
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    cause = getattr(error, "orig", None)  # of SQLAlchemy: the database's own exception
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL
    return getattr(cause, "sqlstate", None) == POSTGRESQL_FULL
