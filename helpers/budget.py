"""How long to train: in full for a student's session, a few steps while a notebook is graded.

nbgrader and the course's own grader set ``NBGRADER_EXECUTION`` while they run a notebook.
``COURSE_BUDGET`` is a person's own choice, ``full``, ``quick`` or ``graded``, and wins.
"""

import os
from typing import TypeVar

from helpers.errors import CourseError

T = TypeVar("T")
LEVELS = ("full", "quick", "graded")


def level() -> str:
    """Return ``full``, ``quick`` (to try code) or ``graded`` (only to see that it runs).

    Raises:
        CourseError: ``COURSE_BUDGET`` is something else.
    """
    choice = os.environ.get("COURSE_BUDGET", "")
    if choice and choice not in LEVELS:
        raise CourseError(
            f"COURSE_BUDGET is {choice!r} in the environment: set it to {', '.join(LEVELS[:-1])} "
            f"or {LEVELS[-1]}, or unset it."
        )
    return choice or ("graded" if being_graded() else "full")


def being_graded() -> bool:
    """Return True while a grader or a validation runs the notebook, whatever the budget."""
    return bool(os.environ.get("NBGRADER_EXECUTION"))


def is_quick() -> bool:
    """Return True when training should be short.

    Raises:
        CourseError: ``COURSE_BUDGET`` is not one of the levels.
    """
    return level() != "full"


def choose(full: T, quick: T, graded: T | None = None) -> T:
    """Return the value of the level; ``graded`` is ``quick`` where it is not given.

    Raises:
        CourseError: ``COURSE_BUDGET`` is not one of the levels.
    """
    values = {"full": full, "quick": quick, "graded": quick if graded is None else graded}
    return values[level()]


def describe() -> str:
    """Return one line for a person: the budget and who chose it."""
    if os.environ.get("COURSE_BUDGET"):
        return f"{level()} budget (COURSE_BUDGET)"
    if level() == "graded":
        return "a few steps each (this notebook is being graded)"
    return "full budget"
