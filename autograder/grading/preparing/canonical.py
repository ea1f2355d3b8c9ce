"""Build the notebook that is graded: the instructor's, with the student's work filled in.

Only the sources of answers are taken from a submission, by grade_id. Nothing depends on its
metadata, order, duplicates or other cells. Cells that the student added run where they were, and
are never graded. Cells that only show something keep the outputs that were handed in.

Nothing that a student wrote is lost:

- If several cells have the grade_id of a code answer (JupyterLab's Split Cell leaves it to both
  halves), all are run, in order. The last one before the next given cell is the answer, as it is
  in Jupyter; the others are cells of the student's own. Texts are joined.
- A stub that was left as given is no answer. If a cell of the student's own between the given
  cells around it defines what it would define, that cell is the answer; else one further down;
  and if one further up defines it, the stub is not run, which would define it anew.
- Text beside an untouched written answer, or added to its question, is shown in the answer, and
  so a person decides.

What the instructor changed after handing out is not taken for the student's doing: a submission
holds checksums of its cells and a list of them, as they were released.
"""

import ast
import copy
import functools
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.utils import compute_checksum

from autograder.notebooks.cells import grade_id, is_answer, is_graded, marks, named
from autograder.notebooks.kept_outputs import carry_over, is_shown_only
from autograder.notebooks.languages import other_languages
from autograder.notebooks.pictures import Attachments, texts_and_pictures
from helpers.submit.report import EXPECTED, digest

ELSEWHERE = "# Left as given: {name} is defined in a cell of the student's own further up."
BESIDE = "# Left as given; a text of the student's own is beside this cell."

LANGUAGE = re.compile(r"[A-Za-z][A-Za-z0-9+#]{0,20}")


@dataclass(frozen=True)
class Canonical:
    """notebook: to be graded. remarks: for the instructor, one sentence each."""

    notebook: NotebookNode
    remarks: tuple[str, ...]


@dataclass(eq=False)
class _HandedIn:
    """One cell of the submission.

    given: the cell of the released notebook that it is, or None if it is the student's own.
    of: the given cell whose grade_id it has, though another one is the answer.
    """

    cell: NotebookNode
    given: NotebookNode | None
    of: NotebookNode | None = None

    @property
    def is_own_code(self) -> bool:
        return self.given is None and self.cell.cell_type == "code"


@dataclass(eq=False)
class _Own:
    """A cell that the student added, as it is run. of: as in _HandedIn."""

    cell: NotebookNode
    of: NotebookNode | None
    shown_in_answer: bool = False


def canonical(released: NotebookNode, submission: NotebookNode) -> Canonical:
    """Fill the answers of a submission into the released notebook.

    Both are notebooks of format 4; neither is changed. released: as students got it.
    """
    return _Rebuild(released, submission).result()


class _Rebuild:
    def __init__(self, released: NotebookNode, submission: NotebookNode) -> None:
        self.notebook = copy.deepcopy(released)
        self.given = {cell.id: cell for cell in self.notebook.cells}
        self.places = {name: place for place, name in enumerate(self.given)}
        self.by_grade_id = named(self.notebook)
        self.listed = _listed(submission)
        self.languages = _languages(submission) - _languages(released)
        self.handed_in = [
            _HandedIn(cell, self._match(cell))
            for cell in submission.cells
            if not self._was_withdrawn(cell)
        ]
        self.remarks: list[str] = []
        self.pictures: dict[str, Attachments] = {}  # of written answers, by the cell's id

    def result(self) -> Canonical:
        code = [
            (name, given)
            for name, given in self.by_grade_id.items()
            if is_answer(given) and given.cell_type == "code"
        ]
        stubs = [pair for pair in code if not self._seat_answered(*pair)]
        for name, given in stubs:
            self._seat_own(name, given)
        for name, given in self.by_grade_id.items():
            if not is_answer(given):
                self._check_given(name, given)
        self._check_order()
        self._check_language()
        sources = {
            given.id: self._answer(name, given)
            for name, given in self.by_grade_id.items()
            if is_answer(given)
        }
        for given in filter(is_shown_only, self.notebook.cells):
            carry_over(given, next((each.cell for each in self._cells_of(given)), None))
        own = self._own_cells()
        for name, given in self.by_grade_id.items():
            if is_answer(given) and _is_blank(sources[given.id], given):
                sources[given.id] = self._beside(name, given, own) or sources[given.id]
        for name, source in sources.items():
            self.given[name].source = source
            if self.pictures.get(name):
                self.given[name].attachments = NotebookNode(self.pictures[name])
        return Canonical(self._put_together(own), tuple(self.remarks))

    def _match(self, cell: NotebookNode) -> NotebookNode | None:
        """The cell of the released notebook that this one is; None if the student added it."""
        by_grade_id = self.by_grade_id.get(grade_id(cell) or "")
        if by_grade_id:
            return by_grade_id
        if cell.get("id") in self.given:
            return self.given[cell.id]
        return next((g for g in self.notebook.cells if _is_copy(cell, g)), None)

    def _was_withdrawn(self, cell: NotebookNode) -> bool:
        """Whether the cell was a given one, and the instructor has taken it out since."""
        name = grade_id(cell) or ""
        kind, _ = self.listed.get(name, ("", ""))
        return kind == "given" and name not in self.by_grade_id and self._is_as_given(name, cell)

    def _is_as_given(self, name: str, cell: NotebookNode) -> bool:
        """Whether a given cell is what it was when the student got it."""
        return _is_intact(cell) or self.listed.get(name) == ("given", digest(cell.source))

    def _cells_of(self, given: NotebookNode) -> list[_HandedIn]:
        """The cells of the submission that match this given cell."""
        return [each for each in self.handed_in if each.given is given]

    # Code answers.

    def _seat_answered(self, name: str, given: NotebookNode) -> bool:
        """Leave one cell that matches the given one, the answer; False if all are blank."""
        found = self._cells_of(given)
        answered = [each for each in found if not _is_unanswered(each.cell, given)]
        if not answered:
            return False
        self._drop(each for each in found if each not in answered)
        if len(answered) > 1:
            self._say(f"{name}: {len(answered)} cells have its name; all are run, in order.")
            start = self.handed_in.index(answered[0])
            end = next((n for n in self._later(given) if n > start), len(self.handed_in))
            (*_, answer) = [each for each in answered if self.handed_in.index(each) < end]
            for each in answered:
                if each is not answer:
                    each.given, each.of = None, given
        return True

    def _seat_own(self, name: str, given: NotebookNode) -> None:
        """Find a cell of the student's own for a stub that was left as given or is missing."""
        stubs = self._cells_of(given)
        place = self.handed_in.index(stubs[0]) if stubs else self._place_of_missing(given)
        names = _defined(given.source) or {name: True}
        functions = {each for each, is_function in names.items() if is_function}
        near = [each for each in self._around(place, given) if each.is_own_code]
        # What a person marks need not define anything.
        fits = near if is_graded(given) else [each for each in near if _defines(each, names)]
        below = [e for e in self.handed_in[place:] if e.is_own_code and _defines(e, functions)]
        if fits or below:
            (fits or below)[-1].given = given
            self._drop(stubs)
            if stubs:
                self._say(
                    f"{name}: the cell was left as given; a cell of the student's own "
                    f"{'was taken for it' if is_graded(given) else 'that defines it was used'}."
                )
            else:
                self._say(
                    f"{name}: the cell had lost its metadata and was found by what it defines."
                )
            return
        earlier = (
            each
            for number, each in enumerate(self.handed_in)
            if self._runs_before(given, each, number < place)
        )
        above = [
            each
            for each in earlier
            if each.cell.cell_type == "code"
            and _defines(each, functions)
            and (each.given is None or self._is_further_answer(each, functions))
        ]
        if above:
            self._say(
                f"{name}: the cell was left as given; it was not run, because a cell of the "
                "student's further up defines it."
            )
            elsewhere = new_code_cell(ELSEWHERE.format(name=name))
            for each in stubs:
                each.cell = elsewhere
            if not stubs:
                self.handed_in.insert(place, _HandedIn(elsewhere, given))

    def _runs_before(self, given: NotebookNode, each: _HandedIn, stands_above: bool) -> bool:
        """Whether a cell of the submission is run before this given one."""
        if each.given is None:
            return stands_above
        return self.places[each.given.id] < self.places[given.id]

    @staticmethod
    def _is_further_answer(each: _HandedIn, names: Iterable[str]) -> bool:
        """Whether this answer to another question defines one of these names in addition."""
        given = each.given
        return (
            given is not None
            and is_answer(given)
            and _defined(given.source).keys().isdisjoint(names)
        )

    def _later(self, given: NotebookNode) -> list[int]:
        """Where in the submission the cells are that come after this one when released."""
        return [
            number
            for number, each in enumerate(self.handed_in)
            if each.given is not None and self.places[each.given.id] > self.places[given.id]
        ]

    def _place_of_missing(self, given: NotebookNode) -> int:
        return next(iter(self._later(given)), len(self.handed_in))

    def _around(self, place: int, given: NotebookNode) -> list[_HandedIn]:
        """The student's own cells around this place, where the given cell is or is missing."""
        start = end = place
        while start > 0 and self.handed_in[start - 1].given is None:
            start -= 1
        inside = (None, given)
        while end < len(self.handed_in) and self.handed_in[end].given in inside:
            end += 1
        return [each for each in self.handed_in[start:end] if each.given is None]

    def _drop(self, cells: Iterable[_HandedIn]) -> None:
        gone = list(cells)
        self.handed_in = [each for each in self.handed_in if each not in gone]

    # Sources.

    def _answer(self, name: str, given: NotebookNode) -> str:
        """The student's source for one answer; the given stub if there is none."""
        found = [each.cell for each in self._cells_of(given)]
        stub = _lines(given.source)
        if not found:
            if not self.listed or name in self.listed:
                self._say(f"{name}: the cell is missing; the empty one was put back.")
            return given.source
        answered = [cell for cell in found if not _is_unanswered(cell, given)]
        if not answered:
            # A comment in a stub is kept; spaces, an empty cell and an older stub are no answer.
            commented = [
                cell
                for cell in found
                if _lines(cell.source) not in ([], stub) and not _is_intact(cell)
            ]
            return commented[0].source if commented else given.source
        for cell in answered:
            if cell.cell_type != given.cell_type:
                self._say(
                    f"{name}: handed in as a {cell.cell_type} cell; read as {given.cell_type}."
                )
        if given.cell_type == "code":
            return answered[0].source  # only one is left
        if len(answered) > 1:
            self._say(f"{name}: {len(answered)} cells have its name; they are shown together.")
        texts, self.pictures[given.id] = texts_and_pictures(answered)
        return "\n\n".join(dict.fromkeys(texts))

    def _beside(
        self, name: str, given: NotebookNode, own: dict[str | None, list[_Own]]
    ) -> str | None:
        """What the student wrote beside an answer that is blank; None if nothing."""
        if not is_graded(given):
            return None  # tests decide about it
        place = self.places[given.id]
        after = next((each.id for each in self.notebook.cells[place + 1 :]), None)
        near = [each for each in (*own[given.id], *own[after]) if each.of in (None, given)]
        near = [each for each in near if each.cell.source.strip()]
        added = self._added_to_question(given)
        if not near and not added:
            return None
        self._say(
            f"{name}: the cell was left as given; what the student wrote beside it is for a person "
            "to mark."
        )
        if given.cell_type == "code":
            return f"{given.source.rstrip()}\n{BESIDE}"
        for each in near:
            each.shown_in_answer = each.cell.cell_type != "code"
        texts, self.pictures[given.id] = texts_and_pictures(
            map(_as_text, [*added, *(each.cell for each in near)])
        )
        return "\n\n".join(texts)

    def _added_to_question(self, given: NotebookNode) -> list[NotebookNode]:
        """The text that the student added to the given text above an answer, as cells."""
        place = self.places[given.id]
        above = self.notebook.cells[place - 1] if place else given
        if above.cell_type != "markdown" or is_answer(above):
            return []
        question = above.source.strip()
        return [
            NotebookNode(cell | {"source": cell.source.strip().removeprefix(question)})
            for cell in (each.cell for each in self._cells_of(above))
            if cell.source.strip().startswith(question) and cell.source.strip() != question
        ]

    # Given cells and the student's own.

    def _check_given(self, name: str, given: NotebookNode) -> None:
        found = self._cells_of(given)
        if not found:
            if not self.listed or name in self.listed:
                self._say(f"{name}: the cell is missing; it was put back.")
        elif any(self._is_changed(name, each.cell, given) for each in found):
            self._say(f"{name}: the cell was changed; the original was used.")
        if len(found) > 1:
            self._say(f"{name}: the cell occurs {len(found)} times; it counts once.")

    def _is_changed(self, name: str, cell: NotebookNode, given: NotebookNode) -> bool:
        """Whether the student changed a given cell."""
        if _tags(cell) - _tags(given):
            return True
        if _is_intact(cell):
            return False
        is_same = _lines(cell.source) == _lines(given.source) or self._is_as_given(name, cell)
        compared = ("grade", "solution", "locked", "points", "grade_id", "task")
        theirs, ours = marks(cell), marks(given)
        return (
            not is_same
            or cell.cell_type != given.cell_type
            or any(str(theirs.get(mark)) != str(ours.get(mark)) for mark in compared)
        )

    def _check_order(self) -> None:
        theirs = [name for name in self.listed if name in self.by_grade_id]
        ours = [name for name in self.by_grade_id if name in self.listed]
        found = [name for each in self.handed_in if (name := grade_id(each.cell)) in theirs]
        if theirs != ours and found == theirs:
            return  # the instructor has moved them
        matched = [each.given for each in self.handed_in if each.given is not None]
        order = [self.places[given.id] for given in matched]
        if order != sorted(order):
            self._say("The cells were in another order; they were run in the original one.")

    def _own_cells(self) -> dict[str | None, list[_Own]]:
        """{id of a given cell: the cells that the student added before it}; None: at the end."""
        own: dict[str | None, list[_Own]] = defaultdict(list)
        waiting: list[_Own] = []
        count = added = 0
        for each in self.handed_in:
            if each.given is None:
                count += 1
                added += each.of is None
                waiting.append(_Own(_new(each.cell, f"own-{count}"), each.of))
            else:
                own[each.given.id] += waiting
                waiting = []
        own[None] = waiting
        if added:
            self._say(f"Cells that the student added, run where they were: {added}.")
        return own

    def _check_language(self) -> None:
        """A file of Julia's or Sage's has cells that mean something else in Python."""
        for language in sorted(self.languages):
            self._say(f"The file is a notebook in {language}; its cells were run as Python.")

    def _put_together(self, own: dict[str | None, list[_Own]]) -> NotebookNode:
        cells: list[NotebookNode] = []
        for place in (*self.notebook.cells, None):
            before = own[place.id if place else None]
            cells += [each.cell for each in before if not each.shown_in_answer]
            cells += [place] if place else []
        self.notebook.cells = cells
        return self.notebook

    def _say(self, sentence: str) -> None:
        self.remarks.append(sentence)


def _languages(notebook: NotebookNode) -> set[str]:
    """Languages that are not Python, in lower case; nothing that is no language's name."""
    return {each.lower() for each in other_languages(notebook) if LANGUAGE.fullmatch(each)}


def _new(cell: NotebookNode, name: str) -> NotebookNode:
    """A new cell with the same content, so that no tag, id or flag of the submission is kept."""
    if cell.cell_type == "code":
        return new_code_cell(cell.source, id=name)
    (text,), pictures = texts_and_pictures([cell])
    return new_markdown_cell(text, id=name, **({"attachments": pictures} if pictures else {}))


def _is_blank(source: str, given: NotebookNode) -> bool:
    """Whether an answer is empty, or still what was given; in code only what is run matters."""
    if not source.strip() or _lines(source) == _lines(given.source):
        return True
    if given.cell_type != "code" or is_graded(given):
        return False  # a person may mark a comment
    meaning = _meaning(source)
    return meaning is not None and meaning == _meaning(given.source)


def _is_unanswered(cell: NotebookNode, given: NotebookNode) -> bool:
    return _is_blank(cell.source, given) or _is_intact(cell)


def _is_intact(cell: NotebookNode) -> bool:
    """Whether the cell is as some release of it was, by the checksum that nbgrader put in it."""
    try:
        return marks(cell).get("checksum") == compute_checksum(cell)
    except (AttributeError, KeyError, TypeError, ValueError):  # a student's metadata hold anything
        return False


def _listed(submission: NotebookNode) -> dict[str, tuple[str, str]]:
    """{grade_id: (kind, digest)} of the cells as the student got them; empty if that is lost."""
    content = submission.metadata.get(EXPECTED)
    rows = content.get("cells") if isinstance(content, dict) else None
    return {
        row[0]: (row[1], row[2])
        for row in (rows if isinstance(rows, list) else ())
        if isinstance(row, list) and len(row) == 3 and all(isinstance(each, str) for each in row)
    }


def _lines(source: str) -> list[str]:
    """The lines as editors leave them alone: some strip or add spaces at ends."""
    return [line.rstrip() for line in source.strip().splitlines()]


def _is_copy(cell: NotebookNode, given: NotebookNode) -> bool:
    return cell.cell_type == given.cell_type and _lines(cell.source) == _lines(given.source) != []


def _tags(cell: NotebookNode) -> set[str]:
    tags = cell.metadata.get("tags")
    return {str(tag) for tag in tags} if isinstance(tags, list) else set()


def _as_text(cell: NotebookNode) -> NotebookNode:
    """The cell with its source as Markdown shows it."""
    source = cell.source.strip()
    if cell.cell_type == "code":
        fence = "`" * max(3, 1 + max(map(len, re.findall("`+", source)), default=0))
        source = f"{fence}python\n{source}\n{fence}"
    return NotebookNode(cell | {"source": source})


def _defines(each: _HandedIn, names: Iterable[str]) -> bool:
    return not _defined(each.cell.source).keys().isdisjoint(names)


@functools.lru_cache(maxsize=8192)  # each cell is compared with every stub
def _defined(source: str) -> Mapping[str, bool]:
    """{name: whether it is a function or class} of what the cell binds at its top level."""
    tree = _parsed(source)
    if tree is None:
        found = re.findall(r"^(?:def|class) +(\w+)", source, re.MULTILINE)
        return dict.fromkeys(found, True)
    names: dict[str, bool] = {}
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names[node.name] = True
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            is_function = isinstance(node.value, ast.Lambda)
            names |= {t.id: is_function for t in targets if isinstance(t, ast.Name)}
    return names


@functools.lru_cache(maxsize=8192)
def _meaning(source: str) -> str | None:
    """Equal for sources that differ in comments and spaces only; None if they cannot be read."""
    tree = _parsed(source)
    try:
        text = None if tree is None else ast.dump(tree)
    except (RecursionError, MemoryError):
        return None
    return text and hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _parsed(source: str) -> ast.Module | None:
    # Lines that only IPython reads, such as %matplotlib, define nothing.
    lines = ["" if line.lstrip()[:1] in ("%", "!", "?") else line for line in source.splitlines()]
    try:
        return ast.parse("\n".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
