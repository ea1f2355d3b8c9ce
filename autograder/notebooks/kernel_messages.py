"""Sanitise kernel messages: student code can send anything, so each message is rebuilt.

Only what a notebook page needs is kept, in plain types and of bounded size.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

# All control characters except tab, newline, carriage return and the escape of colour codes.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]")
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
# The time to render a page grows with the square of its longest line.
LONGEST_LINE = 2000
LONGEST_PAGE = 100_000  # characters of HTML or SVG, which is slow to clean
MOST_TYPES, MOST_LINES = 20, 500
# Added to the size of every message, so that many empty messages reach the limit, too.
OVERHEAD = 500
SHOWN = ("stream", "display_data", "execute_result", "update_display_data", "error")


def plain(message: Mapping[str, Any]) -> dict[str, Any] | None:
    """The message with its content rebuilt from plain values; None if it cannot be shown."""
    kind, content = message["msg_type"], message.get("content")
    rebuild = _REBUILD.get(kind)
    if rebuild is None:
        return None
    rebuilt = rebuild(content if isinstance(content, dict) else {})
    # nbclient reads the type from the header, too.
    header = {**message["header"], "msg_type": kind}
    return {**message, "header": header, "content": rebuilt}


def size(content: Mapping[str, Any]) -> int:
    """Characters in the content of a message from plain(), plus OVERHEAD."""
    texts = [content.get("text", ""), content.get("evalue", ""), *content.get("traceback", ())]
    return OVERHEAD + sum(map(len, [*texts, *content.get("data", {}).values()]))


def _text(value: Any, longest: int | None = None) -> str:
    text = value if isinstance(value, str) else ""
    # Python allows half of a surrogate pair, but no file can hold it.
    text = text[:longest].encode("utf-8", "replace").decode()
    return CONTROL.sub("", text)


def _lines(value: Any) -> str:
    """The text with long lines broken."""
    lines = _text(value).split("\n")
    broken = (_broken(line) if len(line) > LONGEST_LINE else line for line in lines)
    return "\n".join(broken)


def _broken(line: str) -> str:
    return "\n".join(line[i : i + LONGEST_LINE] for i in range(0, len(line), LONGEST_LINE))


def _stream(content: dict[str, Any]) -> dict[str, Any]:
    name = content.get("name")
    return {"name": name if name == "stderr" else "stdout", "text": _lines(content.get("text"))}


def _display(content: dict[str, Any]) -> dict[str, Any]:
    data, transient = content.get("data"), content.get("transient")
    shown = {
        kind: kept
        for kind, value in (list(data.items()) if isinstance(data, dict) else [])[:MOST_TYPES]
        if isinstance(kind, str) and (kept := _shown(kind, value)) is not None
    }
    name = transient.get("display_id") if isinstance(transient, dict) else None
    return {
        "data": shown,
        "metadata": _sizes(content.get("metadata")),
        "transient": {"display_id": name} if isinstance(name, str) else {},
        "execution_count": _count(content),
    }


def _shown(kind: str, value: Any) -> str | None:
    """The value to show for one MIME type of a display; None to leave the type out."""
    if not isinstance(value, str):
        return None
    if kind.startswith("image/") and kind != "image/svg+xml":
        return value if BASE64.fullmatch(value) else None
    if kind == "text/plain":
        return _lines(value)
    if not kind.startswith(("text/", "image/svg+xml")) or len(value) > LONGEST_PAGE:
        return None
    return _text(value)


def _sizes(metadata: Any) -> dict[str, dict[str, int]]:
    """Width and height of images; only integers, which cannot break out of an HTML attribute."""
    return {
        kind: {n: image[n] for n in ("width", "height") if type(image.get(n)) is int}
        for kind, image in (metadata.items() if isinstance(metadata, dict) else ())
        if str(kind).startswith("image/") and isinstance(image, dict)
    }


def _error(content: dict[str, Any]) -> dict[str, Any]:
    lines = content.get("traceback")
    lines = lines if isinstance(lines, list) else []
    return {
        "ename": _text(content.get("ename"), 100),
        "evalue": _text(content.get("evalue"), 10_000),
        "traceback": [_lines(line) for line in lines[:MOST_LINES]],
    }


def _count(content: dict[str, Any]) -> int | None:
    count = content.get("execution_count")
    return count if type(count) is int and 0 <= count < 1_000_000 else None


_REBUILD: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "stream": _stream,
    "display_data": _display,
    "update_display_data": _display,
    "execute_result": _display,
    "error": _error,
    "execute_input": lambda content: {"execution_count": _count(content)},
    "clear_output": lambda content: {"wait": content.get("wait") is True},
    "status": lambda content: {"execution_state": str(content.get("execution_state"))[:20]},
}
