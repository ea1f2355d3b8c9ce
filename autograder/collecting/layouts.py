"""How an LMS names what was handed in: whose each file is, and which hand-in it belongs to.

Canvas: LASTFIRST_[LATE_]USER_ATTACHMENT_NAME, with -1, -2 ... before the ending of later ones.
Gradescope: submission_NUMBER/ beside submission_metadata.yml. Moodle: folders or files
NAME_NUMBER_assignsubmission_file_[NAME]. nbgrader: STUDENT+ASSIGNMENT+TIME[+RANDOM]/. Or plain:
STUDENT.ipynb, STUDENT.zip, STUDENT/..., STUDENT/ASSIGNMENT/...
"""

import datetime
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml
from nbgrader.utils import parse_utc

from autograder.collecting.people import Identity, People
from autograder.collecting.tree import File, FileRefused
from helpers.errors import CourseError

METADATA = "submission_metadata.yml"
MOST_METADATA, DEEPEST_METADATA = 50_000_000, 50
CANVAS = re.compile(r"(?P<who>.+?)_(?P<late>LATE_)?(?P<user>\d+)_(?P<attachment>\d+)_(?P<name>.+)")
TYPED = re.compile(r".+?_(?:LATE_)?\d+_(?:text|link)\.html")
MOODLE = re.compile(r"(?P<who>.+?)_(?P<number>\d+)_assignsubmission_(?P<kind>[a-z]+)_(?P<name>.*)")
EXCHANGE = re.compile(
    r"(?P<who>.+)\+(?P<assignment>[^+]+)\+"
    r"(?P<when>\d{4}-\d\d-\d\d \d\d[:_]\d\d[:_]\d\d(?:\.\d+)? \S+?)(?:\+(?P<random>[^+]*))?"
)
OFFSET = re.compile(r" ([+-]\d\d):?(\d\d)$")
AGAIN = re.compile(r"-\d+$| ?\(\d+\)$")
LEFT_TYPED = "a text typed into the LMS, no file"


@dataclass
class HandIn:
    """What somebody handed in at once.

    who: an identity, as in People.find, for everybody whose it is. when: UTC, where it is known.
    order: later ones compare higher. files: [(path within the hand-in, File)].
    """

    label: str
    who: list[Identity]
    order: tuple[float, int]
    when: datetime.datetime | None = None
    late: bool = False
    files: list[tuple[tuple[str, ...], File]] = field(default_factory=list)


class Sorter:
    """Sorts Files into HandIns; what belongs to none goes to `left`, as (File, why).

    Only the outermost name of a path says whose a file is, below folders that all files share:
    what lies deeper was named by a student, who could write anybody's name there.
    """

    def __init__(
        self, files: Iterable[File], assignment: str, others: Iterable[str], people: People
    ) -> None:
        self.assignment, self.others, self.people = assignment, set(others), people
        self.hand_ins: dict[tuple[str, ...], HandIn] = {}
        self.left: list[tuple[File, str | None]] = []
        self.metadata, work = _gradescope(files)
        self.top = self._shared(work)
        for file in work:
            self._sort(file)

    def _shared(self, files: list[File]) -> int:
        """How many folders all files share that say nothing about a person."""
        shared = os.path.commonprefix([file.parts[:-1] for file in files])
        for place, part in enumerate(shared):
            named = EXCHANGE.fullmatch(part) or MOODLE.fullmatch(part) or self._known(part)
            if named or not len(self.people):
                return place
        return len(shared)

    def _sort(self, file: File) -> None:
        if self._from_gradescope(file):
            return
        outermost, *inner = file.parts[self.top :]
        if exchange := EXCHANGE.fullmatch(outermost) if inner else None:
            self._exchange(file, exchange, inner)
        elif moodle := MOODLE.fullmatch(outermost):
            self._moodle(file, moodle, inner)
        elif inner:
            self._folder(file, outermost, inner)
        elif TYPED.fullmatch(outermost):
            self._leave(file, LEFT_TYPED)
        elif canvas := CANVAS.fullmatch(outermost):
            self._canvas(file, canvas)
        else:
            self._plain(file, outermost)

    def _put(self, key: tuple[str, ...], path: Sequence[str], file: File, **about: Any) -> None:
        hand_in = self.hand_ins.setdefault(key, HandIn(**about))
        hand_in.late = hand_in.late or about.get("late", False)
        hand_in.order = max(hand_in.order, about["order"])
        hand_in.files.append((tuple(path), file))

    def _leave(self, file: File, why: str | None) -> None:
        self.left.append((file, why))

    def _from_gradescope(self, file: File) -> bool:
        for top, submissions in self.metadata.items():
            if file.parts[: len(top)] != top or len(file.parts) < len(top) + 2:
                continue
            folder, *path = file.parts[len(top) :]
            about = submissions.get(folder)
            if not isinstance(about, dict):
                self._leave(file, f"{METADATA} does not name the folder {folder}")
                return True
            when = _utc(_value(about, "created_at"))
            number = re.sub(r"\D", "", folder)[:18]
            order = (_stamp(when), int(number or 0))
            who = _submitters(about)
            self._put((*top, folder), path, file, label=folder, who=who, when=when, order=order)
            return True
        return False

    def _exchange(self, file: File, found: re.Match[str], inner: list[str]) -> None:
        if found["assignment"] != self.assignment:
            return self._leave(file, f"of the assignment {found['assignment']}")
        when = _utc(found["when"].replace("_", ":"))
        who, label = [[(("id", "login"), found["who"])]], found["who"]
        order = (_stamp(when), 0)
        self._put((found[0],), inner, file, label=label, who=who, when=when, order=order)

    def _moodle(self, file: File, found: re.Match[str], inner: list[str]) -> None:
        if found["kind"] != "file":
            return self._leave(file, LEFT_TYPED)
        who, label = [[(("name", "id"), found["who"])]], found["who"]
        path = inner or [found["name"] or found[0]]
        self._put((label, found["number"]), path, file, label=label, who=who, order=(0.0, 0))

    def _canvas(self, file: File, found: re.Match[str]) -> None:
        who = [[(("canvas",), found["user"]), (("name",), found["who"])]]
        order, label = (0.0, int(found["attachment"][:18])), found["who"]
        key, late = (label, found["user"]), bool(found["late"])
        self._put(key, [found["name"]], file, label=label, who=who, late=late, order=order)

    def _folder(self, file: File, who: str, inner: list[str]) -> None:
        if self._known(who) or not len(self.people):
            self._named(file, who, inner)
        else:
            self._leave(file, None)

    def _plain(self, file: File, name: str) -> None:
        stem = AGAIN.sub("", name.rsplit(".", 1)[0])
        if not len(self.people):
            nobodys = stem.lower() == self.assignment.lower()
            return self._leave(file, None) if nobodys else self._named(file, stem, [name])
        own = re.escape(self.assignment)
        bare = re.sub(rf"^{own}[ _-]+|[ _-]+{own}$", "", stem)
        for who in (name.rsplit(".", 1)[0], stem, bare):
            if self._known(who):
                return self._named(file, who, [name])
        self._leave(file, None)

    def _named(self, file: File, who: str, path: list[str]) -> None:
        path = path[1:] if len(path) > 1 and path[0] == self.assignment else path
        if len(path) > 1 and path[0] in self.others:
            return self._leave(file, f"of the assignment {path[0]}")
        student = self.people.find(_by_name(who))[0] or who
        self._put(("", student), path, file, label=who, who=[_by_name(who)], order=(0.0, 0))

    def _known(self, name: str) -> bool:
        return bool(name) and self.people.find(_by_name(name))[0] is not None


def _by_name(name: str) -> Identity:
    return [(("id", "login", "email", "name"), name)]


def _gradescope(
    files: Iterable[File],
) -> tuple[dict[tuple[str, ...], dict[str, Any]], list[File]]:
    """{folder: content} of each submission_metadata.yml, and the other files."""
    found, others = {}, []
    for file in files:
        if file.parts[-1] == METADATA and len(file.parts) <= 2:
            found[file.parts[:-1]] = _yaml(file)
        else:
            others.append(file)
    return found, others


def _yaml(file: File) -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        raw = file.read(MOST_METADATA)
        _require_flat(yaml.parse(raw, Loader=loader))
        content = yaml.load(raw, Loader=loader)
    except (FileRefused, yaml.YAMLError, RecursionError, ValueError) as error:
        raise CourseError(
            f"{file.name} cannot be read ({str(error).splitlines()[0][:100]}); export the "
            "submissions from Gradescope again."
        ) from None
    if not isinstance(content, dict):
        raise CourseError(f"{file.name} names no submissions; export them from Gradescope again.")
    return {str(name): about for name, about in content.items()}


def _require_flat(events: Iterable[yaml.Event]) -> None:
    """Raise ValueError for what would take the stack or the memory of whoever loads it."""
    depth = 0
    for event in events:
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST_METADATA:
            raise ValueError("it is nested too deeply")
        if isinstance(event, yaml.ScalarEvent) and event.value == "<<":
            raise ValueError("it merges mappings")


def _submitters(about: dict[str, Any]) -> list[Identity]:
    """An identity for each of a group."""
    people = _value(about, "submitters")
    identities = []
    for person in people if isinstance(people, list) else ():
        if isinstance(person, dict):
            kinds = {"sid": ("sid", "id"), "email": ("email", "id"), "name": ("name",)}
            values = [(kinds[kind], _value(person, kind)) for kind in kinds]
            identities.append([(kind, value) for kind, value in values if value])
    return identities


def _value(mapping: dict[str, Any], name: str) -> Any:
    """Gradescope writes :name: where other YAML has name:."""
    return mapping.get(f":{name}", mapping.get(name))


def _utc(value: object) -> datetime.datetime | None:
    try:
        if isinstance(value, str):
            # nbgrader reads the hours of " +0200" as seconds.
            return parse_utc(OFFSET.sub(r"\1:\2", value.strip()))
        if isinstance(value, datetime.datetime):
            return parse_utc(value)
    except (ValueError, OverflowError, TypeError):
        pass
    return None


def _stamp(when: datetime.datetime | None) -> float:
    return when.replace(tzinfo=datetime.UTC).timestamp() if when else 0.0
