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
CALLED_AT_ONCE = ("lambda", "listcomp", "setcomp", "dictcomp", "genexpr")


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


def used_by_functions(cell):
    """Global names that the functions of a cell look up whenever they are called."""
    inner = symtable.symtable(cell.source, "<cell>", "exec").get_children()
    kept = [child for child in inner if child.get_name() not in CALLED_AT_ONCE]
    tables = [table for child in kept for table in _tables(child)]
    return {s.get_name() for table in tables for s in table.get_symbols() if s.is_global()}


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


def replaced(test, others):
    """Names of the test that replace what other cells made and still use."""
    made = set().union(*(bound(cell) for cell in others))
    used = set().union(*(wanted(cell) | used_by_functions(cell) for cell in others))
    return bound(test) & made & used


def test_a_test_that_is_run_again_replaces_nothing_that_is_used_later(cells):
    others = [cell for cell in cells if not is_test(cell)]
    found = {cell.id: names for cell in filter(is_test, cells) if (names := replaced(cell, others))}
    assert not found


def test_the_check_sees_a_name_that_is_replaced():
    from nbformat.v4 import new_code_cell

    others = [new_code_cell("model = train()"), new_code_cell("save(model)")]
    assert replaced(new_code_cell("model = Model()\ncheck(model)"), others) == {"model"}
    assert not replaced(new_code_cell("fresh = Model()\ncheck(fresh)"), others)
    loop = [new_code_cell("def noise(n): ...\n\n\ndef train():\n    return noise(3)")]
    assert replaced(new_code_cell("noise = 1"), loop) == {"noise"}


def test_the_check_sees_a_need():
    """It can fail: a picture that a later answer builds on."""
    from nbformat.v4 import new_code_cell

    assert "curve" in bound(new_code_cell("curve = [1]"))
    assert wanted(new_code_cell("def f(x):\n    y = x\n    return y + len(curve)")) == {"curve"}
