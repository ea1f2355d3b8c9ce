"""A course of its own for each test, made from this repository's."""

import shutil
from pathlib import Path

import pytest

from autograder.course.course import Course
from tests.autograder import warm_template

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session", autouse=True)
def _warm_template():
    with warm_template.lent():
        yield


@pytest.fixture
def offline(monkeypatch, tmp_path_factory):
    """No data set and no internet: the notebooks run with the small digits, as anywhere."""
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path_factory.mktemp("cache")))
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody listens on the discard port


@pytest.fixture
def course(tmp_path):
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    shutil.copytree(ROOT / "solutions", tmp_path / "solutions")
    return Course.at(tmp_path)


@pytest.fixture
def home():
    """The repository itself, as a course directory; read it, do not write to it."""
    return Course.at(ROOT)
