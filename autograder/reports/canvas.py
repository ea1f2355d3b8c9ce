"""Fill scores into a gradebook exported from Canvas, to be imported there again.

Canvas names assignments "name (12345)" in the header. A row "Points Possible" comes before the
students, and there may be other rows without an ID near it (the posting policy, say). These rows
and every other column stay unchanged.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Gradebook

from autograder.course.course import Course
from autograder.course.roster import Roster
from autograder.grading.grade import FINAL, NO_SUBMISSION, UNREADABLE, result_of
from autograder.grading.recording.store import Store
from autograder.reports.pages import number
from autograder.reports.points import Marks, class_marks
from autograder.reports.raw_csv import RawCsv
from helpers.errors import CourseError

# In this order: folders are usually named after logins.
KEYS = ("SIS Login ID", "SIS User ID", "ID")
# Kinds of names in the roster, and Canvas's column for each.
IN_CANVAS = {"login": "SIS Login ID", "email": "SIS Login ID", "sid": "SIS User ID", "canvas": "ID"}
POSSIBLE, READ_ONLY, TEST_STUDENT = "Points Possible", "(read only)", "Student, Test"
NAMED = re.compile(r"(.*\S)\s*\(\d+\)\s*")

# The values of a CSV file; the first row is its header.
Rows = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Filled:
    """text: the file. written: how many scores were filled in.

    notes: (who, where, what) for each student whose score was not written or is not final.
    """

    text: str
    written: int
    notes: list[tuple[str, str, str]]


def fill_in(
    course: Course,
    gradebook: Gradebook,
    assignment: str,
    template: Path,
    column: str | None = None,
    scale: bool = False,
) -> Filled:
    """Fill the scores of one assignment into the Canvas export `template`.

    column: its name in Canvas, None if that is the assignment's. scale: whether to convert points
    to the maximum in Canvas; otherwise the maxima must agree.

    Raises CourseError if the template is not a gradebook from Canvas, its column is not clear,
    the maxima differ, or its rows do not match students one to one.
    """
    table = RawCsv.read(template)
    rows = table.rows()
    index = _column(rows, template, assignment, column)
    marks, store = class_marks(gradebook, assignment), Store.of(course, assignment)
    factor = _factor(rows, index, marks, template, scale)
    roster = Roster.of(course)
    students = sorted({*roster.ids, *course.students(assignment), *marks})
    matched = _match(rows, template, students, _other_names(roster))
    notes, written = [], 0
    for row, fields in _students(rows):
        if row not in matched and fields["Student"].strip() != TEST_STUDENT:
            who = fields["SIS Login ID"] or fields["ID"]
            notes.append(
                (who, f"Canvas, {fields['Student']}", "not in this course: left as it was")
            )
    rows_of = {student: row for row, student in matched.items()}
    for student in students:
        own, result = marks.get(student), result_of(store, student)
        status = result.status if result else NO_SUBMISSION
        if status in (NO_SUBMISSION, UNREADABLE) or own is None:
            if student in rows_of or status == UNREADABLE:
                notes.append((student, "here", f"{_why(status)}: left as it was"))
        elif student not in rows_of:
            notes.append((student, "here", f"not in Canvas: {number(own.total)} not written"))
        else:
            table.put(rows_of[student], index, number(own.total * factor))
            written += 1
            if own.waiting:
                notes.append((student, "both", f"{own.waiting} answers are not marked yet"))
    return Filled(table.text(), written, notes)


def _why(status: str) -> str:
    return status if status in FINAL else "not graded"


def _column(rows: Rows, template: Path, assignment: str, column: str | None) -> int:
    """The index of the assignment's column."""
    header = [name.strip() for name in rows[0]] if rows else []
    missing = [name for name in ("Student", "ID") if name not in header]
    if missing:
        raise CourseError(
            f"{template} is not a Canvas gradebook: the column {missing[0]!r} is missing; export "
            "it in Canvas under Grades, Export Entire Gradebook."
        )
    named = {i: found[1] for i, name in enumerate(header) if (found := NAMED.fullmatch(name))}
    wanted = _plain(column or assignment)
    fits = [i for i, name in named.items() if wanted in (_plain(name), _plain(header[i]))]
    if len(fits) == 1:
        return fits[0]
    if fits:
        several = "; ".join(header[i] for i in fits)
        raise CourseError(f"{template} has several columns for {assignment}: choose one with "
                          f"--column, of {several}.")  # fmt: skip
    known = "; ".join(header[i] for i in named) or "none"
    raise CourseError(
        f"{template} has no column for {column or assignment}: name the one to fill with --column, "
        f"or create the assignment in Canvas and export again. Its assignments are: {known}."
    )


def _factor(
    rows: Rows, index: int, marks: Mapping[str, Marks], template: Path, scale: bool
) -> float:
    """The factor from points here to points in Canvas."""
    first = [row for row in rows[1:] if row and row[0].strip().startswith(POSSIBLE)]
    maximum = first[0][index].strip() if first and index < len(first[0]) else ""
    if READ_ONLY in maximum:
        raise CourseError(
            f"{template}: Canvas computes {rows[0][index]!r} itself; choose another column."
        )
    most = {own.most for own in marks.values()}
    try:
        possible = float(maximum)
    except ValueError:
        possible = None
    if not most or possible is None or most == {possible}:
        return 1.0
    ours = max(most)
    if not scale:
        raise CourseError(
            f"{rows[0][index]!r} has {number(possible)} points in Canvas and {number(ours)} here: "
            "change one of the two, or convert the scores with --scale."
        )
    return possible / ours if ours else 1.0


def _students(rows: Rows) -> Iterator[tuple[int, dict[str, str]]]:
    """(index, {column: value}) of each student's row."""
    header = [name.strip() for name in rows[0]]
    for index, row in enumerate(rows[1:], start=1):
        fields = dict.fromkeys(("Student", *KEYS), "") | dict(zip(header, row, strict=False))
        if fields["ID"].strip() and not fields["Student"].strip().startswith(POSSIBLE):
            yield index, fields


def _match(
    rows: Rows,
    template: Path,
    students: Iterable[str],
    others: Mapping[tuple[str, str], str],
) -> dict[int, str]:
    """{row: student}; raises CourseError if that is not one to one."""
    known = {(key, student.casefold()): student for student in students for key in KEYS}
    known |= {pair: student for pair, student in others.items() if student in set(students)}
    matched: dict[int, str] = {}
    row_of: dict[str, int] = {}
    for row, fields in _students(rows):
        if len(rows[row]) != len(rows[0]):
            raise CourseError(
                f"{template}: row {row + 1} has {len(rows[row])} fields and the header "
                f"{len(rows[0])}; export it from Canvas again."
            )
        names = [(key, fields[key].strip().casefold()) for key in KEYS]
        student = next((known[name] for name in names if name in known), None)
        if student is None:
            continue
        if student in row_of:
            raise CourseError(
                f"{template}: rows {row_of[student] + 1} and {row + 1} both match the student "
                f"{student}; give each student their own sis_login_id in roster.csv."
            )
        matched[row], row_of[student] = student, row
    return matched


def _other_names(roster: Roster) -> dict[tuple[str, str], str]:
    """{(Canvas's column, value): student}, without values that several students share."""
    students_of = defaultdict(set)
    for person in roster:
        for kind, column in IN_CANVAS.items():
            for value in person.known.get(kind, ()):
                students_of[column, value.casefold()].add(person.id)
    return {pair: students.pop() for pair, students in students_of.items() if len(students) == 1}


def _plain(name: str) -> str:
    """A name without case, spaces and punctuation, for comparing."""
    return re.sub(r"[\W_]+", "", name.casefold())
