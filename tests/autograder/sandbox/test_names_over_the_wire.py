"""Whoever sends names of classes cannot fill the process that receives them."""

import gc

import pytest

from autograder.sandbox.inside import impersonate
from autograder.sandbox.inside.agent import Agent
from autograder.sandbox.inside.impersonate import dressed
from autograder.sandbox.inside.ledger import Ledger
from autograder.sandbox.remote.proxies import RemoteObject
from autograder.sandbox.remote.raised import from_answer


def test_ten_thousand_names_are_not_kept():
    gc.collect()
    before = len(impersonate._CLASSES), len(RemoteObject.__subclasses__())
    for number in range(10_000):
        assert dressed(RemoteObject, f"Name{number}").__name__ == f"Name{number}"
    gc.collect()
    assert (len(impersonate._CLASSES), len(RemoteObject.__subclasses__())) == before


def test_settings_of_a_module_hide_none_of_its_methods():
    """They are named by the other side; here it is a kernel's that makes its proxy."""
    agent = Agent.__new__(Agent)
    agent.ledger, agent._handed = Ledger("s"), {}
    row = {"id": "n1", "library": "Linear", "type": "Linear", "training": False}
    row |= {"parameters": {}, "buffers": {}, "children": {}}
    row["settings"] = {"forward": 1, "scale": 2, "sizes": [3, 4], "_private": 5, "no name": 6}
    module = agent.module_from(row)
    assert callable(module.forward) and not module.training
    assert vars(module)["scale"] == 2 and module.sizes == (3, 4)
    assert not {"_private", "no name"} & set(vars(module))
    assert agent.module_from(row) is module


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
