"""A picture in a text goes wherever the released notebook goes."""

import base64

import nbformat
import pytest

from autograder.course.course import read_notebook
from autograder.grading.preparing.jobs import blueprint
from autograder.grading.recording.record import require_released
from autograder.notebooks.cells import new_marks
from autograder.releasing.release import release
from autograder.reports.points import Mark, Marks
from autograder.reports.student_page import page_of
from helpers.errors import CourseError
from tests.tiny_course import TINY, tiny_course

pytestmark = pytest.mark.slow

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)
TEXT = base64.b64encode(PNG).decode()
SHOWN = f"data:image/png;base64,{TEXT}"


@pytest.fixture
def tiny(tmp_path):
    return tiny_course(tmp_path / "course")


def change(course, name, source, **attachments):
    path = course.source(TINY)
    notebook = nbformat.read(path, as_version=4)
    (cell,) = [cell for cell in notebook.cells if cell.id == name]
    cell.source = source
    cell["attachments"] = {key.replace("_", "."): value for key, value in attachments.items()}
    nbformat.write(notebook, path)


def released(course, name):
    (cell,) = [cell for cell in read_notebook(release(course, TINY)).cells if cell.id == name]
    return cell


def beside(course, name, content=PNG):
    path = course.source(TINY).parent / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def test_an_attached_one_becomes_part_of_the_text(tiny):
    change(tiny, "title", "![a](attachment:a.png) and ![b](attachment:b.png)",
           a_png={"image/png": TEXT + "\n"}, b_png={"image/png": TEXT})  # fmt: skip
    cell = released(tiny, "title")
    assert cell.source == f"![a]({SHOWN}) and ![b]({SHOWN})" and "attachments" not in cell


@pytest.mark.parametrize(
    ("source", "there"),
    [
        ("![a](../shown.png)", "../shown.png"),
        ("![](my%20plots/a.PNG)", "my plots/a.PNG"),
        ('![a](a.png "title")', "a.png"),
        ('<img width="3" src="a.png">', "a.png"),
    ],
)
def test_a_file_does(tiny, source, there):
    beside(tiny, there)
    change(tiny, "title", source)
    assert SHOWN in released(tiny, "title").source


@pytest.mark.parametrize(
    "source",
    ["![a](https://example.org/a.png)", f"![a]({SHOWN})", "[a](a.png)", "![a](a.svg)", "a.png"],
)
def test_what_is_no_file_stays(tiny, source):
    change(tiny, "title", source)
    assert released(tiny, "title").source == source


def test_a_large_one_stays_beside_the_notebook_or_is_refused(tiny):
    beside(tiny, "large.png", bytes(300_000))
    change(tiny, "title", "![a](large.png)")
    assert released(tiny, "title").source == "![a](large.png)"
    beside(tiny, "../large.png", bytes(300_000))
    change(tiny, "title", "![a](../large.png)")
    with pytest.raises(CourseError, match=r"shows ../large.png, which has 300,000 bytes"):
        release(tiny, TINY)


@pytest.mark.parametrize("place", ["nowhere.png", "attachment:nowhere.png", "no%00where.png"])
def test_one_that_is_not_there_is_named(tiny, place):
    before = tiny.released(TINY).read_bytes()
    change(tiny, "title", f"![a]({place})")
    with pytest.raises(CourseError, match=f"tiny.ipynb shows {place}"):
        release(tiny, TINY)
    assert tiny.released(TINY).read_bytes() == before


def test_that_of_a_solution_is_not_given_away(tiny):
    change(tiny, "why", "![derivation](attachment:a.png)", a_png={"image/png": TEXT})
    released(tiny, "why")
    assert TEXT not in tiny.released(TINY).read_text()


def test_the_feedback_page_shows_that_of_a_question_in_its_text(tiny):
    change(
        tiny, "title", "Why so *steep*? ![the slope](attachment:a.png)", a_png={"image/png": TEXT}
    )
    notebook = read_notebook(release(tiny, TINY))
    marks = Marks("ada", "Ada", {"why": Mark(0.0, 2.0)}, {})
    (item,) = page_of(notebook, notebook, marks).items
    picture = f'<img alt="the slope" src="{SHOWN}">'
    assert item.question.strip() == f"<p>Why so <em>steep</em>? {picture}</p>"


def test_a_locked_text_with_one_is_graded_as_it_was_released(tiny):
    change(tiny, "title", "![a](a.png)")
    beside(tiny, "a.png")
    path = tiny.source(TINY)
    notebook = nbformat.read(path, as_version=4)
    (cell,) = [cell for cell in notebook.cells if cell.id == "title"]
    cell.metadata.nbgrader = new_marks("title")
    nbformat.write(notebook, path)
    release(tiny, TINY)
    kept = blueprint(tiny, TINY)
    with tiny.gradebook() as gradebook:
        require_released(gradebook, kept)
    assert kept.hidden["title"] == f"![a]({SHOWN})"
