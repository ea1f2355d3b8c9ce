"""What one kernel may use."""

from dataclasses import asdict, dataclass

MIB = 1 << 20
GIB = 1 << 30


@dataclass(frozen=True)
class Limits:
    """Bounds on one submission's kernel.

    Attributes:
        memory: bytes above what the template process holds already.
        processes: processes and threads together.
        file_size: bytes of one file.
        scratch: bytes of home, /tmp and /dev/shm together.
        open_files: open files of one process.
        cell_seconds: of one cell; whoever runs the cells keeps this one.
        total_seconds: from the kernel's start to its end.
        output_bytes: what one cell may print; whoever runs the cells keeps this one.
    """

    memory: int = 2 * GIB
    processes: int = 128
    file_size: int = 256 * MIB
    scratch: int = 256 * MIB
    open_files: int = 1024
    cell_seconds: float = 180.0
    total_seconds: float = 900.0
    output_bytes: int = 1_000_000

    def as_row(self):
        """The bounds by name: what crosses to the template, and what a result records."""
        return asdict(self)
