"""From an executed notebook to verdicts, one for every test cell at least."""

import re

from autograder.judging import Status, Verdict
from autograder.judging.publish import verdicts_of
from autograder.notebooks import cells

# IPython says "(1234567.py, line 2)" of a cell that does not parse; a cell is no such file.
NAME_OF_CELL = re.compile(r"\((?:\d+\.py|<ipython-input[^>]*>), line ")


def verdicts(checks, notebook):
    """Verdicts of an executed notebook, in its order; a test cell without judge has one, too.

    checks: a checks.Checks, of its assignment.
    """
    answers = cells.named(notebook)
    ids = {each.name: each.id for each in checks.in_notebook}
    found = []
    for cell in cells.tests(notebook):
        name = cells.exercise_name(cells.grade_id(cell))
        found += verdicts_of(cell) or [_from_outputs(ids.get(name, name), answers.get(name), cell)]
    return found


def _from_outputs(exercise_id, answer, test):
    """The test stopped before judge, or has none: the student's own cell may tell why."""
    for cell, status in ((answer, Status.RAISED), (test, Status.WRONG)):
        for output in cell.outputs if cell and cell.cell_type == "code" else ():
            if output.output_type == "error":
                said = f"{output.ename}: {output.evalue}".strip(": \n") or "an error without a name"
                said = NAME_OF_CELL.sub("(line ", said.splitlines()[0])
                where = "its cell stops with " if cell is answer else ""
                return Verdict(exercise_id, status, f"{where}{said}"[:300])
    return Verdict.right(exercise_id)
