"""Report and pack: what the command and the last cell of a notebook do."""

import re
import time
from pathlib import Path

from helpers import budget
from helpers.bounds import LARGEST_NOTEBOOK
from helpers.errors import CourseError
from helpers.submit.archive import pack
from helpers.submit.find import find, on_colab
from helpers.submit.report import look

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def check_and_pack(
    assignment: str, *, notebook: str | Path | None = None, out: str | Path | None = None
) -> None:
    """Say what the grader will see of a notebook, and write ASSIGNMENT.zip to hand in.

    An unfinished notebook is packed as well: it is the student who decides. While a notebook is
    being graded, nothing happens.

    Args:
        assignment: such as ``"gan-mnist"``.
        notebook: the file, if it has another name or is in another folder.
        out: folder for the zip; by default the notebook's own.

    Raises:
        CourseError: there is no such notebook, it cannot be read, or the zip cannot be written.
    """
    if budget.being_graded() or budget.level() == "graded":
        return
    if not NAME.fullmatch(assignment):
        raise CourseError(
            f"{assignment!r} is not the name of an assignment; use one such as gan-mnist."
        )
    found = find(assignment, notebook)
    if len(found.raw) > LARGEST_NOTEBOOK:
        raise CourseError(
            f"{found.name} has {len(found.raw) / 1e6:,.0f} MB and the grader reads up to "
            f"{LARGEST_NOTEBOOK // 10**6}: clear the outputs of large cells and try again."
        )
    report = look(found.content, assignment, found.saved, found.remark)
    print(f"{found.name}, as the grader will see it")
    print("\n".join(report.lines()))
    path, names = pack(assignment, found.raw, found.folder, Path(out or found.folder))
    models = sum(name.endswith(".safetensors") for name in names)
    with_models = f", {models} model{'s' if models > 1 else ''}" if models else ""
    megabytes = path.stat().st_size / 1e6
    print(f"\nHand in this file: {path} ({megabytes:.1f} MB: notebook{with_models})")
    if found.saved is not None:
        when = time.strftime("%H:%M:%S", time.localtime(found.saved))
        print(f"It holds the notebook as saved at {when}. Changed since? Save, then do this again.")
    if on_colab():
        _download(path)


def _download(path):
    from google.colab import files

    files.download(str(path))
