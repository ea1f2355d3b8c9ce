"""Notebooks in every form that Jupyter writes."""

import json

import pytest

from autograder.course.course import read_graded, read_notebook
from helpers.errors import CourseError

CELL = {"cell_type": "code", "metadata": {}, "source": "é", "outputs": [], "execution_count": None}
NOTEBOOK = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [CELL | {"id": "a"}]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_notebook_in_any_encoding(tmp_path, encoding):
    path = tmp_path / "a.ipynb"
    path.write_bytes(json.dumps(NOTEBOOK, ensure_ascii=False).encode(encoding))
    assert read_notebook(path).cells[0].source == "é"


def test_cells_without_ids_get_one_without_a_word(tmp_path, recwarn):
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps(NOTEBOOK | {"cells": [CELL, CELL]}))
    ids = [cell.id for cell in read_notebook(path).cells]
    assert len(set(ids)) == 2 and not recwarn.list


def test_half_a_character_becomes_a_question_mark(tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps(NOTEBOOK | {"cells": [CELL | {"id": "a", "source": "\ud800"}]}))
    assert read_notebook(path).cells[0].source == "?"


def test_what_the_grader_wrote_may_be_longer_than_what_is_handed_in(tmp_path):
    """An answer grows when it is made harmless."""
    text = {"cell_type": "markdown", "metadata": {}, "source": "a " * 300_000}
    path = tmp_path / "long.ipynb"
    path.write_text(json.dumps({"cells": [text], "metadata": {}, "nbformat": 4}))
    assert len(read_graded(path).cells[0].source) == 600_000
    with pytest.raises(CourseError, match="up to 500,000 are read"):
        read_notebook(path)
