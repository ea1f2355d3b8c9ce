"""A marking scheme is read as its author meant it, however it is written."""

import re

import pytest

from autograder.checks import find
from autograder.course.course import Course
from autograder.grading.preparing.jobs import blueprint
from autograder.marking import scheme
from autograder.marking.questions import ABOUT, questions
from tests.own_course import ROOT


def lines(text):
    return [(line.points, line.sentence) for line in scheme.read(text).lines]


@pytest.mark.parametrize(
    "bullet, expected",
    [
        ("- 1 point: the limit.", [(1, "the limit")]),
        ("* 2 points for the limit", [(2, "the limit")]),
        ("+ **1 point**: the limit", [(1, "the limit")]),
        ("1. (1 pt) the limit", [(1, "the limit")]),
        ("2) [0.5 pts] the limit", [(0.5, "the limit")]),
        ("- 1,5 points – the limit", [(1.5, "the limit")]),
        ("- half a point: the limit", [(0.5, "the limit")]),
        ("- ½ point: the limit", [(0.5, "the limit")]),
        ("- 1½ points: the limit", [(1.5, "the limit")]),
        ("- two marks: the limit", [(2, "the limit")]),
        ("- 2p: the limit", [(2, "the limit")]),
        ("- the limit (1 point)", [(1, "the limit")]),
        ("- +1 point: the limit", [(1, "the limit")]),
        ("- 1 point: this. 1 point: that.", [(1, "this"), (1, "that")]),
        (
            "- 2 points: $a$ (1 point); and $b$ (1 point).",
            [(1, "$a$"), (1, "$b$")],
        ),
        # The parts are another way to earn less, not all of it.
        ("- 2 points: all (1 point for half of it).", [(2, "all (1 point for half of it)")]),
        ("- 2 points: so (1 point), or so (2 points)", [(2, "so (1 point), or so (2 points)")]),
        ('- "Train longer": 0.', [(0, '"Train longer"')]),
        ("- 1 point: the\n  limit", [(1, "the limit")]),
        ("1 point: no bullet", [(1, "no bullet")]),
    ],
)
def test_ways_to_write_a_line(bullet, expected):
    assert lines(bullet) == expected


def test_lines_have_names_of_their_own_that_last():
    text = "- 1 point: so\n- 2 points: so\n- 1 point: no"
    names = [line.id for line in scheme.read(text).lines]
    assert len(set(names)) == 3
    assert [line.id for line in scheme.read(f"- 1 point: new\n{text}").lines[1:]] == names


def test_what_gives_no_points_is_a_note():
    read = scheme.read("**Marking scheme**\n\n- 1 point: so.\n- Accept 0.3, too.\n")
    assert lines(read.text) == [(1, "so")] and read.notes == ("Accept 0.3, too.",)


def test_a_question_is_split_from_its_scheme():
    source = "Why?\n\n<!-- BEGIN MARK SCHEME -->\n- 1 point: so\n<!-- END MARK SCHEME -->\n\nSay."
    asked, written = scheme.split(source)
    assert "point" not in asked and "Why?" in asked and "Say." in asked
    assert written == "- 1 point: so"


@pytest.mark.parametrize("name", find.names(ROOT))
def test_the_lines_of_every_assignment_add_up(name):
    """Or nearly: what is "1 point for each of two" is one line of one point."""
    found = questions(blueprint(Course.at(ROOT), name))
    assert found
    for question in found.values():
        total = sum(line.points for line in question.scheme.lines)
        each = "each" in question.scheme.text or "one of the two" in question.scheme.text
        assert total == question.most or (each and total < question.most), question.name
        assert question.text and "MARK SCHEME" not in question.text and question.title


# What a question says that asks for something seen above or below it.
SEEN = re.compile(
    r"\b(look at|picture|table|sheet|curves?|plots?|histograms|by eye)\b", re.IGNORECASE
)


def tags_of(cell):
    return cell.metadata.get("tags", ())


@pytest.mark.parametrize("name", find.names(ROOT))
def test_a_question_about_pictures_is_marked_beside_them(name):
    made = blueprint(Course.at(ROOT), name)
    found = questions(made)
    for question in found.values():
        assert question.shows or not SEEN.search(question.text), question.name
        # A text that it is about stands below it.
        for cell in made.released.cells:
            if cell.cell_type == "markdown" and f"about:{question.name}" in tags_of(cell):
                _, _, below = cell.source.partition("\n")
                assert question.text.endswith(below.strip()) and question.text != below
    tags = [tag for cell in made.released.cells for tag in tags_of(cell)]
    about = {tag.removeprefix(ABOUT) for tag in tags if tag.startswith(ABOUT)}
    assert about <= set(found)
