"""Choose from a submission the notebook that counts and the files that go with it.

Of an assignment with several notebooks, one for each.
"""

import hashlib
import io
import json
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from nbformat import NotebookNode

from autograder.collecting import tree
from autograder.collecting.layouts import Submission, canvas_name
from autograder.collecting.tree import File, FileRefused
from autograder.grading.preparing.handed_in import could_be_notebook
from autograder.grading.preparing.which import is_untouched, which, whose
from autograder.notebooks.several import NOT_READ, Several
from helpers.bounds import (
    LARGEST_MANIFEST,
    LARGEST_NOTEBOOK,
    MOST_BYTES,
    MOST_FILES,
    MOST_IN_ZIP,
)
from helpers.errors import CourseError
from helpers.notebook_file import is_notebook_name
from helpers.submit.archive import MANIFEST
from helpers.submit.report import EXPECTED

# Written by the grader only; a student's file of this name could fake an earlier time.
TIMESTAMP = "timestamp.txt"
# Bytes that are unpacked at most: also what is refused in the end has to be read before.
MOST_WORK = 4 * MOST_BYTES
MOST_REMARKS = 20
# Canvas numbers what is handed in again, and gives out the last one alone, or all of them.
COPY, UNREADABLE = "it is the same file", "it cannot be read"
NONE_OF_THEM = "it is none of the notebooks that were handed out"
CANVAS_AGAIN = re.compile(r"-\d+(?=\.ipynb)", re.IGNORECASE)


class Unclear(Exception):
    """No notebook can be taken from a submission; the message says why in one sentence.

    notebooks: {name: bytes} of those that could be meant, if there are several.
    """

    def __init__(self, why: str, notebooks: dict[str, bytes] | None = None) -> None:
        super().__init__(why)
        self.notebooks = notebooks or {}


@dataclass
class Choice:
    """What counts in a submission.

    content: {path: bytes}, including the notebooks. notebooks: {name: the File it came from}.
    lacking: names of the assignment's notebooks that are missing, unreadable or as they were handed
    out. used: the Files that all came from. replaced: Files with an earlier notebook. left: Files
    that were left out, and why; a notebook in a zip has its path there. remarks: sentences.
    """

    content: dict[str, bytes]
    notebooks: dict[str, File] = field(default_factory=dict)
    lacking: set[str] = field(default_factory=set)
    used: list[File] = field(default_factory=list)
    replaced: list[File] = field(default_factory=list)
    left: list[tuple[File, str]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def untouched(self) -> bool:
        """Whether no notebook in it holds work of the student's."""
        return set(self.notebooks) <= self.lacking


@dataclass(frozen=True)
class _Part:
    """A file of a submission; outer: the File that contains it (itself or a zip)."""

    path: tuple[str, ...]
    file: File
    outer: File

    @property
    def in_zip(self) -> bool:
        return self.file is not self.outer


@dataclass(frozen=True)
class _Read:
    """A notebook; one that cannot be read has none."""

    part: _Part
    raw: bytes
    notebook: NotebookNode | None


def choose(
    assignment: str, submission: Submission, released: Mapping[str, NotebookNode | None]
) -> Choice:
    """Choose what counts; raises Unclear if no single notebook can be taken.

    released: {name: as students got it, or None} of the assignment's notebooks, to tell work from
    a blank and one from the other.
    """
    return _Chooser(assignment, submission, released).choice()


class _Chooser:
    def __init__(
        self,
        assignment: str,
        submission: Submission,
        released: Mapping[str, NotebookNode | None],
    ) -> None:
        self.assignment, self.files, self.released = assignment, submission.files, released
        self.expected = {f"{name}.ipynb" for name in released}
        self.room, self.work = MOST_BYTES, MOST_WORK
        self.made = Choice({})
        self.problems: list[str] = []
        self.out: dict[_Part, str] = {}  # why a notebook does not count

    def choice(self) -> Choice:
        parts = [part for path, file in self.files for part in self._unpacked(path, file)]
        notebooks = [part for part in parts if is_notebook_name(part.path[-1])]
        # Browsers save a notebook as text or JSON.
        notebooks = notebooks or [
            part for part in parts if could_be_notebook(part.path[-1], part.file.size)
        ]
        chosen = self._notebooks(notebooks)
        mine = []
        for name, each in chosen.items():
            self.made.content[f"{name}.ipynb"] = each.raw
            self.made.notebooks[name] = each.part.outer
            mine.append(each.part)
            if each.part.outer not in self.made.used:
                self.made.used.append(each.part.outer)
        self.made.lacking = {name for name in self.released if self._lacks(name, chosen.get(name))}
        others = [part for part in notebooks if part not in mine]
        if not any(is_notebook_name(part.path[-1]) for part in mine):
            others = []  # JSON files that are something else
        # Of two files with the same name, the one beside the chosen notebook counts.
        for part in sorted(parts, key=lambda part: part.outer not in self.made.used):
            if part not in mine and part not in others:
                self._add(part, [each.path[:-1] for each in mine])
        for part in others:
            self._leave_notebook(part)
        self.made.remarks += self.problems
        self._compare_with_manifest()
        more = len(self.made.remarks) - MOST_REMARKS
        if more > 0:
            self.made.remarks[MOST_REMARKS:] = [f"There are {more} more such remarks."]
        return self.made

    def _read(self, file: File, most: int) -> bytes:
        """As File.read, within what may be unpacked for one student in all."""
        size = min(file.size, most)
        if size > self.work:
            raise FileRefused(f"all files together unpack to more than {MOST_WORK // 10**6} MB")
        self.work -= size
        return file.read(most)

    def _leave_notebook(self, part: _Part) -> None:
        """Account for a notebook that does not count."""
        why = self.out.get(part)
        accounted = part.outer in (*self.made.used, *self.made.replaced)
        file = part.outer
        if part.in_zip and why == UNREADABLE:
            self.made.remarks.append(f"{'/'.join(part.path)!r} was left out: {why}.")
            return
        if part.in_zip and accounted:
            file = replace(part.file, parts=(*part.outer.parts, *part.path))
        elif accounted:
            return
        if why is None:
            self.made.replaced.append(file)
        elif why != COPY:
            self.made.left.append((file, why))
        elif not accounted:
            self.made.replaced.append(file)

    def _unpacked(self, path: tuple[str, ...], file: File) -> list[_Part]:
        if not path[-1].lower().endswith(".zip"):
            return [_Part(path, file, file)]
        try:
            inner = tree.in_zip(io.BytesIO(self._read(file, MOST_BYTES)), MOST_IN_ZIP)
        except FileRefused as error:
            self.problems.append(f"{path[-1]}: {error}")
            return []
        return [_Part(each.parts, each, file) for each in inner if not tree.is_litter(each.parts)]

    def _lacks(self, name: str, chosen: _Read | None) -> bool:
        released = self.released[name]
        if chosen is None or chosen.notebook is None:
            return True
        return released is not None and is_untouched(released, chosen.notebook)

    def _notebooks(self, notebooks: list[_Part]) -> dict[str, _Read]:
        """{name: the one that counts}. Raises Unclear if there is none, or a name has several."""
        readable: list[_Read] = []
        broken_ones: list[_Read] = []
        elsewhere = broken = None
        several = Several()
        for part in sorted(notebooks, key=self._likeliness):
            if not several.has_room(part.file.size):
                self.out[part] = NOT_READ
                self.problems.append(f"{part.path[-1]}: {NOT_READ}")
                continue
            try:
                raw = self._read(part.file, LARGEST_NOTEBOOK)
                notebook = several.parse(raw, part.path[-1])
            except (FileRefused, CourseError) as error:
                if isinstance(error, FileRefused):
                    self.problems.append(f"{part.path[-1]}: {error}")
                elif is_notebook_name(part.path[-1]):
                    broken = broken or str(error)
                    broken_ones.append(_Read(part, raw, None))
                self.out[part] = UNREADABLE
                continue
            other = _assignment_of(notebook)
            if other not in (None, self.assignment):
                elsewhere = f"{part.path[-1]} is the notebook of {other[:60]}"
                self.out[part] = f"it is the notebook of {other[:60]}"
                continue
            readable.append(_Read(part, raw, notebook))
        if found := self._by_name(readable, broken_ones):
            return found
        if elsewhere:
            raise Unclear(elsewhere)
        if self.problems:
            raise Unclear("; ".join(self.problems[:3]))
        if broken:
            raise Unclear(broken)
        names = ", ".join(path[-1][:80] for path, _ in self.files[:4])
        refused = [f"; {p[-1][:80]}: {file.refused}" for p, file in self.files if file.refused]
        raise Unclear(f"there is no notebook in it ({names}){''.join(refused[:1])}")

    def _likeliness(self, part: _Part) -> tuple[bool, bool]:
        """Sorts the notebooks that are likelier to count before others, which may be too many."""
        name = part.path[-1]
        return name not in self.expected, self.assignment.lower() not in name.lower()

    def _by_name(self, readable: list[_Read], broken: list[_Read]) -> dict[str, _Read]:
        """{name: the one that counts}. Raises Unclear if a name has several."""
        if len(self.released) == 1:
            (name,) = self.released
            one = self._one(name, readable, readable)
            return {name: one} if one else {}
        belong: dict[str | None, list[_Read]] = defaultdict(list)
        for each in [*readable, *broken]:
            belong[whose(self.released, each.part.path[-1], each.notebook)].append(each)
        found = {}
        for name in self.released:
            # What cannot be read counts where nothing else does: grading then reports it.
            known = [each for each in belong[name] if each.notebook] or belong[name][:1]
            if one := self._one(name, known, readable):
                found[name] = one
                if one.notebook is None:
                    self.made.remarks.append(f"{one.part.path[-1]!r}: {UNREADABLE}.")
        missing = set(self.released) - set(found)
        for each in belong[None]:
            name = each.part.path[-1].rpartition(".")[0]
            if missing and not tree.odd_name((f"{name}.ipynb",)):
                found.setdefault(name, each)  # it may be the one that is missing: a person decides
                self.made.remarks.append(f"{each.part.path[-1]!r}: {NONE_OF_THEM}.")
            else:
                self.out[each.part] = NONE_OF_THEM
        return found

    def _one(self, name: str, readable: list[_Read], all_there: list[_Read]) -> _Read | None:
        """The notebook that counts; None if there is none. Raises Unclear if several may."""
        if len(readable) > 1:
            readable = self._narrowed(name, readable)
        if len(readable) > 1:
            names = ", ".join(sorted("/".join(each.part.path) for each in readable)[:4])
            raise Unclear(
                f"it holds {len(readable)} notebooks ({names}): ask which one counts",
                _under_own_names(readable if len(self.released) == 1 else all_there),
            )
        return readable[0] if readable else None

    def _narrowed(self, name: str, readable: list[_Read]) -> list[_Read]:
        """Those that may count: work before blanks; of Canvas's numbered ones, the last."""
        # Of equal ones, that of the expected name, and one that has files beside it.
        expected, released = f"{name}.ipynb", self.released[name]
        readable = sorted(
            readable, key=lambda each: (not each.part.in_zip, each.part.path[-1] != expected)
        )
        different: list[_Read] = []
        for each in readable:
            if any(each.raw == other.raw for other in different):
                self.out[each.part] = COPY
            else:
                different.append(each)
        if released is not None and len(different) > 1:
            kept, out = which(released, {e.part: e.notebook for e in different if e.notebook})
            self.out |= out
            different = [each for each in different if each.part in kept]
        numbers = [_attachment(each.part.outer) for each in different]
        if len({_unnumbered(each.part.path[-1]) for each in different}) == 1:
            known = [number for number in numbers if number is not None]
            if len(set(known)) == len(different):
                return [different[numbers.index(max(known))]]
        return different

    def _add(self, part: _Part, folders: list[tuple[str, ...]]) -> None:
        """Take a file; its path begins at the folder of a notebook that it is in."""
        above = [folder for folder in folders if part.path[: len(folder)] == folder]
        path = part.path[len(max(above, key=len)) :] if above else part.path
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
            content = self._read(file, self.room)
        except FileRefused as error:
            return str(error)
        self.room -= len(content)
        self.made.content["/".join(path)] = content
        return None

    def _compare_with_manifest(self) -> None:
        """Remark on files that are not the ones that helpers.submit packed."""
        try:
            manifest = self.made.content[MANIFEST]
            listed = json.loads(manifest)["files"] if len(manifest) < LARGEST_MANIFEST else {}
            sums = {str(name): entry["sha256"] for name, entry in listed.items()}
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
            return
        for name, expected in list(sums.items())[:MOST_FILES]:
            content = self.made.content.get(name)
            if content is None:
                self.made.remarks.append(f"{name[:80]!r} is in the manifest but missing.")
            elif hashlib.sha256(content).hexdigest() != expected:
                self.made.remarks.append(f"{name[:80]!r} was changed after it was packed.")


def _assignment_of(content: Mapping[str, Any]) -> str | None:
    """The assignment that a notebook's metadata names, or None."""
    about = content["metadata"].get(EXPECTED)
    name = about.get("assignment") if isinstance(about, dict) else None
    return name if isinstance(name, str) else None


def _under_own_names(notebooks: list[_Read]) -> dict[str, bytes]:
    """{file name: bytes}, with names that every system takes, each once."""
    named: dict[str, bytes] = {}
    for number, each in enumerate(notebooks, 1):
        name = each.part.path[-1]
        taken = {tree.key((other,)) for other in named}
        if tree.odd_name((name,)) or tree.key((name,)) in taken or not is_notebook_name(name):
            name = f"notebook-{number}.ipynb"
        named[name] = each.raw
    return named


def _unnumbered(name: str) -> str:
    """A file name in lower case, without the number that Canvas adds."""
    return CANVAS_AGAIN.sub("", name.lower())


def _attachment(file: File) -> int | None:
    """Canvas's number of a file, higher for later files; None for other systems."""
    match = canvas_name(file.parts[-1])
    return int(match["attachment"][:18]) if match else None
