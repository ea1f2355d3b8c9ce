"""What the page has of a question: text, pictures, tables, formulas; and nothing that runs."""

import base64
import io
import shutil

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from PIL import Image

from autograder.course.course import Course
from autograder.grading.preparing.jobs import Blueprint, blueprint
from autograder.marking import answer_page
from autograder.marking.questions import questions
from autograder.notebooks.cells import new_marks
from autograder.releasing.release import release
from autograder.reports import rich_text
from tests.own_course import ROOT

SCHEME = "<!-- BEGIN MARK SCHEME -->\n- 1 point: {}\n<!-- END MARK SCHEME -->"


def picture(kind="PNG", width=3):
    """Bytes of a picture."""
    out = io.BytesIO()
    Image.new("RGB", (width, 2)).save(out, kind)
    return out.getvalue()


def data(kind="PNG", width=3):
    content = base64.b64encode(picture(kind, width)).decode()
    return f"data:image/{kind.lower()};base64,{content}"


def answer(name, source="*Your answer here.*", points=1):
    own = {"nbgrader": new_marks(name, answer=True, points=points)}
    return new_markdown_cell(source, id=name, metadata=own)


def task(name, source, points=2):
    marks = {**new_marks(name, points=points), "grade": False, "task": True}
    return new_markdown_cell(source, id=name, metadata={"nbgrader": marks})


def test_cell(name):
    return new_code_cell("assert f", id=name, metadata={"nbgrader": new_marks(name, points=3)})


test_cell.__test__ = False


def code(name, source="1", tags=(), **kinds):
    marks = {"nbgrader": new_marks(name, **kinds)} if kinds else {}
    return new_code_cell(source, id=name, metadata={**marks, "tags": list(tags)})


def text(source, name=None, tags=()):
    marks = {"nbgrader": new_marks(name)} if name else {}
    return new_markdown_cell(source, metadata={**marks, "tags": list(tags)})


def read(*cells, hidden=None, judged=()):
    """{grade_id: Question} of a notebook of these cells. hidden: {grade_id: source}."""
    notebook = new_notebook(cells=list(cells))
    return questions(Blueprint("a", notebook, hidden or {}, None, None, "a"), judged)


def test_a_question_has_the_text_and_the_heading_above_it():
    found = read(
        text("# All\n\n## First"), text("Why?", "ask_1"), answer("q_1", "stub", 1.5),
        text("## Second\n\nAnd $x$?", "ask_2"), code("c"), answer("q_2", points=0),
        hidden={"ask_1": "Why?\n" + SCHEME.format("so"), "ask_2": "Old.\n" + SCHEME.format("no")},
    )  # fmt: skip
    first, second = found["q_1"], found["q_2"]
    assert list(found) == ["q_1", "q_2"]
    assert (first.title, first.text, first.most, first.stub) == ("First", "Why?", 1.5, "stub")
    assert (first.name, first.answer, first.comment) == ("q_1", "q_1", "q_1")
    assert [line.sentence for line in first.scheme.lines] == ["so"]
    # The text as students have it, the scheme as it is in solutions/ now.
    assert (second.title, second.text, second.most) == ("Second", "## Second\n\nAnd $x$?", 0)
    assert [line.sentence for line in second.scheme.lines] == ["no"]


def test_a_scheme_may_be_beside_the_answer_and_is_never_in_the_text():
    scheme = SCHEME.format("here")
    found = read(text("Why?"), answer("q_1"), text(f"What?\n{scheme}", "ask_2"), answer("q_2"),
                 hidden={"q_1": f"Because.\n{scheme}"})  # fmt: skip
    for question in found.values():
        assert [line.sentence for line in question.scheme.lines] == ["here"]
        assert question.text in ("Why?", "What?")


def test_a_task_is_its_own_text_and_has_no_answer_of_its_own():
    found = read(text("Not this. " + SCHEME.format("nor this")), task("t", "Draw it."),
                 hidden={"t": "Draw it.\n" + SCHEME.format("a line")})  # fmt: skip
    only = found["t"]
    assert (only.text, only.most, only.answer, only.stub) == ("Draw it.", 2, None, "")
    assert only.comment == "t"
    assert [line.sentence for line in only.scheme.lines] == ["a line"]


def test_a_test_that_a_person_decides_is_a_question_about_the_cell_it_tests():
    cells = [text("Write f."), code("f", "stub", answer=True), test_cell("test_f"),
             test_cell("test_other")]  # fmt: skip
    assert not read(*cells)
    found = read(*cells, judged=["test_f", "test_other"])
    assert (found["test_f"].answer, found["test_f"].comment) == ("f", "f")
    assert (found["test_f"].stub, found["test_f"].most) == ("stub", 3)
    assert (found["test_other"].answer, found["test_other"].comment) == (None, "test_other")


def test_a_code_cell_that_a_person_marks_is_a_question():
    found = read(text("Plot it."), code("plot", "stub", answer=True, points=2))
    assert (found["plot"].most, found["plot"].answer, found["plot"].stub) == (2, "plot", "stub")


def test_the_cells_between_two_questions_are_shown_with_the_second():
    found = read(
        code("a"), text("?"), code("b"), test_cell("test_b"), answer("q_1"),
        code("c"), answer("q_2"), answer("q_3"),
    )  # fmt: skip
    assert [found[name].shows for name in ("q_1", "q_2", "q_3")] == [("a", "b"), ("c",), ()]


def test_a_plot_that_is_marked_is_shown_with_what_is_written_about_it():
    found = read(
        code("a"), code("plot", answer=True, points=2), answer("q_1"), code("b"),
        code("again", answer=True, points=1),
    )  # fmt: skip
    assert found["plot"].shows == ("a",) and found["q_1"].shows == ("a", "plot")
    assert found["again"].shows == ("b",)


def test_a_tag_chooses_cells_from_anywhere_and_texts_to_stand_below():
    found = read(
        code("a", tags=["about:q_1", "about:q_2", "other"]),
        text("## T\n\n|t|", tags=["about:q_2"]),
        text("u", tags=["about:q_2"]), code("b"), text("?"), answer("q_1"), answer("q_2"),
        code("late", tags=["about:q_1"]),
    )  # fmt: skip
    assert found["q_1"].shows == ("a", "late") and found["q_2"].shows[0] == "a"
    assert found["q_1"].text == "?" and found["q_2"].text == "?\n\n|t|\n\nu"


@pytest.fixture
def shown(tmp_path):
    """shown(source, attachments): a question's text as HTML, released as a course releases it."""

    def make(source, attachments=None):
        shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
        folder = tmp_path / "solutions" / "a"
        folder.mkdir(parents=True)
        (folder / "beside.png").write_bytes(picture(width=5))
        (folder / "large.png").write_bytes(picture(width=7) + b"\0" * 300_000)
        own = {"nbgrader": new_marks("ask")}
        asked = new_markdown_cell(
            f"{source}\n\n" + SCHEME.format("x"), id="ask", metadata=own,
            attachments=attachments or {},
        )  # fmt: skip
        notebook = new_notebook(cells=[asked, answer("q", "Because.")])
        notebook.metadata["kernelspec"] = {
            "name": "python3", "display_name": "Python 3", "language": "python",
        }  # fmt: skip
        nbformat.write(notebook, folder / "a.ipynb")
        course = Course.at(tmp_path)
        release(course, "a", proof=False)
        only = questions(blueprint(course, "a"))["q"]
        return answer_page.heading(only, course.released("a").parent)

    return make


def test_the_pictures_of_a_question_are_shown_where_they_are(shown):
    attached = {"photo one.png": {"image/png": base64.b64encode(picture(width=4)).decode()}}
    source = (
        "Look: ![so](attachment:photo%20one.png) first, ![](beside.png) second.\n\n"
        f"| a | b |\n|---|---|\n| ![t]({data(width=6)}) | $x < 1$ |\n\n"
        f'<p align="center"><img src="{data("JPEG")}" width="400" alt="a &amp; b"/></p>\n\n'
        "![large](large.png 'of 300 kB')"
    )
    made = shown(source, attached)
    widths = [width_of(address) for address in made.split('src="')[1:]]
    assert widths == [4, 5, 6, 3, 7]
    assert made.index("Look:") < made.index("<img") < made.index("first") < made.index("second")
    assert 'alt="so"' in made and "<td><img" in made and "<math" in made
    assert "width" not in made and "align" not in made


def width_of(address):
    raw = base64.b64decode(address.partition('"')[0].partition(",")[2])
    return Image.open(io.BytesIO(raw)).size[0]


@pytest.mark.parametrize(
    "wrong",
    [
        "![so](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+)",
        "![so](data:image/png;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+)",
        "![so](data:text/html;base64,PHNjcmlwdD4=)",
        '<img alt="so" src="javascript:alert(1)">',
        '<img alt="so" src=x onerror=alert(1)>',
        "![so](https://elsewhere.example/a.png)",
        "![so](//elsewhere.example/a.png)",
        "![so](../../secret.png)",
        "![so](..%2F..%2Fsecret.png)",
        "![so](missing.gif)",
        "![so](%00.png)",
        "![so](beside.txt)",
        "![so](text.png)",
        "so <script>alert(1)</script><svg onload=alert(1)></svg>",
    ],
)
def test_what_is_no_picture_is_its_name(tmp_path, wrong):
    folder = tmp_path / "notebooks" / "a"
    folder.mkdir(parents=True)
    (folder / "beside.txt").write_text("x")
    (folder / "text.png").write_text("x")
    (tmp_path / "secret.png").write_bytes(picture())
    (only,) = read(text(wrong), answer("q")).values()
    made = answer_page.heading(only, folder)
    assert "<img" not in made and "so" in made
    for part in ("onerror", "onload", "javascript", "alert", "<svg", "src="):
        assert part not in made


def test_pictures_of_a_given_text_are_only_what_they_say():
    def no(place):
        raise AssertionError(place)

    assert "<img" not in rich_text.given("`![a](b.png)`\n\n    ![a](b.png)", no)
    # A name cannot leave its attribute, and a formula's sign in it makes no formula.
    made = rich_text.given('![" onload="x $a](b) costs 3$', lambda place: "data:image/png;base64,")
    assert made.count("<img") == 1 and 'alt="&#34; onload=&#34;x $a"' in made
    assert "<math" not in made
    made = rich_text.given("$ ![a](b) $", lambda place: "data:image/png;base64,")
    assert made.count("<img") == 1
