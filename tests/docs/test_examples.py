"""Python on the pages: it parses, and what it imports and quotes is in the code."""

import ast
import importlib

import pytest

from tests.docs.pages import PAGES, ROOT, blocks, read

PYTHON = [
    pytest.param(block, id=f"{page.relative_to(ROOT).as_posix()}-{number}")
    for page in PAGES
    for number, block in enumerate(blocks(page.read_text("utf-8")))
    if block.language == "python" and not block.about
]


@pytest.mark.parametrize("block", PYTHON)
def test_examples_import_what_is_there(block):
    for node in ast.walk(ast.parse(block.text)):
        if isinstance(node, ast.ImportFrom):
            module = importlib.import_module(node.module)
            for alias in node.names:
                if not hasattr(module, alias.name):
                    importlib.import_module(f"{node.module}.{alias.name}")
        elif isinstance(node, ast.Import):
            for alias in node.names:
                importlib.import_module(alias.name)


def test_models_are_kept_as_the_page_says(tmp_path, monkeypatch):
    from torch import nn

    monkeypatch.chdir(tmp_path)
    (block,) = [each for each in blocks(read("students.md")) if "save_model" in each.text]
    exec(block.text, {"G": nn.Linear(2, 3)})
    assert sorted(path.name for path in (tmp_path / "models").iterdir()) == [
        "generator.json", "generator.safetensors"
    ]  # fmt: skip


def test_the_exercise_in_the_readme_is_the_one_in_the_code():
    (block,) = [each for each in blocks(read("README.md")) if each.text.startswith("Exercise(")]
    code = (ROOT / "solutions/gan-mnist/checks/least_squares.py").read_text("utf-8")
    lines = [line.strip() for line in block.text.splitlines() if line.strip(" ,") != "..."]
    assert len(lines) > 8
    assert not [line for line in lines if line not in code]
