"""Run submissions in parallel: worker processes, each with one sandboxed kernel at a time.

If a worker is killed or the template dies, only the submissions that were running need another
attempt.
"""

import multiprocessing
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

from autograder.course.roster import file_stem
from autograder.grading.running.pool import Failure, is_full, say_nothing
from autograder.sandbox import isolation as isolations
from autograder.sandbox.isolation import Isolation
from autograder.sandbox.kernel_limits import Limits
from autograder.sandbox.template import Template
from helpers.data_folder import data_folder
from helpers.errors import CourseError

if TYPE_CHECKING:  # slow to import, and the command starts its workers before it imports them
    from autograder.grading.preparing.jobs import Blueprint, Job
    from autograder.grading.recording.store import Store
    from autograder.grading.running.outcome import Outcome

ATTEMPTS = 3
# Memory for one worker and its kernel, matrices included.
WORKER_BYTES = 1_200_000_000
# A name that is not found is ignored without an error; a test holds this one.
FORKSERVER_IMPORTS = "autograder.grading.running.forkserver_imports"
# A worker counts as hung this long after the time limit of its submission.
GRACE_SECONDS = 120.0


# In a course directory, what no submission may read.
CLOSED = (
    *("solutions", "source", "submitted", "autograded", "feedback", ".autograder"),
    *("gradebook.db", "roster.csv", "nbgrader_config.py"),
)


class Runnable(Protocol):
    """A submission that Workers can run; a jobs.Task is one."""

    @property
    def blueprint(self) -> "Blueprint": ...

    def job(self, limits: Limits) -> "tuple[Job, tuple[str, ...]]":
        """(Job, remarks). Raises CourseError if the submission cannot be read."""


Submission = TypeVar("Submission", bound=Runnable)


def somebody_new(root: Path, assignment: str) -> bool:
    """Whether anybody has handed in and has no status yet; quick to find out."""
    kept = root / ".autograder" / assignment
    statuses = [*kept.glob("notebooks/*/status"), kept / "status"][0]
    handed_in = [path.parent.name for path in (root / "submitted").glob(f"*/{assignment}")]
    return any(not (statuses / f"{file_stem(student)}.json").is_file() for student in handed_in)


def sensible_count() -> int:
    """One worker per core, or fewer if memory is short."""
    cores = _cores() or 1
    free = _free_memory()
    return max(1, min(cores, free // WORKER_BYTES if free else cores))


def _cores() -> int | None:
    """Cores that this process may use, None if unknown."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def _free_memory() -> int | None:
    """Bytes, None if unknown."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))


class SharedTemplate:
    """A template and the thread that starts and ends it: a template ends with its thread.

    Several Workers, in threads of one process, may share it.
    """

    template: Template

    def __init__(self, isolation: Isolation) -> None:
        self.isolation = isolation
        self._starting: Future | None = None
        self._thread, self._lock = ThreadPoolExecutor(1, "template"), threading.Lock()

    def begin(self) -> None:
        """Start the template, and return at once."""
        with self._lock:
            if self._starting is None:
                self.template = Template(self.isolation, data=data_folder())
                self._starting = self._thread.submit(self.template.__enter__)

    def wait(self) -> None:
        """Wait for the template that begin() starts; raises the error if it could not start."""
        assert self._starting is not None, "begin() comes first"
        self._starting.result()

    def mend(self) -> None:
        """Restart the template if it has died."""
        with self._lock:
            if not self.template.alive:
                self._thread.submit(self.template.start).result()

    def close(self) -> None:
        """End the template and its thread."""
        if self._starting is not None:
            try:
                self._thread.submit(self.template.close).result()
            except RuntimeError:  # Python exits: the thread has ended, and the template with it
                self.template.close()
        self._thread.shutdown()


class Workers:
    """The Pool of this machine: a template and processes that run submissions.

    count: processes; sensible_count() by default. allow_unsandboxed: accept a machine that only
    enforces limits. shared: a template that others use as well, and that its owner ends.
    """

    def __init__(
        self,
        count: int | None = None,
        limits: Limits | None = None,
        allow_unsandboxed: bool = False,
        shared: SharedTemplate | None = None,
    ) -> None:
        self.isolation, self.allow_unsandboxed = isolations.best(), allow_unsandboxed
        self.limits = limits or Limits()
        self.count = count or sensible_count()
        self.patience = max(1.0, self.count / (_cores() or self.count))
        self.tell: Callable[[str], None] = say_nothing
        self.processes: ProcessPoolExecutor | None = None
        self.store: Store | None = None
        self.probed: set[Path] = set()
        self.context: ForkServerContext | None = None
        self.shared, self._is_lent = shared or SharedTemplate(self.isolation), shared is not None

    def __enter__(self) -> Self:
        return self

    def begin(self) -> None:
        """Start what run() needs, and return at once.

        Raises CourseError if this machine isolates nothing and that was not allowed.
        """
        if not self.isolation.sandboxed and not self.allow_unsandboxed:
            raise CourseError(
                f"This machine cannot isolate submissions ({self.isolation.reason}); see "
                "`autograder doctor`. To run them with limits alone, add --allow-unsandboxed."
            )
        self.context = self.context or _forkserver()
        self.shared.begin()

    def __exit__(self, *error: object) -> None:
        self._end_processes()
        if not self._is_lent:
            self.shared.close()

    def run(
        self,
        tasks: Sequence[Submission],
        store: "Store",
        started: Callable[[Submission], None] = lambda task: None,
    ) -> "Iterator[tuple[Submission, Outcome | CourseError | Failure]]":
        """As Pool.run(): yields (task, result) as tasks end."""
        if store != self.store:
            self._end_processes()
            self.store = store
        self.begin()
        self.shared.wait()
        for root in {task.blueprint.files.parents[1] for task in tasks}:
            self._require_closed(root)
        waiting = deque((task, 1) for task in tasks)
        running: dict[Future, tuple[Submission, int, float]] = {}
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
            # Every submission that was running is run again: any of them may be to blame.
            self.tell(f"a worker process has ended; submissions to run again: {len(running)}")
            self._end_processes()
            self.shared.mend()
            for task, attempt, _ in running.values():
                if attempt < ATTEMPTS:
                    waiting.append((task, attempt + 1))
                else:
                    reason = f"the process that ran it ended {ATTEMPTS} times (out of memory?)"
                    yield task, Failure(reason)
            running = {}

    def _require_closed(self, root: Path) -> None:
        """CourseError if a kernel sees anything of the course in `root`, unless that is allowed."""
        if root in self.probed or not self.isolation.sandboxed:
            return
        there = [root / name for name in CLOSED if (root / name).exists()]
        if seen := self.shared.template.seen(there) or _in_data(there):
            if not self.allow_unsandboxed:
                raise CourseError(
                    f"A submission could read {seen[0]}: the folder is inside the Python "
                    "environment or the data that it needs. Keep the course apart from both; see "
                    "`autograder doctor`."
                )
            self._end_processes()
            self.isolation = replace(self.isolation, reads=seen[0])
        self.probed.add(root)

    def _submit(self, task: Runnable) -> Future:
        self.processes = self.processes or self._new_processes()
        try:
            return self.processes.submit(_work, task)
        except BrokenProcessPool:
            self._end_processes()
            self.processes = self._new_processes()
            return self.processes.submit(_work, task)

    def _new_processes(self) -> ProcessPoolExecutor:
        assert self.store is not None, "run() sets it"
        from autograder.grading.preparing.jobs import environment  # whoever has tasks has it

        template = self.shared.template
        assert template.run_dir is not None, "it has started"
        setup = WorkerSetup(
            template=(template.socket, template.run_dir),
            folder=str(template.files),
            store=self.store,
            limits=self.limits,
            patience=self.patience,
            isolation=self.isolation.as_row(),
            variables=dict(os.environ),
            environment=environment(),
        )
        return ProcessPoolExecutor(self.count, self.context, initializer=_begin, initargs=(setup,))

    def _end_processes(self) -> None:
        if self.processes is not None:
            self._kill_processes()
            self.processes.shutdown(wait=True, cancel_futures=True)
            self.processes = None

    def _kill_processes(self) -> None:
        # The executor has no public way; its table is None once it has shut down.
        for process in list((getattr(self.processes, "_processes", None) or {}).values()):
            process.kill()

    def _stop_the_overdue(self, running: Mapping[Future, tuple[Any, int, float]]) -> None:
        allowed = self.limits.total_seconds * self.patience + GRACE_SECONDS
        if any(time.monotonic() - since > allowed for _, _, since in running.values()):
            self._kill_processes()


def _in_data(paths: Sequence[Path]) -> list[str]:
    """Those below the folder of the data, which kernels see under another name."""
    data = data_folder()
    if data is None:
        return []
    return [str(path) for path in paths if path.resolve().is_relative_to(Path(data).resolve())]


def _forkserver() -> ForkServerContext:
    """The context that starts workers, as forks of a process that has imported torch and more."""
    # One thread each: more would compete for cores, and right answers would time out.
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([FORKSERVER_IMPORTS])
    forkserver.ensure_running()  # it imports while the template starts
    return context


def _is_broken(future: Future) -> bool:
    return isinstance(future.exception(), BrokenProcessPool)


def _failure(error: BaseException) -> Failure:
    return Failure(f"{type(error).__name__}: {error}"[:500])


@dataclass(frozen=True)
class WorkerSetup:
    """What every worker needs.

    template: (socket, run_dir). folder: for scratch files. patience: factor on every time limit.
    isolation: Isolation.as_row(). variables: those of the process that grades; a forkserver keeps
    those with which it was started. environment: as from jobs.environment().
    """

    template: tuple[str, Path]
    folder: str
    store: "Store"
    limits: Limits
    patience: float
    isolation: dict[str, Any]
    variables: dict[str, str]
    environment: dict[str, str]


def _begin(setup: WorkerSetup) -> None:
    # Imports torch, and only workers need it.
    from autograder.grading.running import worker

    worker.begin(setup)


def _work(task: Runnable) -> "Outcome":
    from autograder.grading.running import worker

    return worker.work(task)
