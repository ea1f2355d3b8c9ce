"""Questions that people mark: short schemes whose points add up."""

import re

import pytest

from autograder.course.course import Course, read_notebook
from autograder.notebooks.cells import grade_id, is_answer, is_graded, marks
from tests import own_course

SCHEME = re.compile(r"BEGIN MARK SCHEME -->(.*?)<!-- END MARK SCHEME", re.DOTALL)
# A part is marked in half a minute.
MOST_WORDS = 100


def questions(notebook):
    """{grade_id of an answer marked by hand: (its points, the scheme of the question above it)}"""
    found, scheme = {}, None
    for cell in notebook.cells:
        if match := SCHEME.search(cell.source):
            scheme = match[1]
        elif is_graded(cell) and is_answer(cell):
            found[grade_id(cell)] = (marks(cell)["points"], scheme)
            scheme = None
    return found


@pytest.fixture(params=own_course.ASSIGNMENTS)
def asked(request):
    return questions(read_notebook(Course.at(request.config.rootpath).source(request.param)))


def test_every_question_has_a_scheme_that_is_read_in_half_a_minute(asked):
    assert asked and all(scheme for _, scheme in asked.values())
    long = {name: n for name, (_, s) in asked.items() if (n := len(s.split())) > MOST_WORDS}
    assert not long


def test_the_points_of_a_scheme_are_those_of_its_question(asked):
    for name, (points, scheme) in asked.items():
        listed = [line for line in scheme.splitlines() if line.lstrip().startswith("- ")]
        given = [int(match[1]) for line in listed if (match := re.match(r"- (\d+) points?\b", line))]
        each = sum(2 for line in listed if line.startswith("- 1 point for each of two"))
        more = re.findall(r"(?<=\. )1 point: ", scheme)  # a second point in the same line
        total = sum(given) + len(more) + (each // 2)
        assert total == points, (name, given, len(more))
