"""Run test cells in this trusted process.

A name in a test cell is looked up in this order: the cell's own bindings; imports, functions and
classes of the instructor's cells; the globals of the student's kernel, through a remote session.
No student code runs here.
"""

import ast
import builtins
import contextlib
import io
import textwrap
import time
import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output

from autograder.grading.running import visible_check
from autograder.judging import Exercise, Status, Verdict, time_limit
from autograder.judging.publish import bundle
from autograder.judging.setting import SoFar, setting
from autograder.judging.trained.model import Trained
from autograder.sandbox.remote import Session

LONGEST_TEXT = 20_000
CHECK = "<check>"
# After these verdicts the visible part would add nothing, or would take just as long again.
SAYS_ENOUGH = (Status.NOT_ATTEMPTED, Status.TIMED_OUT, Status.COULD_NOT_BE_JUDGED)


class Tests:
    """The test cells of one submission. Each gets fresh globals: no test depends on another.

    given: sources of the instructor's code cells. session: with the student's kernel. salt, files:
    as in judging.setting. checks: a checks.Checks, of the assignment.
    """

    __test__ = False  # not for pytest to collect

    def __init__(
        self,
        given: Iterable[str],
        session: Session,
        salt: str,
        checks: Iterable[Exercise | Trained],
        files: Mapping[str, Path] | None = None,
    ) -> None:
        self.definitions = definitions(given)
        self.session, self.salt, self.files = session, salt, files or {}
        self.checks, self.so_far = checks, SoFar()

    def run(self, cell: NotebookNode, seconds: float, stopped: str | None = None) -> list[Verdict]:
        """Execute one test cell within `seconds`: fills cell.outputs, returns its verdicts.

        stopped: why the kernel has already ended, or None; the verdicts then say so.
        """
        verdicts: list[Verdict] = []
        start = time.monotonic()
        with setting(
            salt=self.salt,
            publish=verdicts.append,
            files=self.files,
            checks=self.checks,
            so_far=self.so_far,
        ):
            text, error = self._execute(cell.source, seconds)
        if stopped:
            why = f"not reached: {stopped}"
            verdicts = [replace(each, message=why, sentence=None) for each in verdicts]
        cell.outputs = [new_output("stream", name="stdout", text=text)] if text else []
        cell.outputs += [new_output("display_data", bundle(verdict)) for verdict in verdicts]
        if isinstance(error, time_limit.TimedOut):
            cell.outputs.append(_error("CellTimeoutError", f"no answer within {seconds:.0f} s"))
        elif error is not None:
            if not stopped and not any(verdict.status in SAYS_ENOUGH for verdict in verdicts):
                left = max(1.0, seconds - (time.monotonic() - start))
                shown = self._visible(cell.source, left, text, error)
                if shown:
                    cell.outputs.append(new_output("display_data", visible_check.bundle(shown)))
            cell.outputs.append(_shown(error, cell.source))
        return verdicts

    def _visible(
        self, source: str, seconds: float, text: str, error: BaseException | None
    ) -> visible_check.Visible | None:
        """The Visible of the part of a check that students have; None if it times out."""
        if visible_check.BEGIN in source:
            text, error = self._execute(visible_check.visible_part(source), seconds)
        return None if isinstance(error, time_limit.TimedOut) else visible_check.of_run(text, error)

    def _execute(self, source: str, seconds: float) -> tuple[str, BaseException | None]:
        """Run the source in fresh globals; returns (what it printed, its exception or None)."""
        printed, names = io.StringIO(), _Names(self.definitions, self.session)
        try:
            with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
                with self.session.time_limit(seconds), self.session.default_dtype():
                    tree = ast.parse(source, CHECK)
                    names.resolve_in_classes(tree)
                    exec(compile(tree, CHECK, "exec"), names)
            error = None
        except (Exception, time_limit.TimedOut) as raised:  # any exception is a failed check
            error = raised
        finally:
            self.session.end_of_cell()
        return printed.getvalue()[:LONGEST_TEXT], error


def definitions(sources: Iterable[str]) -> dict[str, ast.stmt]:
    """{name: node} of the imports, functions and classes that these cells define."""
    found: dict[str, ast.stmt] = {}
    for source in sources:
        for node in _parsed(source).body:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                for alias in node.names:
                    single = type(node)(**{**vars(node), "names": [alias]})
                    found[(alias.asname or alias.name).split(".")[0]] = single
            elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                found[node.name] = node
    return found


def _parsed(source: str) -> ast.Module:
    # Lines that only IPython reads, such as %matplotlib, define nothing.
    plain = [
        "" if line.lstrip().startswith(("%", "!", "?")) else line for line in source.splitlines()
    ]
    try:
        return ast.parse("\n".join(plain))
    except (SyntaxError, ValueError):
        return ast.Module([], [])


class _Names(dict):
    """The globals of one test cell."""

    def __init__(self, definitions: Mapping[str, ast.stmt], session: Session) -> None:
        super().__init__(__name__="check", __builtins__=builtins)
        self.definitions, self.session = definitions, session

    def __missing__(self, name: str) -> Any:
        if name in self.definitions:
            node = ast.Module([self.definitions[name]], [])
            self.resolve_in_classes(node)
            exec(compile(node, "<given>", "exec"), self)
            return self[name]
        if hasattr(builtins, name):
            raise KeyError(name)
        return self.session.subject(name)

    def resolve_in_classes(self, tree: ast.Module) -> None:
        """Fetch the names in class bodies in advance: Python looks them up without __missing__."""
        bodies = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
        for name in dict.fromkeys(name for body in bodies for name in _read_at_once(body)):
            with contextlib.suppress(KeyError, NameError):
                self[name] = self[name]


def _read_at_once(node: ast.AST) -> Iterator[str]:
    """The names that running a node looks up; those of functions are looked up in a call."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        yield node.id
    later: list[ast.AST] = []
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        later += node.body if isinstance(node.body, list) else [node.body]
    for each in ast.iter_child_nodes(node):
        if each not in later:
            yield from _read_at_once(each)


def _shown(error: BaseException, source: str) -> NotebookNode:
    """The error output for an exception: its message, and the visible line that raised it."""
    render = getattr(error, "_render_traceback_", None)
    if render:
        return _error(type(error).__name__, str(error), render())
    frames = traceback.extract_tb(error.__traceback__)
    lines = [f.lineno for f in frames if f.filename == CHECK and f.lineno is not None]
    where = visible_check.visible_line(source, lines[-1]) if lines else []
    message = f"{type(error).__name__}: {error}"[:2000]
    return _error(type(error).__name__, str(error)[:2000], [*where, *textwrap.wrap(message, 100)])


def _error(name: str, text: str, lines: list[str] | None = None) -> NotebookNode:
    return new_output("error", ename=name, evalue=text, traceback=lines or [f"{name}: {text}"])
