"""Find the questions of an assignment that a person marks, with their schemes."""

from collections.abc import Iterable
from dataclasses import dataclass

from autograder.grading.preparing.jobs import Blueprint
from autograder.marking import scheme
from autograder.marking.scheme import Scheme
from autograder.notebooks import cells
from autograder.reports.rich_text import HEADING

# A tag of a cell whose outputs belong to the answer with that grade_id, wherever it is.
ABOUT = "about:"


@dataclass(frozen=True)
class Question:
    """One question.

    name: the grade_id that has the points. answer: the grade_id of the student's cell, or None for
    a task. title: the heading above it. text: the question, in Markdown. shows: ids of the cells
    whose outputs it is about. stub: the answer as it was handed out.
    """

    name: str
    answer: str | None
    title: str
    text: str
    most: float
    scheme: Scheme
    shows: tuple[str, ...]
    stub: str = ""

    @property
    def comment(self) -> str:
        """The grade_id that has the comment."""
        return self.answer or self.name


def questions(blueprint: Blueprint, judged: Iterable[str] = ()) -> dict[str, Question]:
    """{grade_id: Question} in notebook order.

    judged: grade_ids of test cells that a person has to decide, since their check failed itself.
    """
    found: dict[str, Question] = {}
    wanted = set(judged)
    heading, above, asked_in = "", "", ""
    section: list[str] = []
    tagged: dict[str, list[str]] = {}
    texts: dict[str, str] = {}
    for cell in blueprint.released.cells:
        for tag in cell.metadata.get("tags", ()):
            if not tag.startswith(ABOUT):
                continue
            name = tag.removeprefix(ABOUT)
            tagged.setdefault(name, []).append(cell.id)
            # A given text is the same for every student: it belongs to the question, whose title
            # is its heading already.
            if cell.cell_type == "markdown" and not cells.is_answer(cell):
                first = HEADING.match(cell.source)
                given = cell.source[first.end() if first else 0 :].strip()
                texts[name] = f"{texts.get(name, '')}\n\n{given}"
    known = cells.named(blueprint.released)
    for cell in blueprint.released.cells:
        name = cells.grade_id(cell)
        source = blueprint.hidden.get(name or "", cell.source)
        if cell.cell_type == "markdown" and not cells.is_answer(cell):
            headings = HEADING.findall(cell.source)
            if headings:
                heading = headings[-1]
            asked_in, above = cell.source, source
        if name and (_by_hand(cell) or name in wanted):
            # The text as students have it, with its pictures; the scheme as it is now.
            asked = cell.source if cells.is_task(cell) else asked_in
            written = "" if cells.is_task(cell) else scheme.split(above)[1]
            if not written:  # beside the answer, or in the cell itself
                written = scheme.split(source)[1]
            answer = None if cells.is_task(cell) else name
            if cells.is_test(cell):
                own = cells.exercise_name(name)
                answer = own if own in known else None
            found[name] = Question(
                name=name,
                answer=answer,
                title=heading,
                text=scheme.split(asked)[0] + texts.get(name, ""),
                most=cells.points(cell),
                scheme=scheme.read(written),
                shows=tuple(tagged.get(name, section)),
                stub=known[answer].source if answer else "",
            )
            if cell.cell_type == "markdown":
                section = []
            elif not cells.is_test(cell):  # what is written about it is marked beside it
                section.append(cell.id)
        elif cell.cell_type == "code" and not cells.is_test(cell):
            section.append(cell.id)
    return found


def _by_hand(cell: cells.NotebookNode) -> bool:
    return cells.is_task(cell) or (cells.is_graded(cell) and cells.is_answer(cell))
