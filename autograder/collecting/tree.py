"""Read the files of a folder or zip archive without trusting names, sizes or links.

Nothing is unpacked to disk here: a file is read on request, up to a limit.
"""

import contextlib
import io
import os
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from autograder.course import walk
from helpers.bounds import DEEPEST_PATH
from helpers.bounds import MOST_ENTRIES as MOST_OF_ONE
from helpers.errors import CourseError

MOST_ENTRIES = 500_000  # files in the zip of a class
# Characters special to Windows or a shell, control characters, and lone surrogates.
ODD = re.compile(r'[\x00-\x1f\x7f<>:"|?*\ud800-\udfff]')
RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
LONGEST_SHOWN = 100  # characters of a name that is too long
# Left behind by operating systems and Jupyter: nobody meant to hand these in.
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
NOT_ORDINARY = "it is a link or not an ordinary file"
ENTRY = b"PK\x01\x02"  # begins each entry of an archive's directory
UTF8_FLAG, ENCRYPTED_FLAG = 0x800, 0x1


class FileRefused(Exception):
    """A file is not taken; the message says why in a few words."""


@dataclass(frozen=True)
class File:
    """One file.

    parts: its path. size: bytes, as declared. reader: returns up to so many bytes. refused: why it
    must not be read, or None. owner: number of the user whose file it is; None in an archive.
    """

    parts: tuple[str, ...]
    size: int
    reader: Callable[[int], bytes]
    refused: str | None = None
    owner: int | None = None

    @property
    def name(self) -> str:
        """Its path, with / between the parts."""
        return "/".join(self.parts)

    def read(self, most: int) -> bytes:
        """All bytes; raises FileRefused if they are more than `most` or cannot be read."""
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
    """Every File in a folder, at any depth, or in a zip archive, without litter.

    Raises CourseError if `path` is neither, or if the archive as a whole cannot be read.
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
            found = _bounded(in_zip(path, MOST_ENTRIES))
        except FileRefused as error:
            raise CourseError(f"{path} cannot be used: {error}.") from None
    return [file for file in found if not is_litter(file.parts)]


def in_zip(source: Path | BinaryIO, most_entries: int) -> list[File]:
    """The Files of a zip archive, given by its path or as an open file.

    Raises FileRefused if the archive cannot be read or has more than `most_entries` entries.
    """
    if isinstance(source, io.BytesIO):
        # Python keeps a kilobyte for each entry before it says how many there are.
        announced = source.getvalue().count(ENTRY)
        if announced > most_entries:
            raise FileRefused(f"the archive holds {announced:,} files, more than {most_entries:,}")
    try:
        archive = zipfile.ZipFile(source)
        entries = archive.infolist()
    except BROKEN as error:
        raise FileRefused(f"the archive cannot be read ({_short(error)})") from None
    if len(entries) > most_entries:
        raise FileRefused(f"the archive holds {len(entries):,} files, more than {most_entries:,}")
    # zipfile cuts a name at a NUL; is_dir() fails if nothing is left of it.
    return [_entry(archive, each) for each in entries if not each.filename.endswith("/")]


def is_litter(parts: Sequence[str]) -> bool:
    """Whether an operating system or Jupyter made this file or a folder above it."""
    return any(part in LITTER or part.startswith("._") for part in parts)


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> File:
    name = _decoded(entry)
    parts = tuple(part for part in name.replace("\\", "/").split("/") if part not in ("", "."))
    mode = entry.external_attr >> 16
    refused = leads_out(name)
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        refused = NOT_ORDINARY
    elif entry.flag_bits & ENCRYPTED_FLAG:
        refused = "it has a password"
    elif entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        # zipfile does not bound the memory that the other methods take.
        refused = "it is packed in an unusual way; pack it again as an ordinary zip"

    def read(most: int) -> bytes:
        with archive.open(entry) as file:
            return file.read(most)

    if refused in (walk.TOO_LONG, walk.TOO_DEEP):
        kept = (*parts[:-1][: DEEPEST_PATH - 1], *parts[-1:])
        parts = tuple(part[:LONGEST_SHOWN] for part in kept)
    parts = parts or (repr(name[:LONGEST_SHOWN]),)
    return File(parts, entry.file_size, read, refused)


def _decoded(entry: zipfile.ZipInfo) -> str:
    """The name; some systems write UTF-8 without setting its flag."""
    if entry.flag_bits & UTF8_FLAG:
        return entry.orig_filename
    try:
        return entry.orig_filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return entry.orig_filename


def _in_folder(root: Path) -> list[File]:
    """The Files in a folder, at any depth; links are listed but never followed."""
    above: tuple[str, ...] = ()
    while len(above) < DEEPEST_PATH and (only := _only_folder(root.joinpath(*above))):
        above = (*above, only)
    found: list[File] = []
    base = root.joinpath(*above)
    for path in sorted(base.iterdir()):
        parts = (*above, path.name)
        try:
            status = path.lstat()
        except FileNotFoundError:
            continue  # it is gone since
        except OSError:
            found.append(_locked(parts, walk.UNENTERED, base.lstat().st_uid))
            continue
        if not stat.S_ISDIR(status.st_mode):
            found.append(_on_disk(parts, path, status))
            continue
        try:
            os.scandir(path).close()
            inside = walk.entries(path)
        except OSError:
            found.append(_locked((*parts, "..."), walk.UNLISTED, status.st_uid))
        except walk.TooMany:
            found.append(_too_many(parts, status.st_uid))
        else:
            found += [_on_disk((*parts, *e.parts), e.path, e.status, e.refused) for e in inside]
    return found


def _only_folder(folder: Path) -> str | None:
    """The one folder that is all a folder holds besides litter and can be opened, or None."""
    inside = [path for path in folder.iterdir() if not is_litter((path.name,))]
    if len(inside) == 1:
        with contextlib.suppress(OSError):
            if stat.S_ISDIR(inside[0].lstat().st_mode):
                os.scandir(inside[0]).close()
                return inside[0].name
    return None


def _on_disk(
    parts: tuple[str, ...], path: Path, status: os.stat_result, refused: str | None = None
) -> File:
    why = refused or leads_out("/".join(parts))
    why = why if why or stat.S_ISREG(status.st_mode) else NOT_ORDINARY
    return File(parts, status.st_size, _reader(path), why, status.st_uid)


def _too_many(parts: tuple[str, ...], owner: int | None = None) -> File:
    """A File that is refused, for all of those in a folder."""
    why = f"more than {MOST_OF_ONE:,} files: none of them was looked at"
    return _locked((*parts, "..."), why, owner)


def _locked(parts: tuple[str, ...], why: str, owner: int | None = None) -> File:
    """A File of which nothing is known but why."""
    return File(parts, 0, lambda most: b"", why, owner)


def _bounded(files: list[File]) -> list[File]:
    """The Files of a zip, one that is refused for all of a person's if these are too many.

    A person's are those below the folders that all files share.
    """
    top = len(os.path.commonprefix([file.parts[:-1] for file in files]))
    counts = Counter(file.parts[: top + 1] for file in files)
    many = [parts for parts, count in counts.items() if count > MOST_OF_ONE]
    kept = [file for file in files if file.parts[: top + 1] not in many]
    return kept + [_too_many(parts) for parts in many]


def _reader(path: Path) -> Callable[[int], bytes]:
    def read(most: int) -> bytes:
        # Do not follow a link or wait for a pipe that has replaced the file meanwhile.
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        with os.fdopen(os.open(path, flags), "rb") as file:
            return file.read(most)

    return read


def leads_out(name: str) -> str | None:
    """Why a file with this path must not be read, or None."""
    plain = name.replace("\\", "/")
    parts = plain.split("/")
    if plain.startswith("/") or re.match(r"[A-Za-z]:", plain) or ".." in parts:
        return "its path leads out of the archive"
    return walk.refused(tuple(parts))


def odd_name(parts: Sequence[str]) -> str | None:
    """Why a file cannot be written to this path on every system, or None."""
    if any(ODD.search(part) for part in parts):
        return "its name has characters that not every system accepts"
    if any(RESERVED.fullmatch(part) or part.endswith((" ", ".")) for part in parts):
        return "its name is one that Windows does not accept"
    return None


def key(parts: Sequence[str]) -> str:
    """Equal for paths that are the same file on some disks: case and Unicode composition."""
    return unicodedata.normalize("NFC", "/".join(parts)).casefold()


def _short(error: BaseException) -> str:
    text = str(error).splitlines()[0][:80] if str(error) else ""
    return text or type(error).__name__
