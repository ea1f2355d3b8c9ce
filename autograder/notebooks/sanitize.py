"""Sanitise an executed notebook, so that it is safe to open in a browser."""

import re

from nbconvert.preprocessors.sanitize import SanitizeHTML
from nbformat import NotebookNode

from autograder.notebooks.cells import is_answer, is_test

# "<b" opens a tag; "< b" does not, and means the same in a formula.
TAG = re.compile(r"<(?=[A-Za-z/!?])")
# A Markdown link to anything but a web page, such as javascript:. Repetitions are bounded, so that
# no text can make the search take forever.
LINK = re.compile(
    r"(\]\(|\]:)(?!\s{0,9}(?:https?://|#|mailto:))(?=\s{0,9}(?:\s|<|[^)\s]{0,99}(?:[:&]|[^)\s]{99})))"
)
# Browsers ignore these within an address, as they do tabs and newlines.
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_sanitizer = SanitizeHTML()


def harmless(notebook: NotebookNode) -> NotebookNode:
    """Remove scripts from outputs and HTML from students' text; returns the same notebook.

    Outputs of test cells, verdicts included, come from the grader and are left unchanged.
    """
    for cell in notebook.cells:
        if is_test(cell):
            continue
        if cell.cell_type == "code":
            _sanitizer.sanitize_code_outputs(cell.outputs)
            for output in cell.outputs:
                for kind in ("text/latex", "text/markdown"):
                    if kind in output.get("data", {}):
                        output.data[kind] = _plain(output.data[kind])
        elif is_answer(cell) or cell.id.startswith("own-"):
            cell.source = _plain(cell.source)
    return notebook


def _plain(text: str | list[str]) -> str:
    """Markdown without HTML and without links that run code."""
    text = "".join(text) if isinstance(text, list) else text
    return LINK.sub(r"\1 #", TAG.sub("< ", CONTROL.sub("", text)))
