"""What the visible part of a check expected and got, where the hidden part fails first.

A test cell begins with its hidden tests, and stops at the first that fails. For whoever reads the
feedback, the part that every student can run is then run once more, on its own: what it says is
the student's to see, and what the hidden part says in the same cell is not.
"""

from dataclasses import asdict, dataclass

from helpers.expect import Mismatch

BEGIN, END = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
MIME = "application/vnd.dgm.visible-check+json"
LONGEST = 2000


@dataclass(frozen=True)
class Visible:
    """passed: labels of the checks that held. The first that did not: its label, what was
    expected, what came, and a hint; all None where every one held.
    """

    passed: tuple[str, ...] = ()
    label: str | None = None
    expected: str | None = None
    got: str | None = None
    hint: str | None = None

    @property
    def holds(self):
        return self.label is None

    def __str__(self):
        if self.holds:
            return "the visible part of the check passes"
        return str(Mismatch(self.label, self.expected, self.got, self.hint))


def visible_part(source):
    """The source without its hidden tests; what is left keeps its line numbers."""
    hidden, lines = False, []
    for line in source.splitlines():
        hidden = hidden or line.strip() == BEGIN
        lines.append("" if hidden else line)
        hidden = hidden and line.strip() != END
    return "\n".join(lines)


def seen(printed, error):
    """The Visible of a run that printed this text and raised this exception, or None."""
    passed = tuple(line[2:] for line in printed.splitlines() if line.startswith("✓ "))
    if error is None:
        return Visible(passed)
    if isinstance(error, Mismatch):
        parts = (error.label, error.expected, error.got, error.hint)
        return Visible(passed, *(part and str(part)[:LONGEST] for part in parts))
    return Visible(passed, "the check did not come to its end", None, _said(error)[:LONGEST])


def bundle(visible):
    """The Visible as the data of a display output, which formgrader shows as well."""
    return {MIME: asdict(visible), "text/plain": f"On its own: {visible}"}


def visible_of(cell):
    """The Visible that bundle() left in an executed test cell, or None."""
    for output in cell.get("outputs", ()):
        row = output.get("data", {}).get(MIME)
        if row:
            return Visible(**{**row, "passed": tuple(row["passed"])})
    return None


def _said(error):
    return f"{type(error).__name__}: {error}".strip(": ")
