"""Grades as files for elsewhere: Canvas's gradebook, or a plain table."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from nbgrader.api import Gradebook

from autograder.course.course import Course
from autograder.course.roster import Roster
from autograder.grading.grade import NO_SUBMISSION, result_of
from autograder.grading.preparing import jobs
from autograder.grading.recording.nbgrader_export import export as export_for_nbgrader
from autograder.grading.recording.nbgrader_export import require_final
from autograder.grading.recording.store import Store, write_whole
from autograder.notebooks.cells import grade_id
from autograder.reports import canvas
from autograder.reports.pages import number
from autograder.reports.points import Marks, class_marks
from autograder.reports.terminal_text import plain
from helpers.errors import CourseError

# A spreadsheet would run what begins like this.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export_nbgrader(course: Course, to: Path, assignments: Sequence[str] = ()) -> Path:
    """nbgrader's own table; returns the path."""
    return export_for_nbgrader(course, require_place(to), assignments)


def export_csv(course: Course, to: Path, assignments: Sequence[str] = ()) -> Path:
    """A row for everybody on the roster; for a single assignment with a column per exercise."""
    require_place(to)
    with course.gradebook() as gradebook:
        chosen = _chosen(gradebook, assignments)
        require_final(course, gradebook, chosen)
        marks = {name: class_marks(gradebook, name) for name in chosen}
    students = {*Roster.of(course).ids, *(student for own in marks.values() for student in own)}
    students.update(student for name in chosen for student in course.students(name))
    columns = _columns(course, chosen[0], marks[chosen[0]]) if len(chosen) == 1 else []
    table = [_header(chosen) + columns]
    for student in sorted(students):
        names = [own[student].name for own in marks.values() if student in own]
        row = [student, next(filter(None, names), "")]
        for name in chosen:
            row += _cells(course, name, student, marks[name], columns)
        table.append(row)
    out = io.StringIO(newline="")
    csv.writer(out).writerows([_tame(value) for value in row] for row in table)
    write_whole(to, out.getvalue())
    return to


def export_canvas(
    course: Course,
    to: Path,
    assignment: str,
    template: Path,
    column: str | None = None,
    scale: bool = False,
) -> canvas.Filled:
    """Canvas's export `template` with the scores filled in; returns a canvas.Filled."""
    require_place(to)
    with course.gradebook() as gradebook:
        _chosen(gradebook, [assignment])
        require_final(course, gradebook, [assignment])
        filled = canvas.fill_in(course, gradebook, assignment, template, column, scale)
    write_whole(to, filled.text)
    return filled


def require_place(to: Path) -> Path:
    """The path, which can be written; a CourseError says why not."""
    if to.is_dir():
        raise CourseError(f"{to} is a folder; name the file to write.")
    if not to.parent.is_dir():
        raise CourseError(f"There is no folder {to.parent}; make it, or write somewhere else.")
    return to


def _chosen(gradebook: Gradebook, assignments: Sequence[str]) -> list[str]:
    known = [assignment.name for assignment in gradebook.assignments]
    for name in assignments:
        if name not in known:
            raise CourseError(
                f"The gradebook has no assignment {name!r}; choose of: {', '.join(known) or '-'}."
            )
    if not known:
        raise CourseError("The gradebook has no assignment yet; run `autograder release` first.")
    return list(assignments) or known


def _header(chosen: Sequence[str]) -> list[str]:
    header = ["student", "name"]
    for name in chosen:
        header += [f"{name} {part}" for part in ("status", "points", "maximum", "not marked yet")]
    return header


def _columns(course: Course, assignment: str, marks: Mapping[str, Marks]) -> list[str]:
    """grade_ids of everything that counts, in the order of the notebook."""
    known = {name for own in marks.values() for name in own.marks}
    cells = jobs.blueprint(course, assignment).released.cells
    return [grade_id(cell) for cell in cells if grade_id(cell) in known]


def _cells(
    course: Course,
    assignment: str,
    student: str,
    marks: Mapping[str, Marks],
    columns: Sequence[str],
) -> list[str]:
    result, own = result_of(Store.of(course, assignment), student), marks.get(student)
    status = result.status if result else NO_SUBMISSION
    if own is None or result is None or result.score is None:
        return [status, "", "", "", *("" for _ in columns)]
    each = [number(own.marks[name].counted) if name in own.marks else "" for name in columns]
    return [status, number(own.total), number(own.most), str(own.waiting), *each]


def _tame(value: str) -> str:
    """A value that no spreadsheet takes for a formula; numbers stay numbers."""
    value = plain(value)
    try:
        float(value)
    except ValueError:
        return f"'{value}" if value.startswith(FORMULA) else value
    return value
