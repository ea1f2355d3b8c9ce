"""A test cell beside the student's answers: what it shows, raises and leaves, and how it ends."""

import os
import select

import pytest

from tests.autograder.sandbox.remote_kernel import session_with

# The kernel of a student has IPython's shell, and a home that is the current folder.
SHELL = """
import os, tempfile
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config
from autograder.sandbox.inside import originals
originals.remember()
os.chdir(tempfile.mkdtemp(dir={folder!r}))
config = Config({{"HistoryManager": {{"enabled": False}}}})
InteractiveShell.instance(config=config, user_ns=globals())
"""
STUDENT = """
import math
math.isclose = lambda *_: True
answers = [1]
open("kept.txt", "w").write("as it was")
def double(x):
    return 2 * x
def fails():
    raise ValueError("mine")
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Run a test cell beside STUDENT's code; gives its CellResult."""
    folder = str(tmp_path_factory.mktemp("home"))
    with session_with(SHELL.format(folder=folder) + STUDENT) as session:
        yield lambda source, seconds=30.0: session.run_beside(source, seconds)


def printed(result):
    return "".join(each.get("text", "") for each in result.shown)


def test_what_a_cell_prints_and_its_last_value(run):
    found = run("print('first')\nprint('second')\ndouble(21)")
    assert found.shown == ({"text": "first\nsecond\n"},) and found.value == "42"
    assert found.raised is None and found.ended is None and not found.killed
    assert run("double(21);").value is None and run("x = double(21)").value is None
    assert run("None").value is None and run("# nothing").value is None


def test_displays_stand_between_what_is_printed(run):
    found = run(
        "from IPython.display import display\nprint('a')\n"
        "display({'text/plain': 'b', 'n': 1}, raw=True)\nprint('c')"
    )
    assert found.shown == ({"text": "a\n"}, {"data": {"text/plain": "b"}}, {"text": "c\n"})


def test_a_long_text_is_cut_and_so_is_all_of_it(run):
    assert len(printed(run("print('x' * 30_000, end='')"))) == 20_000
    found = run("for _ in range(9): print('x' * 15_000, end='')")
    assert len(printed(found)) == 100_000
    assert len(run("'x' * 30_000").value) == 20_000


def test_an_error_is_named_with_the_line_of_the_cell(run):
    raised = run("x = 1\n\ndouble(fails())\n").raised
    assert (raised.type, raised.text, raised.line) == ("ValueError", "mine", 3)
    assert run("def inner():\n    1 / 0\ninner()").raised.line == 2
    raised = run("x = 1\nx = = 2").raised
    assert (raised.type, raised.line) == ("SyntaxError", 2)
    assert run("import sys\nsys.exit(3)").raised.type == "SystemExit"


def test_a_failed_check_of_helpers_comes_with_its_parts(run):
    raised = run("from helpers import expect\nexpect.close('twice', double(1.0), 3.0)").raised
    label, expected, got, hint = raised.mismatch
    assert raised.type == "Mismatch" and label == "twice" and "3" in expected and "2" in got


def test_a_failure_that_is_only_shown_is_one(run):
    said = "AssertionError", "the check reports a failure on stderr"
    for text in ("Traceback (most recent call last):", "FAILED (failures=1)"):
        raised = run(f"import sys\nprint({text!r}, file=sys.stderr)").raised
        assert (raised.type, raised.text) == said
    assert run("print('FAILED (failures=1)')").raised is None
    assert run("import sys\nprint('not FAILED (x', file=sys.stderr)").raised is None
    assert run("get_ipython().run_cell('1 / 0');").raised.type == "ZeroDivisionError"


def test_the_answers_and_the_files_are_afterwards_as_before(run):
    left = "answers.append(2)\nopen('kept.txt', 'w').write('other')\nopen('new.txt', 'w').close()"
    assert run(left).raised is None
    found = run("import os\nanswers, open('kept.txt').read(), os.listdir()")
    assert found.value == "([1], 'as it was', ['kept.txt'])"


def test_a_cell_may_wait_and_use_what_only_ipython_reads(run):
    assert run("import asyncio\nawait asyncio.sleep(0)\nawait asyncio.sleep(0, 'slept')").value == (
        "'slept'"
    )
    assert run("%who_ls function").value == "['double', 'fails']"
    found = run("from __future__ import annotations\ndef f(x: unknown): ...\nf.__annotations__")
    assert found.value == "{'x': 'unknown'}"


def test_what_the_student_replaced_is_put_back_first(run):
    assert run("import math\nmath.isclose(1.0, 2.0)").value == "False"


@pytest.mark.parametrize(
    "source, ended, killed",
    [
        ("import os\nos._exit(0)", "the process that ran it ended early", False),
        ("import os\nos.kill(os.getpid(), 15)", "the process that ran it ended early", False),
        ("import os\nos.kill(os.getpid(), 9)", "the process that ran it ended early", True),
        ("print('a')\nwhile True: pass", "no answer within the time limit", False),
    ],
)
def test_a_cell_without_a_result_says_why(run, source, ended, killed):
    found = run(source, 0.2 if "while" in source else 30.0)
    assert (found.ended, found.killed) == (ended, killed)
    assert (found.shown, found.value, found.raised) == ((), None, None)


def test_a_fork_of_the_cell_sends_no_result(run):
    assert run("import os\nchild = os.fork()\n'the cell' if child else 'its fork'").value == (
        "'the cell'"
    )


def test_standard_output_is_a_stream_as_any_other(run):
    found = run("import sys\n[each.fileno() for each in (sys.stdout, sys.stderr)]")
    assert found.value == "[1, 2]"
    assert run("import sys\nsys.stdout.write('four'), sys.stdout.writable()").value == "(4, True)"
    # As programs encode text that they write for it.
    assert run("import sys\n'\\udc80'.encode(sys.stdout.encoding, sys.stdout.errors)").value == (
        "b'?'"
    )
    assert run("import sys\nsys.stdout.write(b'')").raised.text == (
        "write() argument must be str, not bytes"
    )


def test_no_process_is_left(run, tmp_path):
    """A fork of the cell's own ends with it: nobody holds the pipe's other end any more."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    source = f"import os\npipe = open({str(pipe)!r}, 'wb', 0)\npipe.write(b'x')\n"
    assert run(f"{source}if os.fork() == 0:\n    while True: pass\n'forked'").value == "'forked'"
    os.set_blocking(reader, True)
    assert os.read(reader, 1) == b"x"
    ended, _, _ = select.select([reader], [], [], 30.0)
    assert ended and os.read(reader, 1) == b""
    os.close(reader)
