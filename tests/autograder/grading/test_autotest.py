"""Tests that a release has made from AUTOTEST lines, and when they are those of a cell."""

import json

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder.grading.preparing.autotest import FILE, keep, with_tests
from autograder.notebooks.cells import new_marks
from helpers.errors import CourseError

MADE, GIVEN = "### AUTOTEST f(1)", "import math"


def notebook(**sources):
    """Test cells, but for the cell `given`."""
    made = new_notebook()
    for name, source in sources.items():
        cell = new_code_cell(source, id=name)
        points = {} if name == "given" else {"points": 1}
        cell.metadata["nbgrader"] = new_marks(name, **points)
        made.cells.append(cell)
    return made


def test_what_was_made_of_the_same_source_is_used(tmp_path):
    keep(tmp_path, {"test": (MADE, "assert f(1) == 2"), "gone": ("x", "y")})
    source = notebook(given=GIVEN, test=MADE, other="assert True")
    assert with_tests(tmp_path, "hw", source) == {
        "given": GIVEN, "test": "assert f(1) == 2", "other": "assert True",
    }  # fmt: skip


@pytest.mark.parametrize("kept", [None, {"test": (f"{MADE}\n", "old")}])
def test_what_was_made_of_another_source_is_not(tmp_path, kept):
    keep(tmp_path, kept or {})
    with pytest.raises(CourseError) as caught:
        with_tests(tmp_path, "hw", notebook(test=MADE))
    assert str(caught.value) == (
        "The tests of the AUTOTEST lines in the cell test of hw have not been made: run "
        "`autograder release hw` first."
    )
    # In a cell that is no test it is a word.
    assert with_tests(tmp_path, "hw", notebook(given=MADE)) == {"given": MADE}


def test_nothing_made_leaves_no_file(tmp_path):
    keep(tmp_path, {"test": (MADE, "x")})
    (row,) = json.loads((tmp_path / FILE).read_text("utf-8")).values()
    assert set(row) == {"of", "source"} and FILE == "autotest.json"
    for _ in range(2):
        keep(tmp_path, {})
        assert not (tmp_path / FILE).exists()
    (tmp_path / FILE).write_text("{")
    assert with_tests(tmp_path, "hw", notebook(given="x")) == {"given": "x"}
