"""Judge every known function of a Python file, in a process that may hang or die.

The child executes the file and prints one JSON row per exercise; the parent waits for each
row, and when none comes kills the child and starts another one for the rest. The child is
not a sandbox: judge files of people you would run code from.
"""

import ast
import json
import os
import queue
import subprocess
import sys
import threading
import traceback
from pathlib import Path

from autograder.checks import find
from autograder.judging import Status, Verdict
from autograder.judging.exercise import Exercise
from helpers.errors import CourseError

SECONDS = 30.0
# Starting Python and importing torch, on a slow disk.
START_SECONDS = 120.0


def judge_file(
    root: Path, path: Path, assignment: str | None = None, seconds: float = SECONDS
) -> list[Verdict]:
    """Verdicts for the functions and classes that the file defines, in notebook order.

    root: the course directory. path: a .py file. assignment: only its exercises (default: those of
    the whole course). seconds: per exercise.
    """
    root, path = Path(root).resolve(), Path(path)
    names = _defined_names(path)
    chosen = judged(root, assignment)
    wanted = [(where, exercise.id) for where, exercise in chosen if exercise.name in names]
    if not wanted:
        known = ", ".join(exercise.name for _, exercise in chosen) or "none"
        raise CourseError(f"{path} defines none of the exercises; their names are: {known}.")
    verdicts: list[Verdict] = []
    while len(verdicts) < len(wanted):
        verdicts += _run_child(root, path, wanted[len(verdicts) :], seconds)
    return verdicts


def judged(root: Path, assignment: str | None = None) -> list[tuple[str, Exercise]]:
    """(assignment, Exercise) of all that can be judged in a course, or of one assignment of it."""
    chosen = [assignment] if assignment else find.names(root)
    return [(name, each) for name in chosen for each in find.of_assignment(root, name).judged]


def _defined_names(path):
    """Names bound at the top level of the file."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    except FileNotFoundError:
        raise CourseError(f"There is no file {path}; check the name.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise CourseError(f"{path} cannot be read ({error}); save it as UTF-8 text.") from None
    except SyntaxError as error:
        raise CourseError(
            f"{path} does not parse: {error.msg} in line {error.lineno}; correct it first."
        ) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise CourseError(f"{path} does not parse: {error}.") from None
    names = set()
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names.update(target.id for target in targets if isinstance(target, ast.Name))
    return names


def _run_child(root, path, wanted, seconds):
    """Verdicts of one child, at least one: whoever ends the child gets a verdict for it."""
    names = (word for pair in wanted for word in pair)
    command = [sys.executable, "-m", __name__, str(root), str(path), str(seconds), *names]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
    lines: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=_forward, args=(child.stdout, lines), daemon=True).start()
    verdicts: list[Verdict] = []
    stage = "start"
    try:
        patience = START_SECONDS
        while len(verdicts) < len(wanted):
            left = wanted[len(verdicts) :]
            try:
                line = lines.get(timeout=patience)
            except queue.Empty:
                what = f"does not finish within {seconds:g} s: is there an endless loop?"
                return verdicts + _blame(stage, left, Status.TIMED_OUT, what)
            if line is None:
                what = "ended the Python process (os._exit, a crash, too much memory)"
                return verdicts + _blame(stage, left, Status.RAISED, what)
            # The child has its own limit; the parent only steps in when that one fails.
            patience = 2 * seconds + 5
            row = json.loads(line)
            if isinstance(row, str):
                stage = row
            else:
                verdicts.append(Verdict.from_row(row))
    finally:
        child.kill()
        child.wait()
    return verdicts


def _blame(stage, left, status, what):
    """Verdicts for the exercises that a child which stopped has decided."""
    if stage == "start":
        message = "Python did not start, or cannot import torch; nothing was run"
        return [Verdict(name, Status.COULD_NOT_BE_JUDGED, message) for _, name in left]
    if stage == "file":
        # It would stop again in the next child.
        return [Verdict(name, status, f"the file itself {what}") for _, name in left]
    return [Verdict(left[0][1], status, f"it {what}")]


def _forward(stream, lines):
    for line in stream:
        lines.put(line)
    lines.put(None)


def main(root: str, path: str, seconds: str, *wanted: str) -> None:
    """The child: execute the file, then one JSON row for each wanted exercise."""
    import torch

    from autograder.judging import judge

    torch.set_num_threads(1)
    # What the file prints must not be taken for a row.
    rows = os.fdopen(os.dup(1), "w", buffering=1)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    namespace = {"__name__": "submission", "__file__": path}
    print(json.dumps("file"), file=rows)
    failure = _execute(path, namespace)
    print(json.dumps("exercises"), file=rows)
    for assignment, exercise_id in zip(wanted[::2], wanted[1::2], strict=True):
        judged = find.of_assignment(Path(root), assignment).judged
        (exercise,) = (each for each in judged if each.id == exercise_id)
        if exercise.name in namespace:
            verdict = judge(exercise, namespace[exercise.name], seconds=float(seconds))
        else:
            verdict = Verdict(exercise_id, Status.RAISED, f"never defined: {failure}")
        print(json.dumps(verdict.as_row()), file=rows)
    rows.close()
    os._exit(0)  # threads of the file's must not keep the child alive


def _execute(path, namespace):
    """Run the file; returns None or a sentence about the exception that stopped it."""
    try:
        code = compile(Path(path).read_text(encoding="utf-8"), path, "exec")
        exec(code, namespace)
    except BaseException as error:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == path]
        where = f" in line {frames[-1].lineno}" if frames else ""
        return f"the file stops with {type(error).__name__}{where}: {error}"
    return None


if __name__ == "__main__":
    main(*sys.argv[1:])
