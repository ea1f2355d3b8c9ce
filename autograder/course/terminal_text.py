"""Make students' text safe to print on a terminal."""

import re

# Control characters, which move the cursor or colour the screen; marks that change the direction
# of writing; lone surrogates, which cannot be encoded.
ODD = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def plain(text: str) -> str:
    """The text with U+FFFD instead of unsafe characters and spaces for tabs; line feeds stay."""
    return ODD.sub("\ufffd", text).replace("\t", " ")
