"""Write the pictures of given texts into these texts, as data: addresses.

A link to a file breaks where the notebook goes without it: by e-mail, on Colab, in a feedback page.
Colab does not show what is attached to a cell either, which is how Jupyter keeps a pasted picture.
"""

import base64
import re
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from nbformat import NotebookNode

from helpers.errors import CourseError

KINDS = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
# Bytes of a file that everybody's notebook can carry.
LARGEST = 200_000
# The address of a picture, in Markdown or in HTML.
PICTURE = re.compile(r"(?P<before>!\[[^\]\n]*\]\(|<img\b[^>]*?\bsrc=[\"'])(?P<place>[^)\"'\s]+)")


def embed(cells: Iterable[NotebookNode], source: Path) -> None:
    """Embed attachments and files beside `source`, the notebook of these cells, in place.

    What no text shows is left out. Raises CourseError for a picture that is not there or too large.
    """
    for cell in cells:
        attached = cell.pop("attachments", {})
        if cell.cell_type == "markdown":
            cell.source = PICTURE.sub(partial(_embedded, attached, source), cell.source)


def _embedded(attached: Mapping[str, Any], source: Path, link: re.Match[str]) -> str:
    before, place = link["before"], link["place"]
    scheme, colon, name = place.partition(":")
    if scheme == "attachment":
        for kind, data in attached.get(unquote(name), {}).items():
            return f"{before}data:{kind};base64,{''.join(data.split())}"
        raise CourseError(f"{source} shows {place}, and nothing of that name is attached there.")
    kind = KINDS.get(Path(place).suffix.lower())
    if colon or place.startswith("/") or kind is None:
        return link[0]
    path = source.parent / unquote(place)
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise CourseError(
            f"{source} shows {place}, which cannot be read: {why}. The path "
            "of a picture is relative to the folder of the notebook."
        ) from None
    if len(content) <= LARGEST:
        return f"{before}data:{kind};base64,{base64.b64encode(content).decode()}"
    if path.resolve().is_relative_to(source.parent.resolve()):
        return link[0]  # it is released beside the notebook
    raise CourseError(
        f"{source} shows {place}, which has {len(content):,} bytes: make it smaller than "
        f"{LARGEST:,}, or put it into the folder of the notebook."
    )
