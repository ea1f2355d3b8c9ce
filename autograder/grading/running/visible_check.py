"""Show what the visible part of a check expected and got, even if the hidden part fails first.

A test cell begins with its hidden tests and stops at the first failure. The visible part is then
run once more, on its own, for the feedback: a student may see what it says, but not what the
hidden part says.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from helpers.mismatch import Mismatch

BEGIN, END = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
MIME = "application/vnd.dgm.visible-check+json"
LONGEST = 2000


@dataclass(frozen=True)
class Visible:
    """The result of the visible part of one check.

    passed: labels of the comparisons that passed. label, expected, got, hint: of the first that
    failed; all None if every one passed.
    """

    passed: tuple[str, ...] = ()
    label: str | None = None
    expected: str | None = None
    got: str | None = None
    hint: str | None = None

    @property
    def holds(self) -> bool:
        """Whether every comparison passed."""
        return self.label is None

    def __str__(self) -> str:
        if self.label is None:
            return "the visible part of the check passes"
        return str(Mismatch(self.label, self.expected, self.got, self.hint))


def visible_part(source: str) -> str:
    """The source without its hidden tests; what is left keeps its line numbers."""
    hidden, lines = False, []
    for line in source.splitlines():
        hidden = hidden or line.strip() == BEGIN
        lines.append("" if hidden else line)
        hidden = hidden and line.strip() != END
    return "\n".join(lines)


def visible_line(source: str, number: int) -> list[str]:
    """A sentence with line `number`, from 1, of the check; none if the line is hidden."""
    lines = visible_part(source).splitlines()[number - 1 : number]
    line = "".join(lines).strip()
    return [f"in line {number} of the check: {line}"] if line else []


def of_run(printed: str, error: BaseException | None) -> Visible:
    """The Visible of a run that printed this text and ended with this exception or none."""
    passed = tuple(line[2:] for line in printed.splitlines() if line.startswith("✓ "))
    if error is None:
        return Visible(passed)
    if isinstance(error, Mismatch):
        parts = (error.label, error.expected, error.got, error.hint)
        return Visible(passed, *(part and str(part)[:LONGEST] for part in parts))
    return Visible(passed, "the check did not finish", None, _summary(error)[:LONGEST])


def bundle(visible: Visible) -> dict[str, Any]:
    """The Visible as the data of a display output; formgrader shows it, too."""
    return {MIME: asdict(visible), "text/plain": f"On its own: {visible}"}


def visible_of(cell: Mapping[str, Any]) -> Visible | None:
    """The Visible that bundle() left in an executed test cell, or None."""
    for output in cell.get("outputs", ()):
        row = output.get("data", {}).get(MIME)
        if row:
            return Visible(**{**row, "passed": tuple(row["passed"])})
    return None


def _summary(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".strip(": ")
