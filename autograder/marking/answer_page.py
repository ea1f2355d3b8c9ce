"""Render a student's answer to one question, with the outputs it is about."""

import base64
from pathlib import Path
from urllib.parse import unquote

from markupsafe import Markup
from nbformat import NotebookNode

from autograder.marking.questions import Question
from autograder.notebooks import cells, kept_outputs
from autograder.notebooks.embed_pictures import KINDS
from autograder.reports import outputs, rich_text
from autograder.reports.rich_text import HEADING

NOTHING = Markup('<p class="note">○ Nothing written.</p>')
SAID = (kept_outputs.SAID, kept_outputs.NOTHING)


def render(question: Question, notebook: NotebookNode, released: NotebookNode) -> Markup:
    """The answer as HTML, safe on any page. notebook: as graded. released: as handed out."""
    room = outputs.Room()
    named = cells.named(notebook)
    parts = []
    cell = named.get(question.answer or "")
    if cell is not None:
        parts.append(_written(cell, question, room))
    else:
        parts += _work(question, notebook, room)
    if question.answer != question.name and question.answer and question.name in named:
        parts.append(_shown(named[question.name], room))
    by_id = {each.id: each for each in notebook.cells}
    beside = [_shown(by_id[id], room) for id in question.shows if id in by_id]
    beside = [part for part in beside if part]
    if beside:
        shown = Markup("\n").join(beside)
        parts.append(
            Markup('<section class="beside" aria-label="Outputs">{}</section>').format(shown)
        )
    return Markup("\n").join(part for part in parts if part)


def heading(question: Question, folder: Path) -> Markup:
    """The question as HTML. folder: of the notebook, with the pictures that it has beside it."""

    def address(place: str) -> Markup | None:
        return rich_text.embedded(place) or _beside(folder, place)

    return rich_text.given(question.text, address)


def picture_cells(released: NotebookNode) -> dict[str, str]:
    """{id: heading} of the code cells that may have pictures: no tests, and in this order."""
    heading, found = "", {}
    for cell in released.cells:
        if cell.cell_type == "markdown" and not cells.is_answer(cell):
            heading = ([heading] + HEADING.findall(cell.source))[-1]
        elif cell.cell_type == "code" and not cells.is_test(cell):
            found[cell.id] = heading
    return found


def first_picture(notebook: NotebookNode, cell_id: str) -> str | None:
    """A data: address of the first picture among the outputs of a cell, or None."""
    for cell in notebook.cells:
        if cell.id == cell_id and cell.cell_type == "code":
            for output in cell.outputs:
                for mime in rich_text.PICTURES:
                    content = output.get("data", {}).get(mime)
                    address = rich_text.picture(mime, content)
                    if address:
                        return str(address)
    return None


def _beside(folder: Path, place: str) -> Markup | None:
    """A data: address of a picture in the folder of a notebook; None if it is none."""
    kind = KINDS.get(Path(place).suffix.lower())
    try:
        path = (folder / unquote(place)).resolve()
        if kind is None or not path.is_relative_to(folder.resolve()):
            return None
        with path.open("rb") as file:
            content = file.read(rich_text.PICTURE_BYTES + 1)
    except (OSError, ValueError):
        return None
    return rich_text.picture(kind, base64.b64encode(content).decode())


def _written(cell: NotebookNode, question: Question, room: outputs.Room) -> Markup:
    if cell.cell_type == "code":
        code = Markup("<pre>{}</pre>").format(rich_text.code(cell.source))
        return Markup("\n").join(filter(None, [code, _shown(cell, room)]))
    made = Markup("")
    if cell.source.strip() not in ("", question.stub.strip()):
        made = rich_text.markdown(cell.source)
    pictures = [{"data": data} for data in (cell.get("attachments") or {}).values()]
    shown = outputs.shown(pictures, room)
    return Markup("\n").join(filter(None, [made, shown])) or NOTHING


def _work(question: Question, notebook: NotebookNode, room: outputs.Room) -> list[Markup]:
    """Everything that the student wrote, for a task."""
    parts = []
    for cell in notebook.cells:
        if cells.is_answer(cell) or cell.id.startswith("own-"):
            parts.append(_written(cell, question, room))
    return parts or [NOTHING]


def _shown(cell: NotebookNode, room: outputs.Room) -> Markup:
    if cell.cell_type != "code":
        return Markup("")
    kept = [output for output in cell.outputs if output.get("text") not in SAID]
    return outputs.shown(kept, room)
