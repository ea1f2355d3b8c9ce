"""Which cells of a notebook need which: what grading takes for granted."""

import ast
import builtins
import symtable
from pathlib import Path

import pytest

from autograder.course.course import read_notebook
from autograder.notebooks.cells import grade_id, is_test
from autograder.notebooks.kept_outputs import is_shown_only
from tests import own_course

ROOT = Path(__file__).parents[2]


def bound(cell):
    """Names that a cell binds at its top level."""
    table = symtable.symtable(cell.source, "<cell>", "exec")
    return {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}


def wanted(cell):
    """Names that a cell, or a function in it, looks up and does not bind itself."""
    names = {
        node.id
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    own = {
        symbol.get_name()
        for table in _tables(symtable.symtable(cell.source, "<cell>", "exec"))
        for symbol in table.get_symbols()
        if symbol.is_assigned() or symbol.is_imported() or symbol.is_parameter()
    }
    return names - own - set(dir(builtins))


def _tables(table):
    yield table
    for child in table.get_children():
        yield from _tables(child)


@pytest.fixture(params=list(own_course.ASSIGNMENTS))
def cells(request):
    notebook = read_notebook(ROOT / "solutions" / request.param / f"{request.param}.ipynb")
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_no_answer_and_no_test_needs_a_cell_that_is_not_run(cells):
    run = [cell for cell in cells if not is_shown_only(cell)]
    available = set().union(*(bound(cell) for cell in run))
    only_shown = set().union(*(bound(c) for c in cells if is_shown_only(c))) - available
    assert only_shown or len(run) == len(cells)
    for cell in run:
        assert not wanted(cell) & only_shown, cell.id


def test_a_test_needs_no_other_test(cells):
    from_others = {grade_id(c): bound(c) for c in cells if is_test(c)}
    elsewhere = set().union(*(bound(c) for c in cells if not is_test(c)))
    for cell in filter(is_test, cells):
        others = [names for name, names in from_others.items() if name != grade_id(cell)]
        assert not wanted(cell) & (set().union(*others) - elsewhere), cell.id


def test_the_check_sees_a_need():
    """It can fail: a picture that a later answer builds on."""
    from nbformat.v4 import new_code_cell

    assert "curve" in bound(new_code_cell("curve = [1]"))
    assert wanted(new_code_cell("def f(x):\n    y = x\n    return y + len(curve)")) == {"curve"}
