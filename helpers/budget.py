"""How long to train: in full for a student's session, a few steps while a notebook is graded.

nbgrader and the course's own grader set ``NBGRADER_EXECUTION`` while they run a notebook.
``COURSE_BUDGET`` is a person's own choice, ``full``, ``short``, ``quick`` or ``graded``, and wins.
"""

import os
from typing import TypeVar

from helpers.errors import CourseError

T = TypeVar("T")
LEVELS = ("full", "short", "quick", "graded")


def level() -> str:
    """Return the level, from the longest to the shortest of these:

    ``full``, ``short`` (a few minutes, for pictures that show something), ``quick`` (seconds, to
    try code) and ``graded`` (only to see that it runs).

    Raises:
        CourseError: ``COURSE_BUDGET`` is something else.
    """
    choice = os.environ.get("COURSE_BUDGET", "")
    if choice and choice not in LEVELS:
        raise CourseError(
            f"COURSE_BUDGET is {choice!r} in the environment: set it to full, short or quick, or "
            "unset it."
        )
    return choice or ("graded" if being_graded() else "full")


def being_graded() -> bool:
    """Return True while a grader or a validation runs the notebook, whatever the budget."""
    return bool(os.environ.get("NBGRADER_EXECUTION"))


def is_quick() -> bool:
    """Return True when everything trains for seconds at most.

    Raises:
        CourseError: ``COURSE_BUDGET`` is not one of the levels.
    """
    return level() in ("quick", "graded")


def choose(full: T, quick: T, graded: T | None = None, short: T | None = None) -> T:
    """Return the value of the level.

    Where they are not given, ``graded`` is ``quick`` and ``short`` is ``full``.

    Raises:
        CourseError: ``COURSE_BUDGET`` is not one of the levels.
    """
    values = {
        "full": full,
        "short": full if short is None else short,
        "quick": quick,
        "graded": quick if graded is None else graded,
    }
    return values[level()]


def describe() -> str:
    """Return one line for a person: the budget and who chose it."""
    if os.environ.get("COURSE_BUDGET"):
        return f"{level()} budget (COURSE_BUDGET)"
    if level() == "graded":
        return "a few steps each (this notebook is being graded)"
    return "full budget"
