"""Add and take out questions of an assignment that has been graded already.

nbgrader refuses to release such an assignment ("Cannot add or remove cells"). Here the gradebook
follows the notebook: a new cell gets its empty grades, a cell that is gone takes its automatic
points along. Only what a person has marked is not deleted unless the instructor says so, by a
command that the error gives; what is deleted is written to a file first.
"""

import json
import time
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import (
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    GradeCell,
    MissingEntry,
    Notebook,
    SolutionCell,
    SourceCell,
    TaskCell,
)
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_locked, is_solution, is_task
from traitlets import Dict, List

from autograder.course.course import Course
from autograder.grading.recording.settle import settle_marks
from autograder.grading.recording.store import Store
from autograder.notebooks.cells import worth
from autograder.notebooks.of_assignment import label
from helpers.errors import CourseError

DROPPED = "dropped.jsonl"
# The kinds of cells of the gradebook, and which cells of a notebook are of them.
KINDS: Mapping[Any, Any] = {
    GradeCell: is_grade,
    SolutionCell: is_solution,
    TaskCell: is_task,
    SourceCell: lambda cell: any(f(cell) for f in (is_grade, is_solution, is_task, is_locked)),
}


class FollowCells(NbGraderPreprocessor):
    """The step before SaveCells, whether a command or a button releases."""

    drop: List = List([], help="grade_ids whose marks by hand may be deleted.").tag(config=True)
    rename: Dict = Dict({}, help="{old grade_id: new one}.").tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Called by nbgrader."""
        names = resources["nbgrader"]
        course = Course.at(CourseDirectory(config=self.config).root)
        with Gradebook(names["db_url"]) as gradebook:
            try:
                page = gradebook.find_notebook(names["notebook"], names["assignment"])
            except MissingEntry:
                page = None
            if page is not None and page.submissions:
                store = Store.of(course, names["assignment"], names["notebook"])
                _Following(gradebook, page, nb, store).follow(self.drop, self.rename)
                settle_marks(store, gradebook, names["assignment"], names["notebook"], worth(nb))
        return nb, resources


def known(gradebook: Gradebook, assignment: str) -> set[str]:
    """The labels of the cells that earn points, in the gradebook."""
    try:
        notebooks = gradebook.find_assignment(assignment).notebooks
    except MissingEntry:
        return set()
    return {
        label(assignment, each.name, cell.name)
        for each in notebooks
        for cell in (*each.grade_cells, *each.task_cells)
    }


class _Following:
    def __init__(
        self, gradebook: Gradebook, page: Notebook, notebook: NotebookNode, store: Store
    ) -> None:
        self.gradebook, self.page, self.store = gradebook, page, store
        self.wanted = {
            kind: {
                cell.metadata.nbgrader["grade_id"]: cell for cell in notebook.cells if test(cell)
            }
            for kind, test in KINDS.items()
        }

    def follow(self, drop: Collection[str], rename: Mapping[str, str]) -> None:
        """Make the gradebook's cells those of the notebook. Raises CourseError before it starts."""
        name = self.page.assignment.name
        for old, new in rename.items():
            self._rename(old, new)
        marked = {
            cell.name: count
            for cell in self._gone()
            if cell.name not in drop and (count := len(list(self._marked(cell))))
        }
        if marked:
            self.gradebook.db.rollback()
            shown = ", ".join(f"{cell} ({count} marked)" for cell, count in marked.items())
            options = " ".join(f"--drop {cell}" for cell in marked)
            raise CourseError(
                f"Cells that were marked by hand are not in solutions/{name} any more: {shown}. To "
                f"take them out of the gradebook with their marks, run `autograder release {name} "
                f"{options}`; for a cell with another name, add `--rename OLD=NEW` instead."
            )
        for cell in list(self._gone()):
            self._keep_a_copy(cell)
            for row in (*getattr(cell, "grades", ()), *getattr(cell, "comments", ())):
                self.gradebook.db.delete(row)
            self.gradebook.db.delete(cell)
        for kind, cells in self.wanted.items():
            for each in cells.keys() - {cell.name for cell in self._cells(kind)}:
                self._add(kind, each, cells[each])
        self.gradebook.db.commit()

    def _cells(self, kind: Any) -> list[Any]:
        return self.gradebook.db.query(kind).filter(kind.notebook_id == self.page.id).all()

    def _gone(self) -> Iterator[Any]:
        for kind, cells in self.wanted.items():
            yield from (cell for cell in self._cells(kind) if cell.name not in cells)

    def _rename(self, old: str, new: str) -> None:
        cells = [cell for kind in (BaseCell, SourceCell) for cell in self._cells(kind)]
        names = {cell.name for cell in cells}
        wanted = {name for each in self.wanted.values() for name in each}
        if new in names and old not in names:
            return  # it was renamed before
        others = [each for each in self.page.assignment.notebooks if each is not self.page]
        elsewhere = {cell.name for each in others for cell in each.source_cells}
        if old not in names and elsewhere & {old, new}:
            return  # the cell of another notebook
        if old not in names or new in names or new not in wanted:
            raise CourseError(
                f"--rename {old}={new} needs {old} in the gradebook and {new} in the notebook; the "
                f"gradebook of {self.page.assignment.name} has {', '.join(sorted(names)) or '-'}."
            )
        for cell in cells:
            if cell.name == old:
                cell.name = new
        self.gradebook.db.flush()
        for student in self.store.students_with_marks():
            rows = self.store.marks(student)
            if old in rows:
                rows[new] = rows.pop(old)
                self.store.save_marks(student, rows)

    @staticmethod
    def _marked(cell: Any) -> Iterator[tuple[str, dict[str, Any]]]:
        """(student, what a person gave) of each mark or comment on a cell."""
        for row in getattr(cell, "grades", ()):
            if row.manual_score is not None or row.extra_credit:
                given = {"points": row.manual_score, "extra_credit": row.extra_credit}
                yield row.notebook.student.id, given
        for row in getattr(cell, "comments", ()):
            if row.manual_comment:
                yield row.notebook.student.id, {"comment": row.manual_comment}

    def _keep_a_copy(self, cell: Any) -> None:
        at = time.strftime("%Y-%m-%dT%H:%M:%S")
        lines = [
            json.dumps({"at": at, "cell": cell.name, "student": student, **given})
            for student, given in sorted(self._marked(cell), key=lambda each: each[0])
        ]
        if lines:
            path = Path(self.store.root, DROPPED)
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(path, "a", encoding="utf-8") as file:
                file.write("\n".join(lines) + "\n")

    def _add(self, kind: Any, name: str, cell: NotebookNode) -> None:
        """Add a cell and, where it has them, its grades and comments; SaveCells fills in more."""
        fields: dict[str, Any] = {"name": name, "notebook": self.page}
        if kind is not SolutionCell:
            fields["cell_type"] = cell.cell_type
        if kind in (GradeCell, TaskCell):
            fields["max_score"] = float(cell.metadata.nbgrader["points"])
        added = kind(**fields)
        self.gradebook.db.add(added)
        for submission in self.page.submissions:
            if kind in (GradeCell, TaskCell):
                self.gradebook.db.add(Grade(cell=added, notebook=submission))
            if kind in (SolutionCell, TaskCell):
                self.gradebook.db.add(Comment(cell=added, notebook=submission))
