"""Fill scores into a gradebook exported from Canvas, to be imported there again.

Canvas names assignments "name (12345)" in the header. A row "Points Possible" comes before the
students, and there may be other rows without an ID near it (the posting policy, say). These rows
and every other column stay unchanged. Students are named in one column or in two; separator and
decimal sign are those of the user's language (lib/gradebook_exporter.rb and lib/csv_with_i18n.rb in
canvas-lms).
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Gradebook

from autograder.collecting.people import normal
from autograder.course.course import Course
from autograder.course.roster import TEST_STUDENT, Roster
from autograder.grading.result import FINAL, NO_SUBMISSION, UNREADABLE, results_of
from autograder.reports import numbers
from autograder.reports.pages import number
from autograder.reports.points import Marks, class_marks
from autograder.reports.raw_csv import RawCsv
from helpers.errors import CourseError

# Canvas's columns and the kind of each, in this order: folders are usually named after logins.
KEYS = {"SIS Login ID": "login", "SIS User ID": "sid", "ID": "canvas"}
# Kinds of names in the roster, and Canvas's column for each.
IN_CANVAS = {"login": "SIS Login ID", "email": "SIS Login ID", "sid": "SIS User ID", "canvas": "ID"}
POSSIBLE, READ_ONLY = "Points Possible", "(read only)"
LAST, FIRST = "LastName", "FirstName"
# Instead of a score. A number would undo what the instructor has decided in Canvas.
KEPT = {"EX": "excused in Canvas", "N/A": "not assigned to them in Canvas"}
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
    hold: bool = False,
    without: Collection[str] = (),
) -> Filled:
    """Fill the scores of one assignment into the Canvas export `template`.

    column: its name in Canvas, None if that is the assignment's. scale: whether to convert points
    to the maximum in Canvas; otherwise the maxima must agree. hold: leave out who still waits for
    a person. without: students left out.

    Raises CourseError if the template is not a gradebook from Canvas, its column is not clear,
    the maxima differ, or its rows do not match students one to one.
    """
    table = RawCsv.read(template)
    rows = table.rows()
    index = _column(rows, template, assignment, column)
    sign = numbers.decimal_sign(value for row in rows[1:] for value in row[_first(rows[0]) :])
    marks, results = class_marks(gradebook, assignment), results_of(course, assignment)
    factor = _factor(rows, index, marks, template, scale, sign)
    roster = Roster.of(course)
    students = sorted({*roster.ids, *course.students(assignment), *marks})
    matched = _match(rows, template, students, roster)
    notes, written = [], 0
    for row, fields in _students(rows):
        if row not in matched and fields["Student"] != TEST_STUDENT:
            who = fields["SIS Login ID"] or fields["ID"]
            notes.append(
                (who, f"Canvas, {fields['Student']}", "not in this course: left as it was")
            )
    rows_of = {student: row for row, student in matched.items()}
    for student in students:
        own, result = marks.get(student), results.of(student)
        status = result.status if result else NO_SUBMISSION
        if student in without:
            notes.append((student, "here", f"{status}, left out by --without: left as it was"))
            continue
        if status in (NO_SUBMISSION, UNREADABLE) or own is None:
            if student in rows_of or status == UNREADABLE:
                notes.append((student, "here", f"{_why(status)}: left as it was"))
            continue
        if student not in rows_of:
            notes.append((student, "here", f"not in Canvas: {number(own.total)} not written"))
            continue
        there, score = rows[rows_of[student]][index].strip(), number(own.total * factor)
        answers = "answer is" if own.waiting == 1 else "answers are"
        waiting = f"{own.waiting} {answers} not marked yet"
        if _is_kept(there):
            why = KEPT.get(there.upper(), "no number, which may be a decision")
            notes.append((student, "both", f"{there!r} ({why}): left as it was, not {score}"))
        elif own.waiting and hold:
            notes.append((student, "both", f"{waiting}: held, left as it was"))
        else:
            table.put(rows_of[student], index, score.replace(".", sign or "."))
            written += 1
            if own.waiting:
                notes.append((student, "both", waiting))
    return Filled(table.text(), written, notes)


def _is_kept(there: str) -> bool:
    """Whether a cell says something that no score must overwrite; "-" is Canvas's empty cell."""
    return there not in ("", "-") and numbers.parse(there.removesuffix("%")) is None


def _first(header: Sequence[str]) -> int:
    """The first column that does not describe the student."""
    names = [name.strip() for name in header]
    return max(names.index(name) for name in ("ID", "Section", *KEYS) if name in names) + 1


def _why(status: str) -> str:
    return status if status in FINAL else "not graded"


def _column(rows: Rows, template: Path, assignment: str, column: str | None) -> int:
    """The index of the assignment's column."""
    header = [name.strip() for name in rows[0]] if rows else []
    named_in = ("Student",) if not {LAST, FIRST} & set(header) else (LAST, FIRST)
    missing = [name for name in (*named_in, "ID") if name not in header]
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
    rows: Rows,
    index: int,
    marks: Mapping[str, Marks],
    template: Path,
    scale: bool,
    sign: str | None,
) -> float:
    """The factor from points here to points in Canvas."""
    first = [row for row in rows[1:] if row and row[0].strip().startswith(POSSIBLE)]
    maximum = first[0][index].strip() if first and index < len(first[0]) else ""
    if READ_ONLY in maximum:
        raise CourseError(
            f"{template}: Canvas computes {rows[0][index]!r} itself; choose another column."
        )
    most = {round(own.most, 2) for own in marks.values()}
    possible = numbers.parse(maximum, sign)
    if maximum and possible is None:
        raise CourseError(
            f"{template}: the points possible of {rows[0][index]!r} are {maximum!r}, which is no "
            "number; choose another column, or export it from Canvas again."
        )
    if not most or (possible is None and not scale) or most == {possible}:
        return 1.0
    ours = max(most)
    if not possible:
        raise CourseError(
            f"{rows[0][index]!r} has no points in Canvas and {number(ours)} here: give it points "
            "in Canvas, and export again."
        )
    if not scale:
        raise CourseError(
            f"{rows[0][index]!r} has {number(possible)} points in Canvas and {number(ours)} here: "
            "change one of the two, or convert the scores with --scale."
        )
    return possible / ours if ours else 1.0


def _students(rows: Rows) -> Iterator[tuple[int, dict[str, str]]]:
    """(index, {column: value}) of each student's row; "Student" also where there are two names."""
    header = [name.strip() for name in rows[0]]
    for index, row in enumerate(rows[1:], start=1):
        fields = dict.fromkeys(("Student", LAST, FIRST, *KEYS), "")
        fields |= dict(zip(header, (value.strip() for value in row), strict=False))
        if not fields["Student"]:
            fields["Student"] = ", ".join(filter(None, (fields[LAST], fields[FIRST])))
        if fields["ID"] and not fields["Student"].startswith(POSSIBLE):
            yield index, fields


def _match(rows: Rows, template: Path, students: Iterable[str], roster: Roster) -> dict[int, str]:
    """{row: student}; raises CourseError if that is not one to one."""
    known = {(key, _compared(key, student)): student for student in students for key in KEYS}
    others = _other_names(roster)
    known |= {pair: student for pair, student in others.items() if student in set(students)}
    matched: dict[int, str] = {}
    row_of: dict[str, int] = {}
    for row, fields in _students(rows):
        if len(rows[row]) != len(rows[0]):
            raise CourseError(
                f"{template}: row {row + 1} has {len(rows[row])} fields and the header "
                f"{len(rows[0])}; export it from Canvas again."
            )
        names = [(key, _compared(key, fields[key])) for key in KEYS]
        fitting = (known[name] for name in names if name in known)
        student = next((each for each in fitting if not _is_another(roster, each, fields)), None)
        if student is None:
            continue
        if student in row_of:
            raise CourseError(
                f"{template}: rows {row_of[student] + 1} and {row + 1} both match the student "
                f"{student}; give each student their own sis_login_id in roster.csv."
            )
        matched[row], row_of[student] = student, row
    return matched


def _is_another(roster: Roster, student: str, fields: Mapping[str, str]) -> bool:
    """Whether the roster has another number for the student than this row of Canvas's."""
    person = roster.people.get(student)
    for key in ("ID", "SIS User ID"):
        own = {_compared(key, value) for value in person.known.get(KEYS[key], ())} if person else ()
        if own and fields[key] and _compared(key, fields[key]) not in own:
            return True
    return False


def _other_names(roster: Roster) -> dict[tuple[str, str], str]:
    """{(Canvas's column, value): student}, without values that several students share."""
    students_of = defaultdict(set)
    for person in roster:
        for kind, column in IN_CANVAS.items():
            for value in person.known.get(kind, ()):
                students_of[column, _compared(column, value)].add(person.id)
    return {pair: students.pop() for pair, students in students_of.items() if len(students) == 1}


def _compared(column: str, value: str) -> str:
    return normal(KEYS[column], value)


def _plain(name: str) -> str:
    """A name without case, spaces and punctuation, for comparing."""
    return re.sub(r"[\W_]+", "", name.casefold())
