"""A course of its own for each test, made from this repository's."""

import shutil
from pathlib import Path

import pytest

from autograder.grading.course import Course

ROOT = Path(__file__).parents[3]


@pytest.fixture
def course(tmp_path):
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    shutil.copytree(ROOT / "solutions", tmp_path / "solutions")
    return Course.at(tmp_path)


@pytest.fixture
def home():
    """The repository itself, as a course directory; read it, do not write to it."""
    return Course.at(ROOT)
