"""A student's page: everything that helps, nothing hidden, nothing that runs."""

import html.parser
import shutil
import subprocess
import sys

import pytest
from nbformat.v4 import new_output
from nbgrader.utils import notebook_hash

from autograder.course.course import read_notebook
from autograder.grading.recording.store import Store
from autograder.reports.feedback import feedback
from helpers.errors import CourseError
from tests.autograder.reports.conftest import SECRET, png
from tests.tiny_course import TINY

VOID = {"meta", "img", "br", "hr", "rect", "line"}


class Reader(html.parser.HTMLParser):
    """Takes down tags, attributes and text, and that every element is closed."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.open, self.said = set(), [], [], ""
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.said += data


def read(path):
    """The page; checks that it needs nothing else and runs nothing."""
    reader = Reader(path.read_text(encoding="utf-8"))
    assert not reader.tags & {"script", "iframe", "link", "object", "embed", "form", "base"}
    for name, value in reader.attributes:
        assert not name.startswith("on")
        if name in ("src", "href"):
            assert value.startswith(("data:image/png;base64,", "#", "https://", "http://")), value
    return reader


def test_a_page_says_what_was_wrong_and_shows_the_work(course, graded):
    picture = new_output("display_data", {"image/png": png(), "text/plain": "x"})
    graded("ada", wrong=["bce_loss"], outputs=[picture])
    (path,) = feedback(course, TINY)
    assert path == course.feedback("ada", TINY)
    page = read(path)
    for said in (
        "3 of 10 points so far",
        "the half missing",
        "Half of it is <b>gone</b>.",
        "a logit of 0",
        "0.693147",
        "1.3863",
        "twice as much & more",
        "def double(x):",
        "Because it is so.",
        "not marked yet",
    ):
        assert said in page.said, said
    assert "img" in page.tags


def test_nothing_hidden_reaches_a_page(course, graded):
    source = read_notebook(course.source(TINY))
    (cell,) = [cell for cell in source.cells if cell.id == "test_double"]
    assert "hidden number" in cell.source
    graded("ada", wrong=["double", "bce_loss"])
    page = feedback(course, TINY)[0].read_text()
    assert "117" not in page and SECRET not in page and "hidden number" not in page
    assert "judge(" not in page and "HIDDEN TESTS" not in page
    assert "The check does not pass." in page


def test_marks_and_comments_by_hand_are_shown(course, graded):
    graded("ada", wrong=["double"])
    with course.gradebook() as gradebook:
        place = (TINY, TINY, "ada")
        why = gradebook.find_grade("why", *place)
        why.manual_score, why.extra_credit, why.needs_manual_grade = 1.5, 0.5, False
        gradebook.find_grade("test_double", *place).manual_score = 2
        gradebook.find_comment("why", *place).manual_comment = "Say <i>why</i> & how."
        gradebook.find_comment("double", *place).manual_comment = "Nearly."
        gradebook.update_or_create_student("ada", first_name="Ada", last_name="<Love>")
        gradebook.db.commit()
    page = read(feedback(course, TINY)[0])
    for said in ("9 of 10 points", "Say <i>why</i> & how.", "Nearly.", "Ada <Love>", "+ 0.5"):
        assert said in page.said, said
    assert "so far" not in page.said and "i" not in page.tags


def test_hostile_work_and_names_stay_text(course, graded):
    attack = "\"><script>alert(1)</script>'</pre></section><img src=x onerror=alert(1)>"
    shown = [
        new_output("display_data", {kind: attack})
        for kind in ("text/html", "text/markdown", "text/plain", "image/svg+xml", "image/png")
    ]
    shown += [
        new_output("stream", text=attack),
        new_output("error", ename=attack, evalue=attack, traceback=[attack]),
        new_output("display_data", {"image/png": ["<", "script>"], "application/javascript": "x"}),
    ]
    student = "<img src=x onerror=alert(1)>&amp;'"
    graded(student, wrong=["bce_loss"], outputs=shown, double=f"# {attack}", why=attack)
    (path,) = feedback(course, TINY)
    assert path == course.feedback(student, TINY)
    page = read(path)
    assert student in page.said and "# " + attack in page.said


def test_who_could_not_be_read_is_told_and_who_was_not_judged_is_left_out(course, graded):
    graded.unreadable("bob")
    graded.absent("cy")
    result = graded("ada")
    Store.of(course, TINY).save_status(
        "ada", {**result.as_row(), "status": "could not be judged", "score": None}
    )
    (path,) = feedback(course, TINY)
    page = read(path)
    assert "bob" in page.said and "x is not a notebook." in page.said
    assert str(course.root) not in page.said


def test_nothing_graded_is_said_in_a_sentence(course):
    with pytest.raises(CourseError, match="run `autograder grade tiny` first"):
        feedback(course, TINY)
    with pytest.raises(CourseError, match="There is no assignment 'tinny'"):
        feedback(course, "tinny")


@pytest.mark.slow
def test_nbgraders_own_command_writes_the_same_page(course, graded):
    graded("ada", wrong=["bce_loss"])
    (path,) = feedback(course, TINY)
    ours = path.read_text()
    path.unlink()
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "generate_feedback", TINY, "--force"],
        cwd=course.root,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert path.read_text() == ours


@pytest.mark.slow
@pytest.mark.deep
def test_nbgrader_releases_the_pages(course, graded, tmp_path):
    """Whoever handed in through nbgrader's exchange can fetch the page by the secret left there."""
    graded("ada")
    graded("emmy")
    handed_in = course.submitted("emmy", TINY).parent
    (handed_in / "submission_secret.txt").write_text("emmy's own")
    (handed_in / "timestamp.txt").write_text("2026-10-01 12:00:00 UTC")
    exchange = tmp_path / "exchange"
    exchange.mkdir(mode=0o777)
    feedback(course, TINY)
    command = [sys.executable, "-m", "nbgrader", "release_feedback", TINY]
    for again in (False, True):
        if again:  # the page of a regrade takes the place of the first
            shutil.rmtree(course.root / "feedback")
            feedback(course, TINY)
        done = subprocess.run(
            [*command, f"--Exchange.root={exchange}"],
            cwd=course.root,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
        released = {path.stem for path in exchange.glob("*/feedback/*.html")}
        assert len(released) == 2
        assert notebook_hash(secret="emmy's own", notebook_id=TINY) in released
