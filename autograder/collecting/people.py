"""Match the names, email addresses and numbers of an LMS with the roster."""

import itertools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from autograder.course.roster import KIND_OF, Person, Roster, table
from helpers.errors import CourseError

# A student with a different number is somebody else, even if the name matches.
DECISIVE = ("canvas", "sid", "moodle")
# What names one account of an LMS. Its name may be its owner's choice.
ACCOUNT = {*DECISIVE, "email"}
# Without leading zeros, and without the ".0" that a spreadsheet adds.
NUMBER = re.compile(r"0*(\d+?)(?:\.0+)?")
NOBODY = "nobody on the roster has this name or number"
# Headings of Canvas's file of groups that mean something else in a roster.
IN_GROUPS = {"userid": "sid"}
BY_GROUPS = (("canvas",), ("sid",), ("id", "login"), ("login", "id"), ("email", "id"))

# (kinds, value) pairs, the surest first: kinds are those of Person.known, or id.
Identity = Sequence[tuple[tuple[str, ...], str]]


class People:
    """The students on the roster, to be found by what an LMS says of them."""

    def __init__(self, roster: Roster) -> None:
        self.values = {person.id: _compared(person) for person in roster}
        self.index: dict[tuple[str, str], set[str]] = defaultdict(set)
        for student, own in self.values.items():
            for kind, values in own.items():
                for value in values:
                    self.index[kind, value].add(student)
        self.groups: dict[str, set[str]] = defaultdict(set)
        for person in roster:
            for group in person.known.get("group", ()):
                self.groups[group].add(person.id)

    def read_groups(self, path: Path) -> None:
        """Learn who is in which group from a CSV file; it says more than the roster.

        The file is as from Canvas (People, a group set, Download Course Roster CSV), or has a
        column group and one by which students are known. Raises CourseError if it is not, or fits
        nobody on the roster.
        """
        headings, rows = table(path)
        kinds = [IN_GROUPS.get(heading) or KIND_OF.get(heading) for heading in headings]
        if "group" not in kinds:
            raise CourseError(
                f"{path} has no column 'group'; write one, beside a column 'id', or export the "
                "groups from Canvas."
            )
        found: defaultdict[str, set[str]] = defaultdict(set)
        for _, row in rows:
            cells = {kind: cell for kind, cell in zip(kinds, row, strict=False) if kind and cell}
            group = cells.pop("group", "")
            who = [(kinds, cells[kinds[0]]) for kinds in BY_GROUPS if kinds[0] in cells]
            student = self.find(who)[0] or self.find([(("name",), cells.get("name", ""))])[0]
            if student and group:
                found[group].add(student)
        if not found:
            raise CourseError(f"{path} puts nobody on the roster into a group; check its columns.")
        self.groups = found

    def members(self, group: str, one: str | None = None) -> set[str]:
        """The students in the group of this name; empty if there is none, or several.

        one: who is known to be in it, for groups whose names an LMS writes alike.
        """
        wanted = _letters(group)
        named = [who for name, who in self.groups.items() if _letters(name) == wanted != ""]
        if len(named) > 1:
            named = [who for who in named if one in who]
        return named[0] if len(named) == 1 else set()

    def find_all(self, kind: str, value: str) -> set[str]:
        """Every student of whom this value is known."""
        return self.index.get((kind, normal(kind, value)), set())

    def goes_by(self, student: str, name: str) -> bool:
        """Whether this may be the student's name: it is, or no name is known."""
        return not self.values[student]["name"] or student in self.find_all("name", name)

    def __len__(self) -> int:
        return len(self.values)

    def find(self, identity: Identity) -> tuple[str | None, str | None]:
        """The student whom it fits: (id, None), or (None, why there is not exactly one)."""
        fitting = []
        for kinds, value in identity:
            if students := self._fitting(kinds, value):
                fitting.append((students, value))
        if not fitting:
            return None, NOBODY
        common = set.intersection(*(students for students, _ in fitting))
        if not common:
            (one, by), *others = fitting
            other, but = next((each for each in others if not one & each[0]), others[0])
            return None, f"fits {_any(one)} by {by!r}, but {_any(other)} by {but!r}"
        different = {student: self._different(student, identity) for student in common}
        left = sorted(student for student in common if not different[student])
        if len(left) > 1:
            return None, f"fits {' and '.join(left[:3])}"
        if not left:
            student = min(common)
            return None, f"has the name of {student}, whose number is not {different[student]}"
        return left[0], None

    def fits_anybody(self, identity: Identity) -> bool:
        """Whether it fits a student, or several."""
        return any(self._fitting(kinds, value) for kinds, value in identity)

    def _fitting(self, kinds: tuple[str, ...], value: str) -> set[str]:
        """The students of whom the value is known, by the surest of the kinds.

        A name, and an address at some other school, are anybody's choice: neither makes an id or
        login that is exactly this one ambiguous. In ("name", "id") the name is what an LMS shows.
        """
        if kinds[0] == "name":
            surest = [kinds]
        else:
            exact = tuple(kind for kind in kinds if kind != "name")
            loose = ("local",) * ("login" in kinds) + ("name",) * ("name" in kinds)
            surest = [("id",)] * (kinds[0] == "id") + [exact, loose]
        for tried in surest:
            if students := set[str]().union(*(self.find_all(kind, value) for kind in tried)):
                return students
        return set()

    def is_by_name_alone(self, student: str, identity: Identity) -> bool:
        """Whether nothing but a name of it fits the student."""
        return not any(
            student in self.find_all(kind, value)
            for kinds, value in identity
            for kind in ({*kinds} | ({"local"} if "login" in kinds else set())) - {"name"}
        )

    def _different(self, student: str, identity: Identity) -> str | None:
        """A number in the identity that is not the student's, or None."""
        for kinds, value in identity:
            for kind in set(kinds) & set(DECISIVE):
                known = self.values[student].get(kind)
                if known and normal(kind, value) not in known:
                    return value
        return None


def account(identity: Identity) -> tuple[str, ...]:
    """The numbers and addresses of the account that it names; empty if it names none."""
    return tuple(value for kinds, value in identity if ACCOUNT & {*kinds} and "name" not in kinds)


def are_one(accounts: Iterable[tuple[str, ...]]) -> bool:
    """Whether they can be one account: each that names any shares one with those before it."""
    known: set[str] = set()
    for names in sorted(accounts, key=len, reverse=True):
        if known and names and not known & {*names}:
            return False
        known |= {*names}
    return True


def _compared(person: Person) -> dict[str, set[str]]:
    """The values of a person by kind, in the form in which they are compared."""
    own = {kind: {normal(kind, value) for value in values} for kind, values in person.known.items()}
    own["id"] = {normal("id", person.id)}
    own["name"] = {form for name in person.known.get("name", ()) for form in _orders(name)}
    # A file may be named after the part before the @.
    own["local"] = {email.split("@")[0] for email in own.get("email", ())}
    return own


def normal(kind: str, value: object) -> str:
    """The form in which values of a kind are compared: without case and, in names, accents."""
    text = unicodedata.normalize("NFKC", str(value)).strip().casefold()
    if kind in DECISIVE and (number := NUMBER.fullmatch(text)):
        return number[1]
    return _letters(text) if kind == "name" else text


def _letters(text: str) -> str:
    """Letters and digits only, without accents: an LMS drops the rest from file names."""
    split = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in split if letter.isalnum())


def _orders(name: str) -> Iterator[str]:
    """A name as first-last and as last-first, also if it has more than two words."""
    if name.count(",") == 1:
        last, first = name.split(",")
        name = f"{first} {last}"
    words = [word for word in map(_letters, name.split()) if word]
    for cut in range(len(words)):
        yield "".join(itertools.chain(words[cut:], words[:cut]))


def _any(students: Collection[str]) -> str:
    return " or ".join(sorted(students)[:3])
