"""Run submissions in parallel: processes of our own, each driving one sandboxed kernel at a time.

A worker that is killed, or a template that dies, costs the submissions it was running another
attempt and nobody else anything.
"""

import multiprocessing
import os
import threading
import time
from collections import deque
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import forkserver
from pathlib import Path

from autograder.grading.running.pool import Failure, is_full, say_nothing
from autograder.sandbox import isolation
from autograder.sandbox.kernel_limits import Limits
from autograder.sandbox.template import Template
from helpers.data_folder import data_folder
from helpers.errors import CourseError

ATTEMPTS = 3
# Memory that one more worker needs with its kernel, its matrices included.
WORKER_BYTES = 1_200_000_000
# Python ignores a module that it cannot find there.
FORKSERVER_IMPORTS = "autograder.grading.running.forkserver_imports"
# What a worker may take beyond its submission's own time before it counts as hung.
GRACE_SECONDS = 120.0


def somebody_new(root, assignment):
    """Whether somebody has handed in and has no status yet; quick to tell."""
    statuses = root / ".autograder" / assignment / "status"
    handed_in = [path.parent.name for path in (root / "submitted").glob(f"*/{assignment}")]
    return any(not (statuses / f"{student}.json").is_file() for student in handed_in)


def sensible_count():
    """As many workers as there are cores, and memory for them."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    free = _free_memory()
    return max(1, min(cores, free // WORKER_BYTES if free else cores))


def _free_memory():
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))


class SharedTemplate:
    """A template, with the one thread that starts and ends it: it would end with that thread.

    Several Workers, in threads of one process, may share it.
    """

    def __init__(self, isolation):
        self.isolation, self.template, self._starting = isolation, None, None
        self._thread, self._lock = ThreadPoolExecutor(1, "template"), threading.Lock()

    def begin(self):
        """Start the template, and return at once."""
        with self._lock:
            if self._starting is None:
                self.template = Template(self.isolation, data=data_folder())
                self._starting = self._thread.submit(self.template.__enter__)

    def wait(self):
        """Return when the template is there; raises what kept it from starting."""
        self._starting.result()

    def mend(self):
        """Start another one where this one has died."""
        with self._lock:
            if not self.template.alive:
                self._thread.submit(self.template.start).result()

    def close(self):
        if self._starting is not None:
            self._thread.submit(self.template.close).result()
        self._thread.shutdown()


class Workers:
    """The Pool of this machine: a template and processes that run submissions.

    count: processes. allow_unsandboxed: accept a machine where only limits hold. shared: a template
    that others use as well, and end.
    """

    def __init__(self, count=None, limits=None, allow_unsandboxed=False, shared=None):
        self.isolation, self.allow_unsandboxed = isolation.best(), allow_unsandboxed
        self.limits = limits or Limits()
        self.count = count or sensible_count()
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else self.count
        self.patience = max(1.0, self.count / cores)
        self.tell = say_nothing
        self.processes = self.store = self.context = None
        self.shared, self._is_lent = shared or SharedTemplate(self.isolation), shared is not None

    def __enter__(self):
        return self

    def begin(self):
        """Start what run() needs, and return at once."""
        if not self.isolation.sandboxed and not self.allow_unsandboxed:
            raise CourseError(
                f"This machine cannot isolate submissions ({self.isolation.reason}); see "
                "`autograder doctor`. To run them with limits alone, say --allow-unsandboxed."
            )
        self.context = self.context or _processes()
        self.shared.begin()

    def __exit__(self, *_):
        self._end_processes()
        if not self._is_lent:
            self.shared.close()

    def run(self, tasks, store, started=lambda task: None):
        """tasks: objects with .blueprint and .job(limits); yields as Pool.run() does.

        A result of the same key that is in the store is not computed again.
        """
        if store != self.store:
            self._end_processes()
            self.store = store
        self.begin()
        self.shared.wait()
        waiting = deque((task, 1) for task in tasks)
        running = {}
        while waiting or running:
            while waiting and len(running) < self.count:
                task, attempt = waiting.popleft()
                started(task)
                running[self._submit(task)] = (task, attempt, time.monotonic())
            done, _ = wait(running, timeout=1.0, return_when=FIRST_COMPLETED)
            broken = [future for future in done if _is_broken(future)]
            for future in done - set(broken):
                task, attempt, _ = running.pop(future)
                error = future.exception()
                if error is None:
                    yield task, future.result()
                elif is_full(error):
                    raise error
                elif isinstance(error, CourseError) or attempt == ATTEMPTS:
                    yield task, error if isinstance(error, CourseError) else _failure(error)
                else:
                    self.shared.mend()
                    waiting.append((task, attempt + 1))
            if not broken:
                self._stop_the_overdue(running)
                continue
            # Whoever was running then tries again; who is to blame is not known.
            self.tell(f"a worker process has ended; what it ran is run again: {len(running)}")
            self._end_processes()
            self.shared.mend()
            for task, attempt, _ in running.values():
                if attempt < ATTEMPTS:
                    waiting.append((task, attempt + 1))
                else:
                    reason = f"the process that ran it ended {ATTEMPTS} times (out of memory?)"
                    yield task, Failure(reason)
            running = {}

    def _submit(self, task):
        self.processes = self.processes or self._new_processes()
        try:
            return self.processes.submit(_work, task)
        except BrokenProcessPool:
            self._end_processes()
            self.processes = self._new_processes()
            return self.processes.submit(_work, task)

    def _new_processes(self):
        template = self.shared.template
        setup = WorkerSetup(
            template=(template.socket, template.run_dir),
            folder=str(template.files),
            store=self.store,
            limits=self.limits,
            patience=self.patience,
            isolation=self.isolation.as_row(),
        )
        return ProcessPoolExecutor(self.count, self.context, initializer=_begin, initargs=(setup,))

    def _end_processes(self):
        if self.processes is not None:
            for process in list((self.processes._processes or {}).values()):
                process.kill()
            self.processes.shutdown(wait=True, cancel_futures=True)
            self.processes = None

    def _stop_the_overdue(self, running):
        allowed = self.limits.total_seconds * self.patience + GRACE_SECONDS
        if any(time.monotonic() - since > allowed for _, _, since in running.values()):
            for process in list(self.processes._processes.values()):
                process.kill()


def _processes():
    """Where worker processes come from: forks of one that has torch and this module imported."""
    # One thread each: more would turn right answers into timeouts.
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([FORKSERVER_IMPORTS])
    forkserver.ensure_running()  # it imports while the template starts
    return context


def _is_broken(future):
    return isinstance(future.exception(), BrokenProcessPool)


def _failure(error):
    return Failure(f"{type(error).__name__}: {error}"[:500])


@dataclass(frozen=True)
class WorkerSetup:
    """What every worker knows. template: (socket, run_dir). folder: for scratch files."""

    template: tuple
    folder: str
    store: object
    limits: object
    patience: float
    isolation: dict


def _begin(setup):
    from autograder.grading.running import (
        worker,  # heavy, and only for the processes that run things
    )

    worker.begin(setup)


def _work(task):
    from autograder.grading.running import worker

    return worker.work(task)
