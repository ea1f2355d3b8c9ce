"""Linux's counting of memory and processes: where it is found, what it is told, what it ends."""

import argparse
import contextlib
import os
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from autograder.sandbox import cgroups, doctor, isolation
from autograder.sandbox.cgroups import Counting
from autograder.sandbox.kernel_limits import MIB, Limits
from autograder.sandbox.template import Template
from tests.autograder.sandbox.test_kernels import kernel

OF_EVERY_GROUP = {
    "cgroup.procs": "",
    "cgroup.kill": "",
    "cgroup.subtree_control": "",
    "memory.max": "max",
    "memory.oom.group": "0",
    "memory.events": "low 0\noom 0\noom_kill 0\n",
    "pids.max": "max",
}
V1 = Path("/sys/fs/cgroup/memory")


class Waits(contextlib.AbstractContextManager):
    """A process that ends when nobody writes to it any more; nothing is started."""

    pid = 4321

    def __init__(self, command, stdin):
        assert (command, stdin) == (["cat"], subprocess.PIPE)

    def __exit__(self, *error):
        pass


@pytest.fixture
def pretended(tmp_path, monkeypatch):
    """A folder that makes and removes groups as Linux does; `.closed`: those that refuse."""
    root, closed, mkdir, rmdir = tmp_path / "cgroup", set(), os.mkdir, os.rmdir

    def make(path, *rest, **named):
        if Path(path).parent in closed:
            raise PermissionError(13, "Permission denied")
        mkdir(path, *rest, **named)
        if Path(path).is_relative_to(root):
            for name, text in OF_EVERY_GROUP.items():
                (Path(path) / name).write_text(text)

    def remove(path, **named):
        if Path(path).is_relative_to(root):
            for name in OF_EVERY_GROUP:
                (Path(path) / name).unlink()
        rmdir(path, **named)

    monkeypatch.setattr(os, "mkdir", make)
    monkeypatch.setattr(os, "rmdir", remove)
    root.mkdir()
    (root / "cgroup.controllers").write_text("cpu memory pids\n")
    (root / "user.slice" / "mine.scope").mkdir(parents=True)
    membership = tmp_path / "membership"
    membership.write_text("0::/user.slice/mine.scope\n")
    named = {name: getattr(subprocess, name) for name in ("PIPE", "TimeoutExpired", "run")}
    monkeypatch.setattr(cgroups, "subprocess", SimpleNamespace(Popen=Waits, **named))

    def find():
        return cgroups.find(root, membership)

    find.root, find.closed, find.own = root, closed, root / "user.slice" / "mine.scope"
    return find


def groups(folder):
    return sorted(path.name for path in folder.iterdir() if path.is_dir())


def test_the_nearest_group_that_can_be_divided_is_used(pretended):
    assert pretended() == Counting(pretended.own)
    assert groups(pretended.own) == []  # what was tried is gone
    pretended.closed.add(pretended.own)
    found = pretended()
    assert found.parent == pretended.own.parent and not found.reason
    assert str(found.parent) in found.meaning and "counted by Linux" in found.meaning


def test_a_group_whose_processes_do_not_move_is_not_used(pretended, monkeypatch):
    monkeypatch.setattr(cgroups, "join", lambda group, pid: None)
    found = pretended()
    assert found.parent is None and "was not moved" in found.reason


def test_elsewhere_a_systemd_scope_is_used(pretended, tmp_path, monkeypatch):
    pretended.closed |= {pretended.own, pretended.own.parent, pretended.root}
    assert "Permission denied" in pretended().reason
    program = tmp_path / "bin" / cgroups.SCOPE[0]
    program.parent.mkdir()
    for code, scope in ((0, cgroups.SCOPE), (1, ())):
        program.write_text(f"#!/bin/sh\nexit {code}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(program.parent), prepend=":")
        assert pretended().scope == scope


def test_a_scope_is_asked_for_as_systemd_run_reads_it(pretended, monkeypatch):
    pretended.closed |= {pretended.own, pretended.own.parent, pretended.root}
    known = argparse.ArgumentParser(exit_on_error=False)
    for option in ("user", "scope", "quiet", "collect"):
        known.add_argument(f"--{option}", action="store_true")
    known.add_argument("-p", dest="set")
    known.add_argument("command", nargs="+")

    def run(command, **options):
        assert options == {"capture_output": True, "timeout": cgroups.PROBE_SECONDS}
        asked, unknown = known.parse_known_args(command[1:])
        # Without root, only a manager of the user's own can start one.
        right = asked.user and asked.scope and asked.command == ["true"]
        return SimpleNamespace(returncode=not right or asked.set != "Delegate=yes" or bool(unknown))

    monkeypatch.setattr(cgroups.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(cgroups.subprocess, "run", run)
    assert pretended() == Counting(scope=cgroups.SCOPE)
    assert pretended().meaning.endswith("counted by Linux (cgroups v2), in a systemd scope")
    for refusal in (OSError("no"), subprocess.TimeoutExpired("systemd-run", 10)):

        def refuses(command, refusal=refusal, **_):
            raise refusal

        monkeypatch.setattr(cgroups.subprocess, "run", refuses)
        found = pretended()
        # The nearest group says why.
        assert found.parent is None and found.scope == ()
        assert f"({pretended.own}: Permission denied)" in found.reason


def test_groups_above_those_that_are_seen_are_not_tried(pretended, tmp_path):
    """In a container the file may name one that is mounted nowhere."""
    membership = tmp_path / "membership"
    for text, tried in (
        ("1:memory:/user.slice\n0::/\n", pretended.root),
        ("0::/../elsewhere\n", None),
        ("4:cpu:/user.slice\n", pretended.root),
    ):
        membership.write_text(text)
        assert pretended().parent == tried
    assert cgroups.group_of(Path("/a"), membership) == Path("/a")
    membership.write_text("1:x:/b\n0::/c/d\n0::/e\n")
    assert cgroups.group_of(Path("/a"), membership) == Path("/a/c/d")


def test_without_groups_the_bounds_of_each_process_hold(tmp_path):
    found = cgroups.find(tmp_path)
    assert found.parent is None and not found.scope
    assert "not counted by Linux" in found.meaning and str(tmp_path) in found.meaning


def test_what_a_kernels_group_is_told(pretended):
    base = cgroups.make_base(pretended.own)
    assert (base / "cgroup.subtree_control").read_text() == "+memory +pids"
    group = cgroups.make(base, "k-1", 300 * MIB, 64)
    assert (group / "memory.max").read_text() == str(300 * MIB)
    assert (group / "memory.oom.group").read_text().startswith("1")
    assert (group / "pids.max").read_text().startswith("64")
    assert not cgroups.exceeded(group)
    for text, killed in (
        ("oom 1\noom_kill 3\n", True), ("oom_kill 1\n", True), ("oom 5\noom_kill 0\n", False),
        ("oom 5\n", False), ("what is this\n", False),
    ):  # fmt: skip
        (group / "memory.events").write_text(text)
        assert cgroups.exceeded(group) is killed
    (group / "memory.events").unlink()
    assert not cgroups.exceeded(group)
    (group / "memory.events").touch()
    with pytest.raises(OSError):
        cgroups.make(base, "k-1", 1, 1)  # there is one of that name
    cgroups.remove(base)
    assert groups(pretended.own) == []


def test_what_a_killed_grader_left_is_removed(pretended):
    left = pretended.own / f"{cgroups.PREFIX}999999999-x"
    (left / "k-1").mkdir(parents=True)
    base = cgroups.make_base(pretended.own)
    again = cgroups.make_base(pretended.own)  # of this process: it stays
    assert groups(pretended.own) == sorted([base.name, again.name])


def test_a_scope_is_divided_once_its_processes_have_moved_down(pretended, monkeypatch):
    scope = pretended.own
    monkeypatch.setattr(cgroups, "group_of", lambda *_: scope)
    (scope / "cgroup.procs").write_text("11\n12\n")
    moved = []

    def join(group, pid):
        moved.append((group.name, pid))
        (scope / "cgroup.procs").write_text("")

    monkeypatch.setattr(cgroups, "join", join)
    assert cgroups.divide_own(1, pretended.root) == scope
    assert moved == [("rest", 11), ("rest", 12)]
    assert cgroups.divide_own(1, pretended.root) == scope and len(moved) == 2  # again
    assert (scope / "cgroup.subtree_control").read_text() == "+memory +pids"


def test_processors_are_shared_fairly_where_they_may_be(pretended, monkeypatch):
    written = []

    def write(group, name, text):
        if name == cgroups.DIVIDE and "cpu" in text and refused:
            raise OSError(22, "Invalid argument")
        written.append((name, text))

    monkeypatch.setattr(cgroups, "_write", write)
    for refused in (False, True):
        written.clear()
        cgroups.make_base(pretended.own)
        told = " ".join(text for name, text in written if name == cgroups.DIVIDE).split()
        assert sorted(told) == ["+cpu", "+memory", "+pids"][refused:]


def test_a_group_has_no_swap_where_linux_can_tell_it_so(pretended):
    base = cgroups.make_base(pretended.own)
    assert "memory.swap.max" not in os.listdir(cgroups.make(base, "k-1", 5, 6))
    OF_EVERY_GROUP["memory.swap.max"] = "max"
    try:
        group = cgroups.make(base, "k-2", 5, 6)
        assert (group / "memory.swap.max").read_text()[0] == "0"
        cgroups.remove(group)
    finally:
        del OF_EVERY_GROUP["memory.swap.max"]


@pytest.mark.parametrize("name", ["memory.max", "memory.oom.group", "pids.max"])
def test_a_group_that_cannot_be_told_its_limits_is_not_there(pretended, monkeypatch, name):
    base, own = cgroups.make_base(pretended.own), cgroups._write

    def refuses(group, which, text):
        if which == name:
            raise OSError(22, "Invalid argument")
        own(group, which, text)

    monkeypatch.setattr(cgroups, "_write", refuses)
    with pytest.raises(OSError, match="Invalid argument"):
        cgroups.make(base, "k-1", 5, 6)
    assert groups(base) == []


def test_a_group_that_cannot_be_divided_is_not_left(pretended, monkeypatch):
    def refuses(group, name, text):
        raise OSError(16, "Device or resource busy")

    monkeypatch.setattr(cgroups, "_write", refuses)
    with pytest.raises(OSError, match="busy"):
        cgroups.make_base(pretended.own)
    assert groups(pretended.own) == []


def test_what_is_in_a_group_is_killed_before_it_is_removed(pretended, monkeypatch):
    """Killed processes leave it a moment later; one that no signal reaches is not waited for."""
    base = cgroups.make_base(pretended.own)
    cgroups.make(base, "k-1", 5, 6)
    told, own, now, busy = [], os.rmdir, [0.0], [3]

    def busy_at_first(path, **named):
        assert told[0] == (base, "cgroup.kill", "1")
        if busy[0]:
            busy[0] -= 1
            raise OSError(16, "Device or resource busy")
        own(path, **named)

    def sleep(seconds):
        now[0] += seconds

    clock = SimpleNamespace(monotonic=lambda: now[0], sleep=sleep)
    monkeypatch.setattr(cgroups, "time", clock)
    monkeypatch.setattr(cgroups, "_write", lambda *told_: told.append(told_))
    monkeypatch.setattr(os, "rmdir", busy_at_first)
    cgroups.remove(base)
    assert not base.exists() and 0 < now[0] < cgroups.REMOVE_SECONDS
    cgroups.remove(base)  # it is gone
    monkeypatch.setattr(os, "rmdir", own)
    base = cgroups.make_base(pretended.own)
    monkeypatch.setattr(os, "rmdir", busy_at_first)
    told[:], busy[0], now[0] = [], 10**9, 0.0
    cgroups.remove(base)
    assert base.exists() and now[0] == pytest.approx(cgroups.REMOVE_SECONDS, abs=0.01)


def test_what_is_written_makes_no_file(tmp_path):
    (tmp_path / "memory.max").touch()
    cgroups._write(tmp_path, "memory.max", "5")
    assert (tmp_path / "memory.max").read_text() == "5"
    with pytest.raises(FileNotFoundError):
        cgroups.join(tmp_path, 5)
    (tmp_path / "cgroup.procs").touch()
    cgroups.join(tmp_path, 5)
    assert (tmp_path / "cgroup.procs").read_text() == "5"


@pytest.fixture
def counted(monkeypatch, cold):
    """A template whose kernels Linux counts: by the older groups (v1), whose files differ."""
    if isolation.best().kind is not isolation.Kind.NESTED:
        pytest.skip("no nested isolation here")
    lines = Path("/proc/self/cgroup").read_text().splitlines()
    own = [line.split(":")[2] for line in lines if line.split(":")[1] == "memory"]
    for name, text in (
        ("MEMORY", "memory.limit_in_bytes"),
        ("TOGETHER", "memory.swappiness"),
        ("EVENTS", "memory.oom_control"),
        ("PROCESSES", "memory.soft_limit_in_bytes"),
        ("DIVIDE", "memory.use_hierarchy"),
        ("INTO", "1"),
    ):
        monkeypatch.setattr(cgroups, name, text)
    parent = Path(f"{V1}{own[0]}") if own else None
    if parent is None or cgroups._failure(parent):
        pytest.skip("no group of memory can be made here")
    with Template(preload=(), counting=Counting(parent)) as template:
        yield template, parent
    assert not list(parent.glob(f"{cgroups.PREFIX}{os.getpid()}-*"))


@pytest.mark.slow
@pytest.mark.sandbox
def test_a_counted_kernel_is_ended_by_linux_and_its_death_has_that_cause(counted):
    template, parent = counted
    limits = Limits(memory=256 * MIB, scratch=16 * MIB)
    with kernel(template, limits=limits) as run:
        (base,) = parent.glob(f"{cgroups.PREFIX}{os.getpid()}-*")
        (group,) = base.glob("k-*")
        run("import subprocess; left = subprocess.Popen(['sleep', '1000'])")
        assert len((group / "cgroup.procs").read_text().split()) == 2
        run.client.execute(doctor.TAKE_SHARED.replace("return", "#").format(
            size=1 << 30, megabytes=1024))  # fmt: skip
        assert run.provisioner.died(patience=30) == "its kernel needed more memory than 256 MB"
        assert not run.provisioner.lost
    assert not group.exists()


@pytest.mark.slow
@pytest.mark.sandbox
def test_what_doctor_puts_into_sockets_is_more_than_allowed(counted):
    """Linux counts what is in them, and not what they could hold."""
    template, _ = counted
    with doctor._Kernel(template) as run:
        row = run.attempt("take more memory in sockets", doctor.TAKE_SOCKETS)
        assert row.enforced, row
        assert run.provisioner.died() == "its kernel needed more memory than 512 MB"
