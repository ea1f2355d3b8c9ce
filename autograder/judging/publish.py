"""Write verdicts into the outputs of a test cell, and read them from an executed notebook."""

import sys
from collections.abc import Mapping
from typing import Any

from autograder.judging.verdict import Verdict

MIME = "application/vnd.dgm.verdict+json"


def publish(verdict: Verdict) -> None:
    """Attach the verdict to the outputs of the running cell; nothing outside a kernel.

    A display, not a result: nbgrader reads a cell's last value as partial credit, and
    anything on stderr as a failure.
    """
    ipython = sys.modules.get("IPython")
    if ipython is None or getattr(ipython.get_ipython(), "kernel", None) is None:
        return
    ipython.display.display(bundle(verdict), raw=True)


def bundle(verdict: Verdict) -> dict[str, Any]:
    """The verdict as the data of a display output."""
    sign = "✓" if verdict.is_right else "✗"
    text = f"{sign} {verdict.name}: {verdict.misconception or verdict.status}"
    return {MIME: verdict.as_row(), "text/plain": text}


def verdicts_of(cell: Mapping[str, Any]) -> list[Verdict]:
    """The verdicts that publish() left in an executed code cell."""
    rows = (output.get("data", {}).get(MIME) for output in cell.get("outputs", []))
    return [Verdict.from_row(row) for row in rows if row]
