"""Attach the gallery's pictures to the cells of the notebooks that show them.

    python -m benchmarks.expected_pictures

An assignment is a folder that can be copied alone, so its notebook does not link to the gallery.
"""

import base64
import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from benchmarks.notebooks import SOLUTIONS

GALLERY = Path(__file__).parent.parent / "docs" / "gallery"
SHOWN = re.compile(r"\]\(attachment:([\w-]+\.png)\)")


def pictures(cell: NotebookNode) -> dict[str, dict[str, str]]:
    """What has to be attached to a cell, {file of the gallery: {MIME type: base64}}."""
    return {
        name: {"image/png": base64.b64encode((GALLERY / name).read_bytes()).decode()}
        for name in SHOWN.findall(cell.source)
    }


def main() -> None:
    for path in sorted(SOLUTIONS.glob("*/*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            if shown := pictures(cell):
                cell["attachments"] = shown
        path.write_text(nbformat.writes(notebook).rstrip("\n") + "\n", "utf-8")


if __name__ == "__main__":
    main()
