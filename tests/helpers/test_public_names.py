"""What a package says it offers is there, under the names that notebooks use."""

import ast
import importlib
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    "package",
    [
        "helpers.quality",
        "helpers.diffusion",
        "helpers.submit",
        "helpers.plotting",
        "autograder",
        "autograder.checks",
        "autograder.judging",
        "autograder.sandbox.remote",
    ],
)
def test_every_public_name_is_there(package):
    module = importlib.import_module(package)
    names = module.__all__
    assert names and len(set(names)) == len(names)
    for name in names:
        assert getattr(module, name) is not None
    source = ast.parse(Path(module.__file__).read_text("utf-8"))
    imports = [each for each in source.body if isinstance(each, ast.ImportFrom)]
    taken = {a.name for each in imports if each.module.startswith(package) for a in each.names}
    assert taken <= set(names)
