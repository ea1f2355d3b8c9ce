"""Find the notebooks that a student handed in, in a folder of submitted/: names may differ."""

import contextlib
import stat
from collections.abc import Mapping
from pathlib import Path

from nbformat import NotebookNode

from autograder.course.course import read_notebook
from autograder.grading.preparing.which import which, whose
from helpers.errors import CourseError
from helpers.notebook_file import LARGEST_NOTEBOOK, is_notebook_name


def find_notebook(
    folder: Path, name: str, released: Mapping[str, NotebookNode | None]
) -> tuple[Path, str | None] | None:
    """(path, remark or None) of one of the notebooks that an assignment has.

    name: without .ipynb. Its own name and sub-folder may differ. released: {name: as handed out} of
    all notebooks of the assignment, to tell them apart, and work from blanks; without it, only
    names decide. Returns None if others were handed in, and this one was not.

    Raises CourseError if there is no notebook at all, or if more than one could count.
    """
    paths, told = notebooks_in(folder), []
    if len(released) > 1 and paths:
        belongs = {path: whose(released, path.name, _readable(path)) for path in paths}
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
    path, remarks = _only(folder, name, released.get(name), paths)
    return path, " ".join([*remarks, *told]) or None


def _only(
    folder: Path, name: str, released: NotebookNode | None, paths: list[Path]
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
        raise CourseError(
            f"{folder} should contain one notebook {expected.name!r} and contains "
            f"{_names(paths) or 'none'}; ask which one counts."
        )
    if not stat.S_ISREG(paths[0].lstat().st_mode):
        raise CourseError(f"{paths[0]} is a link or not an ordinary file; it was not opened.")
    if paths[0] != expected:
        remarks.insert(0, f"It was handed in as {paths[0].relative_to(folder)!s}.")
    return paths[0], remarks


def _names(paths: list[Path]) -> str:
    return ", ".join(repr(path.name) for path in paths[:5])


def notebooks_in(folder: Path) -> list[Path]:
    """The notebooks in a folder at any depth, by their names or, if none has one, by content."""
    paths = [path for path in sorted(folder.rglob("*")) if not path.is_dir() or path.is_symlink()]
    paths = [p for p in paths if not any(part.startswith(".") for part in p.parts[-2:])]
    found = [path for path in paths if is_notebook_name(path.name)]
    return found or [path for path in paths if _holds_notebook(path)]


def _holds_notebook(path: Path) -> bool:
    """Whether a file with the name of another type is a notebook: browsers rename downloads."""
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode) or not could_be_notebook(path.name, status.st_size):
        return False
    try:
        read_notebook(path)
    except CourseError:
        return False
    return True


def could_be_notebook(name: str, size: int) -> bool:
    """Whether a file of this name and size is worth reading, to see if it is a notebook."""
    return name.lower().endswith((".json", ".txt")) and 0 < size <= LARGEST_NOTEBOOK


def _readable(path: Path) -> NotebookNode | None:
    """The notebook in an ordinary file that is not too large, or None."""
    status = path.lstat()
    if stat.S_ISREG(status.st_mode) and status.st_size <= LARGEST_NOTEBOOK:
        with contextlib.suppress(CourseError):
            return read_notebook(path)
    return None


def _narrowed(released: NotebookNode, paths: list[Path]) -> tuple[list[Path], list[str]]:
    """(the paths that may count, remarks); of equal ones the first. Unreadable ones do not."""
    read = {path: _readable(path) for path in paths}
    readable = {path: notebook for path, notebook in read.items() if notebook is not None}
    if not readable:
        return paths, []
    kept, out = which(released, readable)
    out |= {path: "it cannot be read" for path in paths if path not in readable}
    told = [f"{path.name!r} was left out: {why}." for path, why in list(out.items())[:5]]
    return kept, told
