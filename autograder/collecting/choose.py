"""Choose from a submission the notebook that counts and the files that go with it."""

import hashlib
import io
import json
from dataclasses import dataclass, field

from autograder.collecting import tree
from autograder.collecting.layouts import AGAIN, CANVAS, Submission
from autograder.collecting.tree import File, FileRefused
from helpers.notebook_file import LARGEST_NOTEBOOK
from helpers.submit.archive import MANIFEST
from helpers.submit.bounds import MOST_BYTES, MOST_FILES
from helpers.submit.report import EXPECTED

# Written by the grader only; a student's file of this name could fake an earlier time.
TIMESTAMP = "timestamp.txt"
MOST_IN_ZIP = 2_000


class Unclear(Exception):
    """No notebook can be taken from a submission; the message says why in one sentence."""


@dataclass
class Choice:
    """What counts in a submission.

    content: {path: bytes}, including the notebook. used: the Files that it came from. replaced:
    Files with an earlier notebook. left: Files that were left out, and why. remarks: sentences.
    """

    content: dict[str, bytes]
    used: list[File] = field(default_factory=list)
    replaced: list[File] = field(default_factory=list)
    left: list[tuple[File, str]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Part:
    """A file of a submission; outer: the File that contains it (itself or a zip)."""

    path: tuple[str, ...]
    file: File
    outer: File


def choose(assignment: str, submission: Submission) -> Choice:
    """Choose what counts; raises Unclear if no single notebook can be taken."""
    return _Chooser(assignment, submission).choice()


class _Chooser:
    def __init__(self, assignment: str, submission: Submission) -> None:
        self.assignment, self.files = assignment, submission.files
        self.expected = f"{assignment}.ipynb"
        self.room = MOST_BYTES
        self.made = Choice({})
        self.problems: list[str] = []

    def choice(self) -> Choice:
        parts = [part for path, file in self.files for part in self._unpacked(path, file)]
        notebooks = [part for part in parts if part.path[-1].lower().endswith(".ipynb")]
        chosen, raw = self._notebook(notebooks)
        self.made.content[self.expected] = raw
        self.made.used.append(chosen.outer)
        # Of two files with the same name, the one beside the chosen notebook counts.
        for part in sorted(parts, key=lambda part: part.outer is not chosen.outer):
            if part not in notebooks:
                self._add(part, chosen.path[:-1])
        for part in notebooks:
            if part.outer not in (*self.made.used, *self.made.replaced):
                self.made.replaced.append(part.outer)
        self.made.remarks += self.problems
        self._compare_with_manifest()
        return self.made

    def _unpacked(self, path: tuple[str, ...], file: File) -> list[_Part]:
        if not path[-1].lower().endswith(".zip"):
            return [_Part(path, file, file)]
        try:
            inner = tree.in_zip(io.BytesIO(file.read(MOST_BYTES)), MOST_IN_ZIP)
        except FileRefused as error:
            self.problems.append(f"{path[-1]}: {error}")
            return []
        return [_Part(each.parts, each, file) for each in inner if not tree.is_litter(each.parts)]

    def _notebook(self, notebooks: list[_Part]) -> tuple[_Part, bytes]:
        """The notebook that counts, and its bytes. Raises Unclear unless there is exactly one."""
        readable: list[tuple[_Part, bytes]] = []
        elsewhere = None
        for part in notebooks:
            try:
                raw = part.file.read(LARGEST_NOTEBOOK)
            except FileRefused as error:
                self.problems.append(f"{part.path[-1]}: {error}")
                continue
            other = _assignment_of(raw)
            if other not in (None, self.assignment):
                elsewhere = f"{part.path[-1]} is the notebook of {other[:60]}"
                continue
            readable.append((part, raw))
        if len(readable) > 1:
            readable = self._narrowed(readable)
        if len(readable) == 1:
            return readable[0]
        if readable:
            names = ", ".join(sorted("/".join(part.path) for part, _ in readable)[:4])
            raise Unclear(f"it holds {len(readable)} notebooks ({names}): ask which one counts")
        if elsewhere:
            raise Unclear(elsewhere)
        if self.problems:
            raise Unclear("; ".join(self.problems[:3]))
        names = ", ".join(path[-1] for path, _ in self.files[:4])
        raise Unclear(f"there is no notebook in it ({names})")

    def _narrowed(self, readable: list[tuple[_Part, bytes]]) -> list[tuple[_Part, bytes]]:
        """The likeliest: those named as expected and, of Canvas's attachments, the last."""
        if len({hashlib.sha256(raw).digest() for _, raw in readable}) == 1:
            packed = [each for each in readable if each[0].file is not each[0].outer]
            return (packed or readable)[:1]
        named = [each for each in readable if _bare(each[0].path[-1]) == self.expected.lower()]
        readable = named or readable
        attachments = (_attachment(part.outer) for part, _ in readable)
        numbers = [number for number in attachments if number is not None]
        alike = named or len({_bare(part.path[-1]) for part, _ in readable}) == 1
        if alike and len(set(numbers)) == len(readable):
            return [readable[numbers.index(max(numbers))]]
        exact = [each for each in readable if each[0].path[-1] == self.expected]
        least = min((len(part.path) for part, _ in exact), default=0)
        shallow = [each for each in exact if len(each[0].path) == least]
        return shallow if len(shallow) == 1 else readable

    def _add(self, part: _Part, near: tuple[str, ...]) -> None:
        path = part.path[len(near) :] if part.path[: len(near)] == near else part.path
        name = "/".join(path)
        why: str | None
        if path[-1].lower() == TIMESTAMP:
            why = "the system sets the time"
        elif path[-1].lower().endswith(".zip"):
            why = "an archive in an archive"
        else:
            why = tree.odd_name(path) or self._take(path, part.file)
        if why:
            self.made.remarks.append(f"{name!r} was left out: {why}.")
            if part.outer is part.file:
                self.made.left.append((part.outer, why))
        elif part.outer not in self.made.used:
            self.made.used.append(part.outer)

    def _take(self, path: tuple[str, ...], file: File) -> str | None:
        """Take a file; returns None, or why it was not taken."""
        # No path twice, and no file where another path needs a folder.
        taken = {tree.key(tuple(name.split("/"))) for name in self.made.content}
        mine = tree.key(path)
        if any(mine == t or mine.startswith(t + "/") or t.startswith(mine + "/") for t in taken):
            return "another file has its name"
        if len(self.made.content) > MOST_FILES:
            return f"more than the {MOST_FILES} files taken"
        try:
            content = file.read(self.room)
        except FileRefused as error:
            return str(error)
        self.room -= len(content)
        self.made.content["/".join(path)] = content
        return None

    def _compare_with_manifest(self) -> None:
        """Remark on files that are not the ones that helpers.submit packed."""
        try:
            listed = json.loads(self.made.content[MANIFEST])["files"]
            sums = {str(name): entry["sha256"] for name, entry in listed.items()}
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
            return
        for name, expected in list(sums.items())[:MOST_FILES]:
            content = self.made.content.get(name)
            if content is None:
                self.made.remarks.append(f"{name[:80]!r} is in the manifest but missing.")
            elif hashlib.sha256(content).hexdigest() != expected:
                self.made.remarks.append(f"{name[:80]!r} was changed after it was packed.")


def _assignment_of(raw: bytes) -> str | None:
    """The assignment that a notebook's metadata names, or None."""
    try:
        name = json.loads(raw)["metadata"][EXPECTED]["assignment"]
    except (KeyError, TypeError, ValueError, RecursionError):
        return None
    return name if isinstance(name, str) else None


def _bare(name: str) -> str:
    """A file name in lower case, without the number that systems add to copies."""
    stem, _, ending = name.lower().rpartition(".")
    return f"{AGAIN.sub('', stem)}.{ending}"


def _attachment(file: File) -> int | None:
    """Canvas's number of a file, higher for later files; None for other systems."""
    match = CANVAS.fullmatch(file.parts[-1])
    return int(match["attachment"][:18]) if match else None
