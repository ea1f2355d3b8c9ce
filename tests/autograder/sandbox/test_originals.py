"""What tests compare with is what it was before student code ran, however that replaced it."""

import builtins
import math
import sys
import unittest
from pathlib import Path

import numpy
import pytest
import torch
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.inputtransformer2 import TransformerManager
from IPython.core.interactiveshell import InteractiveShell

import helpers.expect
from autograder.sandbox.inside import originals


@pytest.fixture(autouse=True)
def remembered(monkeypatch):
    """The originals are taken down, and forgotten after the test."""
    monkeypatch.setattr(originals, "_known", [])
    monkeypatch.setattr(originals, "_modules", {})
    originals.remember()


HERE = "allclose isclose equal all any abs".split()


@pytest.mark.parametrize(
    "holder, name",
    [
        *((torch, name) for name in HERE),
        *((numpy, name) for name in (*HERE, "array_equal", "array_equiv")),
        *((torch.Tensor, name) for name in (*HERE, "eq", "ne", "item", "tolist")),
        *((torch.Tensor, name) for name in ("__bool__", "__eq__", "__ne__")),
        (math, "fabs"),
        (numpy.testing._private.utils, "assert_allclose"),
        (torch.testing._comparison, "assert_close"),
        (InteractiveShell, "run_cell"),
        (InteractiveShell, "data_pub_class"),  # None, which is not the same as nothing
        (ZMQInteractiveShell, "run_cell"),
        (TransformerManager, "transform_cell"),
        (builtins, "all"),
        (builtins, "AssertionError"),
        (math, "isclose"),
        (numpy, "allclose"),
        (numpy.testing, "assert_allclose"),
        (torch, "equal"),
        (torch.testing, "assert_close"),
        (helpers.expect, "close"),
        (unittest.TestCase, "assertEqual"),
        (unittest.TestCase, "__init__"),
    ],
)
def test_what_was_replaced_is_put_back(holder, name):
    nothing = object()  # where it is inherited
    own = vars(holder).get(name, nothing)
    try:
        setattr(holder, name, lambda *_, **__: True)
        originals.put_back()
        found = vars(holder).get(name, nothing)
    finally:
        if own is not nothing:
            setattr(holder, name, own)
        elif name in vars(holder):
            delattr(holder, name)
    assert found is own


def test_a_comparison_of_its_own_is_taken_from_a_class_that_had_none():
    torch.Tensor.__eq__ = lambda *_: True
    originals.put_back()
    assert "__eq__" not in vars(torch.Tensor)
    assert (torch.ones(1) == torch.zeros(1)).tolist() == [False]


def test_a_module_that_was_exchanged_is_found_again(monkeypatch):
    other = type(sys)("helpers.expect")
    monkeypatch.setitem(sys.modules, "helpers.expect", other)
    monkeypatch.setattr(helpers, "expect", other)
    monkeypatch.setitem(sys.modules, "helpers", type(sys)("helpers"))
    originals.put_back()
    from helpers import expect

    assert expect.close.__module__ == "helpers.expect" and expect is not other


def test_what_a_notebook_may_replace_stays(monkeypatch):
    def own(*_):
        return ""

    monkeypatch.setattr(builtins, "input", own)
    monkeypatch.setattr(helpers.expect, "__doc__", "another text")
    originals.put_back()
    assert builtins.input is own and helpers.expect.__doc__ == "another text"


def test_what_pandas_compares_with_is_put_back_where_it_is_installed(monkeypatch):
    """A module and classes of these names stand for it."""
    modules = {name: type(sys)(name) for name in (
        "pandas", "pandas.testing", "pandas._testing", "pandas._testing.asserters")}  # fmt: skip
    for name, module in modules.items():
        module.assert_frame_equal = object()
        monkeypatch.setitem(sys.modules, name, module)
        package, _, last = name.rpartition(".")
        if package:
            setattr(modules[package], last, module)
    holders = [module for name, module in modules.items() if name != "pandas"]
    kinds = [type(name, (), {"equals": 1, "eq": 2}) for name in ("DataFrame", "Series", "Index")]
    for kind in kinds:
        setattr(modules["pandas"], kind.__name__, kind)
    originals.remember()
    before = [dict(vars(each)) for each in (*holders, *kinds)]
    for module in holders:
        module.assert_frame_equal = None
    for kind in kinds:
        kind.equals = kind.eq = kind.__eq__ = lambda *_: True
    assert kinds[0]() == 5
    originals.put_back()
    after = [dict(vars(each)) for each in (*holders, *kinds)]
    for row in (*before, *after):
        row.pop("__hash__", None)  # Python takes it away with __eq__
    assert before == after and kinds[0]() != 5


def codes_of(code):
    yield code
    for each in code.co_consts:
        if hasattr(each, "co_names"):
            yield from codes_of(each)


def test_every_builtin_that_a_check_uses_is_put_back():
    """Of helpers.expect and of numpy's own; but not what a notebook may well replace."""
    used = set()
    for module in (helpers.expect, numpy.testing._private.utils):
        code = compile(Path(module.__file__).read_text("utf-8"), "", "exec")
        used |= {name for each in codes_of(code) for name in each.co_names}
    used &= set(vars(builtins))
    assert {"isinstance", "len", "float", "AssertionError", "sorted"} <= used
    known = {name for holder, name, _ in originals._known if holder is builtins}
    left = {name for name in used - known if not name.endswith(("Error", "Warning", "__"))}
    assert left <= {
        *("print", "open", "setattr", "delattr", "vars", "format", "exec", "compile", "object"),
        *("bytes", "slice", "complex", "super", "property"),
    }


def test_what_is_taken_down_twice_is_taken_down_once():
    before = list(originals._known)
    originals.remember()
    assert originals._known == before and len(before) > 300


def test_the_shell_of_a_kernel_is_not_taken_away(monkeypatch):
    """There was none when the originals were taken down."""
    shell = object()
    monkeypatch.setattr(InteractiveShell, "_instance", shell)
    originals.put_back()
    assert InteractiveShell._instance is shell


def test_what_is_not_installed_is_passed_over():
    assert originals._find("no_such_package.x") is None is originals._find("no_such_package:X")
    assert originals._find("math:no_such_name") is None and originals._find("math") is math
    assert originals._find("unittest.case:TestCase") is unittest.TestCase
    originals._take(None, ["x"])
    assert originals._known[-1][0] is not None
