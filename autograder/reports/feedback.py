"""Write the feedback pages: what was right, what was not, and why."""

import secrets
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from autograder.course.course import Course, read_graded
from autograder.course.roster import Roster, file_stem
from autograder.grading.preparing import jobs
from autograder.grading.recording.settle import settle
from autograder.grading.recording.store import Store, write_whole
from autograder.grading.result import (
    GRADED,
    NO_SUBMISSION,
    UNREADABLE,
    Result,
    require_current,
    results_of,
)
from autograder.reports import pages
from autograder.reports.late import late_students
from autograder.reports.pages import number
from autograder.reports.points import Marks, notebook_marks
from autograder.reports.student_page import page_of
from helpers.errors import CourseError

SECRET = "submission_secret.txt"
LONGEST_SECRET = 1000


def feedback(
    course: Course, assignment: str, seen: Callable[[Sequence[str]], Iterable[str]] = iter
) -> list[Path]:
    """Write feedback/STUDENT/ASSIGNMENT/ASSIGNMENT.html for everybody graded; returns the paths.

    Of an assignment with several notebooks, each has its page. A student whose submission could not
    be read gets a page that says so. seen: goes through the students, for a progress bar. Raises
    CourseError if nothing has been graded, or if points changed since.
    """
    blueprints, results = jobs.blueprints(course, assignment), results_of(course, assignment)
    students = sorted({*course.students(assignment), *_graded(course, assignment)})
    known = {student: results.each(student) for student in students}
    for blueprint in blueprints:
        require_current(blueprint, (known[student][blueprint.notebook] for student in students))
    with course.gradebook() as gradebook:
        settle(course, gradebook, [assignment])
        marks = {name: notebook_marks(gradebook, assignment, name) for name in results.notebooks}
        late = late_students(course, gradebook, assignment)
    roster, written = Roster.of(course), []
    for student in seen(students):
        own = {name: marks[name].get(student) for name in marks}
        about = {
            "name": roster.name(student),
            "late": student in late,
            "whole": the_whole(known[student], own),
        }
        for blueprint in blueprints:
            name = blueprint.notebook
            made = _page(course, blueprint, own[name], known[student][name], student, about)
            if made:
                path = course.feedback(student, assignment, name)
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


def the_whole(results: Mapping[str, Result | None], marks: Mapping[str, Marks | None]) -> list[str]:
    """What each notebook of an assignment has earned a student, and the sum; [] if it has one.

    results, marks: {notebook: the student's, or None}.
    """
    if len(results) == 1:
        return []
    lines = []
    for name, result in results.items():
        own, status = marks[name], result.status if result else "not graded yet"
        earned = f"{number(own.total)} of {number(own.most)} points" if own else ""
        state = "" if status == GRADED else "not handed in" if status == NO_SUBMISSION else status
        lines.append(f"{name}: {', '.join(filter(None, (state, earned)))}")
    known = [own for own in marks.values() if own]
    total, most = sum(own.total for own in known), sum(own.most for own in known)
    return [*lines, f"together {number(total)} of {number(most)} points"]


def _page(
    course: Course,
    blueprint: jobs.Blueprint,
    marks: Marks | None,
    result: Result | None,
    student: str,
    about: Mapping[str, Any],
) -> str | None:
    """The page as HTML, or None if there is nothing to say yet. about: name, late and whole."""
    if result and result.status == UNREADABLE:
        told = {**about, "assignment": blueprint.label, "student": student}
        return pages.render("student.html.j2", **told, problem=_here(course, result))
    path = course.autograded(student, blueprint.name, blueprint.notebook)
    # Without a score, grading itself failed; an older page must not be taken for this result.
    if marks is None or not path.is_file() or (result and result.score is None):
        return None
    return student_page(blueprint, read_graded(path), marks, result, **about)


def student_page(
    blueprint: jobs.Blueprint,
    notebook: NotebookNode,
    marks: Marks,
    result: Result | None,
    name: str = "",
    late: bool = False,
    whole: Sequence[str] = (),
) -> str:
    """The page as HTML. notebook: as graded. result: None if unknown.

    name: to show; by default the gradebook's. whole: as from the_whole().
    """
    settled = result if result and result.status == GRADED else None
    return pages.render(
        "student.html.j2",
        assignment=blueprint.label,
        student=marks.student,
        name=name or marks.name,
        late=late,
        whole=whole,
        problem=None,
        marks=marks,
        page=page_of(blueprint.released, notebook, marks),
        stopped=settled and settled.stopped,
        remarks=settled.remarks if settled else (),
    )


def _here(course: Course, result: Result) -> str:
    """The problem, without the path of the course on the teacher's machine."""
    return (result.problem or "").replace(f"{course.root}/", "")
