"""Wall time, CPU time and memory of a command with everything that it starts."""

import ctypes
import os
import platform
import resource
import statistics
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Cost:
    """wall, cpu: seconds. memory: bytes (Pss) in the middle of the run; None when not watched."""

    wall: float
    cpu: float
    memory: int | None = None


def run(
    command: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    watch: bool = False,
) -> tuple[str, Cost]:
    """Run a command to its end, orphans included; returns (its stdout, Cost).

    Raises subprocess.CalledProcessError when it fails.
    """
    # What outlives the command becomes our child, so that its CPU time is counted.
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    before, start = _cpu_of_children(), time.perf_counter()
    process = subprocess.Popen(
        command, cwd=cwd, env={**os.environ, **(env or {})}, stdout=subprocess.PIPE, text=True
    )
    watcher = _Watcher(process.pid) if watch else None
    output = process.communicate()[0]
    wall = time.perf_counter() - start
    _reap()
    memory = watcher.stop() if watcher else None
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, output)
    return output, Cost(wall, _cpu_of_children() - before, memory)


def machine() -> str:
    """One line about this machine."""
    about = dict(reversed([line.split(":", 1) for line in _lines("/proc/cpuinfo") if ":" in line]))
    about = {name.strip(): value.strip() for name, value in about.items()}
    model = about.get("model name") or platform.processor() or platform.machine()
    # A cloud may hide all of the name but its maker's.
    if not any(map(str.isdigit, model)) and "cpu family" in about:
        model += f" (family {about['cpu family']} model {about.get('model')})"
    memory = next((line for line in _lines("/proc/meminfo") if "MemTotal" in line), "0 0")
    cores = len(os.sched_getaffinity(0))
    gigabytes = int(memory.split()[1]) / 1e6
    return f"{cores} cores of {model}, {gigabytes:.0f} GB, Python {platform.python_version()}"


def _cpu_of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _reap():
    try:
        while True:
            os.waitpid(-1, 0)
    except ChildProcessError:
        pass


class _Watcher(threading.Thread):
    """The sum of the Pss of a process and its descendants, again and again."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.seen, self.ended = pid, [], threading.Event()
        self.start()

    def run(self):
        while not self.ended.wait(0.2):
            self.seen.append(sum(map(_pss, _descendants(self.pid))))

    def stop(self):
        """The median over the second half, when everything has been started."""
        self.ended.set()
        self.join()
        return statistics.median(self.seen[len(self.seen) // 2 :] or [0])


def _descendants(pid):
    parents = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(path.name)] = int((path / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, ValueError):
            continue
    found, fresh = {pid}, {pid}
    while fresh:
        fresh = {child for child, parent in parents.items() if parent in fresh} - found
        found |= fresh
    return found


def _pss(pid):
    for line in _lines(f"/proc/{pid}/smaps_rollup"):
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def _lines(path):
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []
