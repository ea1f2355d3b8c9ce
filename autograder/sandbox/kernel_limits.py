"""Limits of one kernel: memory, processes, files, time and output."""

from dataclasses import asdict, dataclass
from typing import Any

MIB = 1 << 20
GIB = 1 << 30


@dataclass(frozen=True)
class Limits:
    """Limits of one submission's kernel.

    Attributes:
        memory: bytes above what the template process already has.
        processes: processes and threads together.
        file_size: bytes of one file.
        scratch: bytes of home, /tmp and /dev/shm together.
        open_files: open files of one process.
        cell_seconds: of one cell; enforced by the code that runs the cells.
        total_seconds: from the kernel's start to its end.
        least_share: of a processor. A kernel that had less, and waited for one for more than half
            of the time, has not had its time: a limit of time that it meets costs no point.
        output_bytes: printed by one cell; enforced by the code that runs the cells.
    """

    memory: int = 2 * GIB
    processes: int = 128
    file_size: int = 256 * MIB
    scratch: int = 256 * MIB
    open_files: int = 1024
    cell_seconds: float = 180.0
    total_seconds: float = 900.0
    least_share: float = 1 / 3
    output_bytes: int = 1_000_000

    def as_row(self) -> dict[str, Any]:
        """The limits by name, as the template gets them and a result records them."""
        return asdict(self)
