"""Judge the known functions of Python files and notebooks, in a process that may hang or die.

One child (judging_process) imports torch and the checks once, and judges each file in a fork of its
own. It is not a sandbox: judge files of people you would run code from.
"""

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autograder.checks import sent_file
from autograder.checks.folders import notebooks
from autograder.judging.verdict import Status, Verdict
from helpers.errors import CourseError

SECONDS = 30.0
# Starting Python and importing torch, on a slow disk.
START_SECONDS = 300.0
# The child runs this with the kit's folder last on its path, and the current folder nowhere on it.
# The collector waits until all is imported: it would take a third of the time.
_CHILD = (
    "import gc, sys; gc.disable(); sys.path.append(sys.argv.pop(1));"
    " from autograder.checks.judging_process import main; main()"
)


@dataclass
class Judged:
    """One file. verdicts: of the exercises that it defines, in notebook order.

    notes: sentences about what was passed over or could not be run.
    problem: why nothing of the file was judged, in a sentence.
    """

    path: Path
    verdicts: list[Verdict] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problem: str | None = None


def judge_files(
    root: Path,
    paths: Sequence[Path],
    assignment: str | None = None,
    seconds: float = SECONDS,
    prepare: str = "",
) -> Iterator[Judged]:
    """Each file as it is judged.

    root: the course directory. paths: .py and .ipynb files, and folders of them. assignment: only
    its exercises (default: those of the whole course). seconds: per exercise. prepare:
    "module:function" that the child calls before it runs any file.

    Raises CourseError for a path that is not there, and for checks that do not load.
    """
    files = sent_file.files_in(paths)
    if assignment:
        notebooks(root, assignment)
    # What cannot be read is told at once: starting the child takes seconds.
    problems = {path: problem for path in files if (problem := _problem_of(path))}
    for path, problem in problems.items():
        yield Judged(path, problem=problem)
    files = [path for path in files if path not in problems]
    if files:
        yield from _in_child(root, files, assignment, seconds, prepare)


def _problem_of(path):
    """Why a file cannot be read or does not parse at all; None where it does."""
    try:
        sent_file.read(path)
    except CourseError as error:
        return str(error)
    return None


def _in_child(root, files, assignment, seconds, prepare):
    kit = str(Path(__file__).resolve().parents[2])
    command = [sys.executable, "-P", "-c", _CHILD, kit]
    job = {
        "root": str(Path(root).resolve()),
        "files": [str(path) for path in files],
        "assignment": assignment,
        "seconds": seconds,
        "prepare": prepare,
    }
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
    assert child.stdin is not None
    try:
        _send(child, job)
        rows = _rows(child, START_SECONDS + seconds)
        yield from _collected(files, rows)
    finally:
        child.kill()
        child.wait()


def judge_file(
    root: Path, path: Path, assignment: str | None = None, seconds: float = SECONDS
) -> list[Verdict]:
    """The verdicts on one file; CourseError where nothing in it can be judged."""
    (judged,) = judge_files(root, [path], assignment, seconds)
    if judged.problem:
        raise CourseError(judged.problem)
    return judged.verdicts


def _send(child, job):
    try:
        child.stdin.write(json.dumps(job))
        child.stdin.close()
    except BrokenPipeError:  # it has not started; its rows say so
        pass


def _rows(child, patience):
    """What the child says, row by row; ends with the child, or when it says nothing any more."""
    lines: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=_forward, args=(child.stdout, lines), daemon=True).start()
    while True:
        try:
            line = lines.get(timeout=patience)
        except queue.Empty:
            return
        if line is None:
            return
        yield json.loads(line)


def _collected(files, rows):
    """A Judged for each file, complete as soon as the row that ends it is there."""
    waiting = {str(path): Judged(path) for path in files}
    for row in rows:
        if "error" in row:  # before any file
            raise CourseError(row["error"])
        judged = waiting[row["file"]]
        if "verdict" in row:
            judged.verdicts.append(Verdict.from_row(row["verdict"]))
        elif "note" in row:
            judged.notes.append(row["note"])
        else:
            judged.problem = row["done"]
            yield waiting.pop(row["file"])
    for judged in waiting.values():
        message = "Python did not start, or cannot import torch; nothing was run"
        judged.verdicts.append(Verdict("file", Status.COULD_NOT_BE_JUDGED, message))
        yield judged


def _forward(stream, lines):
    for line in stream:
        lines.put(line)
    lines.put(None)
