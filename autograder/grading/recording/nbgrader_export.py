"""nbgrader's table of grades, once everybody has a final status."""

from nbgrader.api import Gradebook
from nbgrader.apps.baseapp import NbGrader
from nbgrader.plugins import CsvExportPlugin

from autograder.course.course import Course
from autograder.grading.grade import COULD_NOT_BE_JUDGED, FINAL, result_of
from autograder.grading.recording.record import waits_for_a_person
from autograder.grading.recording.store import Store
from helpers.errors import CourseError

SHOWN = 8


class CompleteCsv(CsvExportPlugin):
    """nbgrader's CSV, refused while a status is missing: a gap must not become a 0."""

    def export(self, gradebook):
        app = self.parent
        course = Course.at(app.coursedir.root if isinstance(app, NbGrader) else ".")
        require_final(course, gradebook, self.assignment, self.student)
        super().export(gradebook)


def export(course, to, assignments=()):
    """Write the CSV file `to`; returns its path. Raises CourseError while a status is missing."""
    plugin = CsvExportPlugin(config=course.config())
    plugin.to, plugin.assignment = str(to), list(assignments)
    with course.gradebook() as gradebook:
        require_final(course, gradebook, assignments)
        plugin.export(gradebook)
    return to


def require_final(course, gradebook: Gradebook, assignments=(), students=()):
    """Raise CourseError naming whoever has handed in and has no final status.

    Asked of every assignment that somebody has handed in.
    """
    names = assignments or [assignment.name for assignment in gradebook.assignments]
    for name in names:
        handed_in, store = course.students(name), Store.of(course, name)
        chosen = [student for student in handed_in if not students or student in students]
        waiting = [
            student
            for student in chosen
            if not _is_final(gradebook, name, result_of(store, student), student)
        ]
        if waiting:
            more = f" and {len(waiting) - SHOWN} more" if len(waiting) > SHOWN else ""
            raise CourseError(
                f"{name} has no final status for {', '.join(waiting[:SHOWN])}{more}: nothing was "
                f"exported; run `autograder grade {name}` first."
            )


def _is_final(gradebook, assignment, result, student):
    if result is None:
        return False
    if result.status == COULD_NOT_BE_JUDGED and result.score is not None:
        # A person may have marked the cells whose check failed.
        return not waits_for_a_person(gradebook, assignment, student)
    return result.status in FINAL
