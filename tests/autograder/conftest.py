"""A course of its own for each test, made from this repository's."""

import shutil
from pathlib import Path

import pytest

from autograder.course.course import Course
from tests.autograder import warm_template
from tests.autograder.without_data import go_offline

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session", autouse=True)
def _warm_template():
    with warm_template.lent():
        yield


@pytest.fixture
def offline(monkeypatch, tmp_path_factory):
    """No data set and no internet: the notebooks run with the small digits, as anywhere."""
    go_offline(monkeypatch, str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def course(tmp_path):
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    shutil.copytree(ROOT / "solutions", tmp_path / "solutions")
    return Course.at(tmp_path)


@pytest.fixture
def home():
    """The repository itself, as a course directory; read it, do not write to it."""
    return Course.at(ROOT)
