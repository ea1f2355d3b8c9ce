"""The pages about the hostile class: whole, still, and without anything hidden."""

import pytest

from autograder.course.terminal_text import plain
from autograder.grading.result import GRADED, UNREADABLE
from autograder.reports.class_report import write_report
from autograder.reports.feedback import feedback
from tests.autograder.reports.test_feedback import read
from tests.tiny_course import TINY

pytestmark = [pytest.mark.slow, pytest.mark.sandbox]

LONGEST = 13_000_000


def test_everybody_has_a_page_that_runs_nothing(graded):
    pages = {path.parents[1].name: path for path in feedback(graded.course, TINY)}
    assert set(pages) == {
        student
        for student, result in graded.results.items()
        if result.status in (GRADED, UNREADABLE)
    }
    for student, path in pages.items():
        page = read(path)
        assert path.stat().st_size < LONGEST, student
        assert "hidden number" not in page.said and "judge(" not in page.said, student
        assert "meta" in page.tags and plain(student) in page.said


def test_the_page_about_the_class_names_everybody_and_runs_nothing(graded):
    page = read(write_report(graded.course, TINY))
    for student in graded.results:
        assert plain(student) in page.said
    assert "absent" in page.said
