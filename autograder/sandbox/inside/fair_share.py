"""Give a kernel with many busy processes no larger a share of the processors than any other.

Linux divides processors among processes and threads. Where it does not count kernels in groups
(see cgroups), a kernel that keeps a hundred busy would leave a hundredth to the others. Each step
of nice makes a weight 1.25 times smaller (sched(7)): with this niceness, all that is busy in a
kernel weighs together what one process does.
"""

import math
import os
import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from .processor_time import ProcessorTime

STEP = 1.25
MOST_NICE = 19
# Of /proc/N/stat after the name, which may hold anything: "R" of one that runs or waits to run.
STATE, NICE = 0, 16
# Every kernel has threads that are busy for a moment, beside the one that computes.
FEW = 2


@dataclass(frozen=True)
class Thread:
    """One thread as Linux shows it. ran, waited: in ns, the latter for a processor."""

    id: int
    state: str
    nice: int
    ran: int
    waited: int


class FairShare:
    """Watches what is busy in one kernel, from outside its pid namespace.

    Args:
        child: the kernel's first process. If None, all that is in /proc belongs to it, except
            the caller and the first process of all.

    Attributes:
        nice: the niceness of all that is in the kernel.
        time: what it had of the processors, by every look.
    """

    def __init__(self, child: int | None) -> None:
        self._child = child
        # A nested kernel mounts its own /proc over this one, in which it has other numbers.
        os.chdir("/proc")
        self._before = 0
        self.nice, self.time = 0, ProcessorTime()

    def look(self) -> None:
        """Note what they had, and raise the niceness of all threads of the kernel if many are busy.

        Two looks in a row have to see them. It is never lowered again: only root may.
        """
        threads = list(self._threads())
        self.time.note({each.id: (each.ran, each.waited) for each in threads})
        busy = sum(each.state == "R" for each in threads)
        steady, self._before = min(busy, self._before), busy
        self.nice = max(self.nice, niceness(steady))
        for each in threads:
            if each.nice < self.nice:
                with suppress(OSError):
                    os.setpriority(os.PRIO_PROCESS, each.id, self.nice)

    def _threads(self) -> Iterator[Thread]:
        """All of the kernel's. What starts meanwhile is seen by the next look."""
        waiting = [str(self._child)] if self._child else self._all()
        while waiting:
            folder = f"{waiting.pop()}/task"
            with suppress(OSError):
                for task in os.listdir(folder):
                    with suppress(OSError):
                        if self._child:
                            waiting += _read(f"{folder}/{task}/children").split()
                        fields = _read(f"{folder}/{task}/stat").rpartition(")")[2].split()
                        times = _times(f"{folder}/{task}/schedstat")
                        yield Thread(int(task), fields[STATE], int(fields[NICE]), *times)

    @staticmethod
    def _all() -> list[str]:
        ours = {"1", str(os.getpid())}
        return [name for name in os.listdir(".") if name.isdigit() and name not in ours]


def niceness(busy: int) -> int:
    """The niceness with which `busy` processes weigh together at most what one of nice 0 does."""
    if busy <= FEW:
        return 0
    return min(MOST_NICE, math.ceil(math.log(busy, STEP)))


def until_next_look(seconds: float) -> float:
    """Seconds to the next look, on average `seconds`: nobody can be idle at each of them."""
    return seconds * random.uniform(0.5, 1.5)


def _times(path: str) -> tuple[int, int]:
    """Nanoseconds run and waited; 0 where Linux does not count them."""
    try:
        ran, waited = _read(path).split()[:2]
    except (OSError, ValueError):
        return 0, 0
    return int(ran), int(waited)


def _read(path: str) -> str:
    with open(path) as file:
        return file.read()
