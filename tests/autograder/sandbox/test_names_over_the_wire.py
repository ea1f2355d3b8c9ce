"""Whoever sends names of classes cannot fill the process that receives them."""

import gc

import pytest

from autograder.sandbox.inside import impersonate
from autograder.sandbox.inside.impersonate import dressed
from autograder.sandbox.remote.proxies import RemoteObject
from autograder.sandbox.remote.raised import from_answer


def test_ten_thousand_names_are_not_kept():
    gc.collect()
    before = len(impersonate._CLASSES), len(RemoteObject.__subclasses__())
    for number in range(10_000):
        assert dressed(RemoteObject, f"Name{number}").__name__ == f"Name{number}"
    gc.collect()
    assert (len(impersonate._CLASSES), len(RemoteObject.__subclasses__())) == before


def test_a_class_in_use_is_the_same_for_its_name():
    first, long = dressed(RemoteObject, "Same"), "x" * 100_000
    assert dressed(RemoteObject, "Same") is first
    assert len(dressed(RemoteObject, long).__name__) == 60


@pytest.mark.slow
@pytest.mark.parametrize("base", ["ValueError", "KeyError", None])
def test_exceptions_are_not_kept(base):
    gc.collect()
    before = len(Exception.__subclasses__())
    for number in range(1_000):
        from_answer({"type": f"Name{number}", "base": base, "text": "x"})
    gc.collect()
    assert len(Exception.__subclasses__()) == before
