"""What a kernel had of the processors, noted while it runs: a limit of time alone does not tell.

A cell that needs 60 seconds of a processor of its own is not slow if others had the processor.
"""

import time
from collections.abc import Mapping

MOST_ROWS = 512
Row = tuple[float, float, float]


class ProcessorTime:
    """How long the threads of one kernel have run, and have waited for a processor.

    Attributes:
        rows: (time.monotonic(), seconds run, seconds waited) since the start, of all threads
            together, those that have ended included; the oldest first, at most MOST_ROWS.
    """

    def __init__(self) -> None:
        self.rows: list[Row] = [(time.monotonic(), 0.0, 0.0)]
        self._seen: Mapping[int, tuple[int, int]] = {}
        self._ended = (0, 0)

    def note(self, threads: Mapping[int, tuple[int, int]]) -> None:
        """Add a row. threads: {id: (ns run, ns waited)} of those that are there now."""
        for thread, (ran, waited) in self._seen.items():
            # Another may have its number by now.
            if threads.get(thread, (-1, -1))[0] < ran:
                self._ended = self._ended[0] + ran, self._ended[1] + waited
        self._seen = threads
        all_ran = (self._ended[0] + sum(ran for ran, _ in threads.values())) / 1e9
        all_waited = (self._ended[1] + sum(waited for _, waited in threads.values())) / 1e9
        self.rows.append((round(time.monotonic(), 2), round(all_ran, 2), round(all_waited, 2)))
        if len(self.rows) > MOST_ROWS:
            del self.rows[1::2]


def since(rows: list[Row], start: float) -> tuple[float, float]:
    """Seconds run and waited from `start`, of time.monotonic(), to the last row; 0 without rows."""
    if not rows:
        return 0.0, 0.0
    first = max((row for row in rows if row[0] <= start), default=rows[0])
    return rows[-1][1] - first[1], rows[-1][2] - first[2]
