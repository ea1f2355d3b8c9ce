"""A notebook as it is released, and ways to write in it."""

import json
import os

import pytest

from helpers.submit.report import digest

STUB = "def double(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
CELLS = (
    ("markdown", "# Part 1: doubling", None, None),
    ("code", "import torch", "setup", "given"),
    ("code", STUB, "double", "code"),
    ("code", "assert double(2) == 4", "test_double", "given"),
    ("markdown", "*Your answer here.*", "q_why", "text"),
    ("code", 'from helpers import submit\nsubmit.check_and_pack("tiny")', "hand-in", "given"),
)
RIGHT = {"double": "def double(x):\n    return 2 * x", "q_why": "Because it is so."}


class Book:
    """A notebook's JSON, its answers by grade_id, and its file."""

    def __init__(self, path):
        self.path = path
        cells = [self._cell(*row) for row in CELLS]
        listed = [
            [name, kind, digest(source) if kind == "given" else ""]
            for _, source, name, kind in CELLS
            if name
        ]
        about = {"assignment": "tiny", "kit": "0.1.0", "cells": listed}
        self.content = {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {"course": about},
            "cells": cells,
        }

    def _cell(self, kind, source, name, role):
        mark = {"grade_id": name, "solution": role in ("code", "text")}
        cell = {"cell_type": kind, "source": source.splitlines(True), "metadata": {}}
        cell["metadata"] = {"nbgrader": mark} if name else {}
        return cell | ({"outputs": [], "execution_count": 1} if kind == "code" else {})

    @property
    def cells(self):
        return self.content["cells"]

    def __getitem__(self, name):
        marks = [cell["metadata"].get("nbgrader", {}) for cell in self.cells]
        return self.cells[[mark.get("grade_id") for mark in marks].index(name)]

    def answer(self, **sources):
        for name, source in (sources or RIGHT).items():
            self[name]["source"] = source
        return self

    def save(self):
        self.path.write_text(json.dumps(self.content), encoding="utf-8")
        return self


@pytest.fixture
def book(tmp_path, monkeypatch):
    """The notebook tiny.ipynb in an empty folder, which is the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.delenv("COURSE_BUDGET", raising=False)
    assert not os.listdir()
    return Book(tmp_path / "tiny.ipynb").save()
