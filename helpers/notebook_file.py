"""Read any notebook file, whichever editor wrote it, into a valid notebook of format 4.5.

What Jupyter reads is read, and more: sources, cell types and metadata are kept; what the format
does not allow is repaired or left out, and ``Notebook.repairs`` says so. Formats 1 to 3 are
converted. Nothing here needs nbformat, which a student may not have.
"""

import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from helpers.bounds import (
    DEEPEST_JSON,
    DEEPEST_VALUE,
    LARGEST_NOTEBOOK,
    MOST_CELLS,
    MOST_CODE,
    MOST_TEXT,
    MOST_VALUES,
)
from helpers.errors import CourseError

FORMAT, MINOR = 4, 5
# Browsers and mail programs add the endings of text files.
NAME = re.compile(r"(.+)\.ipynb(?:\.json|\.txt)?", re.IGNORECASE | re.DOTALL)
ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
JSON_TYPE = re.compile(r"application/(.*\+)?json")
# The text of a cell has had these names, newest first.
SOURCES = ("source", "input", "code", "text")
KINDS = {"code": "code", "markdown": "markdown", "raw": "raw", "text": "markdown"}
KINDS |= {"heading": "markdown", "html": "markdown", "rawcell": "raw", "md": "markdown"}
OUTPUTS = {"pyout": "execute_result", "pyerr": "error"}
# The types of an output of format 3, which had these short names.
SHORT = {
    "text": "text/plain", "html": "text/html", "svg": "image/svg+xml", "png": "image/png",
    "jpeg": "image/jpeg", "latex": "text/latex", "json": "application/json",
    "javascript": "application/javascript",
}  # fmt: skip
# Pasted pictures, which Colab writes into the text.
PICTURE = re.compile(r"data:image/\w+;base64,[A-Za-z0-9+/=]*+")
# Python refuses to read longer ones: that takes time in the square of their length.
MOST_DIGITS = 4000
STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
BRACKET = re.compile(r"[\[{\]}]")
# Possessive, and a string may lack its end: so no text takes more than one pass.
COMMA = re.compile(r'("[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z))|,(?=\s*[\]}])', re.DOTALL)


@dataclass(frozen=True)
class Notebook:
    """content: JSON values that are valid in format 4.5; every source is one text.

    repairs: what had to be changed for that, a few words each. values: how many the JSON holds.
    """

    content: dict[str, Any]
    repairs: tuple[str, ...] = ()
    values: int = 0

    @property
    def remark(self) -> str | None:
        """One sentence about the repairs, or None."""
        if not self.repairs:
            return None
        return f"The file was not as Jupyter writes it and was repaired: {', '.join(self.repairs)}."


def notebook_stem(name: str) -> str | None:
    """NAME of a file NAME.ipynb, also NAME.ipynb.txt; None if it is not meant as a notebook."""
    match = NAME.fullmatch(name)
    return match[1] if match else None


def is_notebook_name(name: str) -> bool:
    """Whether a file of this name is meant to be a notebook."""
    return notebook_stem(name) is not None


def read(path: Path) -> Notebook:
    """The notebook in a file.

    Raises:
        CourseError: it cannot be read, is too large, or is not a notebook.
    """
    try:
        if path.stat().st_size > LARGEST_NOTEBOOK:
            raise CourseError(
                f"{path} has {path.stat().st_size / 1e6:,.0f} MB and the grader reads up to "
                f"{LARGEST_NOTEBOOK // 10**6}: clear the outputs of large cells, save, try again."
            )
        return parse(path.read_bytes(), path)
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror or error}.") from None


def parse(raw: bytes, name: Path | str, *, bounded: bool = True) -> Notebook:
    """The notebook in these bytes; ``name`` is for the sentence.

    bounded: refuse more than helpers.bounds allow; False for a file that the grader wrote.

    Raises:
        CourseError: they are not a notebook.
    """
    repairs: Counter[str] = Counter()
    try:
        text = _decoded(raw, repairs)
        values = _require_bounded(text, name) if bounded else 0
        content = _json(text, repairs)
    except ValueError as error:
        raise _unreadable(name, str(error).splitlines()[0][:80]) from None
    if content is None:
        raise _unreadable(name, "it is empty")
    built = rebuild(content, name, repairs, bounded=bounded)
    return replace(built, values=values)


def rebuild(
    content: Any,
    name: Path | str,
    repairs: Counter[str] | None = None,
    *,
    bounded: bool = True,
) -> Notebook:
    """The notebook that these JSON values mean. Raises as ``parse`` does."""
    repairs = Counter() if repairs is None else repairs
    if not isinstance(content, dict):
        raise _unreadable(name, "its JSON holds no cells")
    version = _version(content.get("nbformat"))
    if version is not None and not 1 <= version <= FORMAT:
        raise CourseError(
            f"{name} has notebook format {version}; save it in format 4 (nbformat 4.5)."
        )
    if version != content.get("nbformat") and content.get("nbformat") is not None:
        repairs["the format's number"] += 1
    cells = _cells(content)
    if cells is None:
        raise _unreadable(name, "its JSON holds no cells")
    if bounded and len(cells) > MOST_CELLS:
        raise _too_much(name, len(cells), "cells", MOST_CELLS)
    built = _Builder(repairs).notebook(content, cells)
    if bounded:
        _require_short(built["cells"], name)
    if cells and not built["cells"]:
        raise _unreadable(name, "nothing in its list of cells is a cell")
    return Notebook(
        built,
        tuple(what if count == 1 else f"{what} ({count})" for what, count in repairs.items()),
    )


def _unreadable(name, why):
    return CourseError(
        f"{name} is not a notebook ({why}): open it in Jupyter and save it again, or download it "
        "again as .ipynb."
    )


def _too_much(name, found, what, most):
    return CourseError(
        f"{name} has {found:,} {what} and up to {most:,} are read: take out what is not your work, "
        "save, hand it in again."
    )


def _decoded(raw: bytes, repairs: Counter[str]) -> str:
    """The text of the bytes, whatever their encoding."""
    try:
        text = raw.decode(json.detect_encoding(raw))  # UTF-8, -16 or -32, BOM or not
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")  # what Windows calls ANSI
        repairs["letters that are not UTF-8"] += 1
    # A disk that was full, and some file servers, leave NULs at the end.
    return text.lstrip("\ufeff").rstrip("\0 \t\r\n")


def _require_short(cells: list[dict[str, Any]], name: Path | str) -> None:
    code = sum(len(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    if code > MOST_CODE:
        raise _too_much(name, code, "characters of code", MOST_CODE)
    texts = [cell["source"] for cell in cells if cell["cell_type"] != "code"]
    if sum(map(len, texts)) > MOST_TEXT:
        text = sum(len(PICTURE.sub("", each)) for each in texts)
        if text > MOST_TEXT:
            raise _too_much(name, text, "characters of text", MOST_TEXT)


def _require_bounded(text: str, name: Path | str) -> int:
    """How many values a JSON text holds, or a few more. Raises CourseError if that is too many.

    ValueError if they are nested too deeply. Counted in the text: a value takes up to 30 times as
    much memory, and depth a recursion.
    """
    bare = STRING.sub("", text)
    values = sum(map(bare.count, "[{,"))
    if values > MOST_VALUES:
        raise CourseError(
            f"{name} holds {values:,} JSON values and up to {MOST_VALUES:,} are read: clear the "
            "outputs of its cells, save, hand it in again."
        )
    depth = 0
    for bracket in BRACKET.finditer(bare):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > DEEPEST_JSON:
            raise ValueError(f"its JSON is nested more than {DEEPEST_JSON} deep")
    return values


def _json(text: str, repairs: Counter[str]) -> Any:
    """The JSON values in the text; None if there is nothing."""
    if not text.strip():
        return None
    try:
        return json.loads(text, strict=False, parse_int=_integer)
    except ValueError:
        # A comma too many is what is left when somebody has edited the text by hand.
        plain = COMMA.sub(lambda match: match[1] or "", text)
        if plain == text:
            raise
        content = json.loads(plain, strict=False, parse_int=_integer)
        repairs["commas too many"] += 1
        return content


def _integer(digits: str) -> int | None:
    """None for a number of more digits than Python reads, which nothing in a notebook needs."""
    return int(digits) if len(digits) <= MOST_DIGITS else None


def _version(value):
    """The format's number as an integer, also from a text; None if there is none."""
    try:
        number = float(value)
        return int(number) if math.isfinite(number) else None
    except (TypeError, ValueError, OverflowError):
        return None


def _cells(content):
    """The list of cells, of format 4 or of older worksheets; None if there is none."""
    if isinstance(content.get("cells"), list):
        return content["cells"]
    sheets = content.get("worksheets")
    if not isinstance(sheets, list):
        return None
    lists = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
    return [cell for cells in lists if isinstance(cells, list) for cell in cells]


class _Builder:
    """Builds valid values and counts in ``repairs`` what it had to change."""

    def __init__(self, repairs: Counter[str]) -> None:
        self.repairs = repairs
        self.ids: set[str] = set()
        self.seen: Counter[str] = Counter()

    def notebook(self, content: dict[str, Any], cells: list[Any]) -> dict[str, Any]:
        dicts = [cell for cell in cells if isinstance(cell, dict)]
        if len(dicts) < len(cells):
            self.repairs["entries that are no cells"] += len(cells) - len(dicts)
        # All own ids first: a new one must not be one of them.
        names = [self._own_id(cell) for cell in dicts]
        return {
            "cells": [self._cell(cell, name) for cell, name in zip(dicts, names, strict=True)],
            "metadata": self._metadata(content.get("metadata", {}), self._notebook_entries),
            "nbformat": FORMAT,
            "nbformat_minor": MINOR,
        }

    def _own_id(self, cell):
        """The cell's own id if it is allowed and unique, else None."""
        written, metadata = cell.get("id"), cell.get("metadata")
        # Colab keeps it in the metadata.
        within = metadata.get("id") if isinstance(metadata, dict) else None
        own = within if written is None else written
        if isinstance(own, str) and ID.fullmatch(own) and own not in self.ids:
            self.ids.add(own)
            return own
        if written is not None:
            self.repairs["ids replaced"] += 1
        return None

    def _new_id(self, kind, source):
        """An id for a cell without one: the same for the same cell, whoever reads it."""
        digest = hashlib.sha256(f"{kind}\n{source.strip()}".encode()).hexdigest()[:12]
        self.seen[digest] += 1
        name = f"{digest}-{self.seen[digest]}"
        while name in self.ids:
            name += "-"
        self.ids.add(name)
        return name

    def _cell(self, cell: dict[str, Any], own_id: str | None) -> dict[str, Any]:
        kind, source = self._kind(cell), self._source(cell)
        metadata = cell.get("metadata")
        if metadata is None:
            self.repairs["metadata missing"] += 1
        built = {
            "id": own_id or self._new_id(kind, source),
            "cell_type": kind,
            "metadata": self._metadata({} if metadata is None else metadata, _cell_entries),
            "source": source,
        }
        known = {"id", "cell_type", "metadata", "attachments", *SOURCES}
        if kind == "code":
            known |= {"outputs", "execution_count", "prompt_number", "language", "collapsed"}
            count = cell.get("execution_count", cell.get("prompt_number"))
            if count is not None and not _is_count(count):
                self.repairs["execution counts"] += 1
                count = None
            elif "execution_count" not in cell and "input" not in cell:
                self.repairs["execution counts missing"] += 1
            built |= {"outputs": self._outputs(cell), "execution_count": count}
            if cell.get("attachments") is not None:
                self.repairs["attachments of code cells"] += 1
        else:
            known |= {"level", "outputs", "execution_count"}
            built |= self._attachments(cell.get("attachments"))
        if set(cell) - known:
            self.repairs["unknown entries of cells"] += 1
        return built

    def _kind(self, cell):
        written = cell.get("cell_type")
        kind = KINDS.get(written.lower()) if isinstance(written, str) else None
        if kind is None:
            self.repairs["unknown types of cells"] += 1
            ran = any(cell.get(key) for key in ("outputs", "execution_count", "input"))
            kind = "code" if ran else "raw"
        return kind

    def _source(self, cell):
        value = next((cell[key] for key in SOURCES if cell.get(key) is not None), None)
        if value is None:
            self.repairs["sources missing"] += 1
        text = self._text("" if value is None else value, "sources")
        # Python and Jupyter read both as the end of a line.
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if cell.get("cell_type") == "heading":
            level = cell.get("level")
            return "#" * (level if _is_count(level) and 1 <= level <= 6 else 1) + f" {text}"
        return text

    def _text(self, value: Any, what: str) -> str:
        """One text, from a text or a list of lines."""
        if isinstance(value, str):
            return _whole(value)
        lines = value if isinstance(value, list) else [value]
        if not all(isinstance(line, str) for line in lines):
            self.repairs[f"{what} that are not texts"] += 1
        return "".join(_whole(line) for line in lines if isinstance(line, str))

    # Metadata: everything is kept that the format allows.

    def _metadata(self, value: Any, entries: Callable[[dict], Iterator[tuple]]) -> dict[str, Any]:
        if not isinstance(value, dict):
            self.repairs["metadata"] += 1
            return {}
        kept = self._plain(value)
        for key, better in entries(kept):
            self.repairs[f"the metadata {key!r}"] += 1
            if better is None:
                del kept[key]
            else:
                kept[key] = better
        return kept

    def _plain(self, value: Any, depth: int = 0) -> Any:
        """The value with whole texts, finite numbers and bounded depth."""
        if isinstance(value, str):
            return _whole(value)
        if isinstance(value, float):
            return value if math.isfinite(value) else None
        if not isinstance(value, dict | list):
            return value
        if depth > DEEPEST_VALUE:
            self.repairs["values nested too deeply"] += 1
            return None
        if isinstance(value, list):
            return [self._plain(each, depth + 1) for each in value]
        return {_whole(key): self._plain(each, depth + 1) for key, each in value.items()}

    @staticmethod
    def _notebook_entries(metadata):
        kernel, language = metadata.get("kernelspec"), metadata.get("language_info")
        if "kernelspec" in metadata and not _has_texts(kernel, "name", "display_name"):
            named = _has_texts(kernel, "name")
            yield "kernelspec", kernel | {"display_name": kernel["name"]} if named else None
        if "language_info" in metadata and not (_has_texts(language, "name") and _fits(language)):
            texts = isinstance(language, dict) and _has_texts(language, "name")
            yield "language_info", {"name": language["name"]} if texts else None
        if "orig_nbformat" in metadata and not _is_count(metadata["orig_nbformat"] or None):
            yield "orig_nbformat", None
        for key, kind in (("title", str), ("authors", list)):
            if key in metadata and not isinstance(metadata[key], kind):
                yield key, None

    # Outputs.

    def _outputs(self, cell):
        outputs = cell.get("outputs")
        if not isinstance(outputs, list):
            self.repairs["outputs missing" if outputs is None else "outputs"] += 1
            return []
        built = [self._output(output) for output in outputs]
        return [output for output in built if output is not None]

    def _output(self, output: Any) -> dict[str, Any] | None:
        if not isinstance(output, dict):
            self.repairs["outputs"] += 1
            return None
        kind = output.get("output_type")
        kind = OUTPUTS.get(kind, kind) if isinstance(kind, str) else None
        if kind == "stream":
            name = output.get("name", output.get("stream"))
            text = self._text(output.get("text", ""), "outputs")
            return {"output_type": kind, "name": name if name == "stderr" else "stdout",
                    "text": text}  # fmt: skip
        if kind == "error":
            lines = output.get("traceback")
            lines = lines if isinstance(lines, list) else []
            return {
                "output_type": kind,
                "ename": self._text(output.get("ename", ""), "outputs"),
                "evalue": self._text(output.get("evalue", ""), "outputs"),
                "traceback": [_whole(line) for line in lines if isinstance(line, str)],
            }
        if kind in ("display_data", "execute_result"):
            data = output.get("data")
            if not isinstance(data, dict):
                data = {SHORT[key]: output[key] for key in SHORT if key in output}
            metadata = output.get("metadata")
            shown = {
                "output_type": kind,
                "data": self._bundle(data, "outputs"),
                "metadata": self._plain(metadata) if isinstance(metadata, dict) else {},
            }
            if kind == "execute_result":
                count = output.get("execution_count", output.get("prompt_number"))
                shown["execution_count"] = count if _is_count(count) else None
            return shown
        self.repairs["unknown outputs"] += 1
        return None

    def _bundle(self, data, what):
        """Texts by media type; JSON types may hold anything."""
        return {
            _whole(kind): self._plain(value)
            if JSON_TYPE.fullmatch(kind)
            else self._text(value, what)
            for kind, value in data.items()
            if value is not None or JSON_TYPE.fullmatch(kind)
        }

    def _attachments(self, attachments):
        if attachments is None:
            return {}
        if not isinstance(attachments, dict):
            self.repairs["attachments"] += 1
            return {}
        kept = {
            _whole(name): self._bundle(data, "attachments")
            for name, data in attachments.items()
            if isinstance(data, dict)
        }
        return {"attachments": kept}


def _cell_entries(metadata):
    """(key, what is allowed instead or None) of each entry that the format does not allow."""
    rules = {
        "name": lambda value: isinstance(value, str) and value,
        "format": lambda value: isinstance(value, str),
        "collapsed": lambda value: isinstance(value, bool),
        "scrolled": lambda value: isinstance(value, bool) or value == "auto",
        "jupyter": lambda value: isinstance(value, dict),
        "execution": lambda value: (
            isinstance(value, dict) and all(isinstance(each, str) for each in value.values())
        ),
    }
    yield from [(k, None) for k, rule in rules.items() if k in metadata and not rule(metadata[k])]
    if "tags" in metadata:
        tags = metadata["tags"]
        words = tags if isinstance(tags, list) else [tags]
        parts = [part.strip() for tag in words if isinstance(tag, str) for part in tag.split(",")]
        good = list(dict.fromkeys(part for part in parts if part and "\n" not in part))
        if good != tags:
            yield "tags", good or None


def _has_texts(value, *names):
    return isinstance(value, dict) and all(isinstance(value.get(name), str) for name in names)


def _fits(language):
    """Whether the further entries of language_info have the types that the format wants."""
    texts = ("file_extension", "mimetype", "pygments_lexer")
    mode = language.get("codemirror_mode", "")
    return isinstance(mode, str | dict) and all(isinstance(language.get(t, ""), str) for t in texts)


def _is_count(value):
    return type(value) is int and 0 <= value < 2**53


def _whole(text: str) -> str:
    """The text without halves of surrogate pairs, which files and databases reject."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
