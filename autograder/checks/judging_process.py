"""The child of judge_file: imports torch and the checks once, judges each file in a fork.

It reads a job as JSON from its input and prints one JSON row for each thing that there is to say.
A fork that hangs or dies costs the exercise that it was at; another one goes on behind it.
"""

import ast
import difflib
import gc
import importlib
import json
import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from autograder.checks import find, sent_file
from autograder.checks.sent_file import Sent
from autograder.judging import Status, Verdict, judge
from autograder.judging.aliases import as_called
from autograder.judging.causes import right_but_for, stand_ins
from autograder.judging.exercise import Exercise
from autograder.judging.time_limit import TimedOut, time_limit
from helpers.code_names import called
from helpers.errors import CourseError

# One line at the top level of a file that trains, or waits for data.
LINE_SECONDS = 5.0
FILE, EXERCISES, END = "file", "exercises", "end"
_DEFINING = (
    *(ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef),
    *(ast.Assign, ast.AnnAssign, ast.If, ast.Try),
)
# What names of the same thing have in common beside their letters.
_CLOSE = 0.8

Row = dict[str, Any]


def main() -> None:
    """Judge the files of the job on standard input."""
    job = json.load(sys.stdin)
    torch.set_num_threads(1)
    # What a file prints must not be taken for a row.
    rows = os.fdopen(os.dup(1), "w", buffering=1)
    silence = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silence, stream)
    if job["prepare"]:
        module, _, function = job["prepare"].partition(":")
        getattr(importlib.import_module(module), function)()
    try:
        known = judged(Path(job["root"]), job["assignment"])
    except CourseError as error:
        _say(rows, error=str(error))
        return
    gc.freeze()  # what is there now stays, and no fork has to look through it
    gc.enable()
    for path in job["files"]:
        problem = None
        try:
            for row in _of_file(sent_file.read(Path(path)), known, job["seconds"]):
                _say(rows, file=path, **row)
        except CourseError as error:
            problem = str(error)
        _say(rows, file=path, done=problem)


def judged(root: Path, assignment: str | None = None) -> list[tuple[str, Exercise]]:
    """(assignment, Exercise) of all that can be judged in a course, or of one assignment of it."""
    chosen = [assignment] if assignment else find.names(root)
    return [(name, each) for name in chosen for each in find.of_assignment(root, name).judged]


def _say(rows, **row):
    print(json.dumps(row), file=rows)


def _of_file(sent: Sent, known: list[tuple[str, Exercise]], seconds: float) -> Iterator[Row]:
    """Rows with "verdict" and "note" about one file."""
    names = sent.names()
    wanted = [pair for pair in known if _name_in(names, pair[1])]
    for problem in sent.problems:
        yield {"note": problem}
    passed = _passed_over(sent, [exercise for _, exercise in known], wanted)
    if not wanted:
        told = f" {passed}" if passed else ""
        every = ", ".join(exercise.name for _, exercise in known) or "none"
        raise CourseError(
            f"{sent.path} defines none of the exercises; their names are: {every}.{told}"
        )
    if passed:
        yield {"note": passed}
    done, definitions_only = 0, False
    while done < len(wanted):
        stage = FILE
        for kind, what in _forked(sent, wanted[done:], seconds, definitions_only):
            if kind == "stage":
                stage = what
            elif kind == "row":
                done += "verdict" in what
                if not (definitions_only and "note" in what):
                    yield what
            elif stage == FILE and not definitions_only:
                yield {"note": f"The file {what}; only its definitions were run."}
                definitions_only = True
            elif stage == FILE:
                for _, exercise in wanted[done:]:
                    yield _blamed(exercise, f"the file itself {what}")
                return
            elif stage == EXERCISES:
                yield _blamed(wanted[done][1], f"it {what}")
                done += 1


def _blamed(exercise, message):
    status = Status.RAISED if "ended" in message else Status.TIMED_OUT
    return {"verdict": Verdict(exercise.id, status, message).as_row()}


def _forked(sent, wanted, seconds, definitions_only):
    """("stage" | "row" | "end", what) of one fork; the end is told unless all went well."""
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(reader)
        try:
            os.setsid()
            _run(sent, wanted, seconds, definitions_only, os.fdopen(writer, "w", buffering=1))
        finally:
            os._exit(0)  # threads of the file's must not keep it alive
    os.close(writer)
    ended = False
    try:
        # It has its own limit; this one only steps in when that fails.
        for line in _lines(reader, 2 * seconds + 5):
            if line is None:
                yield END, f"does not finish within {seconds:g} s: is there an endless loop?"
                return
            kind, what = json.loads(line)
            ended = ended or what == END
            yield kind, what
        if not ended:
            yield END, "ended the Python process (os._exit, a crash, too much memory)"
    finally:
        os.close(reader)
        for target in (os.killpg, os.kill):
            try:
                target(pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass
        os.waitpid(pid, 0)


def _lines(reader, patience):
    """Lines from a pipe; None when nothing comes for `patience` seconds."""
    rest = b""
    while True:
        if not select.select([reader], [], [], patience)[0]:
            yield None
            return
        data = os.read(reader, 65536)
        if not data:
            return
        *lines, rest = (rest + data).split(b"\n")
        yield from lines


# In the fork.


def _run(sent, wanted, seconds, definitions_only, rows):
    """Execute the file, then one row for each wanted exercise."""

    def say(kind, what):
        print(json.dumps([kind, what]), file=rows)

    # Modules beside the file are found, and hide nothing that is installed.
    sys.path.append(str(sent.path.resolve().parent))
    namespace = {"__name__": "submission", "__file__": str(sent.path), "get_ipython": _IPython()}
    failures = []
    for failure in _executed(sent, namespace, seconds, definitions_only):
        failures.append(failure)
        say("row", {"note": f"{failure}. The rest was run."})
    say("stage", EXERCISES)
    verdicts: dict[str, Verdict] = {}
    for assignment, exercise in wanted:
        verdict = _judged(exercise, namespace, seconds, failures)
        verdicts[exercise.id] = verdict
        if not verdict.is_right:
            verdict = _with_right_helpers(verdict, assignment, wanted, namespace, seconds)
        say("row", {"verdict": verdict.as_row()})
    say("stage", END)


class _IPython:
    """What get_ipython() gives in an exported notebook: takes everything, does nothing."""

    def __call__(self, *arguments, **keywords):
        return self

    def __getattr__(self, name):
        return self


def _executed(sent, namespace, seconds, definitions_only):
    """Run the file statement by statement; a sentence about each one that fails."""
    ends = time.monotonic() + seconds
    for cell in sent.cells:
        for node in cell.tree.body:
            if definitions_only and not isinstance(node, _DEFINING):
                continue
            left = ends - time.monotonic()
            if left <= 0 and not isinstance(node, _DEFINING):
                continue
            code = compile(ast.Module([node], []), str(sent.path), "exec")
            limit = min(LINE_SECONDS, max(left, 1.0))
            where = ", ".join(filter(None, (cell.place, f"line {node.lineno}")))
            try:
                with time_limit(limit):
                    exec(code, namespace)
            except TimedOut:
                yield f"Stopped at {where} after {limit:g} s"
            except BaseException as error:
                text = str(error).rstrip(".")[:200]
                yield f"Stopped at {where} by {type(error).__name__}: {text}".rstrip(": ")


def _name_in(names, exercise):
    """The name under which an exercise is in a file: its own, or that of an alias."""
    aliases = [alias.name for alias in exercise.aliases]
    return next((name for name in (exercise.name, *aliases) if name in names), None)


def _judged(exercise, namespace, seconds, failures):
    name = _name_in(namespace, exercise)
    if name is None:
        why = failures[0] if failures else "the file does not bind it when it is run"
        return Verdict(exercise.id, Status.RAISED, f"never defined: {why}")
    subject, told = as_called(exercise, name, namespace[name])
    verdict = judge(exercise, subject, seconds=seconds)
    if verdict.is_right:
        remarks = (verdict.sentence, told)
        return Verdict.right(exercise.id, " ".join(filter(None, remarks)))
    return verdict


def _with_right_helpers(verdict, assignment, wanted, namespace, seconds):
    """The verdict, were the other exercises that the answer calls right.

    A wrong one is replaced by its oracle, for this one judgement. If that is what was wrong, the
    answer itself is right, and a remark names the cause.
    """
    by_name = {e.name: e for where, e in wanted if where == assignment and e.id != verdict.exercise}
    exercise = next(each for _, each in wanted if each.id == verdict.exercise)
    wrong = {
        name: by_name[name]
        for name in sorted(called(namespace.get(exercise.name), by_name, namespace))
        if name in namespace and not judge(by_name[name], namespace[name], seconds=seconds).is_right
    }
    oracles = stand_ins(exercise, wrong)
    if not oracles:
        return verdict
    own = {name: namespace[name] for name in oracles}
    try:
        namespace.update(oracles)
        again = judge(exercise, namespace[exercise.name], seconds=seconds)
    finally:
        namespace.update(own)
    return right_but_for(again, oracles) if again.is_right else verdict


# Functions that are none of the exercises.


def _passed_over(sent: Sent, every: list[Exercise], wanted: list[tuple[str, Exercise]]) -> str:
    """One sentence about functions that are not judged, and the names that would be."""
    taken = {_name_in(sent.names(), exercise) for _, exercise in wanted}
    free = [each for each in every if each not in [exercise for _, exercise in wanted]]
    named = {each.name for each in free}
    close, others = [], []
    for name in sent.definitions():
        own = name.rpartition(".")[2]
        # Methods of a class that is judged are its own affair, unless one is an exercise by name.
        if name in taken or (name.partition(".")[0] in taken and own not in named):
            continue
        meant = _closest(own, free)
        if meant:
            how = "a function " if "." in name else ""
            close.append(f"{name} would be judged as {how}{meant}")
        elif "." not in name:
            others.append(name)
    said = ["; ".join(close)] if close else []
    if others:
        shown = ", ".join(others[:8]) + (", ..." if len(others) > 8 else "")
        said.append(f"no exercise has the name {shown}")
    return f"Passed over: {'; '.join(said)}." if said else ""


def _closest(name: str, exercises: list[Exercise]) -> str | None:
    plain = _plain(name)
    ranked = [
        (difflib.SequenceMatcher(None, plain, _plain(each)).ratio(), exercise.name)
        for exercise in exercises
        for each in (exercise.name, *(alias.name for alias in exercise.aliases))
    ]
    close = [each for each in ranked if each[0] >= _CLOSE]
    return max(close)[1] if close else None


def _plain(name: str) -> str:
    return name.replace("_", "").lower()
