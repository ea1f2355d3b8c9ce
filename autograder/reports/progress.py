"""Show the progress of a grading run on the terminal."""

from typing import Any, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from autograder.course.terminal_text import plain
from autograder.grading.grade import Watcher
from autograder.grading.result import Result


class Live(Watcher):
    """A context manager: a progress bar on a terminal, elsewhere a line for each result."""

    def __init__(self, console: Console, assignment: str) -> None:
        self.console, self.assignment = console, assignment
        self.running: set[str] = set()
        self.slowest = ("", 0.0)
        self.total = self.done = 0
        self.bar = Progress(
            TextColumn("[progress.description]{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[status]}", markup=False),
            console=console,
            disable=not console.is_terminal,
        )

    def __enter__(self) -> Self:
        self.bar.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.bar.stop()

    def begins(self, what: str, total: int, unchanged: int, workers: int | None) -> None:
        """Add the progress bar, and say how much there is to run."""
        self.total, self.done = total, 0
        self.line = self.bar.add_task(f"grading {what}", total=total, status="")
        kept = f", {unchanged} need no run" if unchanged else ""
        where = f"{workers} workers" if workers else "all available workers"
        self._say(f"{what}: {total} to run on {where}{kept}")

    def starts(self, student: str) -> None:
        """Show the student among those running."""
        self.running.add(student)
        self._update()

    def ends(self, student: str, result: Result) -> None:
        """Advance the bar; without a terminal, print the result."""
        self.running.discard(student)
        self.done += 1
        if result.seconds is not None and result.seconds > self.slowest[1]:
            self.slowest = (student, result.seconds)
        self.bar.advance(self.line)
        self._update()
        if not self.console.is_terminal:
            took = f" in {result.seconds:.1f} s" if result.seconds is not None else ""
            self._say(f"{self.done}/{self.total} {student}: {result.status}{took}")

    def tells(self, sentence: str) -> None:
        """Print the sentence above the bar."""
        self._say(sentence)

    def _say(self, text: str) -> None:
        self.console.print(plain(text), markup=False, highlight=False)

    def _update(self) -> None:
        running = ", ".join(sorted(self.running)[:4])
        slow = f" · slowest {self.slowest[0]} {self.slowest[1]:.1f} s" if self.slowest[0] else ""
        self.bar.update(self.line, status=plain(f"running: {running}{slow}"))
