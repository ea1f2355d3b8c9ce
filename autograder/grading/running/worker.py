"""The work of a worker process: run submissions one by one, each in its own kernel."""

import multiprocessing.connection
import os
import resource
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from jupyter_client.provisioning import KernelProvisionerFactory

from autograder.grading.preparing import jobs
from autograder.grading.running.outcome import Outcome
from autograder.grading.running.submission import run
from autograder.grading.running.verdicts import verdicts
from autograder.notebooks.sanitize import harmless
from autograder.sandbox.provisioner import NAME as PROVISIONER

if TYPE_CHECKING:
    from autograder.grading.running.workers import Runnable, WorkerSetup

# Memory that a worker may allocate beyond what it starts with.
OWN_BYTES = 3_000_000_000

_setup: "WorkerSetup"


def begin(setup: "WorkerSetup") -> None:
    """Prepare this process; called once, before any work()."""
    global _setup
    _setup = setup
    os.environ.clear()
    os.environ.update(setup.variables)
    jobs.take_environment(setup.environment)
    # Ctrl-C in the terminal is for the process that started this one, which ends when that does.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # The visible part of a check may measure a trained model; here the hidden part does.
    os.environ["COURSE_BUDGET"] = "graded"
    torch.set_num_threads(1)
    _bound_memory()
    KernelProvisionerFactory.instance().default_provisioner_name = PROVISIONER


def _bound_memory() -> None:
    """If student code makes a test allocate too much, it gets an error; the machine survives."""
    try:
        held = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
    except OSError:  # not on Linux
        return
    resource.setrlimit(resource.RLIMIT_DATA, (held + OWN_BYTES, resource.RLIM_INFINITY))


def _end_with_parent() -> None:
    # PDEATHSIG does not help: to the kernel our parent is the forkserver, which outlives us.
    parent = multiprocessing.parent_process()
    assert parent is not None  # this is a worker process
    multiprocessing.connection.wait([parent.sentinel])
    os._exit(1)


def work(task: "Runnable") -> Outcome:
    """Run one submission, unless its result is in the store.

    Raises CourseError if its notebook cannot be read, and as submission.run() does.
    """
    start, cpu = time.perf_counter(), time.process_time()
    job, remarks = task.job(_setup.limits)
    outcome = _setup.store.outcome(job.key)
    if outcome is None:
        with tempfile.TemporaryDirectory(dir=_setup.folder, prefix="f") as files:
            _stage(job.files, Path(files))
            execution = run(job, Path(files), _setup.template, _setup.patience)
        outcome = Outcome(
            job.key,
            tuple(verdicts(job.checks.load(), execution.notebook)),
            execution.seconds,
            execution.stopped,
            _setup.isolation,
            wall=round(time.perf_counter() - start, 3),
            cpu=round(time.process_time() - cpu, 3),
            noticed=tuple(execution.remarks),
        )
        _setup.store.save(outcome, harmless(execution.notebook))
    return outcome.with_remarks(*remarks)


def _stage(files: Mapping[str, Path], folder: Path) -> None:
    """Copy the files, {name: path}, into the folder."""
    for name, path in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, folder / name)
