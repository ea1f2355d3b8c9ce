"""Atomic file writing: a reader finds either the old file or the new one.

That holds for programs that read meanwhile, for an error while writing, for ``kill -9`` and
for a power failure.
"""

import contextlib
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """Open a file for writing that appears under ``path`` only when all of it is on the disk.

    Raises:
        OSError: it could not be written; the old file is unchanged.
    """
    with _unfinished(path) as beside:
        with open(beside, "xb") as file:
            yield file


def write_whole(path: Path, write: Callable[[Path], Any]) -> None:
    """Have ``write`` fill a file beside ``path``, for libraries that open files by their path.

    Args:
        path: of the file; its folder is created if it does not exist.
        write: gets a path with the same ending; what it returns does not matter.

    Raises:
        OSError: it could not be written; the old file is unchanged.
    """
    with _unfinished(path) as beside:
        write(beside)
    # The folder's entry as well, so that a long run's last state outlives a power failure; small
    # files that can be made again are not worth these milliseconds. Not every system allows it.
    with contextlib.suppress(OSError):
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def _unfinished(path):
    """A free path beside ``path``; what was written there is put in its place at the end."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # The same ending: libraries choose the format by it.
    beside = path.with_name(f".{path.stem}.{secrets.token_hex(4)}.tmp{path.suffix}")
    try:
        yield beside
        with open(beside, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
