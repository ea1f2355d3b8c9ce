"""A node grades only where its sandbox holds and where it sees what the driver sees."""

import json
import os
import subprocess
from types import SimpleNamespace

import pytest

from autograder.cluster import node
from autograder.grading.preparing import jobs
from autograder.grading.recording.store import Store
from autograder.sandbox import isolation
from autograder.sandbox.kernel_limits import Limits
from helpers.errors import CourseError


@pytest.fixture
def no_memory(tmp_path, monkeypatch):
    """The doctor has not been here."""
    monkeypatch.setattr(node.tempfile, "gettempdir", lambda: str(tmp_path))
    return tmp_path / f"autograder-doctor-{os.getuid()}"


def doctor(monkeypatch, *rows, output=None, error=""):
    """The doctor says these (what, enforced); returns the list of how it was called."""
    called = []
    text = json.dumps({"probes": [{"what": w, "enforced": held} for w, held in rows]})

    def run(command, **options):
        called.append(command[1:])
        return SimpleNamespace(stdout=text if output is None else output, stderr=error)

    monkeypatch.setattr(node.subprocess, "run", run)
    return called


def test_nothing_isolates(monkeypatch):
    monkeypatch.setattr(isolation, "best", lambda: isolation.LIMITS)
    with pytest.raises(CourseError, match="refuses to grade: nothing isolates submissions there"):
        node.Node(allow_unsandboxed=False)


def test_a_process_that_may_have_no_children(monkeypatch):
    monkeypatch.setattr(
        node.multiprocessing, "current_process", lambda: SimpleNamespace(daemon=True)
    )
    with pytest.raises(CourseError, match="DASK_DISTRIBUTED__WORKER__DAEMON=False"):
        node.Node(allow_unsandboxed=True)


def test_what_the_doctor_finds_open_is_named_and_not_forgotten(no_memory, monkeypatch):
    called = doctor(monkeypatch, ("reach the network", False), ("mount something", True))
    for _ in range(2):
        with pytest.raises(CourseError, match="its sandbox lets a submission reach the network"):
            node.require_withstands()
    assert called == [["-m", "autograder", "doctor", "--json"]] * 2


def test_the_doctor_is_asked_once_until_the_kit_changes(no_memory, monkeypatch):
    called = doctor(monkeypatch, ("reach the network", True))
    node.require_withstands()
    node.require_withstands()
    assert len(called) == 1 and no_memory.stat().st_mode & 0o777 == 0o700
    kit = {**jobs.environment(), "kit": "another"}
    monkeypatch.setattr(node.jobs, "environment", lambda: kit)
    node.require_withstands()
    assert len(called) == 2
    (day_old,) = no_memory.glob("*-another")
    os.utime(day_old, (1, 1))
    node.require_withstands()
    assert len(called) == 3


def test_a_memory_that_others_may_write_is_not_believed(no_memory, monkeypatch):
    doctor(monkeypatch, ("reach the network", True))
    no_memory.mkdir()
    no_memory.chmod(0o777)
    with pytest.raises(CourseError, match="belongs to another user"):
        node.require_withstands()


def test_a_doctor_that_does_not_end(no_memory, monkeypatch):
    doctor(monkeypatch, output="", error="bwrap: no")
    with pytest.raises(CourseError, match=r"did not finish there \(bwrap: no\)"):
        node.require_withstands()

    def slow(command, **options):
        raise subprocess.TimeoutExpired(command, 300)

    monkeypatch.setattr(node.subprocess, "run", slow)
    with pytest.raises(CourseError, match="did not finish there"):
        node.require_withstands()


@pytest.fixture
def run(tmp_path):
    """A GradingRun whose mark is in the store, and a Node that was not asked to start anything."""
    store = Store(tmp_path / ".autograder" / "tiny")
    store.root.mkdir(parents=True)
    (store.root / node.MARK).write_text("mark")
    here = object.__new__(node.Node)
    about = node.GradingRun(
        tmp_path, "tiny", "tiny", "", "mark", node.surroundings(), Limits(), False
    )
    return SimpleNamespace(node=here, about=about, store=store)


def test_the_same_surroundings_and_folder(run):
    run.node._require_same(run.about, run.store)


@pytest.mark.parametrize("name", ["kit", "python", "torch", "data sets"])
def test_other_versions_or_data_are_named(run, name):
    run.about.surroundings[name] = "another"
    with pytest.raises(CourseError, match=f"it has a different version of {name} than the machine"):
        run.node._require_same(run.about, run.store)


def test_a_folder_of_the_same_name_that_is_not_shared(run, monkeypatch):
    monkeypatch.setattr(node, "LAG_SECONDS", 0.3)
    for left in ("of another run", None):
        (run.store.root / node.MARK).unlink(missing_ok=True)
        if left:
            (run.store.root / node.MARK).write_text(left)
        with pytest.raises(CourseError, match="it does not share .* with the machine that grades"):
            run.node._require_same(run.about, run.store)
