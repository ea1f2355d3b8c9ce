"""What is just as large as a bound is taken; one more is refused."""

import json

import pytest

from helpers import bounds, notebook_file
from helpers.errors import CourseError
from helpers.submit import archive

CELLS = [("markdown", "two"), ("code", "three"), ("raw", "four"), ("code", "fives")]
NESTED = [[[["deep"]]]]
RAW = json.dumps(
    {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"nested": NESTED},
        "cells": [
            {"id": source, "cell_type": kind, "metadata": {}, "source": source}
            for kind, source in CELLS
        ],
    }
).encode()
FOUND = {
    "MOST_CELLS": len(CELLS),
    "MOST_CODE": len("three" + "fives"),
    "MOST_TEXT": len("two" + "four"),
    # Every value but the first of a list or an object follows a comma.
    "MOST_VALUES": sum(map(RAW.decode().count, "[{,")),
    "DEEPEST_JSON": 6,  # the notebook, its metadata, four lists
}


@pytest.mark.parametrize("name", FOUND)
def test_a_notebook(monkeypatch, name):
    monkeypatch.setattr(notebook_file, name, FOUND[name])
    assert len(notebook_file.parse(RAW, "a.ipynb").content["cells"]) == len(CELLS)
    monkeypatch.setattr(notebook_file, name, FOUND[name] - 1)
    words = "nested more than 5 deep" if name == "DEEPEST_JSON" else f"{FOUND[name]} .* up to"
    with pytest.raises(CourseError, match=words):
        notebook_file.parse(RAW, "a.ipynb")


def test_a_notebooks_file(monkeypatch, tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_bytes(RAW)
    monkeypatch.setattr(notebook_file, "LARGEST_NOTEBOOK", len(RAW))
    assert notebook_file.read(path).values == FOUND["MOST_VALUES"]
    monkeypatch.setattr(notebook_file, "LARGEST_NOTEBOOK", len(RAW) - 1)
    with pytest.raises(CourseError, match="clear the outputs of large cells"):
        notebook_file.read(path)


def test_values_in_one_another(monkeypatch):
    # The metadata, four lists.
    for deepest, kept in ((4, NESTED), (3, [[[None]]])):
        monkeypatch.setattr(notebook_file, "DEEPEST_VALUE", deepest)
        found = notebook_file.parse(RAW, "a.ipynb")
        assert found.content["metadata"]["nested"] == kept
        assert ("values nested too deeply" in found.repairs) is (deepest == 3)


def test_models(monkeypatch, tmp_path):
    (tmp_path / bounds.FOLDER).mkdir()
    for name in ("a.json", "b.safetensors"):
        (tmp_path / bounds.FOLDER / name).write_bytes(b"12345")
    for files, size, taken in ((3, 10, True), (2, 10, False), (3, 9, False)):
        monkeypatch.setattr(archive, "MOST_FILES", files)
        monkeypatch.setattr(archive, "MOST_BYTES", size)
        if taken:
            assert len(archive.models(tmp_path)) == 2
        else:
            with pytest.raises(CourseError, match=f"holds 2 files .*up to {files - 1} files"):
                archive.models(tmp_path)
