"""Store results on disk, by the hash of their inputs: each is complete or absent.

In COURSE/.autograder/ASSIGNMENT, or ASSIGNMENT/notebooks/NOTEBOOK if it has several:
    results/KEY/notebook.ipynb, outcome.json   the result of running one submission
    runs/INPUTS.json                           the result that a cluster's node has for a hash
    status/STUDENT.json                        what was written to the gradebook; written last
    marks/STUDENT.json                         what was marked by hand, as settle.look() keeps it
    attempts.jsonl                             one line for each start and end
"""

import contextlib
import errno
import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.course.course import Course
from autograder.grading.running.outcome import Outcome
from autograder.notebooks.kept_outputs import is_shown_only
from autograder.notebooks.sanitize import harmless
from helpers.errors import CourseError
from helpers.files import whole


@dataclass(frozen=True)
class Store:
    """The results of one notebook of an assignment. root: the folder that holds them."""

    root: Path

    @classmethod
    def of(cls, course: Course, assignment: str, notebook: str | None = None) -> "Store":
        """The store of an assignment in a course directory, or of one of its notebooks."""
        return cls(course.results(assignment, notebook))

    def save(self, outcome: Outcome, notebook: NotebookNode) -> None:
        """Write a result. The outcome comes last: if it is there, the result is complete."""
        folder = self.root / "results" / outcome.key
        write_whole(folder / "notebook.ipynb", nbformat.writes(notebook))
        write_whole(folder / "outcome.json", json.dumps(outcome.as_row()))

    def outcome(self, key: str) -> Outcome | None:
        """The Outcome with this key, without remarks; None if there is none."""
        try:
            return Outcome.from_row(key, read_json(self.root / "results" / key / "outcome.json"))
        except (TypeError, KeyError, ValueError):  # none yet, or by another version of the kit
            return None

    def notebook(self, key: str) -> NotebookNode:
        """The executed notebook with this key. Raises OSError if there is none."""
        return nbformat.read(self.root / "results" / key / "notebook.ipynb", 4)

    def executed(self, key: str, notebook: NotebookNode) -> NotebookNode:
        """The notebook with the outputs of the result with this key, put in place; harmless.

        notebook: a canonical one of that key. It may have other points and texts than the one that
        was run, so a change of those needs no run. Raises OSError if there is no such result,
        ValueError if its code is not the notebook's.
        """
        stored = self.notebook(key)
        ran = {cell.id: cell for cell in stored.cells if cell.cell_type == "code"}
        for cell in notebook.cells:
            if cell.cell_type == "code" and not is_shown_only(cell):
                if cell.id not in ran or ran[cell.id].source != cell.source:
                    raise ValueError(f"the cell {cell.id} is not the one that was run")
                cell.outputs = ran[cell.id].outputs
                cell.execution_count = ran[cell.id].execution_count
        if "language_info" in stored.metadata:
            notebook.metadata["language_info"] = stored.metadata["language_info"]
        return harmless(notebook)

    def save_run(self, inputs: str, result: Mapping[str, Any]) -> None:
        """result: {"key": of the Outcome, "remarks": [...]} or {"unreadable": a sentence}."""
        write_whole(self.root / "runs" / f"{inputs}.json", json.dumps(result))

    def run_of(self, inputs: str) -> Any:
        """What save_run() wrote for this hash, or None."""
        return read_json(self.root / "runs" / f"{inputs}.json")

    def save_status(self, student: str, status: Mapping[str, Any]) -> None:
        """status: plain JSON values."""
        write_whole(self.root / "status" / f"{student}.json", json.dumps(status))

    def status(self, student: str) -> Any:
        """The last status of a student, or None."""
        return read_json(self.root / "status" / f"{student}.json")

    def save_marks(self, student: str, rows: Mapping[str, Mapping[str, Any]]) -> None:
        """rows: {grade_id: as from settle.look()}."""
        write_whole(self.root / "marks" / f"{student}.json", json.dumps(rows))

    def marks(self, student: str) -> dict[str, dict[str, Any]]:
        """What save_marks() wrote for a student; empty if nothing."""
        rows = read_json(self.root / "marks" / f"{student}.json")
        return rows if isinstance(rows, dict) else {}

    def students_with_marks(self) -> list[str]:
        """The students for whom save_marks() was called."""
        return sorted(path.stem for path in (self.root / "marks").glob("*.json"))

    def log(self, **fields: str) -> None:
        """Append one line with the time and these fields to attempts.jsonl."""
        self.root.mkdir(parents=True, exist_ok=True)
        line = json.dumps({"at": time.strftime("%Y-%m-%dT%H:%M:%S"), **fields})
        with open(self.root / "attempts.jsonl", "a", encoding="utf-8") as log:
            log.write(line + "\n")


def write_whole(path: Path, text: str) -> None:
    """Write a text file atomically: it is the old one or complete, even after a power cut."""
    with whole(path) as file:
        # Half of a surrogate pair, which no encoding takes, must not prevent a result.
        file.write(text.encode("utf-8", "replace"))


def read_json(path: Path) -> Any:
    """The content of a JSON file; None if it is missing or not JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


@contextlib.contextmanager
def only_grader(course: Course) -> Iterator[None]:
    """Lock the course for this grading run; the lock ends with its process, however that ends.

    Raises CourseError if another run has the lock, or if the file system has no locks.
    """
    path = course.root / ".autograder" / "lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise CourseError(
                    f"{path} cannot be locked ({error.strerror}): its file system has no locks; "
                    "move the course directory to one that has them."
                ) from None
            lock.seek(0)
            raise CourseError(
                f"This course is being graded by another run ({lock.read().strip()}); wait for "
                "it to end, or stop it."
            ) from None
        lock.truncate(0)
        lock.write(f"process {os.getpid()} since {time.strftime('%H:%M:%S')}")
        lock.flush()
        try:
            yield
        finally:
            lock.truncate(0)
