"""Read the verdicts from an executed notebook, at least one for every test cell."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from nbformat import NotebookNode

from autograder.judging import Status, Verdict
from autograder.judging.publish import verdicts_of
from autograder.notebooks import cells

if TYPE_CHECKING:  # torch is slow to import, and who releases or reads pages does not need it
    from autograder.checks import Checks

# For a cell that does not parse IPython says "(1234567.py, line 2)", though it is not in a file.
NAME_OF_CELL = re.compile(r"\((?:\d+\.py|<ipython-input[^>]*>), line ")


def verdicts(checks: "Checks", notebook: NotebookNode) -> list[Verdict]:
    """The verdicts of an executed notebook, in order; a test cell without judge has one, too.

    checks: those of its assignment.
    """
    answers = cells.named(notebook)
    ids = {each.name: each.id for each in checks.in_notebook}
    found: list[Verdict] = []
    for cell in cells.tests(notebook):
        name = cells.exercise_name(cells.grade_id(cell) or "")
        given = verdicts_of(cell)
        if not given:
            own = _from_outputs(ids.get(name, name), answers.get(name), cell)
            given = [replace(own, beside=not cells.is_judged(cell.source))]
        found += given
    return found


def _from_outputs(exercise_id: str, answer: NotebookNode | None, test: NotebookNode) -> Verdict:
    """The verdict on a test that stopped before judge, or has none, by what its cells show.

    An error in the student's own cell explains more than the error of the test.
    """
    for cell, status in ((answer, Status.RAISED), (test, Status.WRONG)):
        for output in cell.outputs if cell and cell.cell_type == "code" else ():
            if output.output_type == "error":
                error = (
                    f"{output.ename}: {output.evalue}".strip(": \n") or "an error without a name"
                )
                error = NAME_OF_CELL.sub("(line ", error.splitlines()[0])
                where = "its cell stops with " if cell is answer else ""
                return Verdict(exercise_id, status, f"{where}{error}"[:300])
    return Verdict.right(exercise_id)
