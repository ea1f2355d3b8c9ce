"""What a student's page is made of, from three small notebooks in memory."""

from dataclasses import FrozenInstanceError

import pytest
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
)

from autograder.grading.running.visible_check import Visible
from autograder.grading.running.visible_check import bundle as visible_bundle
from autograder.judging import Status, Verdict
from autograder.judging.publish import bundle
from autograder.notebooks import kept_outputs
from autograder.notebooks.cells import new_marks
from autograder.reports import outputs, rich_text, student_page
from autograder.reports.points import Mark, Marks
from autograder.reports.student_page import page_of
from autograder.reports.verdict_tables import SIGNS
from tests.autograder.reports.conftest import png

HALVED = Verdict.named("a.loss", Status.WRONG, ("halved", "Half of it is gone."))
RAISED = Verdict("a.loss", Status.RAISED, "With x, it raised KeyError: 'y'.")
SEEN = Visible((), "a logit of 0", "0.69", "1.38")
PROMPT = "Why is that?"


def cell(name, source, make=new_code_cell, outputs=(), tags=(), task=False, **options):
    marks = {**new_marks(name, **options), "task": task} if name else None
    made = make(source, id=name or f"own-{abs(hash(source))}"[:20])
    made.metadata = {"nbgrader": marks} if marks else {}
    if tags:
        made.metadata["tags"] = list(tags)
    if outputs:
        made.outputs = list(outputs)
    return made


def given():
    """The notebook as it was released."""
    return new_notebook(
        cells=[
            new_markdown_cell("# Title\n\n## A loss", id="text1"),
            cell("loss", "def loss(): ...", answer=True),
            cell("test_loss", "from autograder import judge", points=5),
            new_markdown_cell("No heading of its own.", id="text2"),
            cell("test_plain", "assert plain() == 2", points=1),
            new_markdown_cell(f"## Questions\n\n{PROMPT}", id="text3"),
            cell("why", "Because ...", new_markdown_cell, answer=True, points=2),
            new_markdown_cell("Compute **it**.", id="text4"),
            cell("sum", "# your code", answer=True, points=3),
            cell("poster", "Make a poster.", new_markdown_cell, answer=True, points=4, task=True),
            new_markdown_cell("## Training", id="text5"),
            new_code_cell("train()", id="train"),
        ]
    )


def done(loss=(), test=(), plain=(), extra=(), **sources):
    """The graded notebook with these outputs of three cells, answers and further cells."""
    made = given()
    cells = {each.id: each for each in made.cells}
    cells["loss"].outputs, cells["test_loss"].outputs = list(loss), list(test)
    cells["test_plain"].outputs = list(plain)
    for name, source in sources.items():
        cells[name].source = source
    made.cells += extra
    return made


MARKS = {
    "test_loss": Mark(5.0, 5.0),
    "test_plain": Mark(1.0, 1.0),
    "why": Mark(None, 2.0),
    "sum": Mark(3.0, 3.0, by_hand=True),
    "poster": Mark(1.0, 4.0, by_hand=True),
}


def items(notebook, comments=None, **marks):
    page = page_of(given(), notebook, Marks("ada", "", MARKS | marks, comments or {}))
    return {item.key: item for item in page.items}


def error(name="KeyError", value="'y'"):
    return new_output("error", ename=name, evalue=value, traceback=["secret"])


def shown(*made):
    return [new_output("display_data", data) for data in made]


def test_a_page_has_an_item_for_each_line_of_points_in_order():
    found = items(done())
    assert [*found] == ["test_loss", "test_plain", "why", "sum", "poster"]
    assert [each.name for each in found.values()] == ["loss", "plain", "", "sum", ""]
    titles = [each.title for each in found.values()]
    assert titles == ["A loss", "A loss", "Question 1", "Questions", "Question 2"]
    assert [each.mark for each in found.values()] == [*MARKS.values()]
    # Points that the gradebook does not have make no line.
    page = page_of(given(), done(), Marks("ada", "", {"why": Mark(1.0, 2.0)}, {}))
    assert [item.key for item in page.items] == ["why"]


def test_questions_and_answers_are_shown_and_what_was_left_as_given_is_no_answer():
    found = items(done(why="It *is*.\n\n$x$", sum="s = 1 + 1"))
    assert PROMPT in found["why"].question and "Title" not in found["why"].question
    assert "<em>is</em>" in found["why"].answer and "<math" in found["why"].answer
    assert "<strong>it</strong>" in found["sum"].question
    assert found["sum"].code and not found["sum"].answer and not found["why"].code
    assert "Make a poster." in found["poster"].question
    for blank in ("Because ...", "  Because ...\n", "", " \n"):
        assert items(done(why=blank))["why"].answer == ""


def test_pictures_of_an_answer_and_outputs_of_its_code_are_shown():
    notebook = done(why="See ![it](attachment:it.png).", sum="1")
    cells = {each.id: each for each in notebook.cells}
    cells["why"].attachments = {"it.png": {"image/png": png()}}
    cells["sum"].outputs = [new_output("stream", text="2\n")]
    found = items(notebook)
    assert found["why"].shown.count("<img") == 1 and "it" in found["why"].answer
    assert "2" in found["sum"].shown


@pytest.mark.parametrize(
    ("mark", "state", "right"),
    [
        (Mark(None, 2.0), student_page.WAITS, False),
        (Mark(2.0, 2.0, by_hand=True), student_page.HAND, True),
        (Mark(1.5, 2.0, by_hand=True), student_page.HAND, False),
        (Mark(2.5, 2.0, by_hand=True), student_page.HAND, True),
        (Mark(2.0, 2.0, by_hand=True, outdated=True), student_page.AGAIN, False),
        (Mark(0.0, 2.0), student_page.NOTHING, False),
    ],
)
def test_the_state_of_what_a_person_marks(mark, state, right):
    found = items(done(why="So."), why=mark)["why"]
    assert (found.state, found.right) == (state, right)


def test_a_right_check_says_so_and_shows_the_work():
    notebook = done(
        loss=[new_output("stream", text="epoch 1\n")],
        test=shown(bundle(Verdict.right("a.loss", "Mind the GPU.")), visible_bundle(SEEN)),
    )
    found = items(notebook)["test_loss"]
    assert (found.state, found.right, found.known) == ("✓ right", True, None)
    assert found.sentence == "Mind the GPU." and found.visible is None
    assert "loss" in found.code and "epoch 1" in found.shown and not found.beside


def test_a_named_mistake_is_told_with_the_visible_check():
    notebook = done(test=[*shown(bundle(HALVED), visible_bundle(SEEN)), error()])
    found = items(notebook, test_loss=Mark(0.0, 5.0))["test_loss"]
    assert (found.state, found.right, found.known) == ("✗ wrong", False, "halved")
    assert (found.sentence, found.visible) == ("Half of it is gone.", SEEN)


def test_of_several_verdicts_the_first_that_is_not_right_is_told():
    right = Verdict.right("a.loss")
    found = items(done(test=[*shown(*map(bundle, (right, RAISED, HALVED))), error()]))["test_loss"]
    assert (found.state, found.sentence, found.known) == ("! raised", RAISED.message, None)


def test_a_check_that_fails_without_a_verdict_says_where_the_cell_stopped_or_that_it_fails():
    found = items(done(test=[error()]))["test_loss"]
    assert (found.state, found.sentence) == ("✗ wrong", student_page.UNSAID)
    stopped = items(done(loss=[error("ValueError", "bad\nsecond")], test=[error()]))["test_loss"]
    assert stopped.state == "! raised"
    assert stopped.sentence == "Your cell stops with ValueError: bad."
    # Right by its verdict, and then the visible lines fail.
    notebook = done(test=[*shown(bundle(Verdict.right("a.loss"))), error()])
    found = items(notebook)["test_loss"]
    assert (found.state, found.sentence) == ("✗ wrong", student_page.UNSAID)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("KeyError", "'y'", "KeyError: 'y'"),
        ("KeyError", "", "KeyError"),
        ("", "", "an error without a name"),
        ("E", "x" * 400, f"E: {'x' * 297}"),
    ],
)
def test_the_first_line_of_an_error(name, value, told):
    found = items(done(loss=[error(name, value)], test=[error()]))["test_loss"]
    assert found.sentence == f"Your cell stops with {told}."


def test_what_ran_beside_the_students_code_is_marked():
    found = items(done())
    assert found["test_plain"].beside and not found["test_loss"].beside
    assert found["test_plain"].state == "✓ right" and found["test_plain"].code == ""


def test_comments_stand_where_they_belong():
    found = items(done(), {"loss": "Nearly.", "test_loss": "Well.", "why": "Say more."})
    assert found["test_loss"].comments == ("Nearly.", "Well.")
    assert found["why"].comments == ("Say more.",) and found["sum"].comments == ()


def further(*extra):
    return page_of(given(), done(extra=extra), Marks("ada", "", MARKS, {})).further


def test_cells_that_a_student_added_are_shown_with_their_code_in_one_section():
    out = [new_output("stream", text="6\n")]
    ((title, made),) = further(
        new_code_cell("a = 1", id="mine1"), new_code_cell("print(6)", id="mine2", outputs=out)
    )
    assert title == "Cells you added"
    first, *_, last = made.splitlines()
    assert first.startswith("<pre>") and "a" in first and "<pre>6" in made and last == "</pre>"
    assert made.index("6") > made.index("a")
    assert further(new_markdown_cell("# Mine", id="mine3")) == []


def test_outputs_that_were_handed_in_are_shown_under_their_headings():
    def kept(name, text):
        made = new_code_cell("train()", id=name)
        made.metadata["tags"] = [kept_outputs.TAG]
        made.outputs = [
            new_output("stream", text=kept_outputs.SAID),
            new_output("stream", text=text),
        ]
        return made

    released, graded = given(), done()
    for notebook in (released, graded):
        notebook.cells += [kept("one", "loss 1"), kept("two", "loss 2")]
        notebook.cells += [new_markdown_cell("### Samples", id="text6"), kept("three", "loss 3")]
    nothing = kept("four", "")
    nothing.outputs = [new_output("stream", text=kept_outputs.NOTHING)]
    graded.cells.append(nothing)
    page = page_of(released, graded, Marks("ada", "", MARKS, {}))
    assert page.further == [
        ("Training", "<pre>loss 1</pre>\n<pre>loss 2</pre>"),
        ("Samples", "<pre>loss 3</pre>"),
    ]


def test_neither_notebook_is_changed():
    released, graded = given(), done(test=shown(bundle(HALVED)), why="So.")
    before = str(released), str(graded)
    page_of(released, graded, Marks("ada", "", MARKS, {}))
    assert (str(released), str(graded)) == before


def test_without_a_heading_there_is_no_title():
    released = new_notebook(
        cells=[
            cell("sum", "# your code", answer=True, points=3),
            cell("test_loss", "assert loss", points=5),
        ]
    )
    page = page_of(released, released, Marks("ada", "", MARKS, {}))
    assert [(item.key, item.title, item.question) for item in page.items] == [
        ("sum", "", ""),
        ("test_loss", "", ""),
    ]


def test_what_does_not_belong_to_an_item_is_empty():
    """A question has no verdict and a check no question."""
    notebook = done(test=[*shown(bundle(HALVED), visible_bundle(SEEN)), error()])
    found = items(notebook)
    asked = found["why"]
    assert (asked.known, asked.sentence, asked.visible, asked.beside) == (None, "", None, False)
    assert (found["test_loss"].question, found["test_loss"].answer) == ("", "")
    with pytest.raises(FrozenInstanceError):
        asked.state = "✓ right"
    page = page_of(given(), notebook, Marks("ada", "", MARKS, {}))
    with pytest.raises(FrozenInstanceError):
        page.items = []


def test_room_is_taken_by_all_that_a_page_shows(monkeypatch):
    """Of a question's pictures, an answer's and the outputs, only what fits is shown."""
    monkeypatch.setattr(outputs.Room, "__init__", lambda self: vars(self).update(room))
    picture = new_output("display_data", {"image/png": png()})
    released = given()
    address = f"![it](data:image/png;base64,{png()})"
    for notebook in (released, graded := done(sum="1")):
        notebook.cells[7].source = f"Compute {address} and {address}."
    graded.cells[8].outputs = [picture, picture]
    for pictures in (0, 1, 3, 4, 9):
        room = {"pictures": pictures, "bytes": 10**6, "cleaning": rich_text.Cleaning()}
        page = page_of(released, graded, Marks("ada", "", {"sum": Mark(1.0, 3.0)}, {}))
        shown_here = page.items[0].question + page.items[0].shown
        assert shown_here.count("<img") == min(pictures, 4)


@pytest.mark.parametrize("status", Status)
def test_each_status_has_a_sign_of_its_own_and_its_name(status):
    assert SIGNS[status][1:] == f" {status}"
    assert sum(sign[0] == SIGNS[status][0] for sign in SIGNS.values()) == 1
    wrong = Verdict("a.loss", status, "Said.")
    notebook = done(test=[*shown(bundle(wrong)), *([error()] * (status != Status.RIGHT))])
    found = items(notebook)["test_loss"]
    assert found.state == SIGNS[status] and found.right is (status == Status.RIGHT)
    assert found.beside is False
