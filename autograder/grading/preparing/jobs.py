"""What is run for a submission, and the key that says whether it was run before."""

import functools
import hashlib
import json
import platform
import stat
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from autograder.checks.code_digest import code_digest
from autograder.checks.source import FOLDER as CHECKS
from autograder.checks.source import Source
from autograder.course.course import read_notebook
from autograder.grading.preparing.canonical import canonical
from autograder.notebooks import cells
from autograder.notebooks.kept_outputs import is_shown_only
from autograder.sandbox.kernel_limits import Limits
from helpers.data_folder import data_folder
from helpers.errors import CourseError
from helpers.submit.bounds import FOLDER as MODELS
from helpers.submit.bounds import LARGEST_NOTEBOOK, MOST_BYTES, MOST_FILES

LONGEST_TIMESTAMP = 1000
# Folders beside a source notebook that are the instructor's alone.
NOT_GIVEN = (MODELS, CHECKS)
PACKAGE = Path(__file__).parents[2]
# Of the kit: what can change a verdict or a score. Reports, exports and collecting cannot.
DECIDING = ("oracles", "judging", "checks", "sandbox", "notebooks", "grading")


@dataclass(frozen=True)
class Job:
    """What decides a result, and nothing else.

    notebook: the canonical one with its hidden tests. given: sources of the instructor's own
    code cells. files: {name: path} of the files beside it. checks: of the assignment. key: hash of
    all of this.
    """

    notebook: object
    given: tuple[str, ...]
    files: dict
    checks: Source
    key: str
    limits: Limits = Limits()


@dataclass(frozen=True)
class Blueprint:
    """An assignment as it is graded.

    released: what students were given. hidden: source by grade_id of the cells that are the
    instructor's, with their hidden tests and marking schemes. files: beside the source notebook.
    checks: what its tests compare with.
    """

    name: str
    released: object
    hidden: dict
    files: Path
    checks: Source

    @functools.cached_property
    def digest(self):
        """Hash of the assignment as it stands."""
        files = {name: _digest(path) for name, path in given_files(self.files).items()}
        released = [[cell.id, cell.source, cell.metadata] for cell in self.released.cells]
        return _hash([released, self.hidden, files, self.checks.digest])

    @property
    def given(self):
        """Sources of the instructor's own code cells that are no test."""
        return tuple(
            cell.source
            for cell in self.released.cells
            if cell.cell_type == "code" and not (cells.is_answer(cell) or cells.is_test(cell))
        )

    @property
    def tests(self):
        """grade_ids of the test cells, in order."""
        return [cells.grade_id(cell) for cell in cells.tests(self.released)]


@dataclass(frozen=True)
class Task:
    """One submission for a worker."""

    student: str
    path: Path
    remark: str | None
    blueprint: Blueprint
    inputs: str

    def job(self, limits):
        """(Job, remarks); raises CourseError where the file is no notebook."""
        found, remarks = job_of(self.blueprint, self.path, limits)
        return found, (self.remark, *remarks) if self.remark else remarks


def blueprint(course, assignment):
    """The assignment as released and as it stands in solutions/."""
    source_path, path = course.source(assignment), course.released(assignment)
    if not path.is_file():
        raise CourseError(
            f"{assignment} has not been released ({path} is missing): run "
            f"`autograder release {assignment}` first."
        )
    hidden = {
        cells.grade_id(cell): cell.source
        for cell in read_notebook(source_path).cells
        if cells.is_given(cell)
    }
    checks = Source.read(source_path.parent)
    return Blueprint(assignment, read_notebook(path), hidden, source_path.parent, checks)


def job_of(blueprint, path, limits):
    """(Job, remarks) of the submission whose notebook is `path`.

    Raises CourseError with one sentence when it is not a notebook that can be read.
    """
    if path.stat().st_size > LARGEST_NOTEBOOK:
        raise CourseError(
            f"{path.name} has {path.stat().st_size / 1e6:,.0f} MB, more than the "
            f"{LARGEST_NOTEBOOK // 10**6} MB that are read; clear its outputs and hand it in again."
        )
    result = canonical(blueprint.released, read_notebook(path))
    files, ignored = further_files(path.parent)
    notebook = with_hidden(blueprint, result.notebook)
    return job_for(blueprint, notebook, files, limits), (*result.remarks, *ignored)


def with_hidden(blueprint, notebook):
    """The canonical notebook with the hidden tests put back (changed in place)."""
    for cell in notebook.cells:
        cell.source = blueprint.hidden.get(cells.grade_id(cell), cell.source)
    return notebook


def job_for(blueprint, notebook, files, limits):
    """The Job for a canonical notebook with its hidden tests."""
    files = {**files, **given_files(blueprint.files)}
    job = Job(notebook, blueprint.given, files, blueprint.checks, key="", limits=limits)
    return replace(job, key=_key(job))


def further_files(folder):
    """({name: path} of the ordinary files beside the notebook, sentences about the others)."""
    found, remarks, size = {}, [], 0
    for path in sorted(folder.rglob("*")):
        name, about = path.relative_to(folder).as_posix(), path.lstat()
        if stat.S_ISDIR(about.st_mode) or path.suffix.lower() == ".ipynb":
            continue
        size += about.st_size
        if not stat.S_ISREG(about.st_mode):
            remarks.append(f"{name!r} is no ordinary file; it was left out.")
        elif size > MOST_BYTES or len(found) >= MOST_FILES:
            remarks.append(f"More files than are taken: {name!r} and what follows was left out.")
            break
        elif name != "timestamp.txt":
            found[name] = path
    return found, remarks


def given_files(folder):
    """{name: path} of the files beside the instructor's notebook that belong to the assignment.

    Models are left out: who has run the notebook there must not hand them in for everybody. So are
    the checks: no submission may read them.
    """
    found, _ = further_files(folder)
    return {name: path for name, path in found.items() if name.split("/")[0] not in NOT_GIVEN}


def timestamp_text(folder):
    """What timestamp.txt says; nothing where it is missing, no ordinary file or far too long."""
    path = folder / "timestamp.txt"
    try:
        about = path.lstat()
        ordinary = stat.S_ISREG(about.st_mode) and about.st_size < LONGEST_TIMESTAMP
        return path.read_text(encoding="utf-8", errors="replace") if ordinary else ""
    except OSError:
        return ""


def find_notebook(folder, assignment):
    """(path, remark or None) of the notebook handed in, also under another name or in a sub-folder.

    Raises CourseError with one sentence when there is none, or more than one.
    """
    expected = folder / f"{assignment}.ipynb"
    there = [p for p in sorted(folder.rglob("*")) if p.suffix.lower() == ".ipynb"]
    there = [p for p in there if not any(part.startswith(".") for part in p.parts[-2:])]
    if expected in there:
        there, others = [expected], len(there) - 1
        remark = f"{others} more notebooks lie beside it; they were left alone." if others else None
    else:
        remark = f"It was handed in as {there[0].relative_to(folder)!s}." if there else None
    if len(there) != 1:
        names = ", ".join(repr(path.name) for path in there[:5]) or "nothing of the kind"
        raise CourseError(
            f"{folder} should hold one notebook {expected.name!r} and holds {names}; ask which "
            "one counts."
        )
    if not stat.S_ISREG(there[0].lstat().st_mode):
        raise CourseError(f"{there[0]} is a link or no ordinary file; it was not opened.")
    return there[0], remark


def _key(job):
    """Hash of everything that decides the result."""
    parts = [
        [
            cell.cell_type,
            cell.source,
            cell.metadata.get("nbgrader"),  # its points among it
            cell.outputs if is_shown_only(cell) else [],
        ]
        for cell in job.notebook.cells
    ]
    files = {name: _digest(path) for name, path in sorted(job.files.items())}
    limits, checks = job.limits.as_row(), job.checks.digest
    return _hash([parts, job.given, files, checks, limits, environment(), data()])


def inputs_of(blueprint, path, limits):
    """Hash of the submission's bytes and of all that decides its result: cheap to compute."""
    files = {path.name: path, **further_files(path.parent)[0]}
    digests = {name: _digest(file) for name, file in files.items()}
    digests["timestamp.txt"] = timestamp_text(path.parent)
    return _hash([digests, blueprint.digest, limits.as_row(), environment(), data()])


def _hash(values):
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@functools.cache
def environment():
    """What the kit itself and the machine's software add to every key."""
    packages = {name: version(name) for name in ("torch", "torchvision", "numpy", "ipykernel")}
    return {"kit": kit_digest(PACKAGE.parent), "python": platform.python_version(), **packages}


def kit_digest(root):
    """Hash of what decides scores in the packages autograder and helpers in `root`.

    Docstrings and comments do not, nor do reports, exports or an assignment.
    """
    code = hashlib.sha256()
    folders = [*(root / "autograder" / name for name in DECIDING), root / "helpers"]
    kinds = ("*.py", "*.safetensors")
    for path in sorted(path for f in folders for kind in kinds for path in f.rglob(kind)):
        name = path.relative_to(root).as_posix()
        code.update(f"{name}\0{code_digest(name, path.read_bytes())}\0".encode())
    return code.hexdigest()


def data():
    """The data sets that submissions see: {path: bytes}."""
    folder = data_folder()
    if folder is None:
        return {}
    files = sorted(path for path in folder.rglob("*.gz") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in files}
