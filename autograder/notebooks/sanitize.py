"""What a submission shows, made harmless for whoever opens it in a browser."""

import re

from nbconvert.preprocessors.sanitize import SanitizeHTML

from autograder.notebooks.cells import is_answer, is_test

# "<b" opens a tag, "< b" does not, and means the same in a formula.
TAG = re.compile(r"<(?=[A-Za-z/!?])")
# A link in Markdown that leads to anything but a page, such as javascript:. The counts are
# bounded, for a text that is made to take for ever.
LINK = re.compile(
    r"(\]\(|\]:)(?!\s{0,9}(?:https?://|#|mailto:))(?=\s{0,9}(?:\s|<|[^)\s]{0,99}(?:[:&]|[^)\s]{99})))"
)
# Browsers skip these within an address; tab and new line they skip as well.
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_sanitizer = SanitizeHTML()


def harmless(notebook):
    """Changes an executed notebook in place: no script in outputs, no HTML in students' text.

    Outputs of test cells are the grader's own, verdicts among them, and stay.
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


def _plain(text):
    """Markdown without HTML and without links that run something."""
    text = "".join(text) if isinstance(text, list) else text
    return LINK.sub(r"\1 #", TAG.sub("< ", CONTROL.sub("", text)))
