"""No closed form without a test that computes it in another way, or one that rests on it.

The engine's oracles are compared in tests/autograder/oracles; an assignment's, in the modules
checks/oracle*.py and checks/oracles/*.py, in its checks/tests.
"""

import ast
from pathlib import Path

import pytest

from tests.own_course import ASSIGNMENTS, ROOT

CHECKS = {name: ROOT / "solutions" / name / "checks" for name in ASSIGNMENTS}
OF_AN_ASSIGNMENT = "oracle*.py", "oracles/*.py"
PLACES = {
    "the engine": (ROOT / "autograder" / "oracles", ("*.py",), ROOT / "tests/autograder/oracles"),
    **{name: (folder, OF_AN_ASSIGNMENT, folder / "tests") for name, folder in CHECKS.items()},
}


def trees(folder, patterns):
    """{module's name: its syntax tree}."""
    paths = [path for pattern in patterns for path in folder.glob(pattern)]
    return {path.stem: ast.parse(path.read_text("utf-8")) for path in paths}


def definitions(modules):
    """{name: names used in it} of every function and class."""
    found = {}
    for tree in modules.values():
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                inside = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
                inside |= {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}
                found[node.name] = inside
    return found


def taken(tree, modules):
    """What a test takes from the modules: module.name, or from module import name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id in modules:
                yield node.attr
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[-1] in modules:
            yield from (alias.name for alias in node.names)


def with_parts(names, known):
    """These names, and what they are made of."""
    reached, todo = set(), {name for name in names if name in known}
    while todo:
        reached |= todo
        todo = {part for name in todo for part in known[name] if part in known} - reached
    return reached


def missing(folder, patterns, tests):
    """The public functions and classes that no test reaches."""
    modules = trees(folder, patterns)
    known = definitions(modules)
    used = {name for tree in trees(tests, ("test_*.py",)).values() for name in taken(tree, modules)}
    return {name for name in known if not name.startswith("_")} - with_parts(used, known)


@pytest.mark.parametrize("place", PLACES)
def test_every_oracle_is_compared(place):
    assert not missing(*PLACES[place])


def test_there_are_many():
    assert sum(len(definitions(trees(*place[:2]))) for place in PLACES.values()) > 60


def test_one_that_is_not_compared_is_seen(tmp_path: Path):
    (tmp_path / "oracles.py").write_text(
        "def a():\n    return b()\ndef b(): 1\ndef c():\n    a()\ndef d(): 1\ndef _e(): 1\n"
    )
    (tmp_path / "test_a.py").write_text("from . import oracles\nc = d = oracles.a()\n")
    assert missing(tmp_path, OF_AN_ASSIGNMENT, tmp_path) == {"c", "d"}
    (tmp_path / "test_d.py").write_text("from .oracles import d\n")
    assert missing(tmp_path, OF_AN_ASSIGNMENT, tmp_path) == {"c"}


def test_a_folder_of_oracles_is_looked_at(tmp_path: Path):
    (tmp_path / "oracles").mkdir()
    (tmp_path / "oracles" / "part.py").write_text("def a(): 1\ndef b(): 1\n")
    (tmp_path / "test_a.py").write_text("from .oracles import part\npart.a()\n")
    assert missing(tmp_path, OF_AN_ASSIGNMENT, tmp_path) == {"b"}
