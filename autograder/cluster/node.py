"""Grade on a node: one submission per thread of a Dask worker, as `autograder grade` does.

An Order names files in the folder that driver and nodes share. A node writes its results there as
files; only "done" goes back through Dask. A CourseError says that this node may not grade.
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
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.course.course import Course
from autograder.grading.preparing import jobs
from autograder.grading.recording.store import Store
from autograder.grading.result import SHOWN
from autograder.grading.running.pool import Failure
from autograder.grading.running.workers import SharedTemplate, Workers
from autograder.sandbox import isolation
from autograder.sandbox.kernel_limits import Limits
from helpers.errors import CourseError

DOCTOR_SECONDS = 300
DAY_SECONDS = 86_400
# On a shared file system a file may become visible this long after it was written.
LAG_SECONDS = 15.0
MARK = "run"
# States of a Dask worker that is not closing yet, and how long it may take to close.
AT_WORK = ("undefined", "created", "init", "starting", "running", "paused", "closing_gracefully")
GOODBYE_SECONDS = 2.0


@dataclass(frozen=True)
class GradingRun:
    """What all orders of one grading run share.

    root: the course directory. notebook: as in Blueprint. digest: of that. mark: the content of the
    file MARK in the store. surroundings: surroundings() of the driver.
    """

    root: Path
    assignment: str
    notebook: str
    digest: str
    mark: str
    surroundings: dict[str, Any]
    limits: Limits
    allow_unsandboxed: bool


@dataclass(frozen=True)
class Order:
    """One submission. path: its notebook. inputs: as from jobs.inputs_of()."""

    run: GradingRun
    student: str
    path: Path
    inputs: str


def surroundings() -> dict[str, Any]:
    """What must be the same on driver and nodes: the kit, Python, packages, data sets."""
    return {**jobs.environment(), "data sets": jobs.data()}


def grade_here(order: Order) -> None:
    """Run one submission unless its result is in the store; returns once its files are written.

    Raises CourseError if this node may not grade, RuntimeError if this attempt failed.
    """
    _node(order.run.allow_unsandboxed).grade(order)


@functools.cache
def _node_once(allow_unsandboxed: bool) -> "Node":
    return Node(allow_unsandboxed)


_one_at_a_time = threading.Lock()


def _node(allow_unsandboxed: bool) -> "Node":
    with _one_at_a_time:
        return _node_once(allow_unsandboxed)


class Node:
    """The template of this process, with a worker for each of its Dask threads.

    Raises CourseError if this node may not grade.
    """

    def __init__(self, allow_unsandboxed: bool) -> None:
        self.allow_unsandboxed, self.mine = allow_unsandboxed, threading.local()
        self.all: list[Workers] = []
        self.blueprints: dict[str, jobs.Blueprint] = {}
        if multiprocessing.current_process().daemon:
            raise refusal(
                "its Dask worker cannot start processes; start it with "
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

    def grade(self, order: Order) -> None:
        """As grade_here()."""
        run, path = order.run, order.path
        store = Store.of(Course(run.root), run.assignment, run.notebook)
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
            result = {"key": outcome.key, "remarks": outcome.remarks}
            store.save_run(order.inputs, result)

    def _end_with_dask(self) -> None:
        """Make sure that this process ends once Dask has closed its worker, whatever runs then.

        Otherwise it would wait for its own processes, and keep its job until the time is up.
        """
        worker = _dask_worker()
        if worker is not None:
            threading.Thread(target=self._watch, args=(worker,), daemon=True).start()

    def _watch(self, worker: Any) -> None:
        while worker.status.name in AT_WORK:
            time.sleep(0.5)
        time.sleep(GOODBYE_SECONDS)
        self.close()
        os._exit(0)

    def close(self) -> None:
        """End the template and everything that runs, without waiting for it."""
        for worker in self.all:
            with contextlib.suppress(Exception):  # its own thread may be ending it as well
                worker.__exit__()
        with contextlib.suppress(Exception):
            self.template.close()

    def _worker(self, limits: Limits) -> Workers:
        """The Workers of this thread; if they crash, no other thread is affected."""
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

    def _require_same(self, run: GradingRun, store: Store) -> None:
        here, there = surroundings(), run.surroundings
        other = [name for name in {**there, **here} if here.get(name) != there.get(name)]
        if other:
            more = f" and {len(other) - SHOWN} more" if len(other) > SHOWN else ""
            raise refusal(
                f"it has a different version of {', '.join(other[:SHOWN])}{more} than the machine "
                "that grades; give both the same environment and COURSE_DATA"
            )
        if not _within(LAG_SECONDS, lambda: _text(store.root / MARK) == run.mark):
            raise refusal(
                f"it does not share {run.root} with the machine that grades; keep the course "
                "directory on a file system that all nodes see under the same path"
            )

    def _blueprint(self, run: GradingRun) -> jobs.Blueprint:
        known = self.blueprints.get(run.digest)
        if known is None:
            known = jobs.blueprint(Course.at(run.root), run.assignment, run.notebook)
            if known.digest != run.digest:
                raise RuntimeError(f"{run.assignment} is not the same on {socket.gethostname()}")
            self.blueprints[run.digest] = known
        return known


def require_withstands() -> None:
    """Run `autograder doctor`, and raise CourseError if the sandbox lets anything through.

    A good result holds for this kit until the machine restarts, for a day at most.
    """
    kept = _kept()
    if kept.is_file() and time.time() < kept.stat().st_mtime + DAY_SECONDS:
        return
    command = [sys.executable, "-m", "autograder", "doctor", "--json"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=DOCTOR_SECONDS)
        rows = json.loads(done.stdout)["probes"]
    except (OSError, ValueError, KeyError, subprocess.TimeoutExpired) as error:
        reason = done.stderr.strip()[-300:] if isinstance(error, ValueError | KeyError) else error
        raise refusal(f"`autograder doctor` did not finish there ({reason})") from None
    let_by = [row["what"] for row in rows if not row["enforced"]]
    if let_by:
        raise refusal(f"its sandbox lets a submission {'; '.join(let_by)}")
    kept.touch()


def _kept() -> Path:
    """The file that exists if the doctor found nothing here; in a folder of this user alone."""
    folder = Path(tempfile.gettempdir(), f"autograder-doctor-{os.getuid()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise refusal(f"{folder} belongs to another user")
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return folder / f"{boot}-{jobs.environment()['kit'][:16]}"


def refusal(why: str) -> CourseError:
    """The CourseError of a node that may not grade. why: a clause."""
    return CourseError(
        f"The node {socket.gethostname()} refuses to grade: {why}. Leave it out, or fix it; "
        "what was graded is kept."
    )


def _dask_worker() -> Any:
    """The Dask worker that runs this code, or None."""
    from distributed import get_worker

    try:
        return get_worker()
    except ValueError:
        return None


def _within(seconds: float, condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.2)
    return True


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return None
