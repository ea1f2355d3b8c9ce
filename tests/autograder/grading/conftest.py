"""Every test here runs as on a machine without data sets."""

import shutil

import pytest

from autograder.course.course import Course
from tests.tiny_course import tiny_course


@pytest.fixture(autouse=True)
def without_data(offline):
    """See offline."""


@pytest.fixture(scope="module")
def released_tiny(tmp_path_factory):
    """The folder of the tiny course, released once for a file."""
    return tiny_course(tmp_path_factory.mktemp("tiny") / "course").root


@pytest.fixture
def tiny(released_tiny, tmp_path):
    """A test's own copy of it."""
    return Course.at(shutil.copytree(released_tiny, tmp_path / "course"))
