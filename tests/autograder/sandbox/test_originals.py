"""What tests compare with is what it was before student code ran, however that replaced it."""

import builtins
import math
import sys
import unittest

import numpy
import pytest
import torch

import helpers.expect
from autograder.sandbox.inside import originals


@pytest.fixture(autouse=True)
def remembered(monkeypatch):
    """The originals are taken down, and forgotten after the test."""
    monkeypatch.setattr(originals, "_known", [])
    monkeypatch.setattr(originals, "_modules", {})
    originals.remember()


@pytest.mark.parametrize(
    "holder, name",
    [
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
def test_what_was_replaced_is_put_back(monkeypatch, holder, name):
    own = vars(holder)[name]
    with monkeypatch.context() as patch:
        patch.setattr(holder, name, lambda *_, **__: True)
        originals.put_back()
        found = vars(holder)[name]
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
