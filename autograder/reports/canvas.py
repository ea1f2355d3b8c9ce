"""Scores into a gradebook that was exported from Canvas, for its import.

Canvas names assignments "name (12345)" in the header; a row "Points Possible" stands above the
students, and around it there may be others without an ID (the posting policy, say). All of that
and every other column stays as it is.
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

# In this order: a login is what folders are named after.
KEYS = ("SIS Login ID", "SIS User ID", "ID")
# What the roster knows of a person, and where Canvas has it.
IN_CANVAS = {"login": "SIS Login ID", "email": "SIS Login ID", "sid": "SIS User ID", "canvas": "ID"}
POSSIBLE, READ_ONLY, TEST_STUDENT = "Points Possible", "(read only)", "Student, Test"
NAMED = re.compile(r"(.*\S)\s*\(\d+\)\s*")

# The values of a CSV file; the first row is its header.
Rows = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Filled:
    """text: the file. written: how many scores. notes: (who, where, what), one for each student
    whose score was not written, or is not the last word.
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
    """The Canvas export `template` with the scores of one assignment; a Filled.

    column: its name in Canvas, where that is not the assignment's. scale: whether points are
    converted to those that Canvas has; otherwise both must agree.
    """
    table = RawCsv.read(template)
    rows = table.rows()
    place = _column(rows, template, assignment, column)
    marks, store = class_marks(gradebook, assignment), Store.of(course, assignment)
    factor = _factor(rows, place, marks, template, scale)
    roster = Roster.of(course)
    students = sorted({*roster.ids, *course.students(assignment), *marks})
    matched = _match(rows, template, students, _other_names(roster))
    notes, written = [], 0
    for row, about in _students(rows):
        if row not in matched and about["Student"].strip() != TEST_STUDENT:
            who = about["SIS Login ID"] or about["ID"]
            notes.append((who, f"Canvas, {about['Student']}", "not in this course: left as it was"))
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
            table.put(rows_of[student], place, number(own.total * factor))
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
            f"{template} is no gradebook of Canvas: the column {missing[0]!r} is missing; export "
            "it in Canvas under Grades, Export Entire Gradebook."
        )
    named = {i: found[1] for i, name in enumerate(header) if (found := NAMED.fullmatch(name))}
    wanted = _plain(column or assignment)
    fits = [i for i, name in named.items() if wanted in (_plain(name), _plain(header[i]))]
    if len(fits) == 1:
        return fits[0]
    if fits:
        several = "; ".join(header[i] for i in fits)
        raise CourseError(f"{template} has several columns for {assignment}: name one by --column, "
                          f"of {several}.")  # fmt: skip
    known = "; ".join(header[i] for i in named) or "none"
    raise CourseError(
        f"{template} has no column for {column or assignment}: name the one to fill by --column, "
        f"or make the assignment in Canvas and export again. Its assignments are: {known}."
    )


def _factor(
    rows: Rows, place: int, marks: Mapping[str, Marks], template: Path, scale: bool
) -> float:
    """What points are multiplied with."""
    first = [row for row in rows[1:] if row and row[0].strip().startswith(POSSIBLE)]
    said = first[0][place].strip() if first and place < len(first[0]) else ""
    if READ_ONLY in said:
        raise CourseError(f"{template}: Canvas computes {rows[0][place]!r} itself; name another.")
    most = {own.most for own in marks.values()}
    try:
        possible = float(said)
    except ValueError:
        possible = None
    if not most or possible is None or most == {possible}:
        return 1.0
    ours = max(most)
    if not scale:
        raise CourseError(
            f"{rows[0][place]!r} has {number(possible)} points in Canvas and {number(ours)} here: "
            "change one of the two, or say --scale to have the scores converted."
        )
    return possible / ours if ours else 1.0


def _students(rows: Rows) -> Iterator[tuple[int, dict[str, str]]]:
    """(index, {column: value}) of the rows that are a student's."""
    header = [name.strip() for name in rows[0]]
    for index, row in enumerate(rows[1:], start=1):
        about = dict.fromkeys(("Student", *KEYS), "") | dict(zip(header, row, strict=False))
        if about["ID"].strip() and not about["Student"].strip().startswith(POSSIBLE):
            yield index, about


def _match(
    rows: Rows,
    template: Path,
    students: Iterable[str],
    others: Mapping[tuple[str, str], str],
) -> dict[int, str]:
    """{row: student}; raises CourseError where that is not one to one."""
    known = {(key, student.casefold()): student for student in students for key in KEYS}
    known |= {pair: student for pair, student in others.items() if student in set(students)}
    found, taken = {}, {}
    for row, about in _students(rows):
        if len(rows[row]) != len(rows[0]):
            raise CourseError(
                f"{template}: row {row + 1} has {len(rows[row])} fields and the header "
                f"{len(rows[0])}; export it from Canvas again."
            )
        names = [(key, about[key].strip().casefold()) for key in KEYS]
        student = next((known[name] for name in names if name in known), None)
        if student is None:
            continue
        if student in taken:
            raise CourseError(
                f"{template}: the rows {taken[student] + 1} and {row + 1} both fit the student "
                f"{student}; give each an own sis_login_id in roster.csv."
            )
        found[row], taken[student] = student, row
    return found


def _other_names(roster: Roster) -> dict[tuple[str, str], str]:
    """{(Canvas's column, value): student}; a value that several have says nothing."""
    found = defaultdict(set)
    for person in roster:
        for kind, column in IN_CANVAS.items():
            for value in person.known.get(kind, ()):
                found[column, value.casefold()].add(person.id)
    return {pair: students.pop() for pair, students in found.items() if len(students) == 1}


def _plain(name: str) -> str:
    """A name without what is written differently in different places."""
    return re.sub(r"[\W_]+", "", name.casefold())
