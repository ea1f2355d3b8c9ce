"""Bring a source notebook of nbformat 4.0 to 4.4 to the format that the rest of the kit writes."""

import hashlib
from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

MINOR = 5


class CurrentFormat(NbGraderPreprocessor):
    """Gives the notebook format 4.5, an id to each cell without one, and lines that end on \\n.

    An id depends only on the notebook, so that a second release gives the same file.
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Called by nbgrader."""
        nb.nbformat_minor = max(nb.nbformat_minor, MINOR)
        used: set[str] = set()
        for index, cell in enumerate(nb.cells):
            # As read_notebook() does: grading compares the two.
            cell.source = cell.source.replace("\r\n", "\n").replace("\r", "\n")
            if not cell.get("id") or cell.id in used:
                text = f"{index}\0{cell.cell_type}\0{cell.source}"
                cell["id"] = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]
            used.add(cell.id)
        return nb, resources
