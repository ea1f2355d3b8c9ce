"""Whose a file is: names, addresses and numbers of an LMS, compared with the roster."""

import csv
import itertools
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field

from helpers.errors import CourseError

# Columns of roster.csv by what they say; spaces and capitals in their names do not matter.
COLUMNS = {
    "name": ("name", "full_name", "student", "student_name", "sortable_name", "display_name"),
    "first": ("first_name", "firstname", "given_name"),
    "last": ("last_name", "lastname", "surname", "family_name"),
    "email": ("email", "email_address", "e-mail"),
    "login": ("login", "login_id", "sis_login_id", "username", "user_name", "netid"),
    "canvas": ("canvas_id", "canvas_user_id", "lms_user_id"),
    "sid": ("sid", "student_id", "sis_user_id", "sis_id", "id_number"),
}
# Who has another number than the file's is somebody else, whatever the name.
DECISIVE = ("canvas", "sid")


@dataclass
class Person:
    id: str
    values: dict = field(default_factory=lambda: defaultdict(set))


class People:
    """Everybody on the roster. An identity is a list of (kinds, value), the surest first."""

    def __init__(self, persons):
        self.persons = {person.id: person for person in persons}
        self.index = defaultdict(set)
        for person in self.persons.values():
            for kind, values in person.values.items():
                for value in values:
                    self.index[kind, value].add(person.id)

    def __len__(self):
        return len(self.persons)

    def find(self, identity):
        """(id, None), or (None, why nobody or not one alone fits)."""
        fitting = []
        for kinds, value in identity:
            found = set().union(*(self.index[kind, normal(kind, value)] for kind in kinds))
            if found:
                fitting.append((found, value))
        if not fitting:
            return None, "nobody on the roster has this name or number"
        common = set.intersection(*(found for found, _ in fitting))
        if not common:
            (one, by), (other, but) = fitting[0], fitting[1]
            return None, f"fits {_any(one)} by {by!r}, but {_any(other)} by {but!r}"
        if len(common) > 1:
            return None, f"fits {' and '.join(sorted(common)[:3])}"
        (student,) = common
        for kinds, value in identity:
            for kind in set(kinds) & set(DECISIVE):
                known = self.persons[student].values.get(kind)
                if known and normal(kind, value) not in known:
                    return None, f"has the name of {student}, who has another number than {value}"
        return student, None


def everybody(course, path=None):
    """People from roster.csv (or `path`) and the gradebook; raises CourseError."""
    persons = {}
    for row in _gradebook(course):
        _add(persons, row)
    path = path or course.root / "roster.csv"
    if path.is_file():
        for row in _rows(path):
            _add(persons, row)
    elif path != course.root / "roster.csv":
        raise CourseError(f"There is no roster {path}.")
    for name in persons:
        if not is_folder_name(name):
            raise CourseError(f"{path} names the student {name!r}, which can be no folder.")
    return People(persons.values())


def is_folder_name(name):
    """Whether submitted/NAME can be a student's folder."""
    return name.isprintable() and "/" not in name and not name.startswith(".") and len(name) < 200


def _add(persons, row):
    person = persons.setdefault(row["id"], Person(row["id"]))
    person.values["id"].add(normal("id", row["id"]))
    known = {kind: _first(row, names) for kind, names in COLUMNS.items()}
    first, last = known.pop("first"), known.pop("last")
    names = [known.pop("name"), f"{first} {last}" if first and last else None]
    for name in filter(None, names):
        person.values["name"].update(_orders(name))
    for kind, value in known.items():
        if value:
            person.values[kind].add(normal(kind, value))
    if email := known["email"]:
        # A file may be named after the part before the @.
        person.values["login"].add(normal("login", email.split("@")[0]))


def _rows(path):
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file, restval="")
            headings = [_heading(name) for name in rows.fieldnames or ()]
            if "id" not in headings:
                raise CourseError(f"{path} has no column 'id'; name the students' ids there.")
            for values in rows:
                cells = [values.get(name) or "" for name in rows.fieldnames]
                row = dict(zip(headings, (cell.strip() for cell in cells), strict=True))
                if row["id"]:
                    yield row
    except UnicodeDecodeError:
        raise CourseError(f"{path} is not in UTF-8; save it as CSV UTF-8.") from None
    except (csv.Error, OSError) as error:
        raise CourseError(f"{path} cannot be read as CSV: {error}.") from None


def _gradebook(course):
    with course.gradebook() as gradebook:
        for student in gradebook.students:
            yield {
                "id": student.id,
                "first_name": student.first_name,
                "last_name": student.last_name,
                "email": student.email,
                "lms_user_id": student.lms_user_id,
            }


def _heading(name):
    return re.sub(r"[\s]+", "_", (name or "").strip().lower())


def _first(row, names):
    return next((row[name] for name in names if row.get(name)), None)


def normal(kind, value):
    """The form in which values of a kind are compared."""
    text = unicodedata.normalize("NFKC", str(value)).strip().casefold()
    if kind in DECISIVE and text.isdigit():
        return text.lstrip("0") or "0"
    return _letters(text) if kind == "name" else text


def _letters(text):
    """Letters and digits alone, without accents: an LMS drops the rest from file names."""
    split = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in split if letter.isalnum())


def _orders(name):
    """A name as first-last and as last-first, also with further names."""
    if name.count(",") == 1:
        last, first = name.split(",")
        name = f"{first} {last}"
    words = [word for word in map(_letters, name.split()) if word]
    for cut in range(max(1, len(words))):
        yield "".join(itertools.chain(words[cut:], words[:cut]))


def _any(students):
    return " or ".join(sorted(students)[:3])
