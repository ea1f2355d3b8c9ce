"""The pool of this machine: which submissions it runs again and when, with no process started."""

import errno
import os
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from autograder.grading.preparing import jobs
from autograder.grading.running import worker, workers
from autograder.grading.running.pool import Failure
from autograder.grading.running.workers import SharedTemplate, Workers
from autograder.sandbox.isolation import LIMITS, NESTED
from autograder.sandbox.kernel_limits import Limits
from helpers.errors import CourseError

BROKEN, NEVER = BrokenProcessPool("a process ended"), object()
FULL = OSError(errno.ENOSPC, "No space left on device")


@dataclass(frozen=True)
class Task:
    """A submission; root: of its course."""

    name: str
    root: Path = Path("/course")

    @property
    def blueprint(self):
        return SimpleNamespace(files=self.root / "source" / "tiny")


class Machine:
    """Instead of processes, a template and a clock. said: what happened, in order.

    results: {name of a task: what its attempts give, one after the other}; else its name is given.
    """

    def __init__(self):
        self.results, self.said, self.setups = {}, [], []
        self.running, self.most, self.now = set(), 0, 1000.0
        self.refuses, self.readable = False, ()
        # As a SharedTemplate.
        self.begin, self.mend, self.close = (
            lambda name=name: self.said.append(name) for name in ("begin", "mend", "close")
        )
        self.template = SimpleNamespace(
            socket="socket", run_dir=Path("run"), files=Path("files"), seen=self.seen
        )

    def wait(self):
        self.said.append("wait")

    def seen(self, paths):
        self.said.append(("seen", *(path.name for path in paths)))
        return [str(path) for path in paths if path.name in self.readable]

    # As the processes of an executor.

    def executor(self, count, context, initializer, initargs):
        assert initializer is workers._begin
        self.setups.append((count, context, *initargs))
        self._processes = {1: SimpleNamespace(kill=self.kill)}
        return self

    def submit(self, work, task):
        assert work is workers._work
        if self.refuses:
            self.refuses = False
            raise BROKEN
        self.said.append(task.name)
        attempts = self.results.get(task.name, [])
        result = attempts.pop(0) if attempts else task.name
        future = Future()
        if isinstance(result, BaseException):
            future.set_exception(result)
        elif result is not NEVER:
            future.set_result(result)
        self.running.add(future)
        self.most = max(self.most, len(self.running))
        return future

    def kill(self):
        self.said.append("kill")
        for future in self.running:
            if not future.done():
                future.set_exception(BROKEN)

    def shutdown(self, wait, cancel_futures):
        assert wait and cancel_futures
        self.said.append("shutdown")
        self.running.clear()

    # Time, which passes where nothing is done.

    def wait_for(self, futures, timeout, return_when):
        assert return_when == workers.FIRST_COMPLETED and 0 < timeout <= 2
        done = {each for each in futures if each.done()}
        self.now += 0 if done else timeout
        self.running -= done
        return done, set(futures) - done

    def monotonic(self):
        return self.now


@pytest.fixture
def machine(monkeypatch):
    made = Machine()
    for name, instead in (
        *(("ProcessPoolExecutor", made.executor), ("wait", made.wait_for), ("time", made)),
        *(("_forkserver", lambda: "context"), ("_cores", lambda: 2)),
    ):
        monkeypatch.setattr(workers, name, instead)
    monkeypatch.setattr(workers.isolations, "best", lambda: NESTED)
    monkeypatch.setattr(jobs, "environment", lambda: {"kit": "k"})
    return made


def run(machine, *names, pool=None, store="store", **options):
    """{name: what run() gave}, in the order in which it was given."""
    pool = pool or Workers(**{"count": 1, "shared": machine, **options})
    return {task.name: result for task, result in pool.run([Task(n) for n in names], store)}


def test_each_submission_is_run_once_and_no_more_at_a_time_than_there_are_workers(machine):
    began = []
    pool = Workers(count=2, shared=machine)
    found = list(pool.run([Task(name) for name in "abc"], "store", began.append))
    assert sorted((task.name, result) for task, result in found) == [(n, n) for n in "abc"]
    assert began == [Task("a"), Task("b"), Task("c")] and machine.most == 2
    assert machine.said == ["begin", "wait", ("seen",), "a", "b", "c"]


def test_what_every_worker_is_told(machine, monkeypatch):
    monkeypatch.setenv("SOME_VARIABLE", "set")
    limits = Limits(total_seconds=7)
    run(machine, "a", count=3, limits=limits)
    ((count, context, setup),) = machine.setups
    assert (count, context) == (3, "context")
    assert setup.template == ("socket", Path("run")) and setup.folder == "files"
    assert setup.store == "store" and setup.limits is limits and setup.patience == 1.5
    assert setup.isolation == NESTED.as_row() and setup.environment == {"kit": "k"}
    assert setup.variables["SOME_VARIABLE"] == "set"
    assert Workers(shared=machine, count=1).patience == 1.0  # a worker has a core of its own
    assert Workers(shared=machine, count=1).limits == Limits()


def test_what_a_process_is_asked_is_done_by_the_worker_in_it(monkeypatch):
    asked = []
    monkeypatch.setattr(worker, "begin", asked.append)
    monkeypatch.setattr(worker, "work", lambda task: f"outcome of {task}")
    workers._begin("setup")
    assert asked == ["setup"] and workers._work("a") == "outcome of a"


def test_an_error_is_tried_three_times_and_its_text_is_cut(machine):
    machine.results = {"a": [ValueError("x" * 900)] * 3, "b": [ValueError()] * 2}
    found = run(machine, "a", "b")
    assert found == {"a": Failure(f"ValueError: {'x' * 900}"[:500]), "b": "b"}
    # The others are not kept waiting, and the template is restarted if that has died.
    assert machine.said[3:] == ["a", "mend", "b", "mend", "a", "mend", "b", "mend", "a", "b"]


def test_a_submission_that_cannot_be_read_is_not_tried_again(machine):
    error = CourseError("no notebook")
    machine.results = {"a": [error]}
    assert run(machine, "a") == {"a": error} and machine.said.count("a") == 1


def test_a_full_disk_is_everybodys(machine):
    machine.results = {"a": [FULL]}
    with pytest.raises(OSError, match="No space left"):
        run(machine, "a", "b")


def test_whatever_ran_when_a_process_ended_is_run_again(machine):
    machine.results = {"a": [BROKEN], "b": [NEVER]}
    pool, told = Workers(count=2, shared=machine), []
    pool.tell = told.append
    assert run(machine, "a", "b", "c", pool=pool) == {"c": "c", "a": "a", "b": "b"}
    assert told == ["a worker process has ended; submissions to run again: 2"]
    assert machine.said[3:8] == ["a", "b", "kill", "shutdown", "mend"]
    assert len(machine.setups) == 2


def test_what_ends_its_process_three_times_is_given_up(machine):
    machine.results = {"a": [BROKEN] * 3, "b": [BROKEN, ValueError()]}
    reason = "the process that ran it ended 3 times (out of memory?)"
    assert run(machine, "a", "b") == {"b": "b", "a": Failure(reason)}


@pytest.mark.parametrize("count, seconds", [(1, 100 + 120), (4, 2 * 100 + 120)])
def test_a_worker_that_hangs_is_ended_after_its_limit_and_a_grace(machine, count, seconds):
    machine.results = {"a": [NEVER]}
    begin = machine.now
    found = run(machine, "a", count=count, limits=Limits(total_seconds=100))
    assert found == {"a": "a"} and seconds < machine.now - begin <= seconds + 1
    assert machine.said[3:] == ["a", "kill", "kill", "shutdown", "mend", "a"]


def test_processes_that_ended_in_between_are_started_again(machine):
    machine.refuses = True
    assert run(machine, "a") == {"a": "a"}
    assert len(machine.setups) == 2 and machine.said[3:] == ["kill", "shutdown", "a"]


def test_another_store_has_other_processes_and_the_end_ends_all(machine):
    with Workers(count=1, shared=machine) as pool:
        for store in ("one", "one", "two"):
            run(machine, "a", pool=pool, store=store)
        assert [setup.store for _, _, setup in machine.setups] == ["one", "two"]
        machine.said.clear()
    assert machine.said == ["kill", "shutdown"]  # the template is its owner's
    pool.shared, pool._is_lent = machine, False
    pool.__exit__()
    assert machine.said == ["kill", "shutdown", "close"]


def test_without_a_sandbox_nothing_runs_unless_that_is_allowed(machine, monkeypatch):
    monkeypatch.setattr(workers.isolations, "best", lambda: LIMITS)
    with pytest.raises(CourseError, match=r"cannot isolate .* add --allow-unsandboxed\."):
        run(machine, "a")
    assert machine.said == []
    assert run(machine, "a", allow_unsandboxed=True) == {"a": "a"}
    assert ("seen",) not in machine.said  # there is nothing that it could not see


# What a course has of others and of its answers.
FOLDERS = ("solutions", "source", "submitted", "autograded", "feedback", ".autograder")
FILES = ("gradebook.db", "roster.csv", "nbgrader_config.py")


@pytest.fixture
def course(tmp_path):
    for name in (*FOLDERS, "notebooks"):
        (tmp_path / name).mkdir()
    for name in FILES:
        (tmp_path / name).touch()
    return tmp_path


def test_what_kernels_must_not_see_is_looked_for_once(machine, course, monkeypatch):
    monkeypatch.setattr(workers, "data_folder", lambda: str(course / "notebooks"))
    pool = Workers(count=1, shared=machine)
    for _ in range(2):
        list(pool.run([Task("a", course), Task("b", course)], "store"))
    looks = [each for each in machine.said if each[0] == "seen"]
    assert looks == [("seen", *FOLDERS, *FILES)]
    (course / "feedback").rmdir()  # before there is any, there is nothing to look for
    machine.said.clear()
    pool.probed.clear()
    list(pool.run([Task("a", course)], "store"))
    assert "feedback" not in machine.said[2]


@pytest.mark.parametrize("where", ["environment", "data"])
def test_a_course_that_kernels_can_read_is_refused_or_said(machine, course, monkeypatch, where):
    machine.readable = ("submitted",) if where == "environment" else ()
    data = course / "submitted" if where == "data" else None
    monkeypatch.setattr(workers, "data_folder", lambda: data and str(data))
    path = course / "submitted"
    with pytest.raises(CourseError, match=f"could read {path}: the folder is inside the Python"):
        list(Workers(count=1, shared=machine).run([Task("a", course)], "store"))
    pool = Workers(count=1, shared=machine, allow_unsandboxed=True)
    assert [result for _, result in pool.run([Task("a", course)], "store")] == ["a"]
    ((_, _, setup),) = machine.setups
    assert setup.isolation["meaning"] == f"NOT CLOSED: a kernel can read {path}"
    # Workers that were told that it is closed are told anew.
    pool.probed.clear()
    list(pool.run([Task("a", course)], "store"))
    assert machine.said[-3:] == ["kill", "shutdown", "a"]


@pytest.mark.parametrize(
    "cores, free, count",
    [
        *((4, None, 4), (4, 100 * 1_200_000_000, 4), (4, 2 * 1_200_000_000, 2)),
        *((4, 1_000, 1), (None, None, 1)),
    ],
)
def test_a_worker_for_each_core_that_has_memory(monkeypatch, cores, free, count):
    monkeypatch.setattr(workers, "_cores", lambda: cores)
    monkeypatch.setattr(workers, "_free_memory", lambda: free)
    assert workers.sensible_count() == count


def test_cores_and_memory_are_those_that_linux_tells(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {3, 5, 7}, raising=False)
    assert workers._cores() == 3
    read = {"/proc/meminfo": "MemTotal: 9 kB\nMemAvailable:    5 kB\nMemFree: 7 kB\n"}
    monkeypatch.setattr(Path, "read_text", lambda path: read[str(path)])
    assert workers._free_memory() == 5 * 1024


def test_workers_are_forks_with_one_thread_each(monkeypatch):
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    for name in names:
        monkeypatch.setenv(name, "8")
    said = []
    context = SimpleNamespace(set_forkserver_preload=said.append)
    monkeypatch.setattr(workers.multiprocessing, "get_context", {"forkserver": context}.get)
    monkeypatch.setattr(workers.forkserver, "ensure_running", lambda: said.append("running"))
    assert workers._forkserver() is context
    assert said == [[workers.FORKSERVER_IMPORTS], "running"]
    assert [os.environ[name] for name in names] == ["1"] * 3


class Template:
    """said: what was asked of any of them."""

    said: list = []
    alive = fails = False

    def __init__(self, isolation, data):
        self.said.append((isolation, data))

    def __enter__(self):
        self.said.append("enter")
        if self.fails:
            raise RuntimeError("it did not start")

    def start(self):
        self.said.append("start")

    def close(self):
        self.said.append("close")


@pytest.fixture
def template(monkeypatch):
    monkeypatch.setattr(workers, "Template", Template)
    monkeypatch.setattr(workers, "data_folder", lambda: "data")
    monkeypatch.setattr(Template, "said", [])
    return Template


def test_a_template_starts_once_and_again_when_it_has_died(template, monkeypatch):
    shared = SharedTemplate(NESTED)
    shared.begin()
    shared.begin()
    shared.wait()
    assert template.said == [(NESTED, "data"), "enter"]
    shared.mend()
    monkeypatch.setattr(Template, "alive", True)
    shared.mend()
    shared.close()
    assert template.said[2:] == ["start", "close"]


def test_a_template_that_does_not_start_is_an_error_of_whoever_waits(template, monkeypatch):
    monkeypatch.setattr(Template, "fails", True)
    shared = SharedTemplate(NESTED)
    shared.begin()
    with pytest.raises(RuntimeError, match="it did not start"):
        shared.wait()
    shared.close()
    unused = SharedTemplate(NESTED)
    unused.close()
    assert template.said.count("close") == 1


def test_a_template_ends_where_its_thread_has_ended_already(template):
    shared = SharedTemplate(NESTED)
    shared.begin()
    shared.wait()
    shared._thread.shutdown()
    shared.close()
    assert template.said[-1] == "close"
