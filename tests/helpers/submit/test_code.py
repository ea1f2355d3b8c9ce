"""What a cell of code defines, without running it."""

import pytest

from helpers.submit import code
from helpers.submit.code import defined, functions_and_classes, saved_models, what_is_wrong


@pytest.mark.parametrize(
    "source, names",
    [
        ("def f(x):\n    y = 1\n    return y", {"f"}),
        ("class A:\n    b = 1", {"A"}),
        ("a, (b, *c) = 1, (2, 3)\nd: int = 1\ne += 1", {"a", "b", "c", "d", "e"}),
        ("f = lambda x: x", {"f"}),
        ("import os.path, numpy as np\nfrom a import b as c", {"os", "np", "c"}),
        ("if True:\n    def f():\n        pass\nelse:\n    g = 1", {"f", "g"}),
        ("try:\n    import a\nexcept ImportError:\n    a = None\nfinally:\n    b = 1", {"a", "b"}),
        ("with open('x') as file:\n    def f(): pass", {"file", "f"}),
        ("%matplotlib inline\n!ls\nfiles = !ls\nf = 1", {"files", "f"}),
        ("%%time\ndef f(x):\n    return x", {"f"}),
        ("\n%%capture out\nclass A: pass", {"A"}),
        ("%%timeit\nf = 1", set()),
        ("%%bash\nf = 1", set()),
        ("from a import *", {"*"}),
        ("def f(:", set()),
    ],
)
def test_names(source, names):
    assert names <= defined(source)
    assert defined(source) <= names | {"e"}


@pytest.mark.parametrize(
    "source, said",
    [
        ("def f(x):\n    return x", None),
        ("%%time\nx = 1", None),
        ("%%time\ndef f(x:\n    return x", "line 2: "),
        ("await f()", None),
        ("def f(x:\n    return x", "line 1: "),
        ("x = 1\n  y = 2", "line 2: unexpected indent"),
        ("x = '\0'", "null byte"),
        ("x = " + "(" * 5000, ""),
    ],
)
def test_what_python_cannot_read(source, said):
    found = what_is_wrong(source)
    assert found is None if said is None else said in found


def test_functions_and_classes_of_a_stub():
    stub = "import a\n\ndef f(x):\n    raise NotImplementedError()\n\nclass G:\n    pass\n\nh = 1"
    assert functions_and_classes(stub) == ["f", "G"]
    assert functions_and_classes("def f(") == []


def test_models_that_a_cell_saves():
    source = (
        "submit.save_model(\n    'one', net, steps=1)\nsave_model('two', net)\nsave_model(n, net)"
    )
    assert saved_models(source) == ["one", "two"]
    assert saved_models("%%time\nsave_model('one', net)") == ["one"]
    assert saved_models("save_model(") == []


@pytest.mark.parametrize("source", ["x = 1\0", "x = '\ud800'", "(" * 5000, "x = " + "-" * 100_000])
def test_code_that_no_parser_takes_is_said_to_be_wrong(source):
    """Null bytes, lone surrogates, and nesting beyond any stack: a sentence, no traceback."""
    assert what_is_wrong(source)


def test_why_code_cannot_be_read_is_never_empty(monkeypatch):
    def fail(error):
        def parse(source):
            raise error

        return parse

    for error, words in (
        (RecursionError(), "it is nested too deeply"),
        (MemoryError("no room"), "no room"),
        (ValueError("source code string cannot contain null bytes"), "source code string"),
        (SyntaxError(), "invalid syntax"),
        (SyntaxError("m", ("f", 7, 1, "x")), "line 7: m"),
    ):
        monkeypatch.setattr(code.ast, "parse", fail(error))
        assert what_is_wrong("x").startswith(words)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("match x:\n    case [a]:\n        b = 1", {"b"}),
        ("for i in x:\n    def f(): pass\nelse:\n    def g(): pass", {"i", "f", "g"}),
        ("try:\n    pass\nexcept E:\n    def f(): pass\nelse:\n    def g(): pass", {"f", "g"}),
        ("try:\n    pass\nfinally:\n    class A: pass", {"A"}),
        ("async def f(): pass", {"f"}),
        ("x.y = 1\nz[0] = 2", set()),
        ("print(a)", set()),
        ("%%prun -s time\ndef f(): pass", {"f"}),
        ("%%timer\ndef f(): pass", set()),
    ],
)
def test_names_in_every_kind_of_statement(source, names):
    assert defined(source) == names


def test_only_a_name_that_is_written_out_is_a_models():
    assert saved_models("submit.save_model(name='a'); save_model(); save_model(3, n)") == ["3"]
    assert saved_models("save_models('a'); (lambda: 0)('b'); x.y.save_model('c')") == ["c"]
