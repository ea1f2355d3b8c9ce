"""Students' words on a teacher's terminal."""

import re

# Control characters, which move the cursor or colour the screen; marks that turn the direction
# of writing; half characters, which cannot be printed.
ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def plain(text: str) -> str:
    """The text with a sign in place of whatever is no ordinary character; lines stay."""
    return ODD.sub("\ufffd", text).replace("\t", " ")
