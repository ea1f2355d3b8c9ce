"""A class of twelve with two questions, and a desk to mark it at."""

import shutil

import pytest

from autograder.course.course import Course
from autograder.marking.desk import Desk, Options
from tests.marking_course import ESSAYS, essays


@pytest.fixture(scope="session")
def handed_in(tmp_path_factory):
    """Graded once; every test has a copy."""
    return essays(tmp_path_factory.mktemp("handed-in") / "course", 12, 2).root


@pytest.fixture
def course(handed_in, tmp_path):
    return Course.at(shutil.copytree(handed_in, tmp_path / "course"))


@pytest.fixture
def desk(course):
    """desk(marker, **options): a Desk; several may be open at a time."""
    books = []

    def sit_down(marker="ada", **options):
        books.append(course.gradebook())
        return Desk(course, books[-1], ESSAYS, Options(marker, **options))

    yield sit_down
    for book in books:
        book.close()
