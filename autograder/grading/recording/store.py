"""Results on disk, by the key of what decided them: whole or not there at all.

Below COURSE/.autograder/ASSIGNMENT:
    results/KEY/notebook.ipynb, outcome.json   what running one submission gave
    runs/INPUTS.json                           which result a node of a cluster found for a hash
    status/STUDENT.json                        what the gradebook was told, written last
    attempts.jsonl                             one line for each start and end
"""

import contextlib
import errno
import fcntl
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat

from autograder.grading.running.outcome import Outcome
from helpers.errors import CourseError
from helpers.files import whole


@dataclass(frozen=True)
class Store:
    root: Path

    @classmethod
    def of(cls, course, assignment):
        return cls(course.root / ".autograder" / assignment)

    def save(self, outcome, notebook):
        """outcome: an Outcome. It is written last: where it is, the result is complete."""
        folder = self.root / "results" / outcome.key
        write_whole(folder / "notebook.ipynb", nbformat.writes(notebook))
        write_whole(folder / "outcome.json", json.dumps(outcome.as_row()))

    def outcome(self, key):
        """The Outcome with this key, or None; its remarks are those of no submission."""
        try:
            return Outcome.from_row(key, read_json(self.root / "results" / key / "outcome.json"))
        except (TypeError, KeyError, ValueError):  # none yet, or of another version of the kit
            return None

    def notebook(self, key):
        return nbformat.read(self.root / "results" / key / "notebook.ipynb", 4)

    def save_run(self, inputs, found):
        """found: {"key": of the result, "remarks": [...]} or {"unreadable": a sentence}."""
        write_whole(self.root / "runs" / f"{inputs}.json", json.dumps(found))

    def run_of(self, inputs):
        """What save_run() was told, or None."""
        return read_json(self.root / "runs" / f"{inputs}.json")

    def save_status(self, student, status):
        write_whole(self.root / "status" / f"{student}.json", json.dumps(status))

    def status(self, student):
        """The last status of a student, or None."""
        return read_json(self.root / "status" / f"{student}.json")

    def log(self, **what):
        """Append one line about an attempt."""
        self.root.mkdir(parents=True, exist_ok=True)
        line = json.dumps({"at": time.strftime("%Y-%m-%dT%H:%M:%S"), **what})
        with open(self.root / "attempts.jsonl", "a", encoding="utf-8") as log:
            log.write(line + "\n")


def write_whole(path, text):
    """Write a text file that is seen either as it was or complete, also after a power cut."""
    with whole(path) as file:
        # What is no text, such as half a character, must not keep a result from being written.
        file.write(text.encode("utf-8", "replace"))


def read_json(path):
    """The content, or None when there is no such file or it is not JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


@contextlib.contextmanager
def only_grader(course):
    """One grading run at a time for a course; the lock ends with its process, however that ends."""
    path = course.root / ".autograder" / "lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise CourseError(
                    f"{path} cannot be locked ({error.strerror}): its file system has no locks; "
                    "keep the course directory on one that has."
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
