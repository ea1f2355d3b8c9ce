"""How long to train: in full for a student's session, briefly while a notebook is being graded.

nbgrader sets ``NBGRADER_EXECUTION`` (to ``autograde`` or ``validate``) while it runs a notebook.
``COURSE_BUDGET`` is a person's own choice, ``quick`` or ``full``, and wins over nbgrader's.
"""

import os
from typing import TypeVar

from helpers.errors import CourseError

T = TypeVar("T")


def is_quick() -> bool:
    """Return True when training should be short.

    Raises:
        CourseError: ``COURSE_BUDGET`` is neither ``quick`` nor ``full``.
    """
    choice = os.environ.get("COURSE_BUDGET", "")
    if choice not in ("", "quick", "full"):
        raise CourseError(
            f"COURSE_BUDGET is {choice!r} in the environment: set it to quick or full, or unset it."
        )
    if choice:
        return choice == "quick"
    return bool(os.environ.get("NBGRADER_EXECUTION"))


def choose(full: T, quick: T) -> T:
    """Return ``quick`` under a quick budget and ``full`` otherwise.

    Raises:
        CourseError: ``COURSE_BUDGET`` is neither ``quick`` nor ``full``.
    """
    return quick if is_quick() else full


def describe() -> str:
    """Return one line for a person: the budget and who chose it."""
    budget = choose("full", "quick")
    if os.environ.get("COURSE_BUDGET"):
        return f"{budget} budget (COURSE_BUDGET)"
    if budget == "quick":
        return "quick budget (nbgrader is running this notebook)"
    return "full budget"
