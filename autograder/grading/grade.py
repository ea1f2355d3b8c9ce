"""Grade submissions with nbgrader: run the notebook, record points in the gradebook."""

from dataclasses import dataclass

from nbgrader.api import MissingEntry

from autograder import exercises
from autograder.grading.course import read_notebook
from autograder.grading.fill import grade_id
from autograder.grading.preprocessor import REMARKS
from autograder.judging import Status, Verdict
from autograder.judging.publish import verdicts_of
from helpers.errors import CourseError


@dataclass(frozen=True)
class Result:
    """One student's line.

    score, max_score: automatic points, or None when the submission could not be graded.
    verdicts: of every exercise, in the order of the notebook. problem: one sentence or None.
    remarks: what the submission had changed outside its answers, a sentence each.
    """

    student: str
    score: float | None
    max_score: float | None
    verdicts: tuple = ()
    problem: str | None = None
    remarks: tuple[str, ...] = ()


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
    autograde, step = course.api().autograde, f"autograde {assignment} {student}"
    if not course.run(step, autograde, assignment, student, force=True, create=True)["success"]:
        log = course.root / "nbgrader.log"
        return Result(student, None, None, problem=f"nbgrader stopped on it: see {log}")
    return read_result(course, assignment, student)


def read_result(course, assignment, student):
    """What the gradebook and the autograded notebook say about one graded student."""
    notebook = read_notebook(course.autograded(student, assignment))
    cells = {grade_id(cell): cell for cell in notebook.cells if grade_id(cell)}
    tests = [name for name in cells if f"test_{name}" in cells]
    ids = {exercise.name: exercise.id for exercise in exercises.of_assignment(assignment)}
    with course.gradebook() as gradebook:
        try:
            submission = gradebook.find_submission(assignment, student)
        except MissingEntry:
            return Result(student, None, None, problem="not graded yet")
        grades = {grade.cell.name: grade for each in submission.notebooks for grade in each.grades}
        automatic = [grades[f"test_{name}"] for name in tests]
        score = sum(grade.auto_score or 0 for grade in automatic)
        max_score = sum(grade.max_score for grade in automatic)
    verdicts = [
        verdict
        for name in tests
        for verdict in verdicts_of(cells[f"test_{name}"]) or _without_verdict(ids[name], cells)
    ]
    remarks = tuple(notebook.metadata.get(REMARKS, ()))
    return Result(student, score, max_score, tuple(verdicts), remarks=remarks)


def _without_verdict(exercise_id, cells):
    """The test cell stopped before judge was called: the student's own cell may tell why."""
    name = exercises.find(exercise_id).name
    for cell in (cells[name], cells[f"test_{name}"]):
        for output in cell.outputs:
            if output.output_type == "error":
                said = f"{output.ename}: {output.evalue}".rstrip(": \n").splitlines()[0]
                return [Verdict(exercise_id, Status.RAISED, f"its cell stops with {said}")]
    return []


def feedback(course, assignment):
    """nbgrader's feedback pages for everybody graded; returns the paths written."""
    course.source(assignment)
    if not any((course.root / "autograded").glob(f"*/{assignment}/*.ipynb")):
        raise CourseError(
            f"Nothing of {assignment} has been graded in {course.root / 'autograded'}; run "
            f"`autograder grade {assignment}` first."
        )
    generate = course.api().generate_feedback
    if not course.run(f"feedback {assignment}", generate, assignment, force=True)["success"]:
        raise CourseError(
            f"nbgrader could not write feedback for {assignment}: see "
            f"{course.root / 'nbgrader.log'}."
        )
    return sorted((course.root / "feedback").glob(f"*/{assignment}/{assignment}.html"))
