"""What a worker process does, in this one: how it prepares itself, and what it makes of a run."""

import os
import resource
import signal
from pathlib import Path
from types import SimpleNamespace

import pytest
from jupyter_client.provisioning import KernelProvisionerFactory
from nbformat.v4 import new_code_cell, new_notebook, new_output

from autograder.grading.preparing import jobs
from autograder.grading.running import worker
from autograder.grading.running.outcome import Outcome
from autograder.grading.running.submission import Execution
from autograder.grading.running.workers import WorkerSetup
from autograder.sandbox.kernel_limits import Limits
from autograder.sandbox.provisioner import NAME


class Store(dict):
    """{key: Outcome}; notebooks: {key: the notebook that was kept with it}."""

    def __init__(self):
        self.notebooks = {}

    def outcome(self, key):
        return self.get(key)

    def save(self, outcome, notebook):
        self[outcome.key], self.notebooks[outcome.key] = outcome, notebook


@pytest.fixture
def setup(tmp_path):
    return WorkerSetup(
        template=("socket", Path("run")),
        folder=str(tmp_path),
        store=Store(),
        limits=Limits(total_seconds=7),
        patience=1.5,
        isolation={"isolation": "nested"},
        variables={"SOME_VARIABLE": "set"},
        environment={"kit": "k"},
    )


@pytest.fixture
def begun(setup, monkeypatch):
    """What begin() asked of this process, which stays as it is."""
    said = SimpleNamespace(limits=[], signals=[], threads=[], torch=[], environment=[])

    class Thread:
        def __init__(self, target, daemon):
            assert daemon
            self.start = lambda: said.threads.append(target)

    monkeypatch.setattr(worker, "_setup", None, raising=False)
    monkeypatch.setattr(os, "environ", {"LEFT_BY_THE_FORKSERVER": "1"})
    monkeypatch.setattr(jobs, "take_environment", said.environment.append)
    monkeypatch.setattr(worker.signal, "signal", lambda *pair: said.signals.append(pair))
    monkeypatch.setattr(worker.threading, "Thread", Thread)
    monkeypatch.setattr(worker.torch, "set_num_threads", said.torch.append)
    monkeypatch.setattr(worker.resource, "setrlimit", lambda *pair: said.limits.append(pair))
    factory = SimpleNamespace(default_provisioner_name=None)
    monkeypatch.setattr(KernelProvisionerFactory, "instance", lambda: factory)
    worker.begin(setup)
    said.factory = factory
    return said


def test_a_worker_has_the_variables_of_whoever_grades_and_measures_what_is_graded(begun):
    os.environ.pop("PYTEST_CURRENT_TEST", None)
    assert os.environ == {"SOME_VARIABLE": "set", "COURSE_BUDGET": "graded"}
    assert begun.environment == [{"kit": "k"}] and begun.torch == [1]
    assert begun.factory.default_provisioner_name == NAME
    assert begun.signals == [(signal.SIGINT, signal.SIG_IGN)]


def test_a_worker_may_allocate_three_gigabytes_more_than_it_holds(begun):
    ((kind, (soft, hard)),) = begun.limits
    assert (kind, hard) == (resource.RLIMIT_DATA, resource.RLIM_INFINITY)
    held = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
    assert soft - held == pytest.approx(3e9, abs=2e8)


def test_a_worker_ends_with_the_process_that_grades(begun, monkeypatch):
    (end_with_parent,) = begun.threads
    said = []
    multiprocessing = worker.multiprocessing
    monkeypatch.setattr(
        multiprocessing, "parent_process", lambda: SimpleNamespace(sentinel="its end")
    )
    monkeypatch.setattr(multiprocessing.connection, "wait", said.append)
    monkeypatch.setattr(worker.os, "_exit", said.append)
    end_with_parent()
    assert said == [["its end"], 1]


@pytest.fixture
def task(tmp_path):
    """One whose notebook has a cell and a file; limits: those that its jobs were asked for."""
    (tmp_path / "given.csv").write_text("1,2")
    shown = new_output("display_data", {"text/html": "<b>yes</b><script>no</script>"})
    cells = [new_code_cell("x = 1", id="one", outputs=[shown])]
    checks = SimpleNamespace(load=lambda: "checks")
    job = SimpleNamespace(
        key="key", files={"data/x.csv": tmp_path / "given.csv"}, checks=checks,
        notebook=new_notebook(cells=cells),
    )  # fmt: skip
    made = SimpleNamespace(limits=[])
    made.job = lambda limits: made.limits.append(limits) or (job, ("handed in late",))
    return made


@pytest.fixture
def ran(setup, task, monkeypatch):
    """What submission.run() was asked; a run takes 2.5004 s and uses 1.2504 s of the processor."""
    asked, clock = [], SimpleNamespace(now=10.0, cpu=3.0)

    def run(job, files, template, patience):
        assert (files / "data" / "x.csv").read_text() == "1,2"
        assert files.parent == Path(setup.folder) and files.name.startswith("f")
        asked.append((job.key, template, patience))
        clock.now += 2.5004
        clock.cpu += 1.2504
        return Execution(job.notebook, {"one": 2.0}, "in the cell one, it died", ["it was long"])

    def verdicts(checks, notebook):
        assert checks == "checks" and notebook.cells[0].id == "one"
        return []

    times = SimpleNamespace(perf_counter=lambda: clock.now, process_time=lambda: clock.cpu)
    monkeypatch.setattr(worker, "time", times)
    monkeypatch.setattr(worker, "run", run)
    monkeypatch.setattr(worker, "verdicts", verdicts)
    monkeypatch.setattr(worker, "_setup", setup, raising=False)
    return asked


def test_a_submission_is_run_and_its_outcome_and_harmless_notebook_are_kept(ran, task, setup):
    outcome = worker.work(task)
    assert task.limits == [setup.limits] and ran == [("key", ("socket", Path("run")), 1.5)]
    kept = Outcome(
        "key", (), {"one": 2.0}, "in the cell one, it died", {"isolation": "nested"}, 2.5, 1.25,
        noticed=("it was long",),
    )  # fmt: skip
    assert setup.store == {"key": kept}
    assert outcome == kept.with_remarks("handed in late")
    (shown,) = setup.store.notebooks["key"].cells[0].outputs
    assert shown.data["text/html"] == "<b>yes</b>"
    assert [path.name for path in Path(setup.folder).iterdir()] == ["given.csv"]


def test_the_same_submission_is_not_run_again(ran, task):
    assert worker.work(task) == worker.work(task) and len(ran) == 1
