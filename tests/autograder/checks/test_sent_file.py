"""Files as people send them: what can be run of them, and what they define."""

import ast
import dataclasses
import json

import pytest

from autograder.checks import sent_file
from helpers.errors import CourseError


def notebook(path, *cells):
    """Write a notebook with these cells: sources of code, or (type, source)."""
    pairs = [each if isinstance(each, tuple) else ("code", each) for each in cells]
    made = [
        {"cell_type": kind, "source": source, "metadata": {}, "id": f"c{n}"}
        | ({"outputs": [], "execution_count": None} if kind == "code" else {})
        for n, (kind, source) in enumerate(pairs)
    ]
    content = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made}
    path.write_text(json.dumps(content))
    return path


def parsed(tmp_path, text):
    path = tmp_path / "a.py"
    path.write_text(text)
    return sent_file.read(path)


def code_of(sent):
    return [ast.unparse(cell.tree) for cell in sent.cells]


def test_a_file_is_one_cell_without_a_place(tmp_path):
    (tmp_path / "a.py").write_bytes("\ufeffx = 'ü'\n".encode())
    sent = sent_file.read(tmp_path / "a.py")
    assert code_of(sent) == ["x = 'ü'"] and sent.cells[0].place == "" and sent.problems == ()


def test_the_code_of_a_notebook_is_numbered_from_one(tmp_path):
    path = notebook(tmp_path / "a.ipynb", "x = 1", ("markdown", "def f(:"), "def g(:", "y = 2")
    sent = sent_file.read(path)
    assert code_of(sent) == ["x = 1", "y = 2"]
    assert [cell.place for cell in sent.cells] == ["cell 1", "cell 3"]
    (problem,) = sent.problems
    assert problem == f"{path}, cell 2, does not parse: invalid syntax in line 1; correct it first."


@pytest.mark.parametrize(
    "content, told",
    [
        (b"def f(:\n", r"a.py does not parse: invalid syntax in line 1; correct it first\."),
        (b"x = 1\n%ls\ndef f(:\n", r"does not parse: invalid syntax in line 2; correct"),
        (b"x = '\xff'", r"a.py cannot be read \(.*\); save it as UTF-8 text\."),
        (b"x = '\0'", r"a.py does not parse: .*null"),
        (b"-" * 100_000 + b"1", r"a.py does not parse: .*(recursion depth|nested too deeply)"),
    ],
)
def test_what_cannot_be_read_is_told(tmp_path, content, told):
    (tmp_path / "a.py").write_bytes(content)
    with pytest.raises(CourseError, match=told):
        sent_file.read(tmp_path / "a.py")


@pytest.mark.parametrize(
    "text, code",
    [
        ("%matplotlib inline\nx = 1", "pass\nx = 1"),
        ("!pip install torch\nx = 1", "pass\nx = 1"),
        ("torch.nn?\nx = 1", "pass\nx = 1"),
        ("help??\nx = 1", "pass\nx = 1"),
        ("if True:\n    !ls\nx = 1", "if True:\n    pass\nx = 1"),
        ("\n%%time\nx = 1", "pass\nx = 1"),
        ("%%capture out\nx = 1", "pass\nx = 1"),
        ("%%bash\nls -l", ""),
        ("%%timeit_not\nx = 1", ""),
    ],
)
def test_lines_for_ipython_are_passed_over(tmp_path, text, code):
    sent = parsed(tmp_path, text)
    assert code_of(sent) == [code]
    lines = [node.lineno for node in sent.cells[0].tree.body]
    assert lines == [n for n, line in enumerate(text.split("\n"), 1) if code and line[:1].strip()]


def test_names_are_those_that_running_it_may_bind(tmp_path):
    sent = parsed(
        tmp_path,
        "import one\ndef two(): inner = 1\nasync def three(): pass\nclass Four: x = 1\n"
        "five = six = 1\nseven: int = 1\na.eight = 1\nif True:\n    nine = 1\nelse:\n    ten = 1\n"
        "try:\n    eleven = 1\nexcept OSError:\n    twelve = 1\nelse:\n    thirteen = 1\n"
        "finally:\n    fourteen = 1\nwith a:\n    fifteen = 1\ntwo = 3\n",
    )
    assert sent.names() == [
        *("two", "three", "Four", "five", "six", "seven", "nine", "ten"),
        *("eleven", "thirteen", "fourteen", "twelve", "fifteen"),
    ]


def test_definitions_are_functions_classes_and_their_methods(tmp_path):
    sent = parsed(
        tmp_path,
        "def one(): pass\nasync def two(): pass\ndef _own(): pass\nthree = 1\n"
        "class Four:\n    x = 1\n    def go(self): pass\n    async def wait(self): pass\n"
        "    def __init__(self): pass\nif True:\n    def five(): pass\n",
    )
    assert sent.definitions() == ["one", "two", "Four", "Four.go", "Four.wait", "five"]


def test_files_and_those_in_folders_each_once(tmp_path):
    for name in ("b.py", "a.PY", "c.ipynb", "in/d.py", ".git/e.py", "__pycache__/f.py", "g.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "folder.py").mkdir()
    found = sent_file.files_in([tmp_path / "b.py", tmp_path])
    assert [str(path.relative_to(tmp_path)) for path in found] == [
        *("b.py", "a.PY", "c.ipynb", "in/d.py")
    ]


@pytest.mark.parametrize(
    "name, told",
    [
        ("empty", r"empty holds no .py or .ipynb file\."),
        ("missing.py", r"There is no file .*missing.py; check the name\."),
        ("a.txt", r"a.txt is not a Python file or a notebook"),
    ],
)
def test_what_is_no_code_is_told(tmp_path, name, told):
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.txt").touch()
    with pytest.raises(CourseError, match=told):
        sent_file.files_in([tmp_path / name])


@pytest.mark.parametrize("text", ["x = '\\d'\n", "%ls\nx = '\\d'\n"])
def test_what_python_warns_of_is_said_of_the_file(tmp_path, text):
    with pytest.warns((SyntaxWarning, DeprecationWarning)) as said:
        parsed(tmp_path, text)
    assert {each.filename for each in said} == {str(tmp_path / "a.py")}


def test_a_definition_is_told_once_at_its_first_place(tmp_path):
    text = (
        "def b(): pass\nclass A:\n    def go(self): pass\n    def go(self): pass\ndef b(): pass\n"
    )
    assert parsed(tmp_path, text).definitions() == ["b", "A", "A.go"]


def test_what_was_read_stays_as_it_is(tmp_path):
    sent = parsed(tmp_path, "x = 1\n")
    assert sent.names() == ["x"]
    for each, name in ((sent, "path"), (sent.cells[0], "place")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(each, name, None)
