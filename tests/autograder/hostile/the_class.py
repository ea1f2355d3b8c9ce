"""The hostile class: every case of the list and honest students in between, graded in one run."""

import contextlib
import csv
import fcntl
import hashlib
import json
import os
import socket
import stat
import threading
import traceback
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from autograder.course.course import Course, read_graded
from autograder.course.roster import is_id
from autograder.grading.grade import Watcher, grade
from autograder.grading.result import GRADED, Result
from autograder.reports.tables import what_happened
from autograder.sandbox import isolation
from autograder.sandbox.inside import confine
from autograder.sandbox.kernel_limits import GIB, MIB, Limits
from tests.autograder import warm_template
from tests.autograder.hostile.case import GOT_THROUGH, outputs_of
from tests.tiny_course import TINY, submit, tiny_course

# Short, so that what waits for a limit does not wait long; and counted on a busy machine, too.
LIMITS = Limits(
    memory=GIB // 2,
    processes=40,
    file_size=32 * MIB,
    scratch=64 * MIB,
    cell_seconds=6,
    total_seconds=25,
    least_share=0,
)
WORKERS = 2
SECRET = "the-secret-of-the-host-7c41"
# Hostile code that could write anywhere would leave a file with this in its name.
MARK = "hostile-was-here"
EVERY = 12  # one honest student among so many others
CHILD_SUBREAPER = 36
MAY_REMAIN = ("multiprocessing.forkserver", "multiprocessing.resource_tracker")


def students(cases):
    """{student: case}, and an honest student (None) in between; slow ones come first."""
    ordered = sorted(cases, key=lambda case: not case.slow)
    named = {}
    for number, case in enumerate(ordered):
        if number % EVERY == 0:
            named[f"h{len(named):03d}-honest"] = None
        named[case.name or f"h{len(named):03d}-{case.slug}"] = case
    named[f"h{len(named):03d}-honest"] = None
    return named


@dataclass(frozen=True)
class Graded:
    """What the run left. about: what was noted while it went on, see _grade()."""

    course: Course
    results: dict
    again: dict
    about: dict

    def student(self, case):
        return self.about["students"][str(case)]

    @property
    def honest(self):
        return [name for name in self.results if name.endswith("-honest")]

    def notebook(self, student):
        return read_graded(self.course.autograded(student, TINY))

    def check(self, case):
        """The outcome of one case is the expected one, and a teacher can read why."""
        student = self.student(case)
        result = self.results[student]
        told = "\n".join([what_happened(result), *(v.message for v in result.verdicts)])
        assert (result.status, result.score) == (case.status, case.score), told
        for words in case.says:
            assert words in told
        if result.status != GRADED:
            assert result.problem and len(result.problem) < 500
            assert not self.course.autograded(student, TINY).exists()
            return
        shown = outputs_of(self.notebook(student))
        assert GOT_THROUGH not in shown
        for words in case.shows:
            assert words in shown


def of(base, cases):
    """The graded class, below the folder `base`; made by whichever process asks first."""
    found = isolation.best()
    if not found.sandboxed:
        pytest.skip(f"no isolation here: {found.reason}")
    root = base / "hostile"
    root.mkdir(exist_ok=True)
    with open(root / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (root / "about.json").exists():
            try:
                about = _grade(root, cases)
            except BaseException:
                about = {"failed": traceback.format_exc()}
            (root / "about.json").write_text(json.dumps(about))
    about = json.loads((root / "about.json").read_text())
    if "failed" in about:
        pytest.fail(f"the class could not be graded: {about['failed']}", pytrace=False)
    results, again = (
        {row["student"]: Result.from_row(row) for row in about.pop(name)}
        for name in ("results", "again")
    )
    return Graded(Course.at(root / "course"), results, again, about)


class _Noting(Watcher):
    """Takes down what lies in autograded/ as soon as it is there, and what was run."""

    def __init__(self, course):
        self.course, self.left, self.ran = course, {}, []

    def ends(self, student, result):
        self.ran.append(student)
        self.left[student] = digests(self.course.autograded(student, TINY).parent)


def _grade(root, cases):
    course = tiny_course(root / "course")
    with _host(root) as (places, callers):
        places |= {"COURSE": course.root, "CLASSMATE": course.submitted("h000-honest", TINY)}
        named = students(cases)
        for student, case in named.items():
            if case is None:
                submit(course, student)
            else:
                case.hand_in(course, student, places)
        known = [*named, "h000-honest", "absent"]  # the same student twice
        with open(course.root / "roster.csv", "w", newline="") as file:
            names = [name for name in known if is_id(name)]
            csv.writer(file).writerows([name] for name in ["id", *names])
        handed_in, outside = digests(course.root / "submitted"), marks(root)
        # Whatever outlives its parent becomes a child of this process, and is seen.
        confine.prctl(CHILD_SUBREAPER, 1)
        noting, earlier = _Noting(course), children()
        with warm_template.own():  # which must be gone with the run
            results = grade(course, TINY, watcher=noting, limits=LIMITS, count=WORKERS)
        remaining = left_over(earlier)
        confine.prctl(CHILD_SUBREAPER, 0)
        second = _Noting(course)
        again = grade(course, TINY, watcher=second, limits=LIMITS, count=WORKERS)
        return {
            "students": {str(case): student for student, case in named.items() if case},
            "results": [result.as_row() for result in results],
            "again": [result.as_row() for result in again],
            "ran": noting.ran,
            "ran_again": second.ran,
            "submitted": [handed_in, digests(course.root / "submitted")],
            "autograded": [
                noting.left,
                {s: digests(course.autograded(s, TINY).parent) for s in noting.left},
            ],
            "marks": sorted(set(marks(root)) - set(outside)),
            "remaining": remaining,
            "callers": callers,
        }


@contextlib.contextmanager
def _host(root):
    """A secret file, and listeners that note who calls: (places, callers)."""
    secret, path, callers = root / "secret.txt", root / "s", []
    secret.write_text(SECRET)
    with contextlib.ExitStack() as stack:
        listeners = [stack.enter_context(socket.create_server(("127.0.0.1", 0)))]
        # A path that is short enough, wherever the test's folder lies.
        short = Path(f"/proc/self/fd/{os.open(root, os.O_RDONLY)}", path.name)
        listeners.append(stack.enter_context(socket.socket(socket.AF_UNIX)))
        listeners[1].bind(str(short))
        listeners[1].listen()
        for listener in listeners:
            threading.Thread(target=_note, args=[listener, callers], daemon=True).start()
        port = listeners[0].getsockname()[1]
        yield {"SECRET": secret, "PORT": port, "SOCKET": path}, callers


def _note(listener, callers):
    with contextlib.suppress(OSError):
        while True:
            callers.append(str(listener.accept()[1]))


def digests(folder):
    """{name: what it is and holds} of everything below a folder; no link is followed."""
    found = {}
    for path in sorted(folder.rglob("*")):
        about = path.lstat()
        held = os.readlink(path) if stat.S_ISLNK(about.st_mode) else ""
        if stat.S_ISREG(about.st_mode):
            held = hashlib.sha256(path.read_bytes()).hexdigest()
        found[str(path.relative_to(folder))] = [stat.S_IFMT(about.st_mode), held]
    return found


def marks(root):
    """Files that hostile code has left anywhere that its teacher could write."""
    places = [root, *root.glob("course"), *root.glob("course/*/"), Path.home(), Path.cwd()]
    places += map(Path, ("/", "/tmp", "/var/tmp", "/dev/shm", "/run"))
    found = [path for place in places if place.is_dir() for path in place.glob(f"*{MARK}*")]
    return sorted(map(str, found))


def children():
    """Pids of this process's children, of whatever generation."""
    return {process.pid for process in psutil.Process().children(recursive=True)}


def left_over(earlier):
    """Command lines of the children that were not there earlier."""
    found = []
    for process in psutil.Process().children(recursive=True):
        if process.pid in earlier:
            continue
        with contextlib.suppress(psutil.NoSuchProcess):
            line = " ".join(process.cmdline())
            if not any(name in line for name in MAY_REMAIN):
                found.append(line[:200])
    return found
