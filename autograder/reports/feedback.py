"""Write the feedback pages: what was right, what was not, and why."""

import secrets
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from autograder.course.course import Course, read_notebook
from autograder.course.roster import Roster, file_stem
from autograder.grading.grade import GRADED, UNREADABLE, Result, require_current, result_of
from autograder.grading.preparing import jobs
from autograder.grading.recording.settle import settle
from autograder.grading.recording.store import Store, write_whole
from autograder.reports import pages
from autograder.reports.late import late_students
from autograder.reports.points import Marks, class_marks
from autograder.reports.student_page import page_of
from helpers.errors import CourseError

SECRET = "submission_secret.txt"
LONGEST_SECRET = 1000


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
        late = late_students(course, gradebook, assignment)
    roster = Roster.of(course)
    for student in students:
        about = {"name": roster.name(student), "late": student in late}
        made = _page(course, blueprint, marks.get(student), store, student, about)
        if made:
            path = course.feedback(student, assignment)
            write_whole(path, made)
            make_releasable(course, student, assignment)
            written.append(path)
    if not written:
        raise CourseError(
            f"Nothing of {assignment} has been graded in {course.root / 'autograded'}; run "
            f"`autograder grade {assignment}` first."
        )
    return written


def make_releasable(course: Course, student: str, assignment: str) -> None:
    """Put beside a page the two files without which `nbgrader release_feedback` stops.

    submission_secret.txt decides the name of the page in nbgrader's exchange: the student's own,
    if it was handed in there, or a new one that nobody can guess. timestamp.txt is only logged.
    """
    folder = course.feedback(student, assignment).parent
    handed_in = course.submitted(student, assignment).parent
    own = Store.of(course, assignment).root / "secrets" / f"{file_stem(student)}.txt"
    if not own.exists():  # kept apart from the page: nbgrader may delete its folder
        write_whole(own, secrets.token_hex(64))
    write_whole(folder / SECRET, _small_text(handed_in / SECRET) or _small_text(own))
    write_whole(folder / "timestamp.txt", jobs.timestamp_text(handed_in))


def _small_text(path: Path) -> str:
    """The text of an ordinary small file; "" if it is anything else."""
    try:
        status = path.lstat()
        ordinary = stat.S_ISREG(status.st_mode) and status.st_size <= LONGEST_SECRET
        return path.read_text(encoding="utf-8", errors="replace") if ordinary else ""
    except OSError:
        return ""


def _graded(course: Course, assignment: str) -> list[str]:
    return [path.parent.name for path in (course.root / "autograded").glob(f"*/{assignment}")]


def _page(
    course: Course,
    blueprint: jobs.Blueprint,
    marks: Marks | None,
    store: Store,
    student: str,
    about: Mapping[str, Any],
) -> str | None:
    """The page as HTML, or None if there is nothing to say yet. about: name and late."""
    assignment, result = blueprint.name, result_of(store, student)
    if result and result.status == UNREADABLE:
        told = {**about, "assignment": assignment, "student": student}
        return pages.render("student.html.j2", **told, problem=_here(course, result))
    path = course.autograded(student, assignment)
    # Without a score, grading itself failed; an older page must not be taken for this result.
    if marks is None or not path.is_file() or (result and result.score is None):
        return None
    return student_page(blueprint.released, read_notebook(path), marks, result, assignment, **about)


def student_page(
    released: NotebookNode,
    notebook: NotebookNode,
    marks: Marks,
    result: Result | None,
    assignment: str,
    name: str = "",
    late: bool = False,
) -> str:
    """The page as HTML. released, notebook: as handed out, and graded. result: None if unknown.

    name: to show; by default the gradebook's.
    """
    settled = result if result and result.status == GRADED else None
    return pages.render(
        "student.html.j2",
        assignment=assignment,
        student=marks.student,
        name=name or marks.name,
        late=late,
        problem=None,
        marks=marks,
        page=page_of(released, notebook, marks),
        stopped=settled and settled.stopped,
        remarks=settled.remarks if settled else (),
    )


def _here(course: Course, result: Result) -> str:
    """The problem, without the path of the course on the teacher's machine."""
    return (result.problem or "").replace(f"{course.root}/", "")
