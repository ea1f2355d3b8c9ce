"""Decide which of several notebooks counts: the work wins over the blank, and nothing is guessed.

A download for a second time, a copy and a backup leave several files, under any name.
"""

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
