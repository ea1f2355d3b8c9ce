"""Build the job that is run for a submission, and the key under which its result is kept."""

import datetime
import functools
import hashlib
import json
import platform
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.utils import parse_utc

from autograder.checks.code_digest import code_digest
from autograder.checks.source import FOLDER as CHECKS
from autograder.checks.source import Source
from autograder.course import walk
from autograder.course.course import Course, read_notebook, read_with_remark
from autograder.grading.preparing import autotest
from autograder.grading.preparing.canonical import canonical
from autograder.grading.preparing.handed_in import LONGEST_SHOWN, require_size
from autograder.notebooks import cells
from autograder.notebooks.embed_pictures import embed
from autograder.notebooks.kept_outputs import is_shown_only
from autograder.notebooks.languages import other_languages
from autograder.notebooks.of_assignment import graded_notebooks
from autograder.sandbox.kernel_limits import Limits
from helpers.bounds import FOLDER as MODELS
from helpers.bounds import MOST_BYTES, MOST_FILES
from helpers.data_folder import data_folder
from helpers.errors import CourseError
from helpers.notebook_file import is_notebook_name

LONGEST_TIMESTAMP = 1000
MOST_REMARKS = 20  # on files
# Folders beside a source notebook that students do not get.
NOT_GIVEN = (MODELS, "checkpoints", CHECKS)
PACKAGE = Path(__file__).parents[2]
# The name under which both are installed; kit_digest() stands for it.
KIT = "dgm-course-kit"
# The packages that can change a verdict or a score. Reports, exports and collecting cannot.
DECIDING = ("oracles", "judging", "checks", "sandbox", "notebooks", "grading")

_environment: dict[str, str] = {}  # empty until it is found


@dataclass(frozen=True)
class Job:
    """Everything that decides what running a submission shows.

    notebook: the canonical one with its hidden tests. given: sources of the instructor's own
    code cells. files: {name: path} of the files beside it. checks: of the assignment. key: hash of
    all of this that runs, so neither of points nor of texts.
    """

    notebook: NotebookNode
    given: tuple[str, ...]
    files: dict[str, Path]
    checks: Source
    key: str
    limits: Limits = Limits()


@dataclass(frozen=True)
class Blueprint:
    """A notebook of an assignment as it is graded.

    name: of the assignment. released: the notebook as students got it. hidden: {grade_id: source}
    of the instructor's cells, with their hidden tests and marking schemes. files: the folder of the
    source notebook. checks: what its tests compare with. notebook: its name, that of the assignment
    unless that has several. worth_now: {grade_id: most points} of the source notebook.
    """

    name: str
    released: NotebookNode
    hidden: dict[str, str]
    files: Path
    checks: Source
    notebook: str
    worth_now: dict[str, float] = field(default_factory=dict)

    @functools.cached_property
    def digest(self) -> str:
        """Hash of everything that decides how the assignment is graded."""
        files = {name: _digest(path) for name, path in given_files(self.files).items()}
        released = [[cell.id, cell.source, cell.metadata] for cell in self.released.cells]
        return _hash([released, self.hidden, files, self.checks.digest])

    @property
    def label(self) -> str:
        """The name of the notebook within the course."""
        return self.name if self.notebook == self.name else f"{self.name}/{self.notebook}"

    @property
    def worth(self) -> dict[str, float]:
        """{grade_id: most points} as released."""
        return cells.worth(self.released)

    @functools.cached_property
    def points(self) -> str:
        """Hash of what each cell can earn."""
        return _hash(self.worth)

    @property
    def given(self) -> tuple[str, ...]:
        """Sources of the instructor's own code cells that are not tests."""
        return tuple(
            cell.source
            for cell in self.released.cells
            if cell.cell_type == "code" and not (cells.is_answer(cell) or cells.is_test(cell))
        )

    @property
    def tests(self) -> list[str | None]:
        """grade_ids of the test cells, in order."""
        return [cells.grade_id(cell) for cell in cells.tests(self.released)]


@dataclass(frozen=True)
class Task:
    """One submission for a worker.

    path: its notebook. remark: how that was found, or None. inputs: as from inputs_of().
    """

    student: str
    path: Path
    remark: str | None
    blueprint: Blueprint
    inputs: str

    def job(self, limits: Limits) -> tuple[Job, tuple[str, ...]]:
        """(Job, remarks). Raises CourseError if the file is not a notebook."""
        job, remarks = job_of(self.blueprint, self.path, limits)
        return job, (self.remark, *remarks) if self.remark else remarks


def blueprints(course: Course, assignment: str) -> list[Blueprint]:
    """The Blueprint of each notebook of an assignment; at least one. Errors as for blueprint()."""
    return [blueprint(course, assignment, name) for name in graded_notebooks(course, assignment)]


def blueprint(course: Course, assignment: str, notebook: str | None = None) -> Blueprint:
    """The Blueprint of a notebook of an assignment, from solutions/ and notebooks/.

    Raises CourseError if it is missing or has not been released.
    """
    course.source(assignment, notebook)
    path = course.released(assignment, notebook)
    if not path.is_file():
        raise CourseError(
            f"{assignment} has not been released ({path} is missing): run "
            f"`autograder release {assignment}` first."
        )
    return blueprint_of(course, assignment, read_notebook(path), notebook)


def blueprint_of(
    course: Course, assignment: str, released: NotebookNode, name: str | None = None
) -> Blueprint:
    """The Blueprint of a notebook that students get, or will get. name: as in Course.source().

    Raises CourseError if its source is missing or not in Python, or tests are still to be made.
    """
    path = course.source(assignment, name)
    source = read_notebook(path)
    _require_python(source, path)
    embed(cells.named(source).values(), path)  # as the release has it
    hidden = autotest.with_tests(course.results(assignment, name), assignment, source)
    checks, worth_now = Source.read(path.parent), cells.worth(source)
    return Blueprint(assignment, released, hidden, path.parent, checks, path.stem, worth_now)


def _require_python(notebook: NotebookNode, path: Path) -> None:
    """Raise CourseError for a notebook in R, Julia or another language.

    As Python its cells would be syntax errors, and earn nobody a point.
    """
    if others := other_languages(notebook):
        raise CourseError(
            f"{path} is in {others[0]}, and only notebooks in Python can be graded here: hand "
            "it out with `autograder release --no-proof`, and grade it with `nbgrader "
            "autograde` in a course of its own."
        )


def job_of(blueprint: Blueprint, path: Path, limits: Limits) -> tuple[Job, tuple[str, ...]]:
    """(Job, remarks) of the submission whose notebook is `path`.

    Raises CourseError if it is not a readable notebook.
    """
    require_size(path)
    handed_in, repaired = read_with_remark(path)
    result = canonical(blueprint.released, handed_in)
    files, ignored = further_files(path.parent)
    notebook = with_hidden(blueprint, result.notebook)
    remarks = [*([repaired] if repaired else []), *result.remarks, *ignored]
    return job_for(blueprint, notebook, files, limits), tuple(remarks)


def with_hidden(blueprint: Blueprint, notebook: NotebookNode) -> NotebookNode:
    """Restore the hidden tests of a canonical notebook, in place; returns the same notebook."""
    for cell in notebook.cells:
        cell.source = blueprint.hidden.get(cells.grade_id(cell) or "", cell.source)
    return notebook


def job_for(
    blueprint: Blueprint, notebook: NotebookNode, files: Mapping[str, Path], limits: Limits
) -> Job:
    """The Job for a canonical notebook with its hidden tests.

    files: {name: path} of the student's further files.
    """
    together = {**files, **given_files(blueprint.files)}
    job = Job(notebook, blueprint.given, together, blueprint.checks, key="", limits=limits)
    return replace(job, key=_key(job))


def further_files(folder: Path) -> tuple[dict[str, Path], list[str]]:
    """({name: path} of the ordinary files beside the notebook, sentences about the others)."""
    try:
        entries = walk.entries(folder)
    except walk.TooMany as error:
        return {}, [f"There are {error} beside the notebook; all of them were left out."]
    files: dict[str, Path] = {}
    remarks: list[str] = []
    size = 0
    for entry in entries:
        shown = f"{entry.name[:LONGEST_SHOWN]!r}"
        if is_notebook_name(entry.parts[-1]) and not entry.refused:
            continue
        size += entry.status.st_size
        if entry.refused:
            remarks.append(f"{shown} was left out: {entry.refused}.")
        elif not entry.is_ordinary:
            remarks.append(f"{shown} is not an ordinary file; it was left out.")
        elif not walk.is_text(entry.name):
            remarks.append(f"{shown} was left out: its name is not UTF-8.")
        elif size > MOST_BYTES or len(files) >= MOST_FILES:
            remarks.append(f"Too many or too large files: {shown} and later ones left out.")
            break
        elif entry.name != "timestamp.txt":
            files[entry.name] = entry.path
    if len(remarks) > MOST_REMARKS:
        more = len(remarks) - MOST_REMARKS
        remarks[MOST_REMARKS:] = [f"There are {more} more such remarks on files."]
    return files, remarks


def given_files(folder: Path) -> dict[str, Path]:
    """{name: path} of the files beside the instructor's notebook that belong to the assignment.

    Models are left out: if the instructor has run the notebook, they must not count as handed in
    by everybody. So are the checks: no submission may read them.
    """
    files, _ = further_files(folder)
    return {name: path for name, path in files.items() if name.split("/")[0] not in NOT_GIVEN}


def timestamp_text(folder: Path) -> str:
    """The text of timestamp.txt; "" if it is missing, not an ordinary file or far too long."""
    path = folder / "timestamp.txt"
    try:
        status = path.lstat()
        ordinary = stat.S_ISREG(status.st_mode) and status.st_size < LONGEST_TIMESTAMP
        return path.read_text(encoding="utf-8", errors="replace") if ordinary else ""
    except OSError:
        return ""


def moment(text: object) -> datetime.datetime | None:
    """The time in UTC that a text or a datetime says; None if it says none.

    Texts are of students, and dateutil has errors of many kinds for them.
    """
    try:
        return parse_utc(text.strip() if isinstance(text, str) else text) if text else None
    except Exception:
        return None


def _key(job: Job) -> str:
    """Hash of everything that decides what the cells that are run show."""
    parts = [
        [cell.id, cells.grade_id(cell), cells.is_test(cell), cell.source]
        for cell in job.notebook.cells
        if cell.cell_type == "code" and not is_shown_only(cell)
    ]
    files = {name: _digest(path) for name, path in sorted(job.files.items())}
    limits, checks = job.limits.as_row(), job.checks.digest
    return _hash([parts, job.given, files, checks, limits, environment(), data()])


def inputs_of(blueprint: Blueprint, path: Path, limits: Limits) -> str:
    """Hash of the submission's bytes and of all that decides its result; cheap to compute.

    path: its notebook, from find_notebook(). Raises OSError if a file cannot be read.
    """
    files = {path.name: path, **further_files(path.parent)[0]}
    digests = {name: _digest(file) for name, file in files.items()}
    digests["timestamp.txt"] = timestamp_text(path.parent)
    return _hash([digests, blueprint.digest, limits.as_row(), environment(), data()])


def _hash(values: Any) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def environment() -> dict[str, str]:
    """The part of every key that stands for the kit and the installed software; found once.

    {"kit": hash, "python": version, and each package that code can import: its version}.
    """
    if not _environment:
        fixed = {"kit": kit_digest(PACKAGE.parent), "python": platform.python_version()}
        _environment.update({**installed(), **fixed})
    return _environment


def take_environment(found: Mapping[str, str]) -> None:
    """Use what environment() found in the process that started this one; {}: find it again."""
    _environment.clear()
    _environment.update(found)


def installed() -> dict[str, str]:
    """{package: version} of everything that is installed here, the kit itself left out.

    Of a package from version control, its commit is part of the version.
    """
    found: dict[str, str] = {}
    for each in distributions():
        about = each.metadata  # read anew each time
        name = (about["Name"] or "").lower().replace("_", "-")
        # Of two with one name, Python imports the one that comes first.
        if name and name != KIT:
            found.setdefault(name, f"{about['Version']}{_commit(each)}")
    return found


def _commit(package: Distribution) -> str:
    try:
        origin = json.loads(package.read_text("direct_url.json") or "{}")
        commit = origin.get("vcs_info", {}).get("commit_id")
    except (ValueError, AttributeError):
        return ""
    return f" at {commit}" if commit else ""


def kit_digest(root: Path) -> str:
    """Hash of the code that decides scores, in the packages autograder and helpers in `root`.

    It ignores docstrings, comments, reports, exports and assignments.
    """
    code = hashlib.sha256()
    folders = [*(root / "autograder" / name for name in DECIDING), root / "helpers"]
    kinds = ("*.py", "*.safetensors")
    for path in sorted(path for f in folders for kind in kinds for path in f.rglob(kind)):
        name = path.relative_to(root).as_posix()
        code.update(f"{name}\0{code_digest(name, path.read_bytes())}\0".encode())
    return code.hexdigest()


def data() -> dict[str, int]:
    """{path: size in bytes} of the files of the data sets that submissions see."""
    folder = data_folder()
    if folder is None:
        return {}
    files = sorted(path for path in folder.rglob("*.gz") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in files}
