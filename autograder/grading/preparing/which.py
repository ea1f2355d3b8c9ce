"""Decide which of several notebooks counts: the work wins over the blank, and nothing is guessed.

A download for a second time, a copy and a backup leave several files, under any name.
"""

import re
from collections.abc import Hashable, Mapping
from typing import TypeVar

from nbformat import NotebookNode

from autograder.grading.preparing.canonical import canonical
from autograder.notebooks.cells import named

FOREIGN = "it is not a notebook of this assignment"
UNTOUCHED = "it is as it was handed out"
SAME = "it holds the same answers"
Name = TypeVar("Name", bound=Hashable)
# The part of the given cells that a notebook without marks must have to belong.
ENOUGH = 0.3


def which(
    released: NotebookNode, notebooks: Mapping[Name, NotebookNode]
) -> tuple[list[Name], dict[Name, str]]:
    """(those that may count, why each of the others does not); somebody has to ask if several may.

    notebooks: of two with the same answers, the first counts.
    """
    out: dict[Name, str] = {}
    if any(belongs(released, each) for each in notebooks.values()):
        out |= {name: FOREIGN for name, each in notebooks.items() if not belongs(released, each)}
    work = {name: answers(released, each) for name, each in notebooks.items() if name not in out}
    blank = _content(released)
    if any(each != blank for each in work.values()):
        out |= {name: UNTOUCHED for name, each in work.items() if each == blank}
    kept: list[Name] = []
    for name, each in work.items():
        if name in out:
            continue
        if any(work[other] == each for other in kept):
            out[name] = SAME
        else:
            kept.append(name)
    return kept, out


def whose(
    released: Mapping[str, NotebookNode | None], file: str, notebook: NotebookNode | None
) -> str | None:
    """Which notebook of an assignment with several a file is; None if it may be none of them.

    released: {name: as handed out, None if unknown}. file: its name, which decides where the cells
    do not, or where there is no notebook to read.
    """
    if notebook is not None:
        found = _features(notebook)
        features = {name: _features(each) for name, each in released.items() if each is not None}
        # What two of them share, such as a cell with the student's name, tells nothing.
        common = {
            name: len(own & found - _others(features, name)) for name, own in features.items()
        }
        most = max(common.values(), default=0)
        best = [name for name, count in common.items() if count == most]
        if most and len(best) == 1:
            return best[0]
    stem = file.lower().rpartition(".")[0]
    named_so = [
        n for n in released if re.search(rf"(?<![a-z0-9]){re.escape(n.lower())}(?![a-z0-9])", stem)
    ]
    longest = [n for n in named_so if all(other in n for other in named_so)]
    return longest[0] if longest else None


def _features(notebook: NotebookNode) -> set[tuple[str, str]]:
    names = {("name", name) for name in named(notebook)}
    return names | {("text", cell.source.strip()) for cell in notebook.cells}


def _others(features: Mapping[str, set[tuple[str, str]]], name: str) -> set[tuple[str, str]]:
    return set().union(*(own for other, own in features.items() if other != name))


def is_untouched(released: NotebookNode, notebook: NotebookNode) -> bool:
    """Whether a notebook of the assignment holds nothing of a student's."""
    return belongs(released, notebook) and answers(released, notebook) == _content(released)


def belongs(released: NotebookNode, notebook: NotebookNode) -> bool:
    """Whether a notebook is one of this assignment, also if all metadata is lost."""
    if named(released).keys() & named(notebook).keys():
        return True
    given = {cell.source.strip() for cell in released.cells}
    found = {cell.source.strip() for cell in notebook.cells}
    return len(given & found) >= max(1, ENOUGH * len(given))


def answers(released: NotebookNode, notebook: NotebookNode) -> list[tuple[str, str]]:
    """What would be graded of a notebook: equal for two with the same answers and own cells."""
    return _content(canonical(released, notebook).notebook)


def _content(notebook: NotebookNode) -> list[tuple[str, str]]:
    return [(cell.cell_type, cell.source) for cell in notebook.cells]
