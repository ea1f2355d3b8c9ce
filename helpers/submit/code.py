"""What the code of a cell defines, as IPython reads it; nothing of it is run."""

import ast
import re
import warnings
from collections.abc import Iterator

from IPython.core.inputtransformer2 import TransformerManager

ANY = "*"
# The first line of a cell whose code runs as if that line were not there. (%%timeit keeps nothing.)
_AROUND_PYTHON = re.compile(r"\s*%%(?:time|capture|prun)\b[^\n]*")


def parse(source: str) -> ast.Module:
    """The syntax tree of a cell, whose magics and shell commands are calls.

    Raises:
        SyntaxError: Python cannot read it.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(TransformerManager().transform_cell(_without_magic(source)))
        except (ValueError, RecursionError, MemoryError) as error:
            raise SyntaxError(str(error) or "it is nested too deeply") from None


def what_is_wrong(source: str) -> str | None:
    """Why Python cannot read the cell, with its line; None if it can."""
    try:
        parse(source)
    except SyntaxError as error:
        line = f"line {error.lineno}: " if error.lineno else ""
        return f"{line}{error.msg or 'invalid syntax'}"
    return None


def defined(source: str) -> set[str]:
    """The names that a cell defines at its top level; ANY of ``from module import *``."""
    try:
        return set(_names(parse(source).body))
    except SyntaxError:
        return set()


def functions_and_classes(source: str) -> list[str]:
    """The names of the functions and classes at the top level, in order."""
    try:
        body = parse(source).body
    except SyntaxError:
        return []
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return [node.name for node in body if isinstance(node, kinds)]


def saved_models(source: str) -> list[str]:
    """The names that a cell gives to ``save_model``."""
    try:
        calls = [node for node in ast.walk(parse(source)) if isinstance(node, ast.Call)]
    except SyntaxError:
        return []
    names = []
    for call in calls:
        called = getattr(call.func, "id", getattr(call.func, "attr", None))
        first = call.args[0] if call.args else None
        if called == "save_model" and isinstance(first, ast.Constant):
            names.append(str(first.value))
    return names


def _without_magic(source):
    """The same lines; the first one is a comment if it is a magic around Python."""
    return _AROUND_PYTHON.sub("#", source, count=1) if _AROUND_PYTHON.match(source) else source


def _names(body: list[ast.stmt]) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name.split(".")[0]
        else:
            for each in ast.walk(node):
                if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
                    yield each.id
            for field in ("body", "orelse", "finalbody", "handlers", "cases"):
                for part in getattr(node, field, []):
                    inner = [part] if isinstance(part, ast.stmt) else getattr(part, "body", [])
                    yield from _names(inner)
