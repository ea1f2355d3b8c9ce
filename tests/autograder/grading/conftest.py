"""Every test here runs as on a machine without data sets."""

import shutil

import pytest

from autograder.course.course import Course
from tests.tiny_course import tiny_course


@pytest.fixture(autouse=True)
def without_data(offline):
    """See offline."""


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """The folder of a course, released once for a file; every test has a copy."""
    return tiny_course(tmp_path_factory.mktemp("tiny") / "course").root


@pytest.fixture
def course(released, tmp_path):
    return Course.at(shutil.copytree(released, tmp_path / "course"))
