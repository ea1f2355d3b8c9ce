"""Grade submissions with nbgrader: run the notebook, record points in the gradebook."""

from dataclasses import dataclass

from nbgrader.api import MissingEntry

from autograder.grading.course import read_notebook
from autograder.judging.publish import verdicts_of
from helpers.errors import CourseError


@dataclass(frozen=True)
class Result:
    """One student's line.

    score, max_score: automatic points, or None when the submission could not be graded.
    verdicts: of every exercise, in the order of the notebook. problem: one sentence or None.
    """

    student: str
    score: float | None
    max_score: float | None
    verdicts: tuple = ()
    problem: str | None = None


def grade(course, assignment, students=None, on_progress=lambda student, number, total: None):
    """Autograde submitted/STUDENT/ASSIGNMENT; returns a Result for each student.

    students: names, or None for everybody who handed something in. A submission that is
    not a notebook gets a Result with its problem; the others go on.
    """
    course.source(assignment)
    there = course.students(assignment)
    missing = sorted(set(students or ()) - set(there))
    if missing:
        raise CourseError(
            f"No submission of {assignment} by {', '.join(missing)} in {course.root / 'submitted'}."
        )
    if not there:
        raise CourseError(
            f"No submissions of {assignment} in {course.root / 'submitted'}; put them at "
            f"submitted/STUDENT/{assignment}/{assignment}.ipynb."
        )
    chosen = students or there
    results = []
    for number, student in enumerate(chosen, start=1):
        on_progress(student, number, len(chosen))
        results.append(_grade_one(course, assignment, student))
    return results


def _grade_one(course, assignment, student):
    try:
        read_notebook(course.submitted(student, assignment))
    except CourseError as error:
        return Result(student, None, None, problem=str(error))
    result = course.api().autograde(assignment, student, force=True, create=True)
    if not course.keep_log(f"autograde {assignment} {student}", result):
        log = course.root / "nbgrader.log"
        return Result(student, None, None, problem=f"nbgrader stopped on it: see {log}")
    return read_result(course, assignment, student)


def read_result(course, assignment, student):
    """What the gradebook and the autograded notebook say about one graded student."""
    with course.gradebook() as gradebook:
        try:
            submission = gradebook.find_submission(assignment, student)
        except MissingEntry:
            return Result(student, None, None, problem="not graded yet")
        automatic = [
            grade
            for notebook in submission.notebooks
            for grade in notebook.grades
            if grade.cell.cell_type == "code" and grade.auto_score is not None
        ]
        score = sum(grade.auto_score for grade in automatic)
        max_score = sum(grade.max_score for grade in automatic)
    notebook = read_notebook(course.autograded(student, assignment))
    verdicts = [verdict for cell in notebook.cells for verdict in verdicts_of(cell)]
    return Result(student, score, max_score, tuple(verdicts))


def feedback(course, assignment):
    """nbgrader's feedback pages for everybody graded; returns the paths written."""
    result = course.api().generate_feedback(assignment, force=True)
    if not course.keep_log(f"feedback {assignment}", result):
        raise CourseError(
            f"nbgrader could not write feedback for {assignment}: see "
            f"{course.root / 'nbgrader.log'}."
        )
    return sorted((course.root / "feedback").glob(f"*/{assignment}/{assignment}.html"))
