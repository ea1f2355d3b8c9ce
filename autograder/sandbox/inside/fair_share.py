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

STEP = 1.25
MOST_NICE = 19
# Of /proc/N/stat after the name, which may hold anything: "R" of one that runs or waits to run.
STATE, NICE = 0, 16
# Every kernel has threads that are busy for a moment, beside the one that computes.
FEW = 2


class FairShare:
    """Watches what is busy in one kernel, from outside its pid namespace.

    Args:
        child: the kernel's first process. If None, all that is in /proc belongs to it, except
            the caller and the first process of all.
    """

    def __init__(self, child: int | None) -> None:
        self._child = child
        # A nested kernel mounts its own /proc over this one, in which it has other numbers.
        os.chdir("/proc")
        self._before = 0
        self.nice = 0

    def look(self) -> None:
        """Raise the niceness of every process and thread of the kernel, if many are busy.

        Two looks in a row have to see them. It is never lowered again: only root may.
        """
        tasks = list(self._tasks())
        busy = sum(state == "R" for _, state, _ in tasks)
        steady, self._before = min(busy, self._before), busy
        self.nice = max(self.nice, niceness(steady))
        for task, _, nice in tasks:
            if nice < self.nice:
                with suppress(OSError):
                    os.setpriority(os.PRIO_PROCESS, task, self.nice)

    def _tasks(self) -> Iterator[tuple[int, str, int]]:
        """(id, state, niceness) of each thread. What starts meanwhile is seen by the next look."""
        waiting = [str(self._child)] if self._child else self._all()
        while waiting:
            folder = f"{waiting.pop()}/task"
            with suppress(OSError):
                for task in os.listdir(folder):
                    with suppress(OSError):
                        if self._child:
                            waiting += _read(f"{folder}/{task}/children").split()
                        fields = _read(f"{folder}/{task}/stat").rpartition(")")[2].split()
                        yield int(task), fields[STATE], int(fields[NICE])

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


def _read(path: str) -> str:
    with open(path) as file:
        return file.read()
