"""The roster of a course: the students in roster.csv and in the gradebook."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

from autograder.course import csv_text
from helpers.errors import CourseError

if TYPE_CHECKING:
    from autograder.course.course import Course

FILE = "roster.csv"
LONGEST_ID = 200
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
}
KIND_OF = {heading: kind for kind, headings in COLUMNS.items() for heading in headings}


@dataclass
class Person:
    """One student.

    id: also the name of the folder in submitted/. known: {kind: values} as they were written, of
    the kinds name, email, login, canvas (Canvas's own number) and sid (the school's number).
    """

    id: str
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
            remedy = f"correct it in line {number}: no slash, no control character, no leading dot"
            person = self._person(cells["id"], path, remedy)
            person.learn("name", _full(cells.get("first"), cells.get("last")))
            for kind, value in row:
                if kind not in ("id", "first", "last"):
                    person.learn(kind, value)


def is_id(name: str) -> bool:
    """Whether submitted/NAME can be a student's folder: inside submitted/ and not hidden."""
    return (
        0 < len(name) <= LONGEST_ID
        and name == name.strip()
        and name.isprintable()
        and "/" not in name
        and not name.startswith(".")
    )


def _rows(path: Path) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """(line number, [(kind, value)]) of each row that is not blank; other columns are skipped."""
    text = csv_text.read(path).removeprefix(csv_text.BOM)
    lines = io.StringIO(text, newline="")
    rows = csv.reader(lines, delimiter=csv_text.separator(text), strict=True)
    try:
        filled = [(rows.line_num, row) for row in rows if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise CourseError(
            f"{path} is not a CSV file ({error} in line {rows.line_num}); save it as CSV UTF-8."
        ) from None
    headings = filled[0][1] if filled else []
    kinds = [KIND_OF.get(re.sub(r"[\W_]+", "", name.casefold())) for name in headings]
    if kinds.count("id") != 1:
        columns = "several columns" if "id" in kinds else "no column"
        raise CourseError(f"{path} has {columns} 'id'; put the students' ids in one such column.")
    for line, row in filled[1:]:
        if any(cell.strip() for cell in row[len(kinds) :]):
            raise CourseError(
                f"{path} has {len(row)} fields in line {line} and {len(kinds)} in its header; "
                "put a value that contains the separator in quotes."
            )
        pairs = zip(kinds, row, strict=False)
        yield line, [(kind, cell.strip()) for kind, cell in pairs if kind]


def _full(first: str | None, last: str | None) -> str | None:
    """The full name, or None if a part is missing."""
    return f"{first} {last}" if first and last else None
