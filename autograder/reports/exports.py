"""Export grades: nbgrader's table, a plain CSV file, or Canvas's gradebook."""

import tempfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from nbgrader.api import Gradebook

from autograder.course import csv_text
from autograder.course.course import Course
from autograder.course.roster import Roster
from autograder.grading.preparing import jobs
from autograder.grading.recording.nbgrader_export import export as export_for_nbgrader
from autograder.grading.recording.nbgrader_export import gradable, require_final
from autograder.grading.recording.settle import settle
from autograder.grading.recording.store import write_whole
from autograder.grading.result import NO_SUBMISSION, Result, results_of
from autograder.notebooks.cells import grade_id
from autograder.notebooks.of_assignment import label
from autograder.reports import canvas
from autograder.reports.late import late_students
from autograder.reports.pages import number
from autograder.reports.points import Mark, Marks, class_marks
from helpers.errors import CourseError


def export_nbgrader(
    course: Course,
    to: Path,
    assignments: Sequence[str] = (),
    hold: bool = False,
    without: Collection[str] = (),
) -> Path:
    """Write nbgrader's own table; returns the path. Arguments and errors as for export_csv().

    hold, without: the rows of those who still wait for a person, and of these students, are left
    out.
    """
    require_place(to)
    _require_known(course, without)
    if not hold:
        return export_for_nbgrader(course, to, assignments, without=without)
    with course.gradebook() as gradebook:
        chosen = _chosen(course, gradebook, assignments)
        settle(course, gradebook, chosen)
        everybody = [student.id for student in gradebook.students]
        waiting = {
            name: {s for s, own in class_marks(gradebook, name).items() if own.waiting}
            for name in chosen
        }
    lines: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for name in chosen:
            students = [student for student in everybody if student not in waiting[name]]
            to_part = Path(folder, "part.csv")
            part = export_for_nbgrader(course, to_part, [name], students, without)
            lines += part.read_text(encoding="utf-8").splitlines(keepends=True)[bool(lines) :]
    write_whole(to, "".join(lines))
    return to


def export_csv(
    course: Course,
    to: Path,
    assignments: Sequence[str] = (),
    hold: bool = False,
    without: Collection[str] = (),
) -> Path:
    """Write a row for everybody on the roster; returns the path.

    assignments: names, or () for all. A single assignment also gets a column for each exercise.
    hold: leaves the points of those blank who still wait for a person. What is not marked yet is
    blank in any case. without: students whose status need not be final, and whose points stay
    blank.
    Raises CourseError if `to` cannot be written, if the gradebook does not have an assignment,
    and if a student's status is not final.
    """
    require_place(to)
    _require_known(course, without)
    with course.gradebook() as gradebook:
        chosen = _chosen(course, gradebook, assignments)
        require_final(course, gradebook, chosen, without=without)
        marks = {name: class_marks(gradebook, name) for name in chosen}
        late = {name: late_students(course, gradebook, name) for name in chosen}
    roster = Roster.of(course)
    students = {*roster.ids, *(student for own in marks.values() for student in own)}
    students.update(student for name in chosen for student in course.students(name))
    results = {name: results_of(course, name) for name in chosen}
    columns = _columns(course, chosen[0], marks[chosen[0]]) if len(chosen) == 1 else []
    table = [_header(chosen) + columns]
    for student in sorted(students):
        row = [student, roster.name(student)]
        for name in chosen:
            own = None if student in without else marks[name].get(student)
            status, *points = _cells(results[name].of(student), own, columns, hold)
            row += [status, "late" if student in late[name] else "", *points]
        table.append(row)
    write_whole(to, csv_text.write(table))
    return to


def export_canvas(
    course: Course,
    to: Path,
    assignment: str,
    template: Path,
    column: str | None = None,
    scale: bool = False,
    hold: bool = False,
    without: Collection[str] = (),
) -> canvas.Filled:
    """Write Canvas's export `template` with the scores filled in; returns a canvas.Filled.

    column, scale, hold, without: as for canvas.fill_in(). Raises CourseError as export_csv() does,
    and if the template does not fit.
    """
    require_place(to)
    _require_known(course, without)
    with course.gradebook() as gradebook:
        _chosen(course, gradebook, [assignment])
        require_final(course, gradebook, [assignment], without=without)
        filled = canvas.fill_in(
            course, gradebook, assignment, template, column, scale, hold, without
        )
    write_whole(to, filled.text)
    return filled


def left_out(course: Course) -> list[str]:
    """Assignments of the gradebook that an export of all leaves out: they cannot be graded here."""
    with course.gradebook() as gradebook:
        kept = gradable(course, gradebook)
        return [each.name for each in gradebook.assignments if each.name not in kept]


def _require_known(course: Course, without: Collection[str]) -> None:
    """Raise CourseError for a name to leave out that is nobody's: it may be misspelt."""
    if without:
        handed_in = {path.name for path in (course.root / "submitted").glob("*")}
        unknown = sorted({*without} - {*Roster.of(course).ids, *handed_in})
        if unknown:
            raise CourseError(f"--without names {', '.join(unknown)}, who is not in this course.")


def require_place(to: Path) -> Path:
    """The path, unchanged. Raises CourseError if it is a folder or its own folder is missing."""
    if to.is_dir():
        raise CourseError(f"{to} is a folder; name the file to write.")
    if not to.parent.is_dir():
        raise CourseError(f"There is no folder {to.parent}; make it, or write somewhere else.")
    return to


def _chosen(course: Course, gradebook: Gradebook, assignments: Sequence[str]) -> list[str]:
    known = [assignment.name for assignment in gradebook.assignments]
    for name in assignments:
        if name not in known:
            raise CourseError(
                f"The gradebook has no assignment {name!r}; choose one of: "
                f"{', '.join(known) or '-'}."
            )
    if not known:
        raise CourseError("The gradebook has no assignments yet; run `autograder release` first.")
    return list(assignments) or gradable(course, gradebook)


def _header(chosen: Sequence[str]) -> list[str]:
    header = ["student", "name"]
    for name in chosen:
        parts = ("status", "late", "points", "maximum", "not marked yet")
        header += [f"{name} {part}" for part in parts]
    return header


def _columns(course: Course, assignment: str, marks: Mapping[str, Marks]) -> list[str]:
    """Labels of all cells with points, in notebook order."""
    known = {name for own in marks.values() for name in own.marks}
    labels = [
        label(assignment, blueprint.notebook, name)
        for blueprint in jobs.blueprints(course, assignment)
        for name in map(grade_id, blueprint.released.cells)
        if name
    ]
    return [name for name in labels if name in known]


def _cells(
    result: Result | None,
    own: Marks | None,
    columns: Sequence[str],
    hold: bool,
) -> list[str]:
    """Status, points, maximum, how many answers are not marked yet, and the columns."""
    status = result.status if result else NO_SUBMISSION
    if own is None or result is None or result.score is None:
        return [status, "", "", "", *("" for _ in columns)]
    each = [_points(own.marks.get(name)) for name in columns]
    total = "" if hold and own.waiting else number(own.total)
    return [status, total, number(own.most), str(own.waiting), *each]


def _points(mark: Mark | None) -> str:
    """Blank while nobody has given any: a 0 would be taken for a mark."""
    return "" if mark is None or (mark.points is None and not mark.extra) else number(mark.counted)
