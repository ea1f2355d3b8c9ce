"""Keep the files of a folder as they are, whatever a process does to them meanwhile."""

import os
import shutil
from pathlib import Path

# Beyond these, files are not kept: nothing is put back.
MOST_BYTES, MOST_FILES = 64_000_000, 2000
Stamp = tuple[int, int, int]


class Home:
    """A folder's files. Contents are read once, and again only where a file has changed."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._contents: dict[str, tuple[Stamp, bytes]] = {}
        self._unread: set[str] = set()
        self._folders: set[str] = set()
        self._kept = False

    def take(self) -> None:
        """Read what has changed since the last time. Too much of it is left alone."""
        stamps, self._folders = _look(self.folder)
        self._kept = len(stamps) <= MOST_FILES and sum(s[0] for s in stamps.values()) <= MOST_BYTES
        if not self._kept:
            self._contents = {}
            return
        known, self._contents, self._unread = self._contents, {}, set()
        for path, stamp in stamps.items():
            before = known.get(path)
            if before is None or before[0] != stamp:
                try:
                    before = stamp, Path(path).read_bytes()
                except OSError:
                    self._unread.add(path)
                    continue
            self._contents[path] = before

    def restore(self) -> None:
        """Make the files again what they were at the last take()."""
        if not self._kept:
            return
        stamps, folders = _look(self.folder)
        for path in stamps.keys() - self._contents.keys() - self._unread:
            os.unlink(path)
        for path in folders - self._folders:
            shutil.rmtree(path, ignore_errors=True)  # it may be in one that is gone already
        # A link or a pipe may stand where a folder or a file was.
        for path in (self._folders - folders) | (self._contents.keys() - stamps.keys()):
            if os.path.lexists(path):
                os.unlink(path)
        for path in sorted(self._folders - folders):
            os.mkdir(path)
        for path, (stamp, content) in self._contents.items():
            if stamps.get(path) != stamp:
                Path(path).write_bytes(content)
                os.utime(path, ns=(stamp[1], stamp[1]))
                status = os.stat(path)
                now = status.st_size, status.st_mtime_ns, status.st_ino
                self._contents[path] = now, content


def _look(folder: str) -> tuple[dict[str, Stamp], set[str]]:
    """({path: (size, time of change, inode)} of ordinary files, folders), all below `folder`."""
    stamps: dict[str, Stamp] = {}
    folders: set[str] = set()
    waiting = [folder]
    while waiting and len(stamps) <= MOST_FILES:
        try:
            entries = list(os.scandir(waiting.pop()))
        except OSError:
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                folders.add(entry.path)
                waiting.append(entry.path)
            elif entry.is_file(follow_symlinks=False):
                status = entry.stat(follow_symlinks=False)
                stamps[entry.path] = status.st_size, status.st_mtime_ns, status.st_ino
    return stamps, folders
