"""No closed form without a test here that computes it in another way, or one that rests on it."""

import ast
import re
from pathlib import Path

HERE = Path(__file__)
ORACLES = HERE.parents[3] / "autograder" / "oracles"
TESTS = [path for path in HERE.parent.glob("test_*.py") if path != HERE]


def definitions():
    """{name: names used in it} of every function and class of the oracles."""
    found = {}
    for path in ORACLES.glob("*.py"):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                inside = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
                inside |= {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}
                found[node.name] = inside
    return found


def compared(known, text):
    """The names that tests use, and what these are made of."""
    reached = set()
    todo = {name for name in known if re.search(rf"\b{name}\b", text)}
    while todo:
        reached |= todo
        todo = {part for name in todo for part in known[name] if part in known} - reached
    return reached


def test_every_oracle_is_compared():
    known = definitions()
    text = "".join(path.read_text("utf-8") for path in TESTS)
    assert len(known) > 60
    assert not {name for name in known if not name.startswith("_")} - compared(known, text)


def test_one_that_is_not_is_seen():
    known = {"a": {"b"}, "b": set(), "c": {"a"}}
    assert compared(known, "assert a(1) == 1") == {"a", "b"}
