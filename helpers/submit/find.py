"""Find the notebook to hand in, or several: its bytes, its folder, and when it was saved."""

import contextlib
import json
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from helpers.errors import CourseError
from helpers.notebook_file import is_notebook_name, read, rebuild
from helpers.submit.report import EXPECTED, look

# The frontend of Colab answers within this time, also with large figures.
COLAB_SECONDS = 60
FILE_NAME = re.compile(r"[\w .()+-]+")


@dataclass(frozen=True)
class Found:
    """name: for a person. content: JSON values. raw: the bytes to hand in. saved, remark: or None.

    remark: what had to be repaired in the file.
    """

    name: str
    content: dict
    raw: bytes
    folder: Path
    saved: float | None
    remark: str | None

    @property
    def own(self) -> str | None:
        """Which notebook of the assignment it is; None if that has one."""
        name = _about(self.content).get("notebook")
        return name if isinstance(name, str) else None

    @property
    def together(self) -> list[str]:
        """The names of all notebooks of the assignment if it has several, or []."""
        names = _about(self.content).get("notebooks")
        known = [name for name in names if isinstance(name, str)] if self.own and names else []
        return [name for name in known if FILE_NAME.fullmatch(name)]


def find_all(assignment: str, notebook: str | Path | None = None) -> list[Found]:
    """find(), and the other notebooks of the assignment in the same folder if it has several.

    Raises:
        CourseError: as find(), and if two files are copies of one of the others.
    """
    first = find(assignment, notebook)
    there = {first.own: first}
    for name in first.together:
        same = [] if name in there else _copies(first.folder, assignment, name)
        if len(same) > 1:
            raise CourseError(
                f"Which notebook is {name}? There are {', '.join(path.name for path in same[:5])}: "
                f"rename the one that counts to {name}.ipynb."
            )
        if same:
            there[name] = _read(same[0])
    return [there[name] for name in first.together if name in there] or [first]


def _copies(folder, assignment, name):
    """Files of this notebook: the one of its name alone, if it is there."""
    here = [path for path in sorted(folder.iterdir()) if is_notebook_name(path.name)]
    found = [path for path in here if _name_in(path, assignment) == name]
    return [path for path in found if path.name == f"{name}.ipynb"] or _different(found, name)


def _different(paths, name):
    """The paths without equal copies, of which one is kept, at best that of this name."""
    last_is_kept = sorted(paths, key=lambda path: path.stem == name)
    return sorted({path.read_bytes(): path for path in last_is_kept}.values())


def find(assignment: str, notebook: str | Path | None = None) -> Found:
    """The notebook named, or the one that is open in Colab, or the one in this folder.

    Raises:
        CourseError: there is none, more than one, or it cannot be read.
    """
    if notebook is None and on_colab():
        return _from_colab(assignment)
    path = Path(notebook) if notebook else _in_this_folder(assignment)
    if path.is_dir():
        path = path / f"{assignment}.ipynb"
    if not path.is_file():
        raise CourseError(f"There is no notebook {path}: name yours with --notebook PATH.")
    return _read(path)


def _read(path):
    notebook, saved = read(path), path.stat().st_mtime
    return Found(
        str(path), notebook.content, path.read_bytes(), path.parent, saved, notebook.remark
    )


def on_colab() -> bool:
    """Whether this runs in a notebook on Colab."""
    return "google.colab" in sys.modules


def _in_this_folder(assignment):
    running = os.environ.get("JPY_SESSION_NAME")  # set by Jupyter: the open notebook
    if running and running.endswith(".ipynb"):
        path = Path(Path(running).name)
        if path.is_file() and _name_in(path, assignment) is not None:
            return path
    # The folder of the notebook, that of the notebooks, or that of the course.
    folders = Path(), Path(assignment), Path("notebooks", assignment)
    for folder in filter(Path.is_dir, folders):
        if found := _marked_in(folder, assignment):
            return found
    for folder in folders:
        if (path := folder / f"{assignment}.ipynb").is_file():
            return path
    others = _others_in(Path())
    here = f", but those of {', '.join(others[:5])}" if others else ""
    raise CourseError(
        f"Which notebook is {assignment}? There is none in this folder ({Path.cwd()}){here}: name "
        "it with --notebook PATH."
    )


def _others_in(folder):
    """The assignments whose notebooks are in a folder, by what these say of themselves."""
    found = set()
    for path in filter(lambda path: is_notebook_name(path.name), folder.iterdir()):
        with contextlib.suppress(CourseError):
            found.add(_about(read(path).content).get("assignment"))
    return sorted(name for name in found if isinstance(name, str) and FILE_NAME.fullmatch(name))


def _marked_in(folder, assignment):
    """The notebook of the assignment in this folder, by what it says of itself; None if none is."""
    near = [path for path in sorted(folder.iterdir()) if is_notebook_name(path.name)]
    marked = {path: name for path in near if (name := _name_in(path, assignment)) is not None}
    for name in dict.fromkeys(marked.values()):
        same = [path for path in marked if marked[path] == name]
        if len(same) > 1:
            same = _different(same, name or assignment)
            worked = [path for path in same if _has_answers(path, assignment)]
            blank = [path for path in same if path.stem == (name or assignment)]
            same = worked or blank or same
        if len(same) > 1:
            names = ", ".join(path.name for path in same[:5])
            raise CourseError(
                f"Which notebook is {assignment}? There is more than one notebook of it here: "
                f"{names} ({folder.resolve()}): name it with --notebook PATH."
            )
        return same[0]
    return None


def _has_answers(path, assignment):
    """Whether anything was written in a notebook."""
    try:
        return look(read(path).content, assignment).answered > 0
    except CourseError:
        return False


def _name_in(path, assignment):
    """Which notebook of the assignment a file is: "" if that has one, None if it is none."""
    try:
        about = _about(read(path).content)
    except CourseError:
        return None
    name = about.get("notebook")
    return (
        (name if isinstance(name, str) else "") if about.get("assignment") == assignment else None
    )


def _about(content):
    about = content["metadata"].get(EXPECTED)
    return about if isinstance(about, dict) else {}


def _from_colab(assignment):
    """What the browser shows, which may be newer than the file in Drive."""
    from google.colab import _message

    try:
        answer = _message.blocking_request("get_ipynb", request="", timeout_sec=COLAB_SECONDS)
        content = answer["ipynb"]
        notebook = rebuild(content, "The notebook in Colab")
    except Exception as error:  # whatever Colab's own module raises
        raise CourseError(
            f"Colab did not give the open notebook ({type(error).__name__}): download it with File,"
            " Download, .ipynb, and hand in that file."
        ) from None
    raw = json.dumps(content, ensure_ascii=False, indent=1).encode("utf-8", "replace")
    return Found(
        f"{assignment}, open in Colab", notebook.content, raw, Path(), None, notebook.remark
    )
