"""Read what somebody sent, a Python file or a notebook, as cells of code that Python can run."""

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from helpers import notebook_file
from helpers.errors import CourseError
from helpers.notebook_file import is_notebook_name

# A line for IPython alone: %matplotlib inline, !pip install, help?
_FOR_IPYTHON = re.compile(r"(\s*)(?:[%!].*|[\w.]+\?+\s*)$")
# A cell magic under which Python runs; under any other (%%bash) something else does.
_RUNS_PYTHON = re.compile(r"%%(?:time|timeit|capture|prun)\b")


@dataclass(frozen=True)
class Cell:
    """place: "" for a file, or "cell 4". tree: the code, with the line numbers of its place."""

    place: str
    tree: ast.Module


@dataclass(frozen=True)
class Sent:
    """A file's cells. problems: sentences about what cannot be run."""

    path: Path
    cells: tuple[Cell, ...]
    problems: tuple[str, ...] = ()

    def names(self) -> list[str]:
        """Names of the functions, classes and variables that the file defines, in its order."""
        found: dict[str, None] = {}
        for cell in self.cells:
            for node in _statements(cell.tree.body):
                found.update(dict.fromkeys(_bound(node)))
        return list(found)

    def definitions(self) -> list[str]:
        """Names of functions and classes, and "Class.method" of methods."""
        found = []
        functions = (ast.FunctionDef, ast.AsyncFunctionDef)
        for cell in self.cells:
            for node in _statements(cell.tree.body):
                if isinstance(node, (*functions, ast.ClassDef)):
                    found.append(node.name)
                if isinstance(node, ast.ClassDef):
                    methods = (each for each in node.body if isinstance(each, functions))
                    found += [f"{node.name}.{each.name}" for each in methods]
        public = (name for name in found if not name.rpartition(".")[2].startswith("_"))
        return list(dict.fromkeys(public))


def files_in(paths: Iterable[Path]) -> list[Path]:
    """The files themselves, and those of these kinds in folders, sorted.

    Raises CourseError for what is not there, is of another kind, or is a folder without such files.
    """
    found = []
    for path in map(Path, paths):
        if path.is_dir():
            inside = sorted(each for each in path.rglob("*") if _is_code(each, path))
            if not inside:
                raise CourseError(f"{path} holds no .py or .ipynb file.")
            found += inside
        elif not path.exists():
            raise CourseError(f"There is no file {path}; check the name.")
        elif not _is_kind(path):
            raise CourseError(f"{path} is not a Python file or a notebook (.py, .ipynb).")
        else:
            found.append(path)
    return list(dict.fromkeys(found))


def _is_code(path, folder):
    inside = path.relative_to(folder).parts
    hidden = any(part.startswith(".") or part == "__pycache__" for part in inside)
    return _is_kind(path) and path.is_file() and not hidden


def _is_kind(path):
    return path.suffix.lower() == ".py" or is_notebook_name(path.name)


def read(path: Path) -> Sent:
    """The cells of a file.

    Raises CourseError where the file cannot be read, or does not parse at all.
    """
    if not is_notebook_name(path.name):
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise CourseError(f"{path} cannot be read ({error}); save it as UTF-8 text.") from None
        return Sent(path, (_cell(text, "", path),))
    sources = [
        cell["source"]
        for cell in notebook_file.read(path).content["cells"]
        if cell["cell_type"] == "code"
    ]
    cells, problems = [], []
    for number, source in enumerate(sources, start=1):
        try:
            cells.append(_cell(source, f"cell {number}", path))
        except CourseError as error:
            problems.append(str(error))
    return Sent(path, tuple(cells), tuple(problems))


def _cell(source, place, path):
    where = f"{path}, {place}," if place else str(path)
    try:
        return Cell(place, _parsed(source, str(path)))
    except SyntaxError as error:
        raise CourseError(
            f"{where} does not parse: {error.msg} in line {error.lineno}; correct it first."
        ) from None
    except (ValueError, RecursionError, MemoryError) as error:
        why = str(error) or "it is nested too deeply"  # a MemoryError says nothing
        raise CourseError(f"{where} does not parse: {why}.") from None


def _parsed(source, name):
    try:
        return ast.parse(source, filename=name)
    except SyntaxError as error:
        plain = _without_ipython(source)
        if plain == source:
            raise
        try:
            return ast.parse(plain, filename=name)
        except SyntaxError:
            raise error from None


def _without_ipython(source):
    """The source with every line for IPython alone replaced by `pass`; lines keep their number."""
    lines = source.split("\n")
    first = next((line for line in lines if line.strip()), "")
    if first.startswith("%%"):
        if not _RUNS_PYTHON.match(first):
            return ""
        lines[lines.index(first)] = "pass"
    return "\n".join(_FOR_IPYTHON.sub(r"\1pass", line) for line in lines)


def _statements(body):
    """Statements at the top level, those in `if`, `try` and `with` included."""
    for node in body:
        yield node
        if isinstance(node, (ast.If, ast.Try, ast.With)):
            for part in ("body", "orelse", "finalbody"):
                yield from _statements(getattr(node, part, []))
            for handler in getattr(node, "handlers", []):
                yield from _statements(handler.body)


def _bound(node):
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return [target.id for target in targets if isinstance(target, ast.Name)]
    return []
