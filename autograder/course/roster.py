"""The roster of a course: the students in roster.csv and in the gradebook."""

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

from autograder.course import csv_text
from helpers.bounds import LONGEST_ID
from helpers.errors import CourseError

if TYPE_CHECKING:
    from nbgrader.api import Gradebook

    from autograder.course.course import Course

FILE = "roster.csv"
# The headings of each kind of column. Only letters and digits count, in either case: "SIS Login
# ID" and sis_login_id are the same.
COLUMNS = {
    "id": ("id",),
    "name": ("name", "fullname", "student", "studentname", "sortablename", "displayname"),
    "first": ("firstname", "givenname"),
    "last": ("lastname", "surname", "familyname"),
    "email": ("email", "emailaddress"),
    "login": ("login", "loginid", "sisloginid", "username", "netid"),
    "canvas": ("canvasid", "canvasuserid", "lmsuserid"),
    "sid": ("sid", "studentid", "sisuserid", "sisid", "idnumber"),
    "moodle": ("moodleid", "identifier", "participant"),
    "group": ("group", "groupname", "team", "teamname"),
}
# Kinds whose values a spreadsheet may turn into numbers, and write as 2001.0.
NUMBERS = ("id", "login", "canvas", "sid", "moodle")
WHOLE = re.compile(r"(\d+)[.,]0+")
# The first line by which Excel is told the separator.
SEPARATOR_LINE = re.compile("sep=(.)\r?\n", re.IGNORECASE)
# Canvas's row for trying the course as a student.
TEST_STUDENT = "Student, Test"
KIND_OF = {heading: kind for kind, headings in COLUMNS.items() for heading in headings}
# Names of devices on Windows, with any ending: no folder can have them.
RESERVED = re.compile(r"(con|prn|aux|nul|con(in|out)\$|(com|lpt)[0-9¹²³])\s*(\..*)?", re.IGNORECASE)


@dataclass
class Person:
    """One student.

    id: also the name of the folder in submitted/. known: {kind: values} as they were written, of
    the kinds name, email, login, canvas (Canvas's own number), sid (the school's number), moodle
    (Moodle's number of a participant) and group. name: to show; the file's before the gradebook's.
    """

    id: str
    name: str = ""
    known: dict[str, list[str]] = field(default_factory=dict)

    def learn(self, kind: str, value: str | None) -> None:
        """Add a value of a kind, unless it is blank or already known."""
        values, value = self.known.setdefault(kind, []), (value or "").strip()
        if value and value not in values:
            values.append(value)


class Roster:
    """Everybody who is expected to hand in, by id; rows with the same id are one person."""

    def __init__(self) -> None:
        self.people: dict[str, Person] = {}

    @classmethod
    def of(cls, course: "Course", path: Path | None = None) -> Self:
        """The students in the gradebook and in `path`, by default roster.csv if there is one.

        Raises CourseError, one sentence, if the gradebook or the file cannot be read, `path` does
        not exist, or a row is invalid.
        """
        roster = cls()
        with course.gradebook() as gradebook:
            for student in gradebook.students:
                remedy = "remove it with `nbgrader db student remove`"
                person = roster._person(student.id, "The gradebook", remedy)
                person.name = " ".join(
                    part.strip() for part in (student.first_name, student.last_name) if part
                )
                person.learn("name", _full(student.first_name, student.last_name))
                person.learn("email", student.email)
                person.learn("canvas", student.lms_user_id)
        if path is not None and not path.is_file():
            raise CourseError(f"There is no roster {path}; check the name.")
        path = path or course.root / FILE
        if path.exists():
            roster._read(path)
        return roster

    @property
    def ids(self) -> list[str]:
        """Sorted."""
        return sorted(self.people)

    def name(self, student: str) -> str:
        """The name to show, or "" if none is known."""
        return self.people[student].name if student in self.people else ""

    def name_in(self, gradebook: "Gradebook") -> None:
        """Give the gradebook's students who have no name there the name of the roster."""
        for student in gradebook.students:
            first, last = _parts(self.name(student.id))
            if not (student.first_name or student.last_name) and (first or last):
                student.first_name, student.last_name = first, last
        gradebook.db.commit()

    def __iter__(self) -> Iterator[Person]:
        return iter(self.people.values())

    def __len__(self) -> int:
        return len(self.people)

    def _person(self, name: str, source: Path | str, remedy: str) -> Person:
        if not is_id(name):
            raise CourseError(
                f"{source} names the student {name!r}, which cannot be a folder; {remedy}."
            )
        return self.people.setdefault(name, Person(name))

    def _read(self, path: Path) -> None:
        for number, row in _rows(path):
            cells = {kind: value for kind, value in row if value}
            if "id" not in cells:
                raise CourseError(f"{path} has no id in line {number}; write one, or delete it.")
            remedy = (
                f"correct it in line {number}: no slash, no control character, no dot at either "
                "end, no name that Windows reserves"
            )
            person = self._person(cells["id"], path, remedy)
            full = _full(cells.get("first"), cells.get("last"))
            person.learn("name", full)
            person.name = cells.get("name") or full or person.name
            for kind, value in row:
                if kind not in ("id", "first", "last"):
                    person.learn(kind, value)


def is_id(name: str) -> bool:
    """Whether submitted/NAME can be a student's folder: inside submitted/, not hidden, on any disk.

    On Windows a folder can be neither CON nor aux.txt, nor end with a dot or a space.
    """
    return (
        name == name.strip()
        and name.isprintable()
        and 0 < len(name.encode()) <= LONGEST_ID
        and "/" not in name
        and not name.startswith(".")
        and not name.endswith(".")
        and not RESERVED.fullmatch(name)
    )


def file_stem(student: str) -> str:
    """The name of the files about a student, also if that is a folder's that is_id() rejects."""
    raw = student.encode("utf-8", "surrogatepass")
    if len(raw) <= LONGEST_ID:
        return student
    return f"{student[: LONGEST_ID // 8]}-{hashlib.sha256(raw).hexdigest()[:32]}"


def _rows(path: Path) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """(line number, [(kind, value)]) of each row that is not blank; other columns are skipped."""
    headings, rows = table(path)
    if _is_canvas_export(headings):
        yield from _canvas_rows(headings, rows)
        return
    kinds = [KIND_OF.get(heading) for heading in headings]
    for kind in ("login", "sid"):
        if "id" not in kinds and kinds.count(kind) == 1:
            kinds[kinds.index(kind)] = "id"
    if kinds.count("id") != 1:
        columns = "several columns" if "id" in kinds else "no column"
        raise CourseError(f"{path} has {columns} 'id'; put the students' ids in one such column.")
    for line, row in rows:
        pairs = zip(kinds, row, strict=False)
        yield line, [(kind, _value(kind, cell)) for kind, cell in pairs if kind]


def table(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """(headings, [(line number, cells)]) of a CSV file, without blank rows.

    A heading is given by its letters and digits in lower case. Raises CourseError if the file is
    missing, is not CSV, or has a row with more fields than its header.
    """
    text = csv_text.read(path).removeprefix(csv_text.BOM)
    separator, skipped = csv_text.separator(text), 0
    if told := SEPARATOR_LINE.match(text):
        separator, text, skipped = told[1], text[told.end() :], 1
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        filled = [(rows.line_num + skipped, row) for row in rows if any(c.strip() for c in row)]
    except csv.Error as error:
        raise CourseError(
            f"{path} is not a CSV file ({error} in line {rows.line_num + skipped}); save it as CSV "
            "UTF-8."
        ) from None
    headings = [re.sub(r"[\W_]+", "", name.casefold()) for name in filled[0][1]] if filled else []
    for line, row in filled[1:]:
        if any(cell.strip() for cell in row[len(headings) :]):
            raise CourseError(
                f"{path} has {len(row)} fields in line {line} and {len(headings)} in its header; "
                "put a value that contains the separator in quotes."
            )
    return headings, [(line, [cell.strip() for cell in row]) for line, row in filled[1:]]


def _is_canvas_export(headings: Sequence[str]) -> bool:
    """Whether it is Canvas's gradebook, whose ID is Canvas's own number."""
    begins = (["student", "id"], ["lastname", "firstname", "id"])
    named = any(list(headings[: len(names)]) == names for names in begins)
    return named and {"sisloginid", "section"} <= set(headings)


def _canvas_rows(
    headings: Sequence[str], rows: Iterable[tuple[int, list[str]]]
) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """As _rows(), of a gradebook from Canvas: a student's id is the login, or Canvas's number."""
    # What comes after the section are columns of the course, which may have any name.
    info = headings[: headings.index("section")]
    kinds = ["canvas" if heading == "id" else KIND_OF.get(heading) for heading in info]
    for line, row in rows:
        pairs = [(kind, _value(kind, cell)) for kind, cell in zip(kinds, row, strict=False) if kind]
        cells = dict(pairs)
        name = cells.get("name") or f"{cells.get('last')}, {cells.get('first')}"
        # Rows of points and posting policies have no number.
        if cells.get("canvas") and name != TEST_STUDENT:
            yield line, [("id", cells.get("login") or cells["canvas"]), *pairs]


def _value(kind: str, cell: str) -> str:
    """A cell, undoing what a spreadsheet makes of numbers; Moodle's "Participant 12" is 12."""
    cell = re.sub("^Participant ", "", cell) if kind == "moodle" else cell
    whole = WHOLE.fullmatch(cell) if kind in NUMBERS else None
    return whole[1] if whole else cell


def _parts(name: str) -> tuple[str, str]:
    """(first, last) of "Last, First" or "First Last"."""
    if "," in name:
        last, _, first = name.partition(",")
    else:
        first, _, last = name.partition(" ")
    return first.strip(), last.strip()


def _full(first: str | None, last: str | None) -> str | None:
    """The full name, or None if a part is missing."""
    return f"{first} {last}" if first and last else None
