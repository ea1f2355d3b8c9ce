"""The table of what is too much has the numbers of the code."""

from pathlib import Path

from helpers import bounds

PAGE = (Path(__file__).parents[2] / "docs" / "grading.md").read_text(encoding="utf-8")


def test_bounds_are_those_of_the_code():
    section = PAGE.split("## What is too much")[1].split("\n## ")[0]
    rows = dict(
        (cell.strip() for cell in line.strip("|").split("|"))
        for line in section.splitlines()
        if line.startswith("| ") and line.count("|") == 3
    )
    mb = 10**6
    expected = {
        "the notebook": f"{bounds.LARGEST_NOTEBOOK // mb} MB",
        "files beside it": (
            f"{bounds.MOST_FILES} files, {bounds.MOST_BYTES // mb} MB together, also unpacked"
        ),
        "files and folders that are looked at": f"{bounds.MOST_ENTRIES:,}",
        "files in a zip": f"{bounds.MOST_IN_ZIP:,}",
        "notebooks that are read to find the one that counts": f"{bounds.MOST_NOTEBOOKS}",
        "a path": f"{bounds.DEEPEST_PATH} names, {bounds.LONGEST_PATH:,} bytes",
        "a name": f"{bounds.LONGEST_NAME} bytes",
        "a student's id": f"{bounds.LONGEST_ID} bytes",
        "cells": f"{bounds.MOST_CELLS:,}",
        "code, all cells together": f"{bounds.MOST_CODE:,} characters",
        "text, all cells together, without pictures": f"{bounds.MOST_TEXT:,} characters",
        "JSON values": f"{bounds.MOST_VALUES:,}",
        "JSON values in one another": (
            f"{bounds.DEEPEST_JSON}; metadata and outputs deeper than {bounds.DEEPEST_VALUE} are "
            "left out"
        ),
        "making the HTML and Markdown of outputs and answers harmless": (
            f"{bounds.MOST_CLEANING:g} s; what is left is shown as plain text"
        ),
    }
    assert {name: rows.get(name) for name in expected} == expected
