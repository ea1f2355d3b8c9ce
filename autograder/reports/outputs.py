"""Outputs of a student's cells as HTML: pictures, tables and text, up to a size."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from autograder.reports import rich_text

# The longest outputs fold away behind their first words.
LONG = 1500
LEFT_OUT = Markup('<p class="note">More was shown here than fits on this page.</p>')


@dataclass
class Room:
    """What is left of one page for outputs: pictures, and bytes of everything."""

    pictures: int = 60
    bytes: int = 12_000_000

    def take(self, made: Markup, pictures: int = 0) -> bool:
        """Whether `made` still fits; then its room is taken."""
        if self.pictures < pictures or self.bytes < len(made):
            return False
        self.pictures -= pictures
        self.bytes -= len(made)
        return True


def shown(outputs: Iterable[Mapping[str, Any]], room: Room) -> Markup:
    """Markup of a cell's outputs (nbformat's), empty where there is nothing to see."""
    made = []
    for output in outputs:
        part, pictures = _one(output)
        if part and not room.take(part, pictures):
            made.append(LEFT_OUT)
            break
        made.append(part)
    return Markup("\n").join(filter(None, made))


def _one(output: Mapping[str, Any]) -> tuple[Markup, int]:
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
            return Markup('<img alt="a picture of your notebook" src="{}">').format(address), 1
    if "text/html" in data:
        return _wide(rich_text.html(_joined(data["text/html"]))), 0
    if "text/markdown" in data:
        return _wide(rich_text.markdown(_joined(data["text/markdown"]))), 0
    return _text(_joined(data.get("text/latex") or data.get("text/plain"))), 0


def _text(said: str) -> Markup:
    if not said.strip():
        return Markup("")
    block = rich_text.pre(said)
    if len(said) <= LONG:
        return block
    return Markup("<details><summary>{:,} characters of output</summary>{}</details>").format(
        len(said), block
    )


def _wide(made: Markup) -> Markup:
    return Markup('<div class="wide">{}</div>').format(made)


def _joined(value: Any) -> str:
    """nbformat allows a list of lines where a text is meant."""
    if isinstance(value, list):
        return "".join(map(str, value))
    return value if isinstance(value, str) else ""
