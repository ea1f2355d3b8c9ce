"""Build the notebook that is graded: the instructor's, with the student's answers filled in.

Only the source of solution and written-answer cells is taken from a submission, by grade_id.
Nothing depends on its metadata, order, duplicates or other cells. Cells that the student added run
where they were, and are never graded. Cells that only show something keep the outputs that were
handed in.
"""

import ast
import copy
import re
from collections import defaultdict
from dataclasses import dataclass

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.notebooks.cells import grade_id, is_answer, marks, named
from autograder.notebooks.kept_outputs import carry_over, is_shown_only


@dataclass(frozen=True)
class Canonical:
    """notebook: to be graded. remarks: for the instructor, one sentence each."""

    notebook: NotebookNode
    remarks: tuple[str, ...]


def canonical(released: NotebookNode, submission: NotebookNode) -> Canonical:
    """Fill the answers of a submission into the released notebook.

    Both are notebooks of format 4; neither is changed. released: as students got it.
    """
    return _Rebuild(released, submission).result()


class _Rebuild:
    def __init__(self, released: NotebookNode, submission: NotebookNode) -> None:
        self.notebook = copy.deepcopy(released)
        self.given = {cell.id: cell for cell in self.notebook.cells}
        self.by_grade_id = named(self.notebook)
        self.handed_in = submission.cells
        self.matches = [self._match(cell) for cell in self.handed_in]
        self.remarks: list[str] = []

    def result(self) -> Canonical:
        own = self._own_cells()
        for name, cell in self.by_grade_id.items():
            if is_answer(cell):
                cell.source = self._answer(name, cell)
            else:
                self._check_given(name, cell)
        self._check_order()
        for cell in filter(is_shown_only, self.notebook.cells):
            carry_over(cell, next(iter(self._candidates(cell)), None))
        cells: list[NotebookNode] = []
        for cell in self.notebook.cells:
            cells += [*own.pop(cell.id, ()), cell]
        self.notebook.cells = cells + own.pop(None, [])
        return Canonical(self.notebook, tuple(self.remarks))

    def _match(self, cell: NotebookNode) -> NotebookNode | None:
        """The cell of the released notebook that this one is; None if the student added it."""
        by_grade_id = self.by_grade_id.get(grade_id(cell) or "")
        if by_grade_id:
            return by_grade_id
        if cell.get("id") in self.given:
            return self.given[cell.id]
        return next((g for g in self.notebook.cells if _is_copy(cell, g)), None)

    def _answer(self, name: str, given: NotebookNode) -> str:
        """The student's source for one solution cell; the given stub if there is none."""
        found = self._candidates(given)
        if not found and given.cell_type == "code":
            found = self._defining(name)
        if not found:
            self._say(f"{name}: the cell is missing; the empty one was put back.")
            return given.source
        answered = [cell for cell in found if cell.source != given.source] or found
        if len(found) > 1:
            self._say(f"{name}: {len(found)} cells have its name; the first answered one counts.")
        cell = answered[0]
        if cell.cell_type != given.cell_type:
            self._say(f"{name}: handed in as a {cell.cell_type} cell; read as {given.cell_type}.")
        return cell.source

    def _candidates(self, given: NotebookNode) -> list[NotebookNode]:
        """The cells of the submission that match this given cell."""
        pairs = zip(self.handed_in, self.matches, strict=True)
        return [cell for cell, match in pairs if match is given]

    def _defining(self, name: str) -> list[NotebookNode]:
        """Cells without a match that define the name: the metadata may have been lost."""
        pairs = zip(self.handed_in, self.matches, strict=True)
        found = [cell for cell, match in pairs if match is None and _defines(cell, name)]
        if found:
            self._say(f"{name}: the cell had lost its metadata and was found by what it defines.")
        return found

    def _check_given(self, name: str, given: NotebookNode) -> None:
        found = self._candidates(given)
        if not found:
            self._say(f"{name}: the cell is missing; it was put back.")
        elif any(_changed(cell, given) for cell in found):
            self._say(f"{name}: the cell was changed; the original was used.")
        if len(found) > 1:
            self._say(f"{name}: the cell occurs {len(found)} times; it counts once.")

    def _check_order(self) -> None:
        place = {cell.id: number for number, cell in enumerate(self.notebook.cells)}
        order = [place[match.id] for match in self.matches if match is not None]
        if order != sorted(order):
            self._say("The cells were in another order; they were run in the original one.")

    def _own_cells(self) -> dict[str | None, list[NotebookNode]]:
        """{id of a given cell: the cells that the student added before it}; None: at the end."""
        own: dict[str | None, list[NotebookNode]] = defaultdict(list)
        waiting: list[NotebookNode] = []
        count = 0
        for cell, match in zip(self.handed_in, self.matches, strict=True):
            if match is None:
                make = new_code_cell if cell.cell_type == "code" else new_markdown_cell
                # A new cell, so that no tag, id or flag of the submission is kept.
                waiting.append(make(cell.source, id=f"own-{count + 1}"))
                count += 1
            else:
                own[match.id] += waiting
                waiting = []
        own[None] += waiting
        if count:
            self._say(f"Cells that the student added, run where they were: {count}.")
        return own

    def _say(self, sentence: str) -> None:
        self.remarks.append(sentence)


def _is_copy(cell: NotebookNode, given: NotebookNode) -> bool:
    return cell.cell_type == given.cell_type and cell.source.strip() == given.source.strip() != ""


def _changed(cell: NotebookNode, given: NotebookNode) -> bool:
    tags = _tags(cell) - _tags(given)
    compared = ("grade", "solution", "locked", "points", "grade_id", "task")
    theirs, ours = marks(cell), marks(given)
    return (
        cell.source != given.source
        or cell.cell_type != given.cell_type
        or bool(tags)
        or any(str(theirs.get(mark)) != str(ours.get(mark)) for mark in compared)
    )


def _tags(cell: NotebookNode) -> set[str]:
    tags = cell.metadata.get("tags")
    return {str(tag) for tag in tags} if isinstance(tags, list) else set()


def _defines(cell: NotebookNode, name: str) -> bool:
    if cell.cell_type != "code":
        return False
    try:
        body = ast.parse(cell.source).body
    except (SyntaxError, ValueError, RecursionError):
        return bool(re.search(rf"^(def|class) {re.escape(name)}\b", cell.source, re.MULTILINE))
    return any(getattr(node, "name", None) == name for node in body)
