import json

import pytest

from helpers import student_functions
from helpers.errors import CourseError


def notebook(path, *cells):
    """A notebook file with these code cells, and a text cell."""
    code = [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]
    text = {"cell_type": "markdown", "source": ["def not_code(:"]}
    path.write_text(json.dumps({"cells": [text, *code]}))
    return path


def test_a_notebook_gives_its_definitions_and_runs_nothing_else(tmp_path):
    path = notebook(
        tmp_path / "n.ipynb",
        "%matplotlib inline\nimport math\n!ls\nLAMBDA = 10\nraise SystemExit\ntrained = train()",
        "def loss(x):\n    return LAMBDA * math.sqrt(x)",
        "class Net:\n    pass\nweights = {}\nweights['a'] = 1\nloss(4).go()",
        "def timed():\n    %time loss(4)\n    !date\n    return loss(9)",
    )
    own = student_functions.definitions(path)
    assert own["loss"](4) == 20 and own["timed"]() == 30
    assert own["weights"] == {}
    assert "Net" in own and "trained" not in own


def test_a_python_file_is_run_as_it_is(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("import math\nTWO = math.sqrt(4)\ndef loss():\n    return TWO\n")
    loss = student_functions.definitions(path)["loss"]
    assert loss() == 2 and loss.__code__.co_filename == str(path)  # for its errors


def test_an_error_in_a_students_function_names_its_cell(tmp_path):
    path = notebook(tmp_path / "n.ipynb", "1", "def loss():\n    return nothing")
    try:
        student_functions.definitions(path)["loss"]()
    except NameError as error:
        frame = error.__traceback__.tb_next
        assert frame.tb_frame.f_code.co_filename == f"{path}, code cell 2"
        assert frame.tb_lineno == 2


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("n.ipynb", "not json", "n.ipynb is not a notebook"),
        ("n.ipynb", '{"cells": 3}', "n.ipynb is not a notebook"),
        ("n.py", "def f(:\n", r"n.py does not parse: .* in line 1"),
        ("n.py", b"\xff\xfe", "cannot be read as text"),
        ("n.py", None, "there is no file .*n.py"),
    ],
)
def test_a_file_that_is_none(tmp_path, name, content, words):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(CourseError, match=words):
        student_functions.definitions(path)


def test_a_cell_that_does_not_parse_is_named(tmp_path):
    path = notebook(tmp_path / "n.ipynb", "x = 1", "def f(:\n")
    with pytest.raises(CourseError, match="code cell 2 of .* does not parse"):
        student_functions.definitions(path)


def test_the_digest_follows_the_code_alone(tmp_path):
    one = notebook(tmp_path / "a.ipynb", "def f():\n    return 1")
    same = notebook(tmp_path / "b.ipynb", "show(f)", "def f():\n    # with a comment\n    return 1")
    other = notebook(tmp_path / "c.ipynb", "def f():\n    return 2")
    assert student_functions.digest(one) != student_functions.digest(other)
    assert len({student_functions.digest(path) for path in (one, same)}) == 1


def test_a_file_knows_its_name_and_is_no_main_program(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("HERE, NAME = __file__, __name__\n")
    own = student_functions.definitions(path)
    assert (own["HERE"], own["NAME"]) == (str(path), "own_code")


def test_a_fingerprint_is_of_the_code_that_counts(tmp_path):
    def of(*cells):
        return student_functions.digest(notebook(tmp_path / "n.ipynb", *cells))

    one = of("def f(x):\n    return x")
    assert one == of("def f(x):\n    return x  # a comment", "print(1)", "%time f(1)")
    assert one != of("def f(x):\n    return 2 * x") and len(one) == 16
    (tmp_path / "mine.py").write_text("def f(x): return x")
    assert student_functions.digest(tmp_path / "mine.py") == one


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("A = 1", True),
        ("A = B = [1, (2, 3), {'a': None}]", True),
        ("A: int = 1", True),
        ("A: int", False),
        ("A = f()", False),
        ("A = 1 + x", False),
        ("A.b = 1", False),
        ("A, B = 1, 2", False),
        ("A += 1", False),
        ("import math as A", True),
        ("from math import pi as A", True),
        ("if True:\n    A = 1", False),
    ],
)
def test_which_statements_of_a_notebook_are_definitions(tmp_path, source, kept):
    own = student_functions.definitions(notebook(tmp_path / "n.ipynb", f"{source}"))
    assert ("A" in own) is kept
