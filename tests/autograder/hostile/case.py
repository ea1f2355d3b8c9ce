"""One line of the list of hostile and broken submissions: what is handed in, what comes of it.

In any text, @SECRET@ is a file of the host, @COURSE@ the course, @CLASSMATE@ an honest student's
notebook, @PORT@ and @SOCKET@ something on the host that listens.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import nbformat

from autograder.course.course import read_notebook
from autograder.grading.result import GRADED
from autograder.notebooks.cells import marks, named
from autograder.notebooks.fill_answers import fill
from tests.tiny_course import RIGHT, TINY

# An attack that got through says this; it is put together, so that no source holds it.
GOT_THROUGH = "GOT-THROUGH"
SAY = "print('GOT' + '-THROUGH')"
WRONG = "def double(x):\n    return x + 1"
ALL, LOSS_ONLY, DOUBLE_ONLY, NOTHING = 8, 5, 3, 0


@dataclass(frozen=True)
class Case:
    """line: as it stands in the list. cells: sources by grade_id in place of the right answers.

    first, last: a cell of the student's own before and after all the others.
    change: takes the notebook as JSON values, changes it, or gives something else (also bytes).
    beside: takes the folder and fills it. file: where the notebook lies in it, or None.
    status, score: what comes of it. says: words about it that a teacher reads. shows: words in
    the outputs of the graded notebook. slow: it waits for a time limit.
    """

    line: str
    cells: dict = field(default_factory=dict)
    first: str = ""
    last: str = ""
    change: Callable | None = None
    beside: Callable | None = None
    file: str | None = f"{TINY}.ipynb"
    status: str = GRADED
    score: float | None = ALL
    says: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()
    slow: bool = False
    name: str | None = None

    def __str__(self):
        return self.line

    @property
    def slug(self):
        return self.name or re.sub(r"[^a-z0-9]+", "-", self.line.lower())[:40].strip("-")

    def hand_in(self, course, student, places):
        """Put it where the student's submission belongs."""
        folder = course.submitted(student, TINY).parent
        folder.mkdir(parents=True)
        if self.file is not None:
            path = folder / self.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self._bytes(course, places))
        if self.beside:
            self.beside(folder, places)

    def _bytes(self, course, places):
        notebook = fill(read_notebook(course.released(TINY)), RIGHT | self.cells)
        for place, source in ((0, self.first), (len(notebook.cells) + 1, self.last)):
            if source:
                notebook.cells.insert(place, nbformat.v4.new_code_cell(source))
        content = json.loads(nbformat.writes(notebook))
        if self.change:
            changed = self.change(content)
            content = content if changed is None else changed
        if isinstance(content, bytes):
            return content
        return filled(json.dumps(content), places).encode()


def forgery(line, first="", last="", **options):
    """An attack beside one right answer and a wrong one: only the right one earns points."""
    cells = {"double": WRONG} | options.pop("cells", {})
    return Case(line, cells, first, last, **{"score": LOSS_ONLY} | options)


def filled(text, places):
    for name, value in places.items():
        text = text.replace(f"@{name}@", str(value))
    return text


def cell_of(content, name):
    """A cell of a notebook in JSON values by its grade_id."""
    marks = ((cell, cell["metadata"].get("nbgrader")) for cell in content["cells"])
    return next(cell for cell, mark in marks if mark and mark["grade_id"] == name)


def outputs_of(notebook):
    """Everything that a graded notebook shows of what ran, as one text."""
    return json.dumps([cell.get("outputs", []) for cell in notebook.cells], ensure_ascii=False)


def points_of(notebook):
    return {name: marks(cell).get("points") for name, cell in named(notebook).items()}
