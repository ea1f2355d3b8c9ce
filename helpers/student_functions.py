"""A student's own functions, from a notebook or a Python file, for use in a script."""

import ast
import hashlib
from pathlib import Path
from typing import Any

from helpers.errors import CourseError
from helpers.notebook_file import is_notebook_name, read

# What of a notebook is run: no training, no pictures, no checks.
_DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)


def definitions(path: Path) -> dict[str, Any]:
    """Return what a notebook or a Python file defines, by name.

    Of a notebook, imports, functions, classes and plain constants are run, and nothing else; a
    Python file is run as it is. Either is code: give it none but your own.

    Raises:
        CourseError: the file is missing, is not a notebook, or does not parse.
    """
    namespace: dict[str, Any] = {"__name__": "own_code", "__file__": str(path)}
    for number, code in _pieces(path):
        exec(compile(code, f"{path}{number}", "exec"), namespace)
    return namespace


def digest(path: Path) -> str:
    """Return a short fingerprint of the code that ``definitions`` would run."""
    text = "".join(ast.dump(node) for _, code in _pieces(path) for node in code.body)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _pieces(path: Path):
    """(where, syntax tree) of each piece of code in the file."""
    if not path.exists():
        raise CourseError(
            f"there is no file {path}: run this from the course's folder, or name your notebook "
            "with --losses."
        )
    if not is_notebook_name(path.name):
        try:
            return [("", _parsed(path.read_text(encoding="utf-8"), str(path)))]
        except (OSError, UnicodeDecodeError) as error:
            raise CourseError(f"{path} cannot be read as text ({error}).") from None
    cells = read(path).content["cells"]
    sources = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
    pieces = []
    for number, source in enumerate(sources, start=1):
        # Magics and shell commands are IPython's, not Python's.
        lines = ["" if line.lstrip()[:1] in "%!" else line for line in source.split("\n")]
        tree = _parsed("\n".join(lines), f"code cell {number} of {path}")
        tree.body = [node for node in tree.body if _is_definition(node)]
        pieces.append((f", code cell {number}", tree))
    return pieces


def _parsed(text, where):
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        about = f"{getattr(error, 'msg', error)}" + (f" in line {line}" if line else "")
        raise CourseError(f"{where} does not parse: {about}.") from None


def _is_definition(node):
    if isinstance(node, _DEFINITIONS):
        return True
    if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
        return False
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    if not all(isinstance(target, ast.Name) for target in targets):
        return False
    try:
        ast.literal_eval(node.value)
    except ValueError:
        return False
    return True
