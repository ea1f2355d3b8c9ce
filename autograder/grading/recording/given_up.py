"""Settle by hand what could not be judged: a teacher's decision, by `autograder settle`."""

from collections.abc import Iterable
from dataclasses import replace

from autograder.course.course import Course
from autograder.grading.grade import (
    COULD_NOT_BE_JUDGED,
    GIVEN_UP,
    SETTLED,
    Result,
    result_of,
)
from autograder.grading.recording.store import Store, only_grader
from helpers.errors import CourseError


def settle_by_hand(
    course: Course, assignment: str, students: Iterable[str], again: bool = False
) -> list[Result]:
    """Settle these students' hand-ins; returns the new Results.

    They are final without automatic points from now on, until another version is handed in. again:
    have the next run try them anew instead. Raises CourseError if one of them was judged, or has
    not been run.
    """
    course.source(assignment)
    store, made = Store.of(course, assignment), []
    with only_grader(course):
        for student in students:
            result = result_of(store, student)
            if result is None or result.status not in (COULD_NOT_BE_JUDGED, GIVEN_UP, SETTLED):
                status = result.status if result else "not graded yet"
                raise CourseError(
                    f"{student} in {assignment}: {status}; only what could not be judged is "
                    "settled by hand."
                )
            status = COULD_NOT_BE_JUDGED if again else SETTLED
            tried = None if again else result.tried
            made.append(replace(result, status=status, tried=tried))
        for result in made:
            store.save_status(result.student, result.as_row())
    return made
