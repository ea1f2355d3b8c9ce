"""Settle by hand what could not be judged: a teacher's decision, by `autograder settle`."""

from collections.abc import Iterable
from dataclasses import replace

from autograder.course.course import Course
from autograder.grading.preparing import jobs
from autograder.grading.recording.store import Store, only_grader
from autograder.grading.result import (
    COULD_NOT_BE_JUDGED,
    GIVEN_UP,
    SETTLED,
    Result,
    lost_points,
    result_of,
    results_of,
)
from helpers.errors import CourseError

OPEN = (COULD_NOT_BE_JUDGED, GIVEN_UP, SETTLED)


def settle_by_hand(
    course: Course, assignment: str, students: Iterable[str], again: bool = False
) -> list[Result]:
    """Settle these students' hand-ins; returns the new Results.

    They are final without automatic points from now on, until another version is handed in; of
    several notebooks, only those that could not be judged. again: have the next run try them anew
    instead. Raises CourseError if one of them was judged, or has not been run.
    """
    blueprints = jobs.blueprints(course, assignment)
    known, made = results_of(course, assignment), []
    with only_grader(course):
        for student in students:
            result = known.of(student)
            if result is None or result.status not in OPEN:
                status = result.status if result else "not graded yet"
                raise CourseError(
                    f"{student} in {assignment}: {status}; only what could not be judged is "
                    "settled by hand."
                )
            made.append(student)
        for student in made:
            for blueprint in blueprints:
                store = Store.of(course, assignment, blueprint.notebook)
                one = result_of(store, student)
                if one and one.status in OPEN:
                    lost = lost_points(blueprint) if len(blueprints) > 1 and not again else {}
                    settled = replace(
                        one,
                        status=COULD_NOT_BE_JUDGED if again else SETTLED,
                        tried=None if again else one.tried,
                        **lost,
                    )
                    store.save_status(student, settled.as_row())
    found = [known.of(student) for student in made]
    return [result for result in found if result]
