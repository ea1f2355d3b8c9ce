"""List the files of a folder that somebody handed in, within bounds and without following links."""

import os
import stat
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from helpers.bounds import DEEPEST_PATH, LONGEST_NAME, LONGEST_PATH, MOST_ENTRIES

TOO_LONG = "its path is too long"
TOO_DEEP = f"it is nested too deeply, in more than {DEEPEST_PATH - 1} folders"
UNLISTED = "the folder cannot be opened"
UNENTERED = "what is in the folder cannot be looked at"


class TooMany(Exception):
    """A folder holds more files and folders than are looked at."""


@dataclass(frozen=True)
class Entry:
    """Anything but a folder that is looked into.

    parts: its path within the folder. path: on the disk. status: of the entry itself, not of what
    a link points to. refused: why it must not be opened, or None.
    """

    parts: tuple[str, ...]
    path: Path
    status: os.stat_result
    refused: str | None = None

    @property
    def name(self) -> str:
        """Its path within the folder, with / between the parts."""
        return "/".join(self.parts)

    @property
    def is_ordinary(self) -> bool:
        """Whether it is a file with content: no link, folder, pipe or device."""
        return stat.S_ISREG(self.status.st_mode)


def entries(root: Path, most: int = MOST_ENTRIES) -> list[Entry]:
    """The entries of a folder at any depth, sorted by path.

    A folder that is nested too deeply, has too long a path or is locked is itself an entry,
    refused; of a locked `root`, what is in it is one. Raises TooMany if there are more than `most`
    files and folders.
    """
    return sorted(_walk(root, most), key=lambda entry: entry.parts)


def refused(parts: tuple[str, ...]) -> str | None:
    """Why nothing with this path is read, or None."""
    # Half of a surrogate pair stands for a byte that is not UTF-8.
    sizes = [len(part.encode("utf-8", "surrogatepass")) for part in parts]
    if max(sizes, default=0) > LONGEST_NAME or sum(sizes) + len(sizes) > LONGEST_PATH:
        return TOO_LONG
    return TOO_DEEP if len(parts) > DEEPEST_PATH else None


def is_text(name: str) -> bool:
    """Whether a file's name is UTF-8; Python reads other bytes as halves of surrogate pairs."""
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


def _walk(root: Path, most: int) -> Iterator[Entry]:
    # A queue: recursion would end at a depth that the student chooses.
    try:
        folders: deque[tuple[tuple[str, ...], os.stat_result]] = deque([((), root.lstat())])
    except OSError:
        return
    seen = 0
    while folders:
        above, status = folders.popleft()
        path = root.joinpath(*above)
        try:
            found = os.scandir(path)
        except OSError:
            if above:
                yield Entry(above, path, status, UNLISTED)
            continue
        with found:
            for each in found:
                seen += 1
                if seen > most:
                    raise TooMany(f"more than {most:,} files and folders")
                parts = (*above, each.name)
                try:
                    own = each.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue  # it is gone since
                except OSError:
                    # Who may list a folder may not always open what is in it.
                    locked = above or parts
                    yield Entry(locked, root.joinpath(*locked), status, UNENTERED)
                    break
                is_folder, why = stat.S_ISDIR(own.st_mode), refused(parts)
                # What is in this folder would be too deep.
                if is_folder and not why and len(parts) == DEEPEST_PATH:
                    why = TOO_DEEP
                if is_folder and not why:
                    folders.append((parts, own))
                else:
                    yield Entry(parts, Path(each.path), own, why)
