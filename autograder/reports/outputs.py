"""Render the outputs of a student's cells as HTML, up to a limit on the page's size."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from autograder.notebooks.sanitize import Cleaning
from autograder.reports import rich_text

# Text outputs with more characters than this are folded.
LONG = 1500
LEFT_OUT = Markup('<p class="note">There was more output than fits on this page.</p>')


@dataclass
class Room:
    """What one page still has room for.

    pictures: how many. bytes: of all outputs together. cleaning: time for HTML and Markdown.
    """

    pictures: int = 60
    bytes: int = 12_000_000
    cleaning: Cleaning = field(default_factory=Cleaning)

    def take(self, made: Markup, pictures: int = 0) -> bool:
        """Whether `made` still fits; if it does, its size is subtracted."""
        if self.pictures < pictures or self.bytes < len(made):
            return False
        self.pictures -= pictures
        self.bytes -= len(made)
        return True


def shown(outputs: Iterable[Mapping[str, Any]], room: Room) -> Markup:
    """Markup of a cell's outputs (as in nbformat), empty if there is nothing to show."""
    made = []
    for output in outputs:
        part, pictures = _one(output, room.cleaning)
        if part and not room.take(part, pictures):
            made.append(LEFT_OUT)
            break
        made.append(part)
    return Markup("\n").join(filter(None, made))


def _one(output: Mapping[str, Any], cleaning: Cleaning) -> tuple[Markup, int]:
    """(Markup, number of pictures) of one output."""
    kind = output.get("output_type")
    if kind == "stream":
        return _text(_joined(output.get("text"))), 0
    if kind == "error":
        lines = output.get("traceback") or [f"{output.get('ename')}: {output.get('evalue')}"]
        return _text("\n".join(map(str, lines))), 0
    data = output.get("data", {})
    for mime in rich_text.PICTURES:
        address = rich_text.picture(mime, _joined(data.get(mime)))
        if address:
            return Markup('<img alt="a picture from your notebook" src="{}">').format(address), 1
    if "text/html" in data:
        return _wide(rich_text.html(_joined(data["text/html"]), cleaning)), 0
    if "text/markdown" in data:
        return _wide(rich_text.markdown(_joined(data["text/markdown"]), cleaning)), 0
    if "$" in (latex := _joined(data.get("text/latex"))):
        return _wide(rich_text.markdown(latex, cleaning)), 0
    return _text(latex or _joined(data.get("text/plain"))), 0


def _text(text: str) -> Markup:
    if not text.strip():
        return Markup("")
    block = rich_text.pre(text)
    if len(text) <= LONG:
        return block
    return Markup("<details><summary>{:,} characters of output</summary>{}</details>").format(
        len(text), block
    )


def _wide(made: Markup) -> Markup:
    return Markup('<div class="wide">{}</div>').format(made)


def _joined(value: Any) -> str:
    """The text of a value, for which nbformat also allows a list of lines; "" for others."""
    if isinstance(value, list):
        return "".join(map(str, value))
    return value if isinstance(value, str) else ""
