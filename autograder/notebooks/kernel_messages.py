"""What a kernel says. Student code can send any message: each is put together anew.

Only what the pages of a notebook need comes through, in plain types and of bounded size.
"""

import re

# Everything but tab, new line, carriage return and escape (of colours).
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]")
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
# Pages take a time that grows with the square of a line's length.
LONGEST_LINE = 2000
LONGEST_PAGE = 100_000  # characters of HTML and the like; cleaning them is slow
MOST_TYPES, MOST_LINES = 20, 500
# What one message counts at least, so that many empty ones are much output too.
OVERHEAD = 500
SHOWN = ("stream", "display_data", "execute_result", "update_display_data", "error")


def plain(message):
    """A message with plain content, or None where nothing of it can be shown."""
    kind, content = message["msg_type"], message.get("content")
    make = _KINDS.get(kind)
    if make is None:
        return None
    made = make(content if isinstance(content, dict) else {})
    # nbclient looks at the header, too.
    header = {**message["header"], "msg_type": kind}
    return {**message, "header": header, "content": made}


def size(content):
    """Characters of a plain content."""
    texts = [content.get("text", ""), content.get("evalue", ""), *content.get("traceback", ())]
    return OVERHEAD + sum(map(len, [*texts, *content.get("data", {}).values()]))


def _text(value, longest=None):
    text = value if isinstance(value, str) else ""
    # Half a character, which Python allows and no file can hold.
    text = text[:longest].encode("utf-8", "replace").decode()
    return CONTROL.sub("", text)


def _lines(value):
    """A text whose lines have a bounded length."""
    lines = _text(value).split("\n")
    broken = (_broken(line) if len(line) > LONGEST_LINE else line for line in lines)
    return "\n".join(broken)


def _broken(line):
    return "\n".join(line[i : i + LONGEST_LINE] for i in range(0, len(line), LONGEST_LINE))


def _stream(content):
    name = content.get("name")
    return {"name": name if name == "stderr" else "stdout", "text": _lines(content.get("text"))}


def _display(content):
    data, transient = content.get("data"), content.get("transient")
    found = {
        kind: made
        for kind, value in (list(data.items()) if isinstance(data, dict) else [])[:MOST_TYPES]
        if isinstance(kind, str) and (made := _shown(kind, value)) is not None
    }
    name = transient.get("display_id") if isinstance(transient, dict) else None
    return {
        "data": found,
        "metadata": _sizes(content.get("metadata")),
        "transient": {"display_id": name} if isinstance(name, str) else {},
        "execution_count": _count(content),
    }


def _shown(kind, value):
    """What stands for one kind of a display; None where it is left out."""
    if not isinstance(value, str):
        return None
    if kind.startswith("image/") and kind != "image/svg+xml":
        return value if BASE64.fullmatch(value) else None
    if kind == "text/plain":
        return _lines(value)
    if not kind.startswith(("text/", "image/svg+xml")) or len(value) > LONGEST_PAGE:
        return None
    return _text(value)


def _sizes(metadata):
    """Width and height of pictures: whole numbers, which cannot end an attribute of a page."""
    return {
        kind: {n: about[n] for n in ("width", "height") if type(about.get(n)) is int}
        for kind, about in (metadata.items() if isinstance(metadata, dict) else ())
        if str(kind).startswith("image/") and isinstance(about, dict)
    }


def _result(content):
    return _display(content)


def _error(content):
    lines = content.get("traceback")
    lines = lines if isinstance(lines, list) else []
    return {
        "ename": _text(content.get("ename"), 100),
        "evalue": _text(content.get("evalue"), 10_000),
        "traceback": [_lines(line) for line in lines[:MOST_LINES]],
    }


def _count(content):
    count = content.get("execution_count")
    return count if type(count) is int and 0 <= count < 1_000_000 else None


_KINDS = {
    "stream": _stream,
    "display_data": _display,
    "update_display_data": _display,
    "execute_result": _result,
    "error": _error,
    "execute_input": lambda content: {"execution_count": _count(content)},
    "clear_output": lambda content: {"wait": content.get("wait") is True},
    "status": lambda content: {"execution_state": str(content.get("execution_state"))[:20]},
}
