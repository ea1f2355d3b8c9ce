"""One line where an answer is not written yet, and the names that are missing after it."""

import sys
from types import SimpleNamespace

import pytest

from helpers import unwritten


def run(source, **names):
    """(exception, its traceback) of a cell."""
    names["__name__"] = "__main__"
    try:
        exec(compile(source, "<cell>", "exec"), names)
    except BaseException as error:
        return error, error.__traceback__.tb_next
    return None


STUB = "def loss(x):\n    raise NotImplementedError()\n"
NESTED = "def outer():\n    def inner():\n        raise NotImplementedError()\n    inner()\n"


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("raise NotImplementedError()", "✗ this cell is not written yet"),
        (STUB + "y = loss(1)", "✗ loss is not written yet, and this cell needs it"),
        (NESTED + "outer()", "✗ inner is not written yet, and this cell needs it"),
        (
            "class Net:\n def forward(self):\n  raise NotImplementedError\nNet().forward()",
            "✗ Net.forward is not written yet, and this cell needs it",
        ),
        ("raise NotImplementedError('later')", None),
        ("raise KeyError", None),
    ],
)
def test_what_is_not_written_yet(source, told):
    assert unwritten.sentence(*run(source)) == told
    assert unwritten.sentence(NotImplementedError(), None) is None


@pytest.fixture
def shell(monkeypatch):
    """cell(source): what it shows; names live on as in a notebook."""
    monkeypatch.setattr(unwritten, "_never_bound", {})
    shown, names = [], {}
    made = SimpleNamespace(showtraceback=lambda error, tb_offset=None: shown.append(tb_offset))

    def cell(source):
        unwritten._begin(SimpleNamespace(raw_cell=source))
        try:
            exec(compile(source, "<cell>", "exec"), names)
        except Exception as error:
            trace = error.__traceback__.tb_next
            lines = unwritten._show(made, type(error), error, trace, tb_offset=1)
            rendered = getattr(error, "_render_traceback_", lambda: None)()
            assert rendered == lines
            return lines[0] if lines else None
        return "fine"

    cell.shown = shown
    return cell


def test_a_name_that_a_stub_has_kept_from_being_made_is_said(shell):
    shell(STUB)
    assert shell("y = loss(1)\nz: int = 2") == "✗ loss is not written yet, and this cell needs it"
    assert shell("print(y)") == (
        "✗ y is missing: the cell that makes it needs loss, which is not written yet"
    )
    assert shell("w = z + 1") == (
        "✗ z is missing: the cell that makes it needs loss, which is not written yet"
    )
    # What that cell would have made is missing for the same reason.
    assert "✗ w is missing: the cell that makes it needs loss" in shell("w")
    assert shell("unknown") is None and shell("1 / 1") == "fine"
    assert shell.shown == [1] * 5


def test_an_answer_cell_without_a_function(shell):
    assert shell("raise NotImplementedError()\nmodel = 1") == "✗ this cell is not written yet"
    assert shell("model") == "✗ model is missing: the cell that makes it needs an answer"


def test_names_that_a_cell_binds():
    source = (
        "import math\na, (b, c) = 1, (2, 3)\nfor d in []:\n    e = 1\n"
        "def f(x):\n    g = 1\nclass H:\n    i = 1\nwith open('x') as j:\n    print(a)\n"
    )
    assert unwritten._bound_by(source) == {"a", "b", "c", "d", "e", "f", "H", "j"}
    assert unwritten._bound_by("%magic") == set()


def test_it_is_installed_in_a_notebook_once(monkeypatch):
    done = []
    shell = SimpleNamespace(
        custom_exceptions=(),
        set_custom_exc=lambda kinds, show: done.append((kinds, show)),
        events=SimpleNamespace(register=lambda *given: done.append(given)),
    )
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    unwritten.install()
    assert done == [
        ((NotImplementedError, NameError), unwritten._show),
        ("pre_run_cell", unwritten._begin),
    ]
    shell.custom_exceptions = (NameError,)
    unwritten.install()
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))
    unwritten.install()
    monkeypatch.delitem(sys.modules, "IPython")
    unwritten.install()
    assert len(done) == 2
