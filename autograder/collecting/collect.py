"""Collect a class: sort, choose, put into submitted/, and account for every file."""

import itertools
import os
import shutil
import tempfile
from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from nbgrader.utils import parse_utc

from autograder.collecting.choose import TIMESTAMP, Unclear, choose
from autograder.collecting.layouts import HandIn, Sorter
from autograder.collecting.people import Identity, People
from autograder.collecting.tree import File, FileRefused, files_of
from autograder.course.course import Course, read_notebook
from autograder.course.roster import Roster, is_id
from autograder.grading.preparing.jobs import timestamp_text
from autograder.grading.recording.store import only_grader
from helpers.errors import CourseError
from helpers.submit.bounds import LARGEST_NOTEBOOK

TAKEN, REPLACED = "taken", "replaced by a later one"
NOT_MATCHED, UNREADABLE = "not matched", "unreadable"
LEFT_OUT, NOTHING = "left out", "no submission"
STATUSES = (TAKEN, REPLACED, NOT_MATCHED, UNREADABLE, LEFT_OUT, NOTHING)
NO_ROSTER = "there is no roster: write roster.csv with the columns id, name and email"


@dataclass(frozen=True)
class Collected:
    """What became of one file, or (with file None) of somebody on the roster."""

    status: str
    student: str | None
    file: str | None
    remark: str = ""

    def as_row(self) -> dict[str, str | None]:
        return asdict(self)


def collect(
    course: Course, assignment: str, path: Path | str, roster: Path | str | None = None
) -> list[Collected]:
    """Put what lies in a folder or zip into submitted/STUDENT/ASSIGNMENT/; returns [Collected].

    roster: a CSV file, by default the course's roster.csv. What was collected before is replaced
    only by something later, and kept below .autograder/; nothing is ever deleted. Doing it again
    changes nothing. Raises CourseError where the assignment, the roster or `path` is no good.
    """
    course.source(assignment)
    people = People(Roster.of(course, Path(roster) if roster else None))
    others = {each.name for each in (course.root / "solutions").iterdir()} - {assignment}
    try:
        with only_grader(course):
            sorter = Sorter(files_of(path), assignment, others, people)
            return _Collection(course, assignment, people, sorter).rows()
    except OSError as error:
        raise CourseError(
            f"Collecting stopped: {error}. Put it right and run this again; what was taken stays."
        ) from None


class _Collection:
    def __init__(self, course: Course, assignment: str, people: People, sorter: Sorter) -> None:
        self.course, self.assignment, self.people = course, assignment, people
        self.found: list[Collected] = []
        self.by_student: dict[str, list[HandIn]] = defaultdict(list)
        for hand_in in sorter.hand_ins.values():
            self._match(hand_in)
        for file, why in sorter.left:
            unknown = NO_ROSTER if not len(people) else "nobody on the roster has this name"
            self._say(LEFT_OUT if why else NOT_MATCHED, None, file, why or unknown)

    def rows(self) -> list[Collected]:
        """One for each file, by status, then for everybody of whom there is nothing."""
        for student, hand_ins in sorted(self.by_student.items()):
            self._settle(student, sorted(hand_ins, key=lambda each: each.order, reverse=True))
        there = {*self.by_student, *self.course.students(self.assignment)}
        missing = [
            Collected(NOTHING, name, None) for name in sorted(set(self.people.values) - there)
        ]

        def place(row: Collected) -> tuple[int, str, str]:
            return STATUSES.index(row.status), row.student or "", row.file or ""

        return [*sorted(self.found, key=place), *missing]

    def _say(self, status: str, student: str | None, file: File, remark: str = "") -> None:
        self.found.append(Collected(status, student, file.name, remark))

    def _match(self, hand_in: HandIn) -> None:
        """Everybody of a group gets the group's files."""
        for who in hand_in.who or [[]]:
            student, why = self._student(who)
            if student:
                self.by_student[student].append(hand_in)
            else:
                for _, file in hand_in.files:
                    self._say(NOT_MATCHED, None, file, why or "")

    def _student(self, who: Identity) -> tuple[str | None, str | None]:
        if len(self.people):
            return self.people.find(who)
        by_id = [value for kinds, value in who if "id" in kinds and "login" in kinds]
        if by_id and is_id(by_id[0]):
            return by_id[0], None
        return None, NO_ROSTER

    def _settle(self, student: str, hand_ins: list[HandIn]) -> None:
        """Take the latest hand-in that can be read."""
        settled, unread = False, []
        for hand_in in hand_ins:
            if settled:
                for _, file in hand_in.files:
                    self._say(REPLACED, student, file)
                continue
            try:
                self._take(student, hand_in)
                settled = True
            except Unclear as error:
                for _, file in hand_in.files:
                    self._say(UNREADABLE, student, file, str(error))
                unread.append(hand_in)
        if unread and not settled:
            self._show_unreadable(student, unread[0])

    def _take(self, student: str, hand_in: HandIn) -> None:
        choice = choose(self.assignment, hand_in)
        if hand_in.when:
            # nbgrader reads it for late submissions.
            said = f"{hand_in.when.isoformat(sep=' ')} UTC\n"
            choice.content[TIMESTAMP] = said.encode()
        remarks = ["late"] * hand_in.late + choice.remarks
        with _Staged(self.course, self.assignment, choice.content) as folder:
            try:
                read_notebook(folder / f"{self.assignment}.ipynb")
            except CourseError as error:
                raise Unclear(str(error).replace(f"{folder}{os.sep}", "")) from None
            status, remark = self._put(student, folder, hand_in)
        remarks = [remark] * bool(remark) + remarks
        for file in choice.used:
            self._say(status, student, file, " ".join(remarks))
            remarks = []
        for file in choice.replaced:
            self._say(REPLACED, student, file)
        for file, why in choice.left:
            self._say(LEFT_OUT, student, file, why)
        accounted = {id(f) for f in (*choice.used, *choice.replaced, *(f for f, _ in choice.left))}
        for _, file in hand_in.files:
            if id(file) not in accounted:
                self._say(LEFT_OUT, student, file, "nothing in it could be taken")

    def _put(self, student: str, folder: Path, hand_in: HandIn | None = None) -> tuple[str, str]:
        """(status, remark) of moving a finished folder to its place."""
        target = self.course.submitted(student, self.assignment).parent
        if target.is_symlink() or target.parent.is_symlink():
            raise CourseError(f"{target} is a link; put the folder itself there.")
        if target.exists():
            if _content(target) == _content(folder):
                return TAKEN, "it lay there already"
            before = _when(target)
            if hand_in and hand_in.when and before and before > hand_in.when:
                return REPLACED, "in submitted/ lies a later one"
            self._keep(student, target)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.rename(folder, target)
        return TAKEN, ""

    def _keep(self, student: str, target: Path) -> None:
        kept = self.course.root / ".autograder" / self.assignment / "replaced" / student
        kept.mkdir(parents=True, exist_ok=True)
        number = next(n for n in itertools.count(1) if not (kept / str(n)).exists())
        os.rename(target, kept / str(number))

    def _show_unreadable(self, student: str, hand_in: HandIn) -> None:
        """Where nothing else lies there: grading then says for itself that it is unreadable."""
        if self.course.submitted(student, self.assignment).parent.exists():
            return
        content: dict[str, bytes] = {}
        for path, file in hand_in.files:
            if path[-1].lower().endswith(".ipynb") and not content:
                try:
                    content[f"{self.assignment}.ipynb"] = file.read(LARGEST_NOTEBOOK)
                except FileRefused:
                    continue
        with _Staged(self.course, self.assignment, content) as folder:
            self._put(student, folder)


class _Staged:
    """A folder with these files, on the same disk as submitted/, to be renamed to its place."""

    def __init__(self, course: Course, assignment: str, content: dict[str, bytes]) -> None:
        self.content = content
        self.near = course.root / ".autograder" / assignment
        self.near.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Path:
        self.scratch = Path(tempfile.mkdtemp(prefix="collecting-", dir=self.near))
        folder = self.scratch / "handed-in"
        folder.mkdir()
        for name, content in self.content.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(path, "xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        return folder

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.scratch, ignore_errors=True)


def _content(folder: Path) -> dict[str, bytes | None]:
    """{path: bytes} of the ordinary files; anything else makes folders differ."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if _is_plain(path) else None
        for path in folder.rglob("*")
        if not path.is_dir() or path.is_symlink()
    }


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _when(folder: Path) -> datetime | None:
    try:
        return parse_utc(timestamp_text(folder).strip()) if timestamp_text(folder) else None
    except (ValueError, OverflowError):
        return None
