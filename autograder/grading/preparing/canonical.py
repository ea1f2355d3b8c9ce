"""The notebook that is graded: the instructor's, with the student's answers put in.

Only the source of solution and written-answer cells is taken from a submission, found by
grade_id. What its metadata, order, duplicates or other cells say is not believed. A student's
own further cells run where they stood; they can never be graded. Cells that only show something
keep the outputs that were handed in.
"""

import ast
import copy
import re
from collections import defaultdict
from dataclasses import dataclass

from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.notebooks.cells import grade_id, is_answer, marks, named
from autograder.notebooks.kept_outputs import carry_over, is_shown_only


@dataclass(frozen=True)
class Canonical:
    """notebook: to be graded. remarks: for the teacher, one sentence each."""

    notebook: object
    remarks: tuple[str, ...]


def canonical(released, submission):
    """Both are notebooks of format 4; neither is changed.

    released: what students were given. Returns a Canonical.
    """
    return _Rebuild(released, submission).result()


class _Rebuild:
    def __init__(self, released, submission):
        self.notebook = copy.deepcopy(released)
        self.given = {cell.id: cell for cell in self.notebook.cells}
        self.by_grade_id = named(self.notebook)
        self.handed_in = submission.cells
        self.matches = [self._match(cell) for cell in self.handed_in]
        self.remarks = []

    def result(self):
        own = self._own_cells()
        for name, cell in self.by_grade_id.items():
            if is_answer(cell):
                cell.source = self._answer(name, cell)
            else:
                self._look_at_given(name, cell)
        self._look_at_order()
        for cell in filter(is_shown_only, self.notebook.cells):
            carry_over(cell, next(iter(self._candidates(cell)), None))
        cells = []
        for cell in self.notebook.cells:
            cells += [*own.pop(cell.id, ()), cell]
        self.notebook.cells = cells + own.pop(None, [])
        return Canonical(self.notebook, tuple(self.remarks))

    def _match(self, cell):
        """The given cell that this one stands for, or None for one of the student's own."""
        by_grade_id = self.by_grade_id.get(grade_id(cell))
        if by_grade_id:
            return by_grade_id
        if cell.get("id") in self.given:
            return self.given[cell.id]
        return next((g for g in self.notebook.cells if _is_copy(cell, g)), None)

    def _answer(self, name, given):
        """The student's source for one solution cell; the given stub where there is none."""
        found = self._candidates(given)
        if not found and given.cell_type == "code":
            found = self._defining(name)
        if not found:
            self._say(f"{name}: the cell is missing; the empty one was put back.")
            return given.source
        answered = [cell for cell in found if cell.source != given.source] or found
        if len(found) > 1:
            self._say(f"{name}: {len(found)} cells carry its name; the first answered one counts.")
        cell = answered[0]
        if cell.cell_type != given.cell_type:
            self._say(f"{name}: handed in as a {cell.cell_type} cell; read as {given.cell_type}.")
        return cell.source

    def _candidates(self, given):
        pairs = zip(self.handed_in, self.matches, strict=True)
        return [cell for cell, match in pairs if match is given]

    def _defining(self, name):
        """Cells of the student's own that define the name: the metadata may have been lost."""
        pairs = zip(self.handed_in, self.matches, strict=True)
        found = [cell for cell, match in pairs if match is None and _defines(cell, name)]
        if found:
            self._say(f"{name}: the cell had lost its mark and was found by what it defines.")
        return found

    def _look_at_given(self, name, given):
        found = self._candidates(given)
        if not found:
            self._say(f"{name}: the cell is missing; it was put back.")
        elif any(_changed(cell, given) for cell in found):
            self._say(f"{name}: the cell was changed; the original was used.")
        if len(found) > 1:
            self._say(f"{name}: the cell stands {len(found)} times; it counts once.")

    def _look_at_order(self):
        place = {cell.id: number for number, cell in enumerate(self.notebook.cells)}
        order = [place[match.id] for match in self.matches if match is not None]
        if order != sorted(order):
            self._say("The cells were in another order; they were run in the original one.")

    def _own_cells(self):
        """The student's own code cells by the id of the given cell they preceded, or None."""
        own, waiting, ran = defaultdict(list), [], 0
        for cell, match in zip(self.handed_in, self.matches, strict=True):
            if match is None:
                make = new_code_cell if cell.cell_type == "code" else new_markdown_cell
                # A cell of its own making: no tag, id or flag of the submission comes along.
                waiting.append(make(cell.source, id=f"own-{ran + 1}"))
                ran += 1
            else:
                own[match.id] += waiting
                waiting = []
        own[None] += waiting
        if ran:
            self._say(f"Cells of the student's own, run where they stood: {ran}.")
        return own

    def _say(self, sentence):
        self.remarks.append(sentence)


def _is_copy(cell, given):
    return cell.cell_type == given.cell_type and cell.source.strip() == given.source.strip() != ""


def _changed(cell, given):
    tags = _tags(cell) - _tags(given)
    compared = ("grade", "solution", "locked", "points", "grade_id", "task")
    theirs, ours = marks(cell), marks(given)
    return (
        cell.source != given.source
        or cell.cell_type != given.cell_type
        or bool(tags)
        or any(str(theirs.get(mark)) != str(ours.get(mark)) for mark in compared)
    )


def _tags(cell):
    tags = cell.metadata.get("tags")
    return {str(tag) for tag in tags} if isinstance(tags, list) else set()


def _defines(cell, name):
    if cell.cell_type != "code":
        return False
    try:
        body = ast.parse(cell.source).body
    except (SyntaxError, ValueError, RecursionError):
        return bool(re.search(rf"^(def|class) {re.escape(name)}\b", cell.source, re.MULTILINE))
    return any(getattr(node, "name", None) == name for node in body)
