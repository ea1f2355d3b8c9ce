"""Collect the submissions of a class into submitted/, and account for every file."""

import contextlib
import itertools
import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from autograder.collecting import tree
from autograder.collecting.choose import TIMESTAMP, Choice, Unclear, choose
from autograder.collecting.layouts import HIDDEN, Sorter, Submission
from autograder.collecting.people import Identity, People, account, are_one
from autograder.collecting.receipts import Receipt, just_late
from autograder.collecting.tree import File, FileRefused, files_of
from autograder.course import walk
from autograder.course.course import Course, read_notebook
from autograder.course.roster import Roster, is_id
from autograder.grading.preparing.handed_in import find_notebook, notebooks_in
from autograder.grading.preparing.jobs import moment, timestamp_text
from autograder.grading.preparing.which import UNTOUCHED, is_untouched
from autograder.grading.recording.store import only_grader
from autograder.notebooks.of_assignment import graded_notebooks
from helpers.bounds import LARGEST_NOTEBOOK
from helpers.errors import CourseError
from helpers.notebook_file import is_notebook_name

TAKEN, REPLACED = "taken", "replaced by a later one"
NOT_MATCHED, UNREADABLE = "not matched", "unreadable"
LEFT_OUT, NOTHING = "left out", "no submission"
EARLIER = "{} is from an earlier submission: there is no work in the later one."
STATUSES = (TAKEN, REPLACED, NOT_MATCHED, UNREADABLE, LEFT_OUT, NOTHING)
GROUPS = "groups.csv"
NAMESAKE = (
    "fits {} by its name alone, and another account has that name as well: if {} is the right one, "
    "write that number or address into the roster and collect again"
)
NO_ROSTER = "there is no roster: write roster.csv with the columns id, name and email"


@dataclass(frozen=True)
class Collected:
    """What became of one file or, if file is None, of a student without a submission.

    status: one of STATUSES. student: None if the file matches nobody. file: its path in the
    download. remark: sentences, or "".
    """

    status: str
    student: str | None
    file: str | None
    remark: str = ""

    def as_row(self) -> dict[str, str | None]:
        """{field: value}, for a table or JSON."""
        return asdict(self)


def collect(
    course: Course,
    assignment: str,
    path: Path | str,
    roster: Path | str | None = None,
    groups: Path | str | None = None,
) -> list[Collected]:
    """Put the submissions in a folder or zip into submitted/STUDENT/ASSIGNMENT/.

    roster: a CSV file, by default the course's roster.csv. groups: one that says who is in which
    group, by default groups.csv if there is one. An earlier submission is replaced only
    by a later one, and kept in .autograder/; nothing is ever deleted. Collecting the same files
    again changes nothing. Returns a Collected for every file, by status, and for every student on
    the roster without a submission. Raises CourseError if the assignment, the roster or `path`
    cannot be used, or the disk fails.
    """
    names = graded_notebooks(course, assignment)
    people = People(Roster.of(course, Path(roster) if roster else None))
    if groups is not None or (course.root / GROUPS).exists():
        people.read_groups(Path(groups or course.root / GROUPS))
    others = {each.name for each in (course.root / "solutions").iterdir()} - {assignment}
    try:
        with only_grader(course):
            files, stem = files_of(path), Path(path).stem
            sorter = Sorter(files, assignment, others, people, names, stem)
            return _Collection(course, assignment, people, sorter).rows()
    except OSError as error:
        raise CourseError(
            f"Collecting stopped: {error}. Fix that and run this again; what was taken stays."
        ) from None


class _Collection:
    def __init__(self, course: Course, assignment: str, people: People, sorter: Sorter) -> None:
        self.course, self.assignment, self.people = course, assignment, people
        paths = {n: course.released(assignment, n) for n in graded_notebooks(course, assignment)}
        self.released = {n: read_notebook(p) if p.is_file() else None for n, p in paths.items()}
        self.collected: list[Collected] = []
        self.folders = {tree.key((name,)): name for name in course.students(assignment)}
        self.by_student: dict[str, list[Submission]] = defaultdict(list)
        self.identities: dict[tuple[str, int], Identity] = {}
        for submission in sorter.submissions.values():
            self._match(submission)
        for file, why in sorter.left:
            unknown = NO_ROSTER if not len(people) else "nobody on the roster has this name"
            self._say(LEFT_OUT if why else NOT_MATCHED, None, file, why or unknown)
        for file, why in sorter.doubtful:
            self._say(NOT_MATCHED, None, file, why)
        for file in sorter.hidden:
            self._say(NOT_MATCHED, None, file, HIDDEN)

    def rows(self) -> list[Collected]:
        """One for each file, by status, then one for every student without a submission."""
        for student in list(self.by_student):
            self._keep_apart(student)
        for student, submissions in sorted(self.by_student.items()):
            self._settle(student, sorted(submissions, key=lambda each: each.order, reverse=True))
        present = {*self.by_student, *self.course.students(self.assignment)}
        missing = [
            Collected(NOTHING, name, None) for name in sorted(set(self.people.values) - present)
        ]

        def order(row: Collected) -> tuple[int, str, str]:
            return STATUSES.index(row.status), row.student or "", str(row.file)

        return [*sorted(self.collected, key=order), *missing]

    def _say(self, status: str, student: str | None, file: File, remark: str = "") -> None:
        self.collected.append(Collected(status, student, file.name, remark))

    def _match(self, submission: Submission) -> None:
        """Give a group's files to each of its members."""
        for who in submission.who or [[]]:
            student, why = self._student(who)
            if student:
                self.by_student[student].append(submission)
                self.identities[student, id(submission)] = who
            else:
                for _, file in submission.files:
                    self._say(NOT_MATCHED, None, file, why or "")

    def _keep_apart(self, student: str) -> None:
        """Of several accounts that fit a student, none counts that fits by its name alone.

        Anybody can give an account the name of a classmate.
        """
        given = [(each, self.identities[student, id(each)]) for each in self.by_student[student]]
        if are_one([account(who) for _, who in given]):
            return
        self.by_student[student] = []
        for submission, who in given:
            if not account(who) or not self.people.is_by_name_alone(student, who):
                self.by_student[student].append(submission)
                continue
            for _, file in submission.files:
                self._say(NOT_MATCHED, None, file, NAMESAKE.format(student, account(who)[0]))
        if not self.by_student[student]:
            del self.by_student[student]

    def _student(self, who: Identity) -> tuple[str | None, str | None]:
        if len(self.people):
            return self.people.find(who)
        by_id = [value for kinds, value in who if "id" in kinds and "login" in kinds]
        if not by_id or not is_id(by_id[0]):
            return None, NO_ROSTER
        # On some disks the folder Ada is the folder ada: nobody may replace another's work.
        first = self.folders.setdefault(tree.key((by_id[0],)), by_id[0])
        if first != by_id[0]:
            return None, f"on some disks its folder would be that of {first}; {NO_ROSTER}"
        return first, None

    def _settle(self, student: str, submissions: list[Submission]) -> None:
        """Take the latest submission that can be read and holds work of the student's.

        Of several notebooks, each that it lacks is taken from the latest one that has it.
        """
        choices: list[tuple[Submission, Choice]] = []
        unread: list[tuple[Submission, Unclear]] = []
        lacking = set(self.released)
        for submission in submissions:
            # Nothing older can count, unless what is there so far is a blank.
            if not lacking:
                for _, file in submission.files:
                    self._say(REPLACED, student, file)
                continue
            try:
                choices.append((submission, choose(self.assignment, submission, self.released)))
                lacking &= choices[-1][1].lacking
            except Unclear as error:
                for _, file in submission.files:
                    self._say(UNREADABLE, student, file, str(error))
                unread.append((submission, error))
        worked = [pair for pair in choices if not pair[1].untouched]
        best = next(iter(worked or choices), None)
        for submission, choice in choices:
            if best is None or submission is best[0]:
                continue
            taken = [] if choice.untouched else _carry(choice, best[1])
            for _, file in submission.files:
                if choice.untouched:
                    self._say(LEFT_OUT, student, file, UNTOUCHED)
                elif file not in taken:
                    self._say(REPLACED, student, file)
        if best is not None:
            self._take(student, *best)
        else:
            self._put_unreadable(student, *unread[0])

    def _take(self, student: str, submission: Submission, choice: Choice) -> None:
        when = submission.when
        if submission.late and not when:
            when = just_late(self.course, self.assignment, student)
        if when:
            # nbgrader reads this file to find late submissions.
            choice.content[TIMESTAMP] = f"{when.isoformat(sep=' ')} UTC\n".encode()
        remarks = ["late"] * submission.late + [submission.remark] * bool(submission.remark)
        remarks = [*remarks, *choice.remarks]
        status, remark = self._put(student, choice.content, submission, choice)
        if status == TAKEN:
            self._keep_receipt(student, submission, choice.used[0])
        remarks = [remark] * bool(remark) + remarks
        for file in choice.used:
            self._say(status, student, file, " ".join(remarks))
            remarks = []
        for file in choice.replaced:
            self._say(REPLACED, student, file)
        for file, why in choice.left:
            self._say(LEFT_OUT, student, file, why)
        accounted = {id(f) for f in (*choice.used, *choice.replaced, *(f for f, _ in choice.left))}
        for _, file in submission.files:
            if id(file) not in accounted:
                self._say(LEFT_OUT, student, file, "nothing in it could be taken")

    def _keep_receipt(self, student: str, submission: Submission, file: File) -> None:
        named = submission.user and file.parts[-1]
        receipt = Receipt(submission.late, named, submission.user)
        receipt.save(self.course, self.assignment, student)

    def _put(
        self,
        student: str,
        content: dict[str, bytes],
        submission: Submission | None = None,
        choice: Choice | None = None,
    ) -> tuple[str, str]:
        """Put files, {path: bytes}, into submitted/; returns (status, remark)."""
        target, told = self.course.submitted(student, self.assignment).parent, ""
        if target.is_symlink() or target.parent.is_symlink():
            raise CourseError(f"{target} is a link; put the folder itself there.")
        if target.exists():
            if _is_same(target, content):
                return TAKEN, "it was there already"
            before = _when(target)
            if submission and submission.when and before and before > submission.when:
                return REPLACED, "submitted/ has a later one"
            if choice and choice.untouched and self._holds_work(target):
                return LEFT_OUT, f"{UNTOUCHED}, and submitted/ has one with answers"
            carried = self._carry_over(target, content, choice) if choice else []
            told = EARLIER.format(", ".join(carried)) if carried else ""
            if carried and _is_same(target, content):
                return TAKEN, told
        with _Staged(self.course, self.assignment, content) as folder:
            if target.exists():
                self._keep(student, target)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.rename(folder, target)
        return TAKEN, told

    def _keep(self, student: str, target: Path) -> None:
        kept = self.course.root / ".autograder" / self.assignment / "replaced" / student
        kept.mkdir(parents=True, exist_ok=True)
        number = next(n for n in itertools.count(1) if not (kept / str(n)).exists())
        os.rename(target, kept / str(number))

    def _holds_work(self, folder: Path) -> bool:
        """Whether a folder of submitted/ holds more than the notebook as it was handed out."""
        with contextlib.suppress(CourseError):  # unreadable, or several
            return any(self._work(folder, name) for name in self.released)
        try:
            return bool(notebooks_in(folder))
        except walk.TooMany:
            return True

    def _work(self, folder: Path, name: str) -> Path | None:
        """The notebook in a folder of submitted/, if it is not as it was handed out."""
        found, released = find_notebook(folder, name, self.released), self.released[name]
        if found is None:
            return None
        path, _ = found
        blank = released is not None and is_untouched(released, read_notebook(path))
        return None if blank else path

    def _carry_over(self, target: Path, content: dict[str, bytes], choice: Choice) -> list[str]:
        """Of several notebooks, take those that a later submission lacks from submitted/."""
        carried = []
        for name in sorted(choice.lacking) if len(self.released) > 1 else ():
            with contextlib.suppress(CourseError):
                if path := self._work(target, name):
                    content[f"{name}.ipynb"] = path.read_bytes()
                    carried.append(f"{name}.ipynb")
        return carried

    def _put_unreadable(self, student: str, submission: Submission, error: Unclear) -> None:
        """Put what no notebook was taken from where nothing else is: grading then reports it."""
        if self.course.submitted(student, self.assignment).parent.exists():
            return
        content = dict(error.notebooks)
        for path, file in submission.files:
            if is_notebook_name(path[-1]) and not content:
                try:
                    content[f"{self.assignment}.ipynb"] = file.read(LARGEST_NOTEBOOK)
                except FileRefused:
                    continue
        self._put(student, content)
        self._keep_receipt(student, submission, submission.files[0][1])


def _carry(earlier: Choice, later: Choice) -> list[File]:
    """Complete a choice with what it lacks and an earlier one has; the Files that this is from."""
    names = sorted(later.lacking & (set(earlier.notebooks) - earlier.lacking))
    for name in names:
        later.content[f"{name}.ipynb"] = earlier.content[f"{name}.ipynb"]
        later.remarks.append(EARLIER.format(f"{name}.ipynb"))
        later.lacking.remove(name)
        if earlier.notebooks[name] not in later.used:
            later.used.append(earlier.notebooks[name])
    return [earlier.notebooks[name] for name in names]


class _Staged:
    """A temporary folder with these files, on the disk of submitted/ so that it can be renamed."""

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


def _is_same(folder: Path, content: Mapping[str, bytes]) -> bool:
    """Whether a folder holds exactly these files, {path: bytes}; links make it another."""
    try:
        there = walk.entries(folder)
    except walk.TooMany:
        return False
    return {entry.name for entry in there} == content.keys() and all(
        entry.is_ordinary
        and entry.status.st_size == len(content[entry.name])
        and entry.path.read_bytes() == content[entry.name]
        for entry in there
    )


def _when(folder: Path) -> datetime | None:
    return moment(timestamp_text(folder))
