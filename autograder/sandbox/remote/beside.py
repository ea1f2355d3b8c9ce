"""What a test cell beside the student's code comes to; the kernel may have sent anything."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

# The kernel ends the fork at its limit; if it does not say so this much later, it is ended itself.
MARGIN_SECONDS = 10.0
MOST_SHOWN = 500


@dataclass(frozen=True)
class Raised:
    """An exception that ended a test cell.

    line: of the cell, from 1, or None. mismatch: label, expected, got and hint of a failed check of
    helpers.expect, or None.
    """

    type: str
    text: str
    line: int | None
    mismatch: tuple[str | None, ...] | None


@dataclass(frozen=True)
class CellResult:
    """shown: text and displays in order, as {text} or {data: {type: text}}.

    value: how the value of the last line is printed, or None. raised: or None. ended: why there is
    no result, as a clause, or None. killed: whether somebody killed the process that ran it.
    """

    shown: tuple[dict[str, Any], ...]
    value: str | None
    raised: Raised | None
    ended: str | None
    killed: bool = False

    @classmethod
    def from_row(cls, row: Any) -> Self:
        """The result that the kernel sent. Raises TypeError, KeyError or ValueError otherwise."""
        error, shown = row["error"], tuple(dict(each) for each in row["shown"][:MOST_SHOWN])
        raised = None if error is None else _raised(error)
        killed = row.get("killed") is True
        return cls(shown, _text(row["value"]), raised, _text(row["ended"]), killed)


def _raised(row: Mapping[str, Any]) -> Raised:
    line, mismatch = row["line"], row["mismatch"]
    parts = None if mismatch is None else tuple(map(_text, mismatch))
    if parts is not None and len(parts) != 4:
        raise ValueError("a mismatch has four parts")
    return Raised(
        _text(row["type"]) or "Error",
        _text(row["text"]) or "",
        line if type(line) is int and 0 < line < 1 << 20 else None,
        parts,
    )


def _text(value: Any) -> str | None:
    if value is not None and type(value) is not str:
        raise TypeError("text was expected")
    return value
