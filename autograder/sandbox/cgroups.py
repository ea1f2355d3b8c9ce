"""Let Linux count a kernel's memory and processes (cgroups v2), where a group can be had.

It then counts all that the kernel's processes make it hold: sockets, pipes, page tables, files in
memory. Elsewhere each process has its own limits, and the keeper adds up what it can see. The
names of the files are those of Linux's Documentation/admin-guide/cgroup-v2.rst.
"""

import contextlib
import functools
import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
PREFIX = "autograder-"
MEMORY, TOGETHER, EVENTS, PROCESSES = "memory.max", "memory.oom.group", "memory.events", "pids.max"
DIVIDE, INTO, FAIRLY = "cgroup.subtree_control", "+memory +pids", "+cpu"
# Starts a program in a group of its own that its user may divide.
SCOPE = ("systemd-run", "--user", "--scope", "--quiet", "--collect", "-p", "Delegate=yes", "--")
PROBE_SECONDS = 10
REMOVE_SECONDS = 2.0


@dataclass(frozen=True)
class Counting:
    """How this machine counts what a kernel uses.

    Attributes:
        parent: the group in which each template makes one of its own, or None.
        scope: the command that starts a template in a group of its own, or empty.
        reason: why neither can be had; empty if one can.
    """

    parent: Path | None = None
    scope: tuple[str, ...] = ()
    reason: str = ""

    @property
    def meaning(self) -> str:
        """Which of the two countings is in force, in one line."""
        if self.reason:
            return (
                "memory and processes: limits on each process, and a watcher that adds up; not "
                f"counted by Linux (cgroups v2): {self.reason}"
            )
        where = self.parent or "a systemd scope"
        return f"memory and processes: counted by Linux (cgroups v2), in {where}"


@functools.cache
def best() -> Counting:
    """How this machine counts, found by trying once."""
    return find()


def find(root: Path = ROOT, membership: Path = Path("/proc/self/cgroup")) -> Counting:
    """The nearest group above this process that can be divided, else a systemd scope.

    Args:
        root: where cgroups v2 are mounted.
        membership: the file that names the group of this process.
    """
    if not (root / "cgroup.controllers").is_file():
        return Counting(reason=f"they are not mounted at {root}")
    own = group_of(root, membership)
    failure = ""
    for parent in (own, *own.parents):
        if not parent.is_relative_to(root):
            break
        if not (why := _failure(parent)):
            return Counting(parent)
        failure = failure or why
    if shutil.which(SCOPE[0]):
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            tried = subprocess.run([*SCOPE, "true"], capture_output=True, timeout=PROBE_SECONDS)
            if tried.returncode == 0:
                return Counting(scope=SCOPE)
    return Counting(reason=f"no group may be divided ({failure}), and there is no systemd scope")


def group_of(root: Path, membership: Path) -> Path:
    """The folder of the group that a file such as /proc/self/cgroup names."""
    for line in membership.read_text().splitlines():
        if line.startswith("0::"):
            return Path(os.path.normpath(f"{root}/{line[3:]}"))
    return root


def make_base(parent: Path) -> Path:
    """Make a group in `parent` that can hold those of kernels; returns its folder.

    Raises:
        OSError: it cannot be made or divided.
    """
    for old in parent.glob(f"{PREFIX}[0-9]*-*"):
        if not Path("/proc", old.name.split("-")[1]).exists():
            for group in (*old.glob("k-*"), old):
                with contextlib.suppress(OSError):
                    os.rmdir(group)
    base = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=parent))
    try:
        _divide(base)
    except OSError:
        remove(base)
        raise
    return base


def divide_own(pid: int, root: Path = ROOT) -> Path:
    """Divide the group of process `pid`, whose processes move down a level; returns its folder.

    Raises:
        OSError: it cannot be divided.
    """
    base = group_of(root, Path(f"/proc/{pid}/cgroup"))
    rest = base / "rest"
    rest.mkdir(exist_ok=True)
    # A process that is started meanwhile is found by the next look.
    while pids := (base / "cgroup.procs").read_text().split():
        for each in pids:
            with contextlib.suppress(ProcessLookupError):
                join(rest, int(each))
    _divide(base)
    return base


def _divide(base: Path) -> None:
    # Kernels then have equal shares of the processors, however many processes each runs. Not
    # everywhere are processors given away together with memory.
    with contextlib.suppress(OSError):
        _write(base, DIVIDE, FAIRLY)
    _write(base, DIVIDE, INTO)


def make(base: Path, name: str, memory: int, processes: int) -> Path:
    """Make the group of one kernel; returns its folder.

    Args:
        base: what make_base or divide_own returned.
        name: of the new group.
        memory: bytes that its processes may hold together; beyond them, all are killed.
        processes: processes and threads that it may have.

    Raises:
        OSError: it cannot be made.
    """
    group = base / name
    group.mkdir()
    try:
        _write(group, MEMORY, str(memory))
        _write(group, TOGETHER, "1")
        _write(group, PROCESSES, str(processes))
        # Not there without swap.
        with contextlib.suppress(OSError):
            _write(group, "memory.swap.max", "0")
    except OSError:
        remove(group)
        raise
    return group


def join(group: Path, pid: int) -> None:
    """Move a process into the group; its later children are in it as well.

    Raises:
        OSError: the process has ended, or may not be moved.
    """
    _write(group, "cgroup.procs", str(pid))


def exceeded(group: Path) -> bool:
    """Whether processes of the group were killed because it held too much memory."""
    try:
        rows = dict(line.split() for line in (group / EVENTS).read_text().splitlines())
    except (OSError, ValueError):
        return False
    return int(rows.get("oom_kill", 0)) > 0


def remove(group: Path) -> None:
    """Kill what is left in the group and those below it, and remove them."""
    with contextlib.suppress(OSError):
        _write(group, "cgroup.kill", "1")
    deadline = time.monotonic() + REMOVE_SECONDS
    while True:
        try:
            for inner in (*filter(Path.is_dir, group.glob("*")), group):
                os.rmdir(inner)
        except FileNotFoundError:
            return
        except OSError:
            # Killed processes leave it a moment later.
            if time.monotonic() > deadline:
                return
            time.sleep(0.002)
        else:
            return


def _write(group: Path, name: str, text: str) -> None:
    # Not Path.write_text: nothing here may make a file.
    with open(os.open(group / name, os.O_WRONLY), "w") as file:
        file.write(text)


def _failure(parent: Path) -> str:
    """Why no process can be counted below `parent`; empty if one can."""
    try:
        base = make_base(parent)
    except OSError as error:
        return f"{parent}: {error.strerror}"
    try:
        group = make(base, "k-probe", 1 << 26, 16)
        with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as probed:
            join(group, probed.pid)
            inside = (group / "cgroup.procs").read_text().split()
        return "" if str(probed.pid) in inside else f"{parent}: a process was not moved"
    except OSError as error:
        return f"{parent}: {error.strerror}"
    finally:
        remove(base)
