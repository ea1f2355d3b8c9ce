"""Sort files by student and submission, from the names that each LMS gives them.

Canvas: LASTFIRST_[LATE_]USER_ATTACHMENT_NAME, with -1, -2 ... before the extension of later ones;
for a group its name, and the USER who represents it. Gradescope: submission_NUMBER/ beside
submission_metadata.yml. Moodle: folders or files NAME_NUMBER_assignsubmission_file[_[NAME]], for a
group its name and number. nbgrader: STUDENT+ASSIGNMENT+TIME[+RANDOM]/. Or plain: STUDENT.ipynb,
STUDENT.zip, STUDENT/..., STUDENT/ASSIGNMENT/...
"""

import datetime
import os
import pwd
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from autograder.collecting.people import Identity, People
from autograder.collecting.tree import File, FileRefused
from autograder.grading.preparing.jobs import moment
from helpers.errors import CourseError
from helpers.notebook_file import notebook_stem

METADATA = "submission_metadata.yml"
# As Gradescope names the folder of an export; a system may number a second download.
EXPORT = re.compile(r"assignment_\d+_export( ?\(\d+\)|-\d+)?")
# Names of folders that hold a download; so does one with the name of the zip.
AROUND = re.compile(rf"{EXPORT.pattern}|(submissions?|submitted|inbound)( ?\(\d+\)|-\d+)?", re.I)
ONE_FOLDER = (
    "all there is lies in the folder {!r}, which may be somebody's who is not on the roster: if it "
    "is not, unpack the download and collect from that folder"
)
MOST_METADATA, DEEPEST_METADATA = 50_000_000, 50
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
YAML = "tag:yaml.org,2002:"
# Some versions of Canvas write LATE in small letters.
LATE = "(?i:LATE)"
TYPED = re.compile(rf".+?_(?:{LATE}_)?\d+_(?:text|link)\.html")
ANONYMOUS = re.compile(rf"(?:{LATE}_)?anon_[^_]+_(?:\d+_.+|(?:text|link)\.html)")
MOODLE = re.compile(
    r"(?P<who>.+?)(?:_(?P<number>\d+))?_assignsubmission_(?P<kind>[a-z]+)(?:_(?P<name>.*))?"
)
PARTICIPANT = re.compile(r"Participant(?: \d+)?")
EXCHANGE = re.compile(
    r"(?P<who>.+)\+(?P<assignment>[^+]+)\+"
    r"(?P<when>\d{4}-\d\d-\d\d \d\d[:_]\d\d[:_]\d\d(?:\.\d+)? \S+?)(?:\+(?P<random>[^+]*))?"
)
OFFSET = re.compile(r" ([+-]\d\d):?(\d\d)$")
AGAIN = re.compile(r"-\d+$| ?\(\d+\)$")
CLOCKS_DIFFER = datetime.timedelta(days=1)
LEFT_TYPED = "text typed into the LMS, not a file"
TWO_SYSTEMS = "its name may be by Canvas or by Moodle, and the others do not tell which"
HIDDEN = "the LMS hides the name (anonymous grading): show the names there, and download it again"


@dataclass
class Submission:
    """What one student or group handed in at one time.

    who: the identity of each of its students. when: UTC, or None if unknown. order: later
    submissions compare greater. files: (path within the submission, File) pairs.
    """

    who: list[Identity]
    order: tuple[float, int]
    when: datetime.datetime | None = None
    late: bool = False
    files: list[tuple[tuple[str, ...], File]] = field(default_factory=list)
    remark: str = ""
    user: str | None = None


class Sorter:
    """Sorts Files into Submissions; one that belongs to none goes to `left`, as (File, why).

    `why` is None if its name matches nobody. doubtful: (File, why) that fit somebody, and may be
    somebody else's. hidden: Files whose student the LMS hides. others: the names of the other
    assignments. notebooks: of this one. Only the outermost name of a path, below
    folders that all files share, says whose a file is: deeper names are the student's choice, who
    could use anybody's. Of such a folder with work of only one student nobody can tell whose it
    is, unless it has the name of the download, an assignment or an export.
    """

    def __init__(
        self,
        files: Iterable[File],
        assignment: str,
        others: Iterable[str],
        people: People,
        notebooks: Iterable[str] = (),
        download: str = "",
    ) -> None:
        self.own = {assignment, *notebooks}
        self.assignment, self.others, self.people = assignment, set(others), people
        self.submissions: dict[tuple[str, ...], Submission] = {}
        self.left: list[tuple[File, str | None]] = []
        self.doubtful: list[tuple[File, str]] = []
        self.hidden: list[File] = []
        files = list(files)
        parts = [file.parts for file in files]
        around = parts[0][: self._shared(files)] if parts else ()
        self.metadata, work = _gradescope(files, around)
        self.top = self._shared(work)
        self.is_moodles = self._is_moodles(work)
        for file in work:
            self._sort(file)
        known = {self.assignment, *self.others, download}
        for name in around:
            if name not in known and not AROUND.fullmatch(name):
                self._doubt(ONE_FOLDER.format(name))
                break

    def _doubt(self, why: str) -> None:
        """Take nothing, if all that there is to take is one student's."""
        found = {
            key: {self.people.find(who)[0] for who in submission.who} - {None}
            for key, submission in self.submissions.items()
        }
        if len(set[str | None]().union(*found.values())) == 1:
            for key in [key for key, students in found.items() if students]:
                self.doubtful += [(file, why) for _, file in self.submissions.pop(key).files]

    def _shared(self, files: list[File]) -> int:
        """The number of leading folders that all files share and that name no person."""
        shared = os.path.commonprefix([file.parts[:-1] for file in files])
        for depth, part in enumerate(shared):
            named = EXCHANGE.fullmatch(part) or MOODLE.fullmatch(part) or self._known(part)
            if named or not len(self.people):
                return depth
        return len(shared)

    def _sort(self, file: File) -> None:
        if self._from_gradescope(file):
            return
        outermost, *inner = file.parts[self.top :]
        moodle = MOODLE.fullmatch(outermost)
        canvas = None if inner else canvas_name(outermost)
        as_canvas = not inner and (canvas or TYPED.fullmatch(outermost))
        if exchange := EXCHANGE.fullmatch(outermost) if inner else None:
            self._exchange(file, exchange, inner)
        elif moodle and as_canvas and self.is_moodles is None:
            self.doubtful.append((file, TWO_SYSTEMS))
        elif moodle and (self.is_moodles or not as_canvas):
            self._moodle(file, moodle, inner)
        elif inner:
            self._folder(file, outermost, inner)
        elif TYPED.fullmatch(outermost):
            self._leave(file, LEFT_TYPED)
        elif ANONYMOUS.fullmatch(outermost):
            self.hidden.append(file)
        elif canvas:
            self._canvas(file, canvas)
        else:
            self._plain(file, outermost)

    def _is_moodles(self, files: Iterable[File]) -> bool | None:
        """Whether the files are named by Moodle, not by Canvas; None if as many are by each.

        What comes after the first numbers is a student's choice, also if it looks like the other's.
        """
        moodles, canvases = set(), set()
        for file in files:
            outermost, *inner = file.parts[self.top :]
            moodle = MOODLE.fullmatch(outermost)
            canvas = None if inner else canvas_name(outermost)
            if moodle and (not canvas or moodle.end("who") < canvas.start("user")):
                moodles.add((moodle["who"], moodle["number"]))
            elif canvas and not moodle:
                canvases.add((canvas["who"], canvas["user"]))
        return None if len(moodles) == len(canvases) else len(moodles) > len(canvases)

    def _put(self, key: tuple[str, ...], path: Sequence[str], file: File, **about: Any) -> None:
        submission = self.submissions.setdefault(key, Submission(**about))
        if about["order"] >= submission.order:  # two downloads may be in one folder
            submission.order, submission.late = about["order"], about.get("late", False)
        submission.files.append((tuple(path), file))

    def _leave(self, file: File, why: str | None) -> None:
        self.left.append((file, why))

    def _from_gradescope(self, file: File) -> bool:
        for top, submissions in self.metadata.items():
            if file.parts[: len(top)] != top or len(file.parts) < len(top) + 2:
                continue
            folder, *path = file.parts[len(top) :]
            metadata = submissions.get(folder)
            if not isinstance(metadata, dict):
                self._leave(file, f"{METADATA} does not name the folder {folder}")
                return True
            when = _utc(_value(metadata, "created_at"))
            number = re.sub(r"\D", "", folder)[:18]
            order = (_stamp(when), int(number or 0))
            who = _submitters(metadata)
            self._put((*top, folder), path, file, who=who, when=when, order=order)
            return True
        return False

    def _exchange(self, file: File, match: re.Match[str], inner: list[str]) -> None:
        if match["assignment"] != self.assignment:
            return self._leave(file, f"of the assignment {match['assignment']}")
        if self._is_of_another(file, match["who"]):
            return self._leave(file, f"named for {match['who']}, but made by {_user(file.owner)}")
        when = _utc(match["when"].replace("_", ":"))
        if when and when > datetime.datetime.now(datetime.UTC).replace(tzinfo=None) + CLOCKS_DIFFER:
            return self._leave(file, f"its name is of the future, {when:%Y-%m-%d %H:%M}")
        who = [[(("id", "login"), match["who"])]]
        order = (_stamp(when), 0)
        self._put((match[0],), inner, file, who=who, when=when, order=order)

    def _is_of_another(self, file: File, who: str) -> bool:
        """Whether another user made this file of the exchange, in which everybody can write.

        What is yours or root's was copied, and tells nothing.
        """
        if file.owner in (None, 0, os.getuid()):
            return False
        owner = _user(file.owner)
        found = self.people.find([(("id", "login"), owner)])[0]
        same = found is not None and found == self.people.find([(("id", "login"), who)])[0]
        return owner != who and not same

    def _moodle(self, file: File, match: re.Match[str], inner: list[str]) -> None:
        if match["kind"] != "file":
            return self._leave(file, LEFT_TYPED)
        who = self._in_moodle(match["who"], match["number"])
        if PARTICIPANT.fullmatch(match["who"]) and not self.people.find(who[0])[0]:
            return self.hidden.append(file)
        path = inner or [match["name"] or match[0]]
        key = (match["who"], match["number"] or "")
        self._put(key, path, file, who=who, order=(0.0, 0))

    def _in_moodle(self, name: str, number: str | None) -> list[Identity]:
        """A group, or a student; some sites write the login before or after the name."""
        alone: Identity = [(("name", "id"), name)]
        if self.people.find(alone)[0] is None and (members := self.people.members(name)):
            return _each(members)
        numbered: Identity = [(("moodle",), number), *alone] if number else alone
        if self.people.find(numbered)[0] is None and " " in name:
            for login, rest in (name.split(" ", 1), name.rsplit(" ", 1)[::-1]):
                both: Identity = [(("id", "login", "email"), login), (("name",), rest)]
                if self.people.find(both)[0] and all(self.people.find([each])[0] for each in both):
                    return [both]
        return [numbered]

    def _canvas(self, file: File, match: re.Match[str]) -> None:
        match = self._split(match)
        user, who = match["user"], match["who"]
        order = (0.0, int(match["attachment"][:18]))
        key, late = (who, user), bool(match["late"])
        represents, _ = self.people.find([(("canvas",), user)])
        identities: list[Identity] = [[(("canvas",), user), (("name",), who)]]
        remark = ""
        if represents is None or not self.people.goes_by(represents, who):
            if members := self.people.members(who, represents):
                identities = _each(members | ({represents} if represents else set()))
            elif represents:
                remark = (
                    f"Handed in as {who!r}: if that is a group, name its members in groups.csv "
                    "and collect again."
                )
        about = {"who": identities, "late": late, "order": order, "remark": remark, "user": user}
        self._put(key, [match["name"]], file, **about)

    def _split(self, first: re.Match[str]) -> re.Match[str]:
        """Where the numbers begin: a name, such as that of the group team_2, may end in one.

        A later place counts only for a student or group of just this name: what follows the first
        one may be the student's choice.
        """
        longer = len(first["who"]) + 1
        while match := canvas_name(first.string, longer):
            longer = len(match["who"]) + 1
            student, who = self.people.find([(("canvas",), match["user"])])[0], match["who"]
            named = student and student in self.people.find_all("name", who)
            if named or student in self.people.members(who, student):
                return match
        return first

    def _folder(self, file: File, who: str, inner: list[str]) -> None:
        if self._known(who) or not len(self.people):
            self._named(file, who, inner)
        else:
            self._leave(file, None)

    def _plain(self, file: File, name: str) -> None:
        whole = notebook_stem(name) or name.rsplit(".", 1)[0]
        stem = AGAIN.sub("", whole)
        own = "|".join(map(re.escape, sorted(self.own, key=len, reverse=True)))
        bare = re.sub(rf"^({own})[ _-]+|[ _-]+({own})$", "", stem)
        if not len(self.people):
            is_anonymous = stem.lower() in {each.lower() for each in self.own}
            who = bare if len(self.own) > 1 else stem
            return self._leave(file, None) if is_anonymous else self._named(file, who, [name])
        known = [who for who in (whole, stem, bare) if self._known(who)]
        one = [who for who in known if self.people.find(_by_name(who))[0]]
        if known:
            return self._named(file, (one or known)[0], [name])
        self._leave(file, None)

    def _named(self, file: File, who: str, path: list[str]) -> None:
        path = path[1:] if len(path) > 1 and path[0] == self.assignment else path
        if len(path) > 1 and path[0] in self.others:
            return self._leave(file, f"of the assignment {path[0]}")
        student = self.people.find(_by_name(who))[0] or who
        self._put(("", student), path, file, who=[_by_name(who)], order=(0.0, 0))

    def _known(self, name: str) -> bool:
        """Whether it fits anybody; if several, collecting tells which."""
        return bool(name) and self.people.fits_anybody(_by_name(name))


def canvas_name(name: str, least: int = 1) -> re.Match[str] | None:
    """A file name of Canvas's: who (at least so many letters), late, user, attachment, name."""
    return re.fullmatch(
        rf"(?P<who>.{{{least},}}?)_(?P<late>{LATE}_)?(?P<user>\d+)_(?P<attachment>\d+)_(?P<name>.+)",
        name,
        re.DOTALL,
    )


def _each(students: Iterable[str]) -> list[Identity]:
    """The identity of each student, given by id."""
    return [[(("id",), student)] for student in sorted(students)]


def _by_name(name: str) -> Identity:
    return [(("id", "login", "email", "name"), name)]


def _gradescope(
    files: Iterable[File], top: tuple[str, ...]
) -> tuple[dict[tuple[str, ...], dict[str, Any]], list[File]]:
    """The content of every submission_metadata.yml by its folder, and the other files.

    It counts where Gradescope writes it alone: one in a student's folder is the student's.

    Args:
        files: all that there are.
        top: the folders around all of them, none of which names a person.
    """
    metadata, others = {}, []
    for file in files:
        folder = file.parts[:-1]
        of_an_export = folder == top or (folder[:-1] == top and EXPORT.fullmatch(folder[-1]))
        if file.parts[-1] == METADATA and of_an_export:
            metadata[file.parts[:-1]] = _yaml(file)
        else:
            others.append(file)
    return metadata, others


def _yaml(file: File) -> dict[str, Any]:
    try:
        raw = file.read(MOST_METADATA)
        _require_flat(yaml.parse(raw, Loader=LOADER))
        content = yaml.load(raw, Loader=_Loader)
    except (FileRefused, yaml.YAMLError, RecursionError, ValueError) as error:
        raise CourseError(
            f"{file.name} cannot be read ({str(error).splitlines()[0][:100]}); export the "
            "submissions from Gradescope again."
        ) from None
    if not isinstance(content, dict):
        raise CourseError(f"{file.name} lists no submissions; export them from Gradescope again.")
    return {str(name): metadata for name, metadata in content.items()}


class _Loader(LOADER):  # type: ignore[misc,valid-type]
    """Reads a value that looks like a date or number and is none as text: a name may be any."""


def _or_text(construct: Callable[[Any, Any], Any] | None) -> Callable[[Any, Any], Any]:
    def read(loader: Any, node: yaml.ScalarNode) -> Any:
        try:
            return construct(loader, node) if construct else node.value
        except (ValueError, OverflowError, LookupError, AttributeError):
            return node.value

    return read


for _kind in ("int", "float", "bool", "timestamp", "value", "merge"):
    _tag = YAML + _kind
    _Loader.add_constructor(_tag, _or_text(LOADER.yaml_constructors.get(_tag)))


def _require_flat(events: Iterable[yaml.Event]) -> None:
    """Raise ValueError for YAML that could exhaust the stack or the memory when loaded."""
    # Of every mapping and list around an event: whether a key comes next; None in a list.
    around: list[bool | None] = []
    for event in events:
        is_key = bool(around and around[-1])
        if isinstance(event, yaml.CollectionEndEvent):
            around.pop()
        elif isinstance(event, yaml.NodeEvent):
            if around and around[-1] is not None:
                around[-1] = not is_key
            if isinstance(event, yaml.CollectionStartEvent):
                around.append(True if isinstance(event, yaml.MappingStartEvent) else None)
        if len(around) > DEEPEST_METADATA:
            raise ValueError("it is nested too deeply")
        if is_key and isinstance(event, yaml.ScalarEvent) and _merges(event):
            raise ValueError("it merges mappings")


def _merges(key: yaml.ScalarEvent) -> bool:
    return key.tag == f"{YAML}merge" or (key.value == "<<" and key.implicit[0])


def _submitters(metadata: dict[str, Any]) -> list[Identity]:
    """The identity of each member of a group."""
    people = _value(metadata, "submitters")
    identities: list[Identity] = []
    for person in people if isinstance(people, list) else ():
        if isinstance(person, dict):
            kinds = {"sid": ("sid", "id"), "email": ("email", "id"), "name": ("name",)}
            values = [(kinds[kind], _value(person, kind)) for kind in kinds]
            identities.append([(kind, value) for kind, value in values if value])
    return identities


def _value(mapping: dict[str, Any], name: str) -> Any:
    """The value of a key; Gradescope writes :name: instead of name:."""
    return mapping.get(f":{name}", mapping.get(name))


def _user(number: int | None) -> str:
    try:
        return pwd.getpwuid(number or 0).pw_name
    except KeyError:
        return f"user {number}"


def _utc(value: object) -> datetime.datetime | None:
    if isinstance(value, str):
        # nbgrader reads the hours of " +0200" as seconds.
        return moment(OFFSET.sub(r"\1:\2", value.strip()))
    return moment(value) if isinstance(value, datetime.datetime) else None


def _stamp(when: datetime.datetime | None) -> float:
    return when.replace(tzinfo=datetime.UTC).timestamp() if when else 0.0
