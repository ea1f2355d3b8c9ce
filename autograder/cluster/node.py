"""On a node: one submission for each thread of a Dask worker, graded as `autograder grade` does.

An Order names files in the folder that driver and nodes share. What a node finds is left there as
files; nothing but "done" goes back through Dask. A CourseError says that this node may not grade.
"""

import contextlib
import functools
import json
import multiprocessing
import os
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from autograder.course.course import Course
from autograder.grading.preparing import jobs
from autograder.grading.recording.store import Store
from autograder.grading.running.pool import Failure
from autograder.grading.running.workers import SharedTemplate, Workers
from autograder.sandbox import isolation
from autograder.sandbox.kernel_limits import Limits
from helpers.errors import CourseError

DOCTOR_SECONDS = 300
DAY_SECONDS = 86_400
# A shared file system may show a file this much later than it was written.
LAG_SECONDS = 15.0
MARK = "run"
# States of a Dask worker that has not begun to close, and how long it may take to say goodbye.
AT_WORK = ("undefined", "created", "init", "starting", "running", "paused", "closing_gracefully")
GOODBYE_SECONDS = 2.0


@dataclass(frozen=True)
class GradingRun:
    """What all orders of one grading run have in common.

    root: the course directory. digest: of the assignment. mark: what the file MARK in the store
    says. surroundings: surroundings() of the driver.
    """

    root: Path
    assignment: str
    digest: str
    mark: str
    surroundings: dict
    limits: Limits
    allow_unsandboxed: bool


@dataclass(frozen=True)
class Order:
    """One submission. inputs: hash of its bytes and of all that decides its result."""

    run: GradingRun
    student: str
    path: Path
    inputs: str


def surroundings():
    """What must be the same everywhere: the kit, Python, packages, data sets."""
    return {**jobs.environment(), "data sets": jobs.data()}


def grade_here(order):
    """Run one submission, unless its result is there; returns when the files are written."""
    _node(order.run.allow_unsandboxed).grade(order)


@functools.cache
def _node_once(allow_unsandboxed):
    return Node(allow_unsandboxed)


_one_at_a_time = threading.Lock()


def _node(allow_unsandboxed):
    with _one_at_a_time:
        return _node_once(allow_unsandboxed)


class Node:
    """This process's template, with a worker for each thread that asks."""

    def __init__(self, allow_unsandboxed):
        self.allow_unsandboxed, self.mine = allow_unsandboxed, threading.local()
        self.all, self.blueprints = [], {}
        if multiprocessing.current_process().daemon:
            raise refusal(
                "its Dask worker may start no processes; start it with "
                "DASK_DISTRIBUTED__WORKER__DAEMON=False in its environment, or with --no-nanny"
            )
        found = isolation.best()
        if not (found.sandboxed or allow_unsandboxed):
            raise refusal(f"nothing isolates submissions there ({found.reason})")
        self.template = SharedTemplate(found)
        self.template.begin()
        self._end_with_dask()
        if not allow_unsandboxed:
            require_withstands()

    def grade(self, order):
        run, path = order.run, order.path
        store = Store(run.root / ".autograder" / run.assignment)
        self._require_same(run, store)
        blueprint = self._blueprint(run)
        if jobs.inputs_of(blueprint, path, run.limits) != order.inputs:
            raise RuntimeError(f"{path} is not the same on {socket.gethostname()}")
        task = jobs.Task(order.student, path, None, blueprint, order.inputs)
        ((_, outcome),) = self._worker(run.limits).run([task], store)
        if isinstance(outcome, Failure):
            raise RuntimeError(outcome.reason)
        if isinstance(outcome, CourseError):
            store.save_run(order.inputs, {"unreadable": str(outcome)})
        else:
            found = {"key": outcome.key, "remarks": outcome.remarks}
            store.save_run(order.inputs, found)

    def _end_with_dask(self):
        """See to it that this process ends when Dask has closed its worker, whatever runs then.

        Left alone it would wait for its own processes, and its job for it until its time is over.
        """
        worker = _dask_worker()
        if worker is not None:
            threading.Thread(target=self._watch, args=(worker,), daemon=True).start()

    def _watch(self, worker):
        while worker.status.name in AT_WORK:
            time.sleep(0.5)
        time.sleep(GOODBYE_SECONDS)
        self.close()
        os._exit(0)

    def close(self):
        """End the template and all that runs; what is under way is not waited for."""
        for worker in self.all:
            with contextlib.suppress(Exception):  # its own thread may be ending it as well
                worker.__exit__()
        with contextlib.suppress(Exception):
            self.template.close()

    def _worker(self, limits):
        """Of this thread; a crash in it is nobody else's."""
        worker = getattr(self.mine, "worker", None)
        if worker is None:
            worker = Workers(1, limits, self.allow_unsandboxed, self.template)
            self.mine.worker = worker
            self.all.append(worker)
        cores = len(os.sched_getaffinity(0))
        dask = _dask_worker()
        threads = dask.state.nthreads if dask else 1
        worker.limits, worker.patience = limits, max(1.0, threads / cores)
        return worker

    def _require_same(self, run, store):
        here = surroundings()
        other = [name for name in run.surroundings if here.get(name) != run.surroundings[name]]
        if other:
            raise refusal(
                f"it has another version of {', '.join(other)} than the machine that grades; "
                "give both the same environment and COURSE_DATA"
            )
        if not _within(LAG_SECONDS, lambda: _text(store.root / MARK) == run.mark):
            raise refusal(
                f"it does not share {run.root} with the machine that grades; keep the course "
                "directory on a file system that all nodes see under one name"
            )

    def _blueprint(self, run):
        known = self.blueprints.get(run.digest)
        if known is None:
            known = jobs.blueprint(Course.at(run.root), run.assignment)
            if known.digest != run.digest:
                raise RuntimeError(f"{run.assignment} is not the same on {socket.gethostname()}")
            self.blueprints[run.digest] = known
        return known


def require_withstands():
    """Run `autograder doctor`, and raise CourseError unless it finds nothing open.

    What it found is kept for this kit until the machine starts anew, at most for a day.
    """
    kept = _kept()
    if kept.is_file() and time.time() < kept.stat().st_mtime + DAY_SECONDS:
        return
    command = [sys.executable, "-m", "autograder", "doctor", "--json"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=DOCTOR_SECONDS)
        rows = json.loads(done.stdout)["probes"]
    except (OSError, ValueError, KeyError, subprocess.TimeoutExpired) as error:
        said = done.stderr.strip()[-300:] if isinstance(error, ValueError | KeyError) else error
        raise refusal(f"`autograder doctor` did not end there ({said})") from None
    let_by = [row["what"] for row in rows if not row["enforced"]]
    if let_by:
        raise refusal(f"its sandbox lets a submission {'; '.join(let_by)}")
    kept.touch()


def _kept():
    """The file that says what the doctor found here; in a folder that is ours alone."""
    folder = Path(tempfile.gettempdir(), f"autograder-doctor-{os.getuid()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    about = folder.lstat()
    if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.getuid() or about.st_mode & 0o077:
        raise refusal(f"{folder} belongs to somebody else")
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return folder / f"{boot}-{jobs.environment()['kit'][:16]}"


def refusal(why):
    """The CourseError of a node that may not grade."""
    return CourseError(
        f"The node {socket.gethostname()} refuses to grade: {why}. Leave it out, or put it right; "
        "what was graded is kept."
    )


def _dask_worker():
    """Dask's worker that has called us, or None."""
    from distributed import get_worker

    try:
        return get_worker()
    except ValueError:
        return None


def _within(seconds, condition):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.2)
    return True


def _text(path):
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return None
