"""Gather the content of a student's feedback page from three sources.

The graded notebook has the student's code, outputs and verdicts; the gradebook has the points,
including those given by hand; the released notebook has the headings and questions. Nothing is
taken from the source of a test cell, from what it printed or from its error: they contain hidden
values and marking schemes.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup
from nbformat import NotebookNode

from autograder.grading.running.visible_check import Visible, visible_of
from autograder.judging import Status
from autograder.judging.publish import verdicts_of
from autograder.notebooks import kept_outputs
from autograder.notebooks.cells import (
    exercise_name,
    grade_id,
    is_answer,
    is_graded,
    is_judged,
    is_task,
    is_test,
)
from autograder.reports import outputs, rich_text
from autograder.reports.points import Mark, Marks
from autograder.reports.rich_text import HEADING
from autograder.reports.verdict_tables import SIGNS

HAND = "✎ marked by hand"
NOTHING = "○ not answered"
WAITS = "… not marked yet"
AGAIN = "… changed since it was marked"
OWN = "Cells you added"
UNSAID = "The check does not pass."


@dataclass(frozen=True)
class Item:
    """One line of points: an exercise with a check, or a question that a person marks.

    key: its grade_id. name: of the student's function, say, or "". state: a symbol and a word.
    known: the name of the misunderstanding, or None. sentence: the comment on the answer.
    visible: the result of the visible check, or None. code, shown, question, answer: may be empty.
    shown: the outputs. comments: from the person who marked it. beside: whether its check ran
    beside the student's code.
    """

    key: str
    name: str
    title: str
    mark: Mark
    state: str
    right: bool
    code: Markup
    shown: Markup
    comments: tuple[str, ...]
    known: str | None = None
    sentence: str = ""
    visible: Visible | None = None
    question: Markup = Markup("")
    answer: Markup = Markup("")
    beside: bool = False


@dataclass(frozen=True)
class Page:
    """items: in notebook order.

    further: (title, Markup) of other outputs, with the code of cells the student added.
    """

    items: list[Item]
    further: list[tuple[str, Markup]]


def page_of(released: NotebookNode, notebook: NotebookNode, marks: Marks) -> Page:
    """The Page for a graded notebook and its marks. Neither notebook is changed."""
    return _Gathering(released, notebook, marks).page()


class _Gathering:
    def __init__(self, released: NotebookNode, notebook: NotebookNode, marks: Marks) -> None:
        self.notebook, self.marks = notebook, marks
        self.answers = {grade_id(cell): cell for cell in notebook.cells if is_answer(cell)}
        self.room = outputs.Room()
        self.titles: dict[str, str] = {}
        self.questions: dict[str, str] = {}
        self.stubs: dict[str, str] = {}
        self.number = 0
        self._read(released.cells)

    def page(self) -> Page:
        items: list[Item] = []
        further: list[tuple[str, Markup]] = []
        for cell in self.notebook.cells:
            name = grade_id(cell)
            counts = is_graded(cell) or is_task(cell)
            if counts and name in self.marks.marks:
                items.append(self._item(name, cell))
            elif kept_outputs.is_shown_only(cell):
                self._add(further, self.titles.get(cell.id, ""), self._shown(cell))
            elif cell.cell_type == "code" and cell.id not in self.titles:
                code = Markup("<pre>{}</pre>\n").format(rich_text.code(cell.source))
                self._add(further, OWN, code + self._shown(cell))
        return Page(items, further)

    @staticmethod
    def _add(further: list[tuple[str, Markup]], title: str, shown: Markup) -> None:
        """Add to the last section, or start one: cells under the same heading share a section."""
        if shown and further and further[-1][0] == title:
            further[-1] = (title, Markup("\n").join([further[-1][1], shown]))
        elif shown:
            further.append((title, shown))

    def _read(self, cells: Iterable[NotebookNode]) -> None:
        """Find the heading and the question of each cell, as released."""
        heading, above = "", ""
        for cell in cells:
            if cell.cell_type == "markdown" and not is_answer(cell):
                above = cell.source
                heading = ([heading] + HEADING.findall(above))[-1]
            self.titles[cell.id] = heading
            if grade_id(cell):
                self.titles[grade_id(cell)] = heading
                self.stubs[grade_id(cell)] = cell.source.strip()
                self.questions[grade_id(cell)] = cell.source if is_task(cell) else above

    def _item(self, name: str, cell: NotebookNode) -> Item:
        mark = self.marks.marks[name]
        if is_test(cell):
            return self._checked(name, cell, mark)
        # Without a mark by hand, points are the 0 of an answer that was left as given.
        state = _waiting(mark) or (HAND if mark.by_hand else NOTHING)
        answer = code = Markup("")
        shown = self._shown(cell)
        if is_answer(cell):
            if cell.cell_type == "code":
                code = rich_text.code(cell.source)
            elif cell.source.strip() not in ("", self.stubs.get(name)):
                answer = rich_text.markdown(cell.source, self.room.cleaning)
                pictures = (cell.get("attachments") or {}).values()
                shown = outputs.shown([{"data": data} for data in pictures], self.room)
        return Item(
            key=name,
            name="" if cell.cell_type == "markdown" else name,
            title=self._question(name, cell),
            mark=mark,
            state=state,
            right=not mark.waits and mark.points >= mark.most,
            question=self._asked(self.questions.get(name, "")),
            answer=answer,
            code=code,
            shown=shown,
            comments=self._comments(name),
        )

    def _checked(self, name: str, cell: NotebookNode, mark: Mark) -> Item:
        """The item of the exercise that this test cell checks."""
        own = exercise_name(name)
        answer, verdicts = self.answers.get(own), verdicts_of(cell)
        verdict = next((v for v in verdicts if not v.is_right), verdicts[0] if verdicts else None)
        visible = visible_of(cell)
        stopped = _first_error(answer)
        failed = any(output.output_type == "error" for output in cell.outputs)
        if verdict and not (verdict.is_right and failed):
            status, sentence = verdict.status, verdict.told
        elif failed:
            status = Status.RAISED if stopped else Status.WRONG
            sentence = f"Your cell stops with {stopped}." if stopped else UNSAID
        else:
            status, sentence = Status.RIGHT, ""
        return Item(
            key=name,
            name=own,
            title=self.titles.get(own) or self.titles.get(name) or "",
            mark=mark,
            state=_waiting(mark) or SIGNS[status],
            right=status is Status.RIGHT,
            known=verdict.misconception if verdict else None,
            sentence=sentence,
            visible=None if status is Status.RIGHT else visible,
            code=rich_text.code(answer.source) if answer is not None else Markup(""),
            shown=self._shown(answer) if answer is not None else Markup(""),
            comments=self._comments(own, name),
            beside=not is_judged(cell.source),
        )

    def _question(self, name: str, cell: NotebookNode) -> str:
        if cell.cell_type == "code":
            return self.titles.get(name) or ""
        self.number += 1
        return f"Question {self.number}"

    def _asked(self, source: str) -> Markup:
        """A given text with its pictures."""

        def address(place: str) -> Markup | None:
            found = rich_text.embedded(place)
            return found if found and self.room.take(found, pictures=1) else None

        return rich_text.given(source, address)

    def _comments(self, *names: str) -> tuple[str, ...]:
        return tuple(self.marks.comments[name] for name in names if name in self.marks.comments)

    def _shown(self, cell: NotebookNode) -> Markup:
        if cell.cell_type != "code":
            return Markup("")
        kept = [
            o
            for o in cell.outputs
            if o.get("text") not in (kept_outputs.SAID, kept_outputs.NOTHING)
        ]
        return outputs.shown(kept, self.room)


def _waiting(mark: Mark) -> str | None:
    """For what a person has to mark, the state that says so."""
    return WAITS if mark.points is None else AGAIN if mark.outdated else None


def _first_error(cell: NotebookNode | None) -> str | None:
    """The first line of the error that stopped a student's cell, or None."""
    for output in cell.outputs if cell is not None and cell.cell_type == "code" else ():
        if output.output_type == "error":
            lines = f"{output.ename}: {output.evalue}".strip(": \n").splitlines()
            return lines[0][:300] if lines else "an error without a name"
    return None
