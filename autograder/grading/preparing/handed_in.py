"""Find the notebooks that a student handed in, in a folder of submitted/: names may differ."""

import contextlib
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from nbformat import NotebookNode

from autograder.course import walk
from autograder.grading.preparing.which import which, whose
from autograder.notebooks.several import Several
from helpers.bounds import LARGEST_NOTEBOOK
from helpers.errors import CourseError
from helpers.notebook_file import is_notebook_name

LONGEST_SHOWN = 80  # characters of a name in a sentence


def find_notebook(
    folder: Path, name: str, released: Mapping[str, NotebookNode | None]
) -> tuple[Path, str | None] | None:
    """(path, remark or None) of one of the notebooks that an assignment has.

    name: without .ipynb. Its own name and sub-folder may differ. released: {name: as handed out} of
    all notebooks of the assignment, to tell them apart, and work from blanks; without it, only
    names decide. Returns None if others were handed in, and this one was not.

    Raises CourseError if there is no notebook at all, or if more than one could count.
    """
    entries, told = _entries(folder, f"{name}.ipynb"), []
    paths, several = _notebooks(entries), Several()
    if len(released) > 1 and paths:
        belongs = {path: whose(released, path.name, _readable(path, several)) for path in paths}
        paths = [path for path in paths if belongs[path] == name]
        strays = [path for path in belongs if belongs[path] is None]
        if not paths and not strays:
            return None
        if not paths:
            raise CourseError(
                f"{folder} contains no {name}.ipynb, and {_names(strays)}, which may be meant; ask "
                "which one counts."
            )
        if strays and name == min(filter(None, belongs.values())):
            told = [f"{_names(strays)}: none of the notebooks handed out; left out."]
    path, remarks = _only(folder, name, released.get(name), paths, entries)
    return path, " ".join([*remarks, *told]) or None


def _entries(folder: Path, expected: str) -> list[walk.Entry]:
    try:
        return walk.entries(folder)
    except walk.TooMany as error:
        path = folder / expected
        if not path.is_file():
            raise CourseError(
                f"{folder} holds {error}; ask for the notebook {expected!r} alone."
            ) from None
        return [walk.Entry((expected,), path, path.lstat())]


def _only(
    folder: Path,
    name: str,
    released: NotebookNode | None,
    paths: list[Path],
    entries: list[walk.Entry],
) -> tuple[Path, list[str]]:
    """(the one that counts, remarks). Raises CourseError unless there is exactly one."""
    expected = folder / f"{name}.ipynb"
    remarks: list[str] = []
    if len(paths) > 1 and released is not None:
        paths, remarks = _narrowed(released, sorted(paths, key=lambda path: path != expected))
    elif expected in paths and len(paths) > 1:
        remarks = [f"More notebooks are beside it ({len(paths) - 1}); they were ignored."]
        paths = [expected]
    if len(paths) != 1:
        refused = [f" ({e.name[:LONGEST_SHOWN]!r}: {e.refused})" for e in entries if e.refused]
        raise CourseError(
            f"{folder} should contain one notebook {expected.name!r} and contains "
            f"{_names(paths) or 'none'}{''.join(refused[:1])}; ask which one counts."
        )
    if not stat.S_ISREG(paths[0].lstat().st_mode):
        raise CourseError(f"{paths[0]} is a link or not an ordinary file; it was not opened.")
    require_size(paths[0])
    if paths[0] != expected:
        remarks.insert(0, f"It was handed in as {paths[0].relative_to(folder)!s}.")
    return paths[0], remarks


def _names(paths: list[Path]) -> str:
    return ", ".join(repr(path.name) for path in paths[:5])


def require_size(path: Path) -> None:
    """Raise CourseError if a notebook is larger than what is read."""
    size = path.lstat().st_size
    if size > LARGEST_NOTEBOOK:
        raise CourseError(
            f"{path.name} has {size / 1e6:,.0f} MB, more than the {LARGEST_NOTEBOOK // 10**6} MB "
            "allowed; clear its outputs and hand it in again."
        )


def notebooks_in(folder: Path) -> list[Path]:
    """The notebooks in a folder at any depth, by their names or, if none has one, by content.

    Raises walk.TooMany if the folder holds more than is looked at.
    """
    return _notebooks(walk.entries(folder))


def _notebooks(entries: Iterable[walk.Entry]) -> list[Path]:
    kept = [
        entry
        for entry in entries
        if not entry.refused and not any(part.startswith(".") for part in entry.parts[-2:])
    ]
    found = [entry.path for entry in kept if is_notebook_name(entry.parts[-1])]
    several = Several()
    return found or [entry.path for entry in kept if _holds_notebook(entry, several)]


def _holds_notebook(entry: walk.Entry, several: Several) -> bool:
    """Whether a file with the name of another type is a notebook: browsers rename downloads."""
    if not entry.is_ordinary or not could_be_notebook(entry.parts[-1], entry.status.st_size):
        return False
    return _readable(entry.path, several) is not None


def could_be_notebook(name: str, size: int) -> bool:
    """Whether a file of this name and size is worth reading, to see if it is a notebook."""
    return name.lower().endswith((".json", ".txt")) and 0 < size <= LARGEST_NOTEBOOK


def _readable(path: Path, several: Several) -> NotebookNode | None:
    """The notebook in an ordinary file, None if it is none or more than is read."""
    if stat.S_ISREG(path.lstat().st_mode):
        with contextlib.suppress(CourseError):
            return several.read(path)
    return None


def _narrowed(released: NotebookNode, paths: list[Path]) -> tuple[list[Path], list[str]]:
    """(the paths that may count, remarks); of equal ones the first. Unreadable ones do not."""
    several = Several()
    read = {path: _readable(path, several) for path in paths}
    readable = {path: notebook for path, notebook in read.items() if notebook is not None}
    if not readable:
        return paths, []
    kept, out = which(released, readable)
    out |= {path: "it cannot be read" for path in paths if path not in readable}
    told = [f"{path.name!r} was left out: {why}." for path, why in list(out.items())[:5]]
    return kept, told
