from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from helpers import budget
from helpers.errors import CourseError

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("nbgrader", "choice", "quick", "words"),
    [
        (None, None, False, "full budget"),
        ("", None, False, "full budget"),
        ("autograde", None, True, "a few steps each (this notebook is being graded)"),
        ("validate", "", True, "a few steps each (this notebook is being graded)"),
        (None, "short", False, "short budget (COURSE_BUDGET)"),
        (None, "quick", True, "quick budget (COURSE_BUDGET)"),
        ("autograde", "full", False, "full budget (COURSE_BUDGET)"),
        (None, "graded", True, "graded budget (COURSE_BUDGET)"),
    ],
)
def test_who_decides(monkeypatch, nbgrader, choice, quick, words):
    for name, value in (("NBGRADER_EXECUTION", nbgrader), ("COURSE_BUDGET", choice)):
        if value is not None:
            monkeypatch.setenv(name, value)
    assert budget.is_quick() is quick
    assert budget.choose(full=60, quick=2) == (2 if quick else 60)
    assert budget.describe() == words


@pytest.mark.parametrize("level, value", [("full", 60), ("short", 9), ("quick", 2), ("graded", 1)])
def test_the_value_of_each_level(monkeypatch, level, value):
    monkeypatch.setenv("COURSE_BUDGET", level)
    assert budget.choose(full=60, short=9, quick=2, graded=1) == value
    assert budget.choose(full=60, quick=2) == (60 if level in ("full", "short") else 2)


@pytest.mark.parametrize("ask", [budget.is_quick, budget.describe, lambda: budget.choose(1, 2)])
def test_an_unknown_choice(monkeypatch, ask):
    monkeypatch.setenv("COURSE_BUDGET", "tiny")
    with pytest.raises(
        CourseError, match="COURSE_BUDGET is 'tiny'.*set it to full, short or quick, or unset it"
    ):
        ask()


@pytest.mark.slow
def test_nbgrader_itself_makes_it_quick(monkeypatch, tmp_path):
    from nbgrader.validator import Validator

    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    metadata = {
        "nbgrader": {
            "grade": True,
            "grade_id": "quick",
            "locked": True,
            "points": 1,
            "schema_version": 3,
            "solution": False,
            "task": False,
        }
    }
    source = "from helpers import budget\nassert budget.is_quick(), budget.describe()"
    notebook = new_notebook(cells=[new_code_cell(source, metadata=metadata)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "", "language": "python"}
    nbformat.write(notebook, tmp_path / "quick.ipynb")
    assert Validator().validate(str(tmp_path / "quick.ipynb")) == {}
