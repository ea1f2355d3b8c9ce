"""Read the graded notebooks of a class, again when one has changed."""

import hashlib
import json
from collections import OrderedDict
from dataclasses import dataclass

from nbformat import NotebookNode

from autograder.course.course import Course, read_graded
from autograder.marking.questions import Question
from autograder.notebooks import cells
from helpers.errors import CourseError

# Whole notebooks kept in memory: those around the answer that is marked.
KEPT = 12
Signature = tuple[int, int, int]


@dataclass(frozen=True)
class Written:
    """What a student wrote in one cell. digest: changes with the text and its pictures."""

    source: str
    pictures: int
    digest: str


class Submissions:
    """The notebooks in autograded/ of one assignment."""

    def __init__(self, course: Course, assignment: str) -> None:
        self.course, self.assignment = course, assignment
        self._written: dict[str, tuple[Signature, dict[str, Written]]] = {}
        self._whole: OrderedDict[str, tuple[Signature, NotebookNode]] = OrderedDict()

    def notebook(self, student: str) -> NotebookNode:
        """The graded notebook, as it is now. Raises CourseError if there is none."""
        signature = self._signature(student)
        kept = self._whole.get(student)
        if kept is None or kept[0] != signature:
            kept = (signature, read_graded(self.course.autograded(student, self.assignment)))
            self._written[student] = (signature, _written(kept[1]))
        self._whole[student] = kept
        self._whole.move_to_end(student)
        while len(self._whole) > KEPT:
            self._whole.popitem(last=False)
        return kept[1]

    def written(self, student: str, question: Question) -> Written | None:
        """What the student wrote there; None without a notebook or such a cell."""
        try:
            kept = self._written.get(student)
            if kept is None or kept[0] != self._signature(student):
                self.notebook(student)
            return self._written[student][1].get(question.answer or question.name)
        except CourseError:
            return None

    def code(self, student: str) -> dict[str, str]:
        """{grade_id: source} of everything that the student wrote; empty without a notebook."""
        try:
            kept = self._written.get(student)
            if kept is None or kept[0] != self._signature(student):
                self.notebook(student)
            return {name: each.source for name, each in self._written[student][1].items()}
        except CourseError:
            return {}

    def _signature(self, student: str) -> Signature:
        path = self.course.autograded(student, self.assignment)
        try:
            found = path.stat()
        except OSError as error:
            raise CourseError(f"{path} cannot be read: {error.strerror or error}.") from None
        return found.st_mtime_ns, found.st_size, found.st_ino


def _written(notebook: NotebookNode) -> dict[str, Written]:
    named = cells.named(notebook)
    own = [cell for cell in notebook.cells if cell.id.startswith("own-")]
    found = {name: _one([cell]) for name, cell in named.items() if cells.is_answer(cell)}
    # A task is about everything that the student wrote.
    everything = [*(named[name] for name in found), *own]
    found |= {name: _one(everything) for name, cell in named.items() if cells.is_task(cell)}
    return found


def _one(written: list[NotebookNode]) -> Written:
    attached = [cell.get("attachments") or {} for cell in written]
    content = json.dumps([[cell.source for cell in written], attached], sort_keys=True)
    digest = hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()[:16]
    source = "\n\n".join(cell.source for cell in written)
    return Written(source, sum(map(len, attached)), digest)
