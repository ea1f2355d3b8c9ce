"""An answer is shown with all that it is about, and with nothing else."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autograder.marking import answer_page
from autograder.marking.questions import Question
from autograder.marking.scheme import Scheme
from autograder.notebooks import kept_outputs
from autograder.notebooks.cells import new_marks
from tests.marking_course import picture

STUB = "*Your answer here.*"


def question(name="q", answer="q", shows=(), stub=STUB):
    return Question(name, answer, "Title", "Why?", 1, Scheme(), shows, stub)


def written(source, name="q", **more):
    marks = {"nbgrader": new_marks(name, answer=True, points=1)}
    return new_markdown_cell(source, id=name, metadata=marks, **more)


def code(name, *outputs, source="f(1)", **kinds):
    marks = {"nbgrader": new_marks(name, **kinds)} if kinds else {}
    return new_code_cell(source, id=name, metadata=marks, outputs=list(outputs))


def said(text):
    return new_output("stream", text=text)


def shown(own, *cells):
    return answer_page.render(own, new_notebook(cells=list(cells)), new_notebook())


@pytest.mark.parametrize("source", ["", "  ", STUB, f"{STUB}\n"])
def test_an_answer_left_as_given_is_nothing(source):
    assert shown(question(), written(source)) == answer_page.NOTHING


def test_a_photograph_without_words_is_shown():
    attached = {"a.png": {"image/png": picture("x")}}
    made = shown(question(), written(STUB, attachments=attached))
    assert made.count("<img") == 1 and "Your answer" not in made and "Nothing" not in made


def test_an_answer_is_shown_with_the_outputs_that_it_is_about():
    cells = code("a", said("from a")), code("b", said("from b")), written("So $x < 1$.")
    made = shown(question(shows=("a", "gone")), *cells)
    assert "<math" in made and "from a" in made and "from b" not in made
    assert made.index("<math") < made.index("from a")
    assert "beside" not in shown(question(), *cells)


@pytest.mark.parametrize("remark", answer_page.SAID)
def test_a_remark_on_kept_outputs_is_no_output_of_the_answer(remark):
    made = shown(question(shows=("a",)), code("a", said(remark), said("from a")), written("So."))
    assert remark[:20] not in made and "from a" in made
    assert remark in (kept_outputs.SAID, kept_outputs.NOTHING)


def test_a_task_is_about_everything_that_a_student_wrote():
    own = new_code_cell("mine = 1", id="own-1", outputs=[said("from own")])
    cells = written("First.", "q_1"), code("f", said("from f"), answer=True), own, code("given")
    made = shown(question("t", None), *cells)
    for part in ("First.", "from f", "from own", "mine"):
        assert part in made
    assert "f(1)" not in made.split("from own")[1]
    assert shown(question("t", None), code("given")) == answer_page.NOTHING


def test_a_test_that_a_person_decides_is_shown_below_the_cell_it_tests():
    cells = code("f", source="x = 2", answer=True), code("test_f", said("it failed"), points=1)
    made = shown(question("test_f", "f", stub="x = 1"), *cells)
    assert made.index("highlight" if "highlight" in made else "<pre>") < made.index("it failed")
    assert "2" in made and "f(1)" not in made  # a hidden test is not part of the page


def test_cells_that_may_have_pictures_and_the_first_of_each():
    two = [new_output("display_data", {"image/png": picture(name)}) for name in "ab"]
    cells = [
        new_markdown_cell("# One\n\n## Two"), code("a", said("x"), *two), code("b", two[1]),
        code("test_a", two[0], points=1), new_markdown_cell("### Three"), written("## Mine"),
        code("c"),
    ]  # fmt: skip
    notebook = new_notebook(cells=cells)
    assert answer_page.picture_cells(notebook) == {"a": "Two", "b": "Two", "c": "Three"}
    found = [answer_page.first_picture(notebook, name) for name in ("a", "b", "c", "q")]
    assert found[0] and found[1] and found[0] != found[1] and found[2:] == [None, None]
