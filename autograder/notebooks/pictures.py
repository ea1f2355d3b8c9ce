"""Keep the pictures in written answers, such as a photograph of a derivation on paper.

JupyterLab attaches a picture that is pasted to its cell; Colab writes it into the text, as a data:
address, and so do some others. Here all become attachments, of kinds that are safe in a browser.
"""

import re
from collections.abc import Iterable

from nbformat import NotebookNode

KINDS = ("image/png", "image/jpeg")
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]+")
# Characters of base64 kept for one answer: several photographs.
MOST = 30_000_000
DATA = re.compile(r"\]\(\s{0,9}data:(image/(?:png|jpeg));base64,([A-Za-z0-9+/=]+)\s{0,9}\)")
Attachments = dict[str, dict[str, str]]


def texts_and_pictures(cells: Iterable[NotebookNode]) -> tuple[list[str], Attachments]:
    """(the text of each cell, the attachments of all together: {name: {MIME type: base64}}).

    The texts refer to the attachments by name, which is changed where two cells use the same one.
    """
    texts: list[str] = []
    together: Attachments = {}
    room = MOST
    for cell in cells:
        text, own = _written(cell.source)
        for name, data in [*_attached(cell).items(), *own]:
            room -= len(next(iter(data.values())))
            if room < 0 or together.get(name) == data:
                continue
            new = name
            while new in together:
                new = f"{len(together)}-{new}"
            text = text.replace(f"(attachment:{name})", f"(attachment:{new})")
            together[new] = data
        texts.append(text)
    return texts, together


def _attached(cell: NotebookNode) -> Attachments:
    """The attachments of a cell that are pictures; the first kind of each."""
    return {
        name: {kind: bundle[kind]}
        for name, bundle in (cell.get("attachments") or {}).items()
        for kind in KINDS
        if isinstance(bundle.get(kind), str) and BASE64.fullmatch(bundle[kind])
    }


def _written(source: str) -> tuple[str, list[tuple[str, dict[str, str]]]]:
    """The text with names instead of data: addresses, and what they name."""
    found: list[tuple[str, dict[str, str]]] = []

    def put_aside(match: re.Match[str]) -> str:
        kind, data = match.groups()
        name = f"in-the-text-{len(found) + 1}.{kind.removeprefix('image/')}"
        found.append((name, {kind: data}))
        return f"](attachment:{name})"

    return DATA.sub(put_aside, source), found
