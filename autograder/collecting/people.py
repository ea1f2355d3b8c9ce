"""Match the names, email addresses and numbers of an LMS with the roster."""

import itertools
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from autograder.course.roster import Person, Roster

# A student with a different number is somebody else, even if the name matches.
DECISIVE = ("canvas", "sid")


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

    def __len__(self) -> int:
        return len(self.values)

    def find(self, identity: Identity) -> tuple[str | None, str | None]:
        """The student whom it fits: (id, None), or (None, why there is not exactly one)."""
        fitting = []
        for kinds, value in identity:
            students = set[str]().union(*(self.index[kind, normal(kind, value)] for kind in kinds))
            if students:
                fitting.append((students, value))
        if not fitting:
            return None, "nobody on the roster has this name or number"
        common = set.intersection(*(students for students, _ in fitting))
        if not common:
            (one, by), (other, but) = fitting[0], fitting[1]
            return None, f"fits {_any(one)} by {by!r}, but {_any(other)} by {but!r}"
        if len(common) > 1:
            return None, f"fits {' and '.join(sorted(common)[:3])}"
        (student,) = common
        for kinds, value in identity:
            for kind in set(kinds) & set(DECISIVE):
                known = self.values[student].get(kind)
                if known and normal(kind, value) not in known:
                    return None, f"has the name of {student}, whose number is not {value}"
        return student, None


def _compared(person: Person) -> dict[str, set[str]]:
    """The values of a person by kind, in the form in which they are compared."""
    own = {kind: {normal(kind, value) for value in values} for kind, values in person.known.items()}
    own["id"] = {normal("id", person.id)}
    own["name"] = {form for name in person.known.get("name", ()) for form in _orders(name)}
    # A file may be named after the part before the @.
    local_parts = {email.split("@")[0] for email in own.get("email", ())}
    own["login"] = own.get("login", set()) | local_parts
    return own


def normal(kind: str, value: object) -> str:
    """The form in which values of a kind are compared: without case and, in names, accents."""
    text = unicodedata.normalize("NFKC", str(value)).strip().casefold()
    if kind in DECISIVE and text.isdigit():
        return text.lstrip("0") or "0"
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
    for cut in range(max(1, len(words))):
        yield "".join(itertools.chain(words[cut:], words[:cut]))


def _any(students: Collection[str]) -> str:
    return " or ".join(sorted(students)[:3])
