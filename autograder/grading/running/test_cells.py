"""Test cells, run in this trusted process.

A name in a test cell is, in this order: what the cell itself binds; an import, function or class
of the instructor's own cells; or whatever the student's kernel has under that name, reached
through a remote session. No code of the student's runs here.
"""

import ast
import builtins
import contextlib
import io
import textwrap
import time
import traceback
from dataclasses import replace

from nbformat.v4 import new_output

from autograder.grading.running import visible_check
from autograder.judging import Status, time_limit
from autograder.judging.publish import bundle
from autograder.judging.setting import setting

LONGEST_TEXT = 20_000
CHECK = "<check>"
# After these verdicts the visible part has nothing to add, or would take as long again.
SAYS_ENOUGH = (Status.NOT_ATTEMPTED, Status.TIMED_OUT, Status.COULD_NOT_BE_JUDGED)


class Tests:
    """given: sources of the instructor's code cells. session: of the student's kernel.

    checks: a checks.Checks, of the assignment.

    salt, files: see judging.setting. Every cell gets fresh names, so no test depends on another.
    """

    __test__ = False  # nothing for pytest

    def __init__(self, given, session, salt, files=None, checks=()):
        self.definitions = definitions(given)
        self.session, self.salt, self.files = session, salt, files or {}
        self.checks = checks

    def run(self, cell, seconds, stopped=None):
        """Execute one test cell: fills cell.outputs, returns its verdicts.

        stopped: why the kernel has ended already, for verdicts to say.
        """
        verdicts, start = [], time.monotonic()
        with setting(salt=self.salt, publish=verdicts.append, files=self.files, checks=self.checks):
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

    def _visible(self, source, seconds, text, error):
        """The Visible of the part of a check that students have; None where it has no end."""
        if visible_check.BEGIN in source:
            text, error = self._execute(visible_check.visible_part(source), seconds)
        return None if isinstance(error, time_limit.TimedOut) else visible_check.seen(text, error)

    def _execute(self, source, seconds):
        """(what was printed, the exception or None) of one run in fresh names."""
        printed, names = io.StringIO(), _Names(self.definitions, self.session)
        try:
            with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
                with self.session.time_limit(seconds):
                    tree = ast.parse(source, CHECK)
                    names.resolve_in_classes(tree)
                    exec(compile(tree, CHECK, "exec"), names)
            error = None
        except (
            Exception,
            time_limit.TimedOut,
        ) as raised:  # whatever a check raises is a failed check
            error = raised
        finally:
            self.session.end_of_cell()
        return printed.getvalue()[:LONGEST_TEXT], error


def definitions(sources):
    """{name: node} of the imports, functions and classes that these cells define."""
    found = {}
    for source in sources:
        for node in _parsed(source).body:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                for alias in node.names:
                    single = type(node)(**{**vars(node), "names": [alias]})
                    found[(alias.asname or alias.name).split(".")[0]] = single
            elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                found[node.name] = node
    return found


def _parsed(source):
    # Lines for IPython alone, such as %matplotlib, define nothing.
    plain = [
        "" if line.lstrip().startswith(("%", "!", "?")) else line for line in source.splitlines()
    ]
    try:
        return ast.parse("\n".join(plain))
    except (SyntaxError, ValueError):
        return ast.Module([], [])


class _Names(dict):
    """The global names of one test cell."""

    def __init__(self, definitions, session):
        super().__init__(__name__="check", __builtins__=builtins)
        self.definitions, self.session = definitions, session

    def __missing__(self, name):
        if name in self.definitions:
            node = ast.Module([self.definitions[name]], [])
            self.resolve_in_classes(node)
            exec(compile(node, "<given>", "exec"), self)
            return self[name]
        if hasattr(builtins, name):
            raise KeyError(name)
        return self.session.subject(name)

    def resolve_in_classes(self, tree):
        """Python looks up names in a class body past __missing__: fetch those beforehand."""
        bodies = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
        for node in (each for body in bodies for each in ast.walk(body)):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                with contextlib.suppress(KeyError, NameError):
                    self[node.id]


def _shown(error, source):
    """The error output for an exception: its text, and the visible line that raised it."""
    render = getattr(error, "_render_traceback_", None)
    if render:
        return _error(type(error).__name__, str(error), render())
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == CHECK]
    where = _visible_line(source, lines[-1]) if lines else []
    said = f"{type(error).__name__}: {error}"[:2000]
    return _error(type(error).__name__, str(error)[:2000], [*where, *textwrap.wrap(said, 100)])


def _visible_line(source, number):
    """The line of the check that failed, unless it is hidden."""
    line = visible_check.visible_part(source).splitlines()[number - 1].strip()
    return [f"in line {number} of the check: {line}"] if line else []


def _error(name, text, lines=None):
    return new_output("error", ename=name, evalue=text, traceback=lines or [f"{name}: {text}"])
