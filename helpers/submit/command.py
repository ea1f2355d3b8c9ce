"""Report and pack: what the command and the last cell of a notebook do."""

import re
import time
from pathlib import Path

from helpers import budget
from helpers.bounds import LARGEST_NOTEBOOK
from helpers.errors import CourseError
from helpers.submit.archive import pack
from helpers.submit.find import find_all, on_colab
from helpers.submit.report import look

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def check_and_pack(
    assignment: str, *, notebook: str | Path | None = None, out: str | Path | None = None
) -> None:
    """Say what the grader will see of a notebook, and write ASSIGNMENT.zip to hand in.

    If the assignment has several notebooks, all of them that are in the folder are packed. An
    unfinished notebook is packed as well: it is the student who decides. While a notebook is being
    graded, nothing happens.

    Args:
        assignment: such as ``"gan-mnist"``.
        notebook: the file, if it has another name or is in another folder.
        out: folder for the zip; by default the notebook's own.

    Raises:
        CourseError: there is no such notebook, it cannot be read, or the zip cannot be written.
    """
    if budget.being_graded() or budget.level() == "graded":
        return
    assignment = assignment.removesuffix(".ipynb")
    if not NAME.fullmatch(assignment):
        raise CourseError(
            f"{assignment!r} is not the name of an assignment; use one such as gan-mnist."
        )
    together = find_all(assignment, notebook)
    for found in together:
        if len(found.raw) > LARGEST_NOTEBOOK:
            raise CourseError(
                f"{found.name} has {len(found.raw) / 1e6:,.0f} MB and the grader reads up to "
                f"{LARGEST_NOTEBOOK // 10**6}: clear the outputs of large cells and try again."
            )
        report = look(found.content, assignment, found.saved, found.remark, found.folder)
        print(f"{found.name}, as the grader will see it")
        print("\n".join(report.lines()))
        if len(together) > 1:
            print()
    named = {f"{each.own or assignment}.ipynb": each.raw for each in together}
    missing = [n for n in together[0].together if f"{n}.ipynb" not in named]
    for name in missing:
        print(f"✗ {name}.ipynb is not in {together[0].folder.resolve()}: it is not handed in.")
    folder = together[0].folder
    path, names = pack(assignment, named, folder, Path(out or folder))
    models = sum(name.endswith(".safetensors") for name in names)
    with_models = f", {models} model{'s' if models > 1 else ''}" if models else ""
    megabytes = path.stat().st_size / 1e6
    books = "notebook" if len(named) == 1 else f"{len(named)} notebooks"
    print(f"\nHand in this file: {path} ({megabytes:.1f} MB: {books}{with_models})")
    for found in together:
        if found.saved is not None:
            what = "the notebook" if len(named) == 1 else found.name
            when = time.strftime("%H:%M:%S", time.localtime(found.saved))
            print(f"It holds {what} as saved at {when}. Changed since? Save, then do this again.")
    if on_colab():
        _download(path)


def _download(path):
    from google.colab import files

    files.download(str(path))
