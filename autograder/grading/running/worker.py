"""In a worker process: run one submission after another, each in a kernel of its own."""

import multiprocessing.connection
import os
import resource
import shutil
import signal
import tempfile
import threading
import time
from pathlib import Path

import torch
from jupyter_client.provisioning import KernelProvisionerFactory

from autograder.grading.running.outcome import Outcome
from autograder.grading.running.submission import run
from autograder.grading.running.verdicts import verdicts
from autograder.notebooks.sanitize import harmless
from autograder.sandbox.provisioner import NAME as PROVISIONER

# What a worker may take for itself, above what it starts with.
OWN_BYTES = 3_000_000_000

_setup = None


def begin(setup):
    """First thing in a worker process; setup: a workers.WorkerSetup."""
    global _setup
    _setup = setup
    # The terminal's Ctrl-C is for the one that started us; when that one dies, so do we.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # The visible part of a check may measure what a student trained; here the hidden part does.
    os.environ["COURSE_BUDGET"] = "graded"
    torch.set_num_threads(1)
    _bound_memory()
    KernelProvisionerFactory.instance().default_provisioner_name = PROVISIONER


def _bound_memory():
    """A test that student code makes ask for too much gets an error; the machine stays usable."""
    try:
        held = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
    except OSError:  # no Linux
        return
    resource.setrlimit(resource.RLIMIT_DATA, (held + OWN_BYTES, resource.RLIM_INFINITY))


def _end_with_parent():
    # Not by PDEATHSIG: our parent in the system's sense lives for as long as we do.
    multiprocessing.connection.wait([multiprocessing.parent_process().sentinel])
    os._exit(1)


def work(task):
    """Run one submission, unless that was done before; returns its Outcome."""
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
        )
        _setup.store.save(outcome, harmless(execution.notebook))
    return outcome.with_remarks(*remarks)


def _stage(files, folder):
    for name, path in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, folder / name)
