"""The files of a folder or a zip archive, read without trusting a name, a size or a link.

Nothing is unpacked to disk here: a file is read on request, up to a limit.
"""

import os
import re
import stat
import struct
import time
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from helpers.errors import CourseError

MOST_ENTRIES = 200_000
DEEPEST, LONGEST_NAME = 12, 240
# What Windows or a shell takes for something else, control characters, and half characters.
ODD = re.compile(r'[\x00-\x1f\x7f<>:"|?*\ud800-\udfff]')
RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
# Left behind by operating systems and Jupyter: nobody handed these in.
LITTER = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini", ".ipynb_checkpoints")
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    OverflowError,
    RuntimeError,  # a password, or an unknown compression
    LookupError,
    OSError,
    MemoryError,
)
UTF8_FLAG, ENCRYPTED_FLAG = 0x800, 0x1


class FileRefused(Exception):
    """Why a file is not taken, in a few words."""


@dataclass(frozen=True)
class File:
    """One file. parts: its path. size: bytes, as declared. place: later ones have higher ones.

    when: seconds since the epoch at which it was last changed, as far as that is known.
    refused: why it must not be read, or None.
    """

    parts: tuple[str, ...]
    size: int
    place: int
    when: float
    reader: Callable[[int], bytes]
    refused: str | None = None

    @property
    def name(self) -> str:
        return "/".join(self.parts)

    def read(self, most: int) -> bytes:
        """All bytes; raises FileRefused with the reason where that cannot or should not be."""
        if self.refused:
            raise FileRefused(self.refused)
        if self.size > most:
            raise FileRefused(f"{self.size / 1e6:,.0f} MB, more than the {most // 10**6} MB taken")
        try:
            content = self.reader(most + 1)
        except BROKEN as error:
            raise FileRefused(f"it cannot be read ({_short(error)})") from None
        if len(content) > most:
            raise FileRefused(f"it unpacks to more than the {most // 10**6} MB taken")
        return content


def files_of(path: Path | str) -> list[File]:
    """Every File below a folder or in a zip archive, without litter.

    Raises CourseError where `path` is neither, or the archive as a whole cannot be read.
    """
    path = Path(path)
    if path.is_dir():
        found = _in_folder(path)
    elif not path.is_file():
        raise CourseError(f"There is no {path}: name the folder or the zip that you downloaded.")
    elif not zipfile.is_zipfile(path):
        raise CourseError(
            f"{path} is neither a folder nor a zip archive; download it again, or unpack it and "
            "name the folder."
        )
    else:
        try:
            found = in_zip(path, MOST_ENTRIES)
        except FileRefused as error:
            raise CourseError(f"{path} cannot be used: {error}.") from None
    return [file for file in found if not is_litter(file.parts)]


def in_zip(source: Path | BinaryIO, most_entries: int) -> list[File]:
    """The Files of a zip archive, a path or an open file; raises FileRefused."""
    try:
        archive = zipfile.ZipFile(source)
        entries = archive.infolist()
    except BROKEN as error:
        raise FileRefused(f"the archive cannot be read ({_short(error)})") from None
    if len(entries) > most_entries:
        raise FileRefused(f"the archive holds {len(entries):,} files, more than {most_entries:,}")
    return [
        _entry(archive, entry, place) for place, entry in enumerate(entries) if not entry.is_dir()
    ]


def is_litter(parts: Sequence[str]) -> bool:
    return any(part in LITTER or part.startswith("._") for part in parts)


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, place: int) -> File:
    name = _decoded(entry)
    parts = tuple(part for part in name.replace("\\", "/").split("/") if part not in ("", "."))
    mode = entry.external_attr >> 16
    refused = leads_out(name)
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        refused = "it is a link or no ordinary file"
    elif entry.flag_bits & ENCRYPTED_FLAG:
        refused = "it has a password"
    elif entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        # The others are not bounded while they are unpacked.
        refused = "it is packed in an unusual way; pack it again as an ordinary zip"

    def read(most: int) -> bytes:
        with archive.open(entry) as file:
            return file.read(most)

    parts = parts or (repr(name),)
    return File(parts, entry.file_size, place, _seconds(entry.date_time), read, refused)


def _decoded(entry: zipfile.ZipInfo) -> str:
    """The name; archives of some systems hold UTF-8 without saying so."""
    if entry.flag_bits & UTF8_FLAG:
        return entry.orig_filename
    try:
        return entry.orig_filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return entry.orig_filename


def _seconds(date: tuple[int, int, int, int, int, int]) -> float:
    try:
        return time.mktime((*date, 0, 0, -1))
    except (ValueError, OverflowError):
        return 0.0


def _in_folder(root: Path) -> list[File]:
    """Files below a folder; links are seen and never followed."""
    found: list[File] = []
    for folder, names, files in os.walk(root):
        names[:] = sorted(names)
        links = [name for name in names if os.path.islink(os.path.join(folder, name))]
        for name in sorted([*files, *links]):
            if len(found) >= MOST_ENTRIES:
                raise CourseError(f"{root} holds more than {MOST_ENTRIES:,} files; name a smaller.")
            path = Path(folder, name)
            about = path.lstat()
            ordinary = stat.S_ISREG(about.st_mode)
            parts = path.relative_to(root).parts
            refused = leads_out("/".join(parts)) if ordinary else "it is a link or no file"
            found.append(
                File(parts, about.st_size, len(found), about.st_mtime, _reader(path), refused)
            )
    return found


def _reader(path: Path) -> Callable[[int], bytes]:
    def read(most: int) -> bytes:
        # Neither a link nor a pipe that took the file's place meanwhile.
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        with os.fdopen(os.open(path, flags), "rb") as file:
            return file.read(most)

    return read


def leads_out(name: str) -> str | None:
    """Why nothing under this path is read at all, or None."""
    plain = name.replace("\\", "/")
    parts = plain.split("/")
    if plain.startswith("/") or re.match(r"[A-Za-z]:", plain) or ".." in parts:
        return "its path leads out of the archive"
    longest = max(len(part.encode("utf-8", "replace")) for part in parts)
    if len(parts) > DEEPEST or longest > LONGEST_NAME:
        return "its path is too long"
    return None


def odd_name(parts: Sequence[str]) -> str | None:
    """Why a file cannot be put down under this path on every system, or None."""
    if any(ODD.search(part) for part in parts):
        return "its name has characters that not every system takes"
    if any(RESERVED.fullmatch(part) or part.endswith((" ", ".")) for part in parts):
        return "its name is one that Windows does not take"
    return None


def key(parts: Sequence[str]) -> str:
    """The same for paths that are one file on some disks: capitals, composed characters."""
    return unicodedata.normalize("NFC", "/".join(parts)).casefold()


def _short(error: BaseException) -> str:
    text = str(error).splitlines()[0][:80] if str(error) else ""
    return text or type(error).__name__
