"""Export nbgrader's table of grades, once everybody has a final status."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps.baseapp import NbGrader
from nbgrader.plugins import CsvExportPlugin

from autograder.checks import folders
from autograder.course import csv_text
from autograder.course.course import Course
from autograder.course.roster import Roster
from autograder.grading.preparing import jobs
from autograder.grading.recording.record import waits_for_a_person
from autograder.grading.recording.settle import capped, settle
from autograder.grading.result import (
    COULD_NOT_BE_JUDGED,
    FINAL,
    SHOWN,
    Result,
    require_current,
    results_of,
)
from autograder.notebooks.of_assignment import graded_notebooks
from helpers.errors import CourseError

# As nbgrader names them.
COLUMNS = (
    *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"),
    *("raw_score", "late_submission_penalty", "score", "max_score"),
)


class CompleteCsv(CsvExportPlugin):
    """nbgrader's CSV, refused while a status is missing: a missing grade must not become 0."""

    def export(self, gradebook: Gradebook) -> None:
        """Called by nbgrader. Raises CourseError as require_final() does."""
        app = self.parent
        course = Course.at(app.coursedir.root if isinstance(app, NbGrader) else ".")
        plugin: Any = self  # its traits have no types
        plugin.assignment = plugin.assignment or gradable(course, gradebook)
        require_final(course, gradebook, plugin.assignment, plugin.student)
        Roster.of(course).name_in(gradebook)
        with capped(gradebook):
            _write(gradebook, plugin.to or "grades.csv", plugin.assignment, plugin.student or None)


def export(
    course: Course,
    to: Path,
    assignments: Collection[str] = (),
    students: Collection[str] | None = None,
) -> Path:
    """Write the CSV file `to` for these assignments and students; returns its path.

    assignments: () for all. students: None for all.

    Raises CourseError as require_final() does.
    """
    with course.gradebook() as gradebook:
        chosen = list(assignments) or gradable(course, gradebook)
        require_final(course, gradebook, chosen)
        Roster.of(course).name_in(gradebook)
        with capped(gradebook):
            _write(gradebook, to, chosen, students)
    return to


def _write(
    gradebook: Gradebook,
    to: Path | str,
    assignments: Collection[str],
    students: Collection[str] | None,
) -> None:
    """nbgrader's table; students: None for all. nbgrader's plugin quotes no name."""
    rows: list[Sequence[str]] = [COLUMNS]
    for assignment in gradebook.assignments:
        if assignment.name not in assignments:
            continue
        for student in gradebook.students:
            if students is None or student.id in map(str, students):
                rows.append(_row(gradebook, assignment, student))
    Path(to).write_text(csv_text.write(rows), encoding="utf-8")


def _row(gradebook, assignment, student):
    try:
        found = gradebook.find_submission(assignment.name, student.id)
        penalty = found.late_submission_penalty or 0.0
        counted = max(0.0, found.score - penalty)
        points = [found.timestamp, found.score, penalty, counted]
    except MissingEntry:
        points = [None, 0.0, 0.0, 0.0]
    when, *scores = points
    person = (student.id, student.last_name, student.first_name, student.email)
    cells = (assignment.name, assignment.duedate, when, *person, *scores, assignment.max_score)
    return ["" if cell is None else str(cell) for cell in cells]


def gradable(course: Course, gradebook: Gradebook) -> list[str]:
    """The assignments of the gradebook that `autograder grade` can grade in this course.

    Another, such as one whose folder is gone, must not hold up the export of these. If there is
    none, all of them.
    """
    known = [assignment.name for assignment in gradebook.assignments]
    here = folders.names(course.root)
    return [name for name in known if name in here and _is_released(course, name)] or known


def _is_released(course: Course, assignment: str) -> bool:
    names = graded_notebooks(course, assignment)
    return all(course.released(assignment, name).is_file() for name in names)


def require_final(
    course: Course,
    gradebook: Gradebook,
    assignments: Collection[str] = (),
    students: Collection[str] = (),
) -> None:
    """Settle marks and penalties, then raise CourseError with the names of those who handed in
    but have no final status, or one from before the points changed.

    assignments, students: restrict it to these; by default everybody, and every assignment that
    can be graded here.
    """
    names = list(assignments or gradable(course, gradebook))
    settle(course, gradebook, names)
    for name in names:
        handed_in, known = course.students(name), results_of(course, name)
        chosen = [student for student in handed_in if not students or student in students]
        results = {student: known.of(student) for student in chosen}
        waiting = [
            student
            for student, result in results.items()
            if not _is_final(gradebook, name, result, student)
        ]
        if waiting:
            more = f" and {len(waiting) - SHOWN} more" if len(waiting) > SHOWN else ""
            raise CourseError(
                f"{name} has no final status for {', '.join(waiting[:SHOWN])}{more}: nothing was "
                f"exported; run `autograder grade {name}` first."
            )
        try:
            blueprints = jobs.blueprints(course, name)
        except CourseError:  # not released, say: then its points cannot have changed, either
            continue
        for blueprint in blueprints:
            require_current(blueprint, (known.each(s)[blueprint.notebook] for s in chosen))


def _is_final(gradebook: Gradebook, assignment: str, result: Result | None, student: str) -> bool:
    if result is None:
        return False
    if result.status == COULD_NOT_BE_JUDGED and result.score is not None:
        # Final once a person has marked the cells whose check failed.
        return not waits_for_a_person(gradebook, assignment, student)
    return result.status in FINAL
