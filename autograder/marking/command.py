"""The command `autograder mark`: check the options, open the gradebook, serve."""

import getpass
import re

from autograder.course.course import Course
from autograder.marking.desk import Desk, Options
from helpers.errors import CourseError

PART = re.compile(r"(\d{1,4})/(\d{1,4})")


def mark(
    course: Course,
    assignment: str,
    *,
    marker: str | None = None,
    part: str | None = None,
    questions: tuple[str, ...] = (),
    names: bool = False,
    second: float | None = None,
    port: int = 0,
    browser: bool = True,
) -> None:
    """Serve the marking pages of an assignment until interrupted.

    marker: default is the user's name on this machine. part: such as "2/4". second: a share from 0
    to 1. Raises CourseError if an option is wrong or there is nothing to mark.
    """
    options = Options(
        marker=(marker or getpass.getuser()).strip()[:100],
        part=part_of(part),
        only=questions,
        names=names,
        second=second,
    )
    if second is not None and not 0 < second <= 1:
        raise CourseError("--second is a share of the marked answers; write 0.1 for a tenth.")
    with course.gradebook() as gradebook:
        desk = Desk(course, gradebook, assignment, options)
        from autograder.marking.server import (
            serve,  # imports Jupyter's server, which takes a second
        )

        serve(desk, port, browser)


def part_of(text: str | None) -> tuple[int, int] | None:
    """(2, 4) for "2/4". Raises CourseError for what is no part."""
    if text is None:
        return None
    match = PART.fullmatch(text.strip())
    part, parts = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= part <= parts:
        raise CourseError(
            f"--part {text!r} is no share of the students; write 2/4, from 1/4 to 4/4."
        )
    return part, parts
