"""A grading run on the terminal: how far it is, who is running, how long it will take."""

import time

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from autograder.grading.grade import Watcher
from autograder.reports.terminal_text import plain


class Live(Watcher):
    """A context manager. On a terminal a bar that moves, elsewhere a line for each result."""

    def __init__(self, console, assignment):
        self.console, self.assignment = console, assignment
        self.running, self.slowest = {}, ("", 0.0)
        self.total = self.done = 0
        self.bar = Progress(
            TextColumn("[progress.description]{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[about]}", markup=False),
            console=console,
            disable=not console.is_terminal,
        )

    def __enter__(self):
        self.bar.start()
        return self

    def __exit__(self, *_):
        self.bar.stop()

    def begins(self, total, unchanged, workers):
        self.total = total
        self.line = self.bar.add_task(f"grading {self.assignment}", total=total, about="")
        kept = f", {unchanged} need nothing" if unchanged else ""
        where = f"{workers} workers" if workers else "the workers there are"
        self._say(f"{self.assignment}: {total} to run on {where}{kept}")

    def starts(self, student):
        self.running[student] = time.perf_counter()
        self._update()

    def ends(self, student, result):
        self.running.pop(student, None)
        self.done += 1
        if (result.seconds or 0) > self.slowest[1]:
            self.slowest = (student, result.seconds)
        self.bar.advance(self.line)
        self._update()
        if not self.console.is_terminal:
            took = f" in {result.seconds:.1f} s" if result.seconds is not None else ""
            self._say(f"{self.done}/{self.total} {student}: {result.status}{took}")

    def tells(self, sentence):
        self._say(sentence)

    def _say(self, text):
        self.console.print(plain(text), markup=False, highlight=False)

    def _update(self):
        running = ", ".join(sorted(self.running)[:4])
        slow = f" · slowest {self.slowest[0]} {self.slowest[1]:.1f} s" if self.slowest[0] else ""
        self.bar.update(self.line, about=plain(f"running: {running}{slow}"))
