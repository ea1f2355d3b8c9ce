"""Tables for the terminal."""

from collections import Counter
from collections.abc import Iterable, Sequence

from rich.table import Table

from autograder.collecting.collect import Collected
from autograder.grading.result import Result
from autograder.judging import Status, Verdict
from autograder.judging.verdict import BESIDE
from autograder.reports.verdict_tables import escape


def class_table(assignment: str, results: Iterable[Result]) -> Table:
    """Students, their automatic points, and why they lost points."""
    table = Table(title=f"{assignment}: automatic points", title_justify="left")
    table.add_column("student")
    table.add_column("points", justify="right")
    table.add_column("what happened", overflow="fold")
    results = list(results)
    if said := beside(results):
        table.caption, table.caption_justify = escape(said), "left"
    for result in results:
        points = "-" if result.score is None else f"{result.score:g} / {result.max_score:g}"
        table.add_row(escape(result.student), points, escape(what_happened(result)))
    return table


def what_happened(result: Result) -> str:
    """One line for each exercise that is not right; more than 3 not attempted are only counted."""
    if not result.max_score or (result.problem and not result.verdicts):
        return result.problem or result.status
    untouched = [v for v in result.verdicts if v.status is Status.NOT_ATTEMPTED]
    lines = [result.problem] if result.problem else []
    lines += [
        f"{v.name}: {_reason(v)}"
        for v in result.verdicts
        if not v.is_right and v.status is not Status.NOT_ATTEMPTED
    ]
    if len(untouched) > 3:
        lines.append(f"{len(untouched)} exercises not attempted")
    else:
        lines += [f"{v.name}: not attempted" for v in untouched]
    if not lines:
        complete = result.verdicts and result.score == result.max_score
        lost = "points lost before a verdict: see the feedback page"
        lines = ["all right" if complete else lost]
    remarks = [f"stopped {result.stopped}"] if result.stopped else []
    return "\n".join([*lines, *(f"({remark})" for remark in (*remarks, *result.remarks))])


def beside(results: Iterable[Result]) -> str:
    """Which checks ran beside the student's code, in a sentence; "" if none did."""
    names = dict.fromkeys(v.name for r in results for v in r.verdicts if v.beside)
    return f"{', '.join(names)}: {BESIDE}" if names else ""


def _reason(verdict: Verdict) -> str:
    if verdict.misconception:
        return verdict.misconception
    first_line = verdict.message.splitlines()[0] if verdict.message else str(verdict.status)
    return first_line if len(first_line) <= 100 else first_line[:99] + "…"


def collection_table(assignment: str, rows: Iterable[Collected]) -> Table:
    """What happened to each file that was found; rows: as from collect.collect()."""
    table = Table(title=f"{assignment}: collected", title_justify="left")
    table.add_column("what became of it", no_wrap=True)
    table.add_column("student", overflow="fold")
    table.add_column("file", overflow="fold")
    table.add_column("remark", overflow="fold")
    for row in rows:
        if row.file is not None:
            table.add_row(*(escape(text or "-") for text in (row.status, row.student, row.file)),
                          escape(row.remark))  # fmt: skip
    return table


def collection_sum(rows: Sequence[Collected]) -> str:
    """One line: the number of files by status, and the students who handed in nothing."""
    counts = Counter(row.status for row in rows if row.file is not None)
    counted = "; ".join(f"{count} {status}" for status, count in counts.items()) or "no files found"
    nothing = [row.student for row in rows if row.file is None]
    return escape(f"{counted}." + (f" Nothing from: {', '.join(nothing)}." if nothing else ""))


def notes_table(notes: Iterable[tuple[str, str, str]]) -> Table:
    """The notes of an export; each is (who, where, what)."""
    table = Table()
    table.add_column("student", overflow="fold")
    table.add_column("found", overflow="fold")
    table.add_column("what happened", overflow="fold")
    for note in notes:
        table.add_row(*map(escape, note))
    return table
