"""Add to every released notebook the cells for Colab and handing in, and the list of its cells.

These are nbgrader preprocessors, so its commands and formgrader's button give the same notebook.
"""

from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor

import helpers
from autograder.course.course import Course
from autograder.course.settings import Settings
from autograder.notebooks import cells
from autograder.notebooks.kept_outputs import TAG
from autograder.notebooks.of_assignment import graded_notebooks
from helpers.submit.code import functions_and_classes
from helpers.submit.report import EXPECTED, digest

BADGE = "https://colab.research.google.com/assets/colab-badge.svg"
# Installs the kit only on Colab and only once, without the packages that Colab already has.
INSTALL = """\
# On Colab this installs what the notebook imports as helpers; elsewhere it does nothing.
import importlib.util
import subprocess
import sys

if "google.colab" in sys.modules and importlib.util.find_spec("helpers") is None:
    kit = "{zip_url}"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    done = subprocess.run([*pip, kit], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(
            f"{{kit}} could not be installed: is there no internet, or is the repository private? "
            f"Show this message to your teacher. {{done.stderr[-500:]}}"
        )"""
ABOUT_HANDING_IN = """\
### Hand in

Save the notebook, then run the cell below. It says what the grader will see, what is still to be \
written, and packs the notebook and its models in one file."""
HAND_IN = """\
from helpers import submit

submit.check_and_pack("{assignment}")"""


class ColabAndHandIn(NbGraderPreprocessor):
    """Adds a badge and an install cell for Colab, if course.toml has their addresses, and a last
    cell that hands in. Both code cells are given cells that grading does not run."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Called by nbgrader."""
        assignment = resources["nbgrader"]["assignment"]
        settings = Settings.of(CourseDirectory(config=self.config).root)
        badge, install = [], []
        if page := settings.notebook_on_colab(assignment, resources["nbgrader"]["notebook"]):
            badge = [new_markdown_cell(f"[![Open in Colab]({BADGE})]({page})", id="open-in-colab")]
        if settings.zip_url:
            install = [_given(INSTALL.format(zip_url=settings.zip_url), "install-on-colab")]
        last = [
            new_markdown_cell(ABOUT_HANDING_IN, id="about-hand-in"),
            _given(HAND_IN.format(assignment=assignment), "hand-in"),
        ]
        ours = {cell.id for cell in (*badge, *install, *last)}
        others = [cell for cell in nb.cells if cell.get("id") not in ours]
        kinds = [cell.cell_type for cell in others]
        first = kinds.index("code") if "code" in kinds else len(others)
        nb.cells = [*badge, *others[:first], *install, *others[first:], *last]
        return nb, resources


class CellList(NbGraderPreprocessor):
    """Lists the notebook's cells in its metadata, for helpers.submit to compare."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Called by nbgrader."""
        names = resources["nbgrader"]
        course = Course.at(CourseDirectory(config=self.config).root)
        notebooks = graded_notebooks(course, names["assignment"])
        several = {"notebook": names["notebook"], "notebooks": notebooks}
        nb.metadata[EXPECTED] = {
            "assignment": names["assignment"],
            **(several if notebooks != [names["assignment"]] else {}),
            "kit": helpers.__version__,
            "cells": [_row(cell) for cell in nb.cells if cells.grade_id(cell)],
        }
        return nb, resources


def _given(source: str, name: str) -> NotebookNode:
    metadata = {"nbgrader": cells.new_marks(name), "tags": [TAG]}
    return new_code_cell(source, id=name, metadata=metadata)


def _row(cell: NotebookNode) -> list[str | None]:
    if cells.is_answer(cell):
        is_code = cell.cell_type == "code"
        names = ",".join(functions_and_classes(cell.source)) if is_code else ""
        return [cells.grade_id(cell), "code" if is_code else "text", names]
    return [cells.grade_id(cell), "given", digest(cell.source)]
