"""Tables of verdicts for the terminal, and what they need: nothing of a course is imported."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.markup import escape as escape_markup
from rich.table import Table

from autograder.course.terminal_text import plain
from autograder.judging.verdict import Status, Verdict

if TYPE_CHECKING:  # importing Exercise loads torch
    from autograder.judging import Exercise

SIGNS = {
    Status.RIGHT: "✓ right",
    Status.WRONG: "✗ wrong",
    Status.RAISED: "! raised",
    Status.TIMED_OUT: "… timed out",
    Status.NOT_ATTEMPTED: "○ not attempted",
    Status.COULD_NOT_BE_JUDGED: "? could not be judged",
}


def escape(text: str) -> str:
    """Text that a table shows literally: rich's markup and control characters do nothing."""
    return escape_markup(plain(text))


def verdict_table(verdicts: Iterable[Verdict]) -> Table:
    """The verdicts on the exercises of one file."""
    table = Table(show_lines=False)
    table.add_column("exercise")
    table.add_column("verdict", no_wrap=True)
    table.add_column("why", overflow="fold")
    for verdict in verdicts:
        # There is nothing to say about a right answer unless it has a remark.
        why = verdict.told if verdict.is_right else verdict.message
        table.add_row(escape(verdict.exercise), SIGNS[verdict.status], escape(why))
    return table


def misconception_table(exercises: Iterable["Exercise"]) -> Table:
    """Every exercise with its truth and its named wrong answers."""
    table = Table(show_lines=True)
    table.add_column("exercise")
    table.add_column("points", justify="right")
    table.add_column("truth", overflow="fold")
    table.add_column("told apart", overflow="fold")
    for exercise in exercises:
        known = "\n".join(f"· {known.name}" for known in exercise.misconceptions)
        table.add_row(exercise.id, str(exercise.points), escape(exercise.truth), escape(known))
    return table
