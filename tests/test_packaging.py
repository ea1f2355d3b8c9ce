"""environment.yml, pyproject.toml and constraints.txt say the same; imports point one way."""

import ast
import re
import tomllib
from pathlib import Path

import pytest
import yaml

from autograder.releasing import kit

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

# A package may import itself and what stands before it.
ORDER = [
    "helpers",
    "oracles",
    "judging",
    "checks",
    "sandbox",
    "course",
    "notebooks",
    "grading",
    "releasing",
    "collecting",
    "cluster",
    "reports",
    "marking",
    "nbgrader_config",
    "demo",
    "cli",
]


def requirement_names(requirements):
    return {re.match(r"[A-Za-z0-9_-]+", text)[0].lower() for text in requirements}


def test_environment_installs_what_pyproject_names():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    (pip,) = [entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict)]
    (editable,) = pip
    extras = set(re.fullmatch(r"-e \.\[(.*)\]", editable)[1].split(","))
    offered = PROJECT["optional-dependencies"]
    assert extras == set(offered) - {"lab"}
    assert set(offered["lab"]) <= set(offered["grader"])
    of_the_kit = tomllib.loads(kit.PYPROJECT.format(version="1", dependencies=""))
    assert of_the_kit["project"]["optional-dependencies"] == {"lab": offered["lab"]}


def test_environment_python_is_one_that_the_project_supports():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    python = next(e for e in environment["dependencies"] if str(e).startswith("python="))
    version = tuple(int(part) for part in python.removeprefix("python=").split("."))
    lowest = tuple(int(p) for p in PROJECT["requires-python"].removeprefix(">=").split("."))
    assert lowest <= version <= (3, 13)


def test_every_requirement_has_a_tested_version():
    pinned = requirement_names((ROOT / "constraints.txt").read_text().splitlines()[1:])
    wanted = requirement_names(
        PROJECT["dependencies"] + sum(PROJECT["optional-dependencies"].values(), [])
    )
    assert wanted <= pinned


def imported(path):
    """Our own packages that a file imports, by the names of ORDER."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            modules = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        else:
            continue
        for module in modules:
            top, *rest = module.split(".")
            if top == "helpers":
                yield "helpers"
            elif top == "autograder" and rest and rest[0] in ORDER:
                yield rest[0]


@pytest.mark.parametrize("layer", ORDER)
def test_imports_point_one_way(layer):
    base = ROOT / layer if layer == "helpers" else ROOT / "autograder" / layer
    files = list(base.rglob("*.py")) or [base.with_suffix(".py")]
    allowed = set(ORDER[: ORDER.index(layer) + 1])
    for path in files:
        assert set(imported(path)) <= allowed, path


def test_the_import_check_sees_a_wrong_import(tmp_path):
    path = tmp_path / "bad.py"
    path.write_text("from autograder import checks\nimport autograder.grading.grade\n")
    assert set(imported(path)) == {"checks", "grading"}


def test_helpers_know_nothing_of_the_autograder():
    for path in (ROOT / "helpers").rglob("*.py"):
        assert "autograder" not in set(imported(path)), path
        assert "import autograder" not in path.read_text(), path


def public_functions(tree):
    """Functions and methods without an underscore in front, and __init__, outside of others."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if not node.name.startswith("_") or node.name == "__init__":
                yield node
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public_functions(node)


def is_annotated(function):
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    named = [each for each in named if each.arg not in ("self", "cls")]
    named += [each for each in (arguments.vararg, arguments.kwarg) if each]
    return function.returns is not None and all(each.annotation for each in named)


@pytest.mark.parametrize("layer", [layer for layer in ORDER if layer != "helpers"])
def test_public_functions_are_annotated(layer):
    base = ROOT / "autograder" / layer
    for path in list(base.rglob("*.py")) or [base.with_suffix(".py")]:
        if "template" in path.parts:  # of an assignment, as its author would write it
            continue
        missing = [
            function.name
            for function in public_functions(ast.parse(path.read_text()))
            if not is_annotated(function)
        ]
        assert not missing, path


def test_one_that_is_not_annotated_is_seen():
    tree = ast.parse("def f(x: int, *rest):\n    pass\n\n\ndef g(x: int) -> int:\n    return x\n")
    assert [is_annotated(each) for each in public_functions(tree)] == [False, True]
