"""Write the feedback pages: what was right, what was not, and why."""

from pathlib import Path

from nbformat import NotebookNode

from autograder.course.course import Course, read_notebook
from autograder.grading.grade import GRADED, UNREADABLE, Result, require_current, result_of
from autograder.grading.preparing import jobs
from autograder.grading.recording.settle import settle
from autograder.grading.recording.store import Store, write_whole
from autograder.reports import pages
from autograder.reports.points import Marks, class_marks
from autograder.reports.student_page import page_of
from helpers.errors import CourseError


def feedback(course: Course, assignment: str) -> list[Path]:
    """Write feedback/STUDENT/ASSIGNMENT/ASSIGNMENT.html for everybody graded; returns the paths.

    A student whose submission could not be read gets a page that says so. Raises CourseError if
    nothing has been graded, or if points changed since.
    """
    blueprint = jobs.blueprint(course, assignment)
    store, written = Store.of(course, assignment), []
    students = sorted({*course.students(assignment), *_graded(course, assignment)})
    require_current(blueprint, (result_of(store, student) for student in students))
    with course.gradebook() as gradebook:
        settle(course, gradebook, [assignment])
        marks = class_marks(gradebook, assignment)
    for student in students:
        made = _page(course, blueprint, marks.get(student), store, student)
        if made:
            path = course.feedback(student, assignment)
            write_whole(path, made)
            written.append(path)
    if not written:
        raise CourseError(
            f"Nothing of {assignment} has been graded in {course.root / 'autograded'}; run "
            f"`autograder grade {assignment}` first."
        )
    return written


def _graded(course: Course, assignment: str) -> list[str]:
    return [path.parent.name for path in (course.root / "autograded").glob(f"*/{assignment}")]


def _page(
    course: Course, blueprint: jobs.Blueprint, marks: Marks | None, store: Store, student: str
) -> str | None:
    """The page as HTML, or None if there is nothing to say yet."""
    assignment, result = blueprint.name, result_of(store, student)
    about = {"assignment": assignment, "student": student}
    if result and result.status == UNREADABLE:
        return pages.render("student.html.j2", **about, name="", problem=_here(course, result))
    path = course.autograded(student, assignment)
    # Without a score, grading itself failed; an older page must not be taken for this result.
    if marks is None or not path.is_file() or (result and result.score is None):
        return None
    return student_page(blueprint.released, read_notebook(path), marks, result, assignment)


def student_page(
    released: NotebookNode,
    notebook: NotebookNode,
    marks: Marks,
    result: Result | None,
    assignment: str,
) -> str:
    """The page as HTML. released, notebook: as handed out, and graded. result: None if unknown."""
    settled = result if result and result.status == GRADED else None
    return pages.render(
        "student.html.j2",
        assignment=assignment,
        student=marks.student,
        name=marks.name,
        problem=None,
        marks=marks,
        page=page_of(released, notebook, marks),
        stopped=settled and settled.stopped,
        remarks=settled.remarks if settled else (),
    )


def _here(course: Course, result: Result) -> str:
    """The problem, without the path of the course on the teacher's machine."""
    return (result.problem or "").replace(f"{course.root}/", "")
