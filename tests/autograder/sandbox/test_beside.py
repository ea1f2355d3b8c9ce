"""A test cell beside the student's answers: what it shows, raises and leaves, and how it ends."""

import asyncio
import contextlib
import os
import select
import signal
import socket
import time
from types import SimpleNamespace

import pytest

from autograder.sandbox.inside import beside
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
# What he has done to the shell that his cells run in.
import ast as _ast, logging as _logging, sys as _sys
class _Doubles(_ast.NodeTransformer):
    def visit_Constant(self, node):
        return _ast.copy_location(_ast.Constant(node.value * 2), node)
_shell = InteractiveShell._instance
_shell.ast_transformers.append(_Doubles())
_shell.input_transformers_post.append(lambda lines: ["1 / 0\\n"])
_shell.input_transformer_manager.line_transforms.append(lambda lines: ["2 / 0\\n"])
for _name in ("run_cell", "run_cell_async", "run_code", "run_ast_nodes", "transform_cell"):
    setattr(_shell, _name, lambda *_, **__: None)
_logging.getLogger("own").addHandler(_logging.StreamHandler(_sys.stderr))
_sys.settrace(lambda *_: None)
_sys.setprofile(lambda *_: None)
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


def test_what_the_student_did_to_the_shell_is_undone(run):
    assert run("get_ipython().run_cell('double(21)').result").value == "42"
    assert run("import sys\nsys.gettrace(), sys.getprofile()").value == "(None, None)"


def test_a_cell_is_a_process_of_its_own_that_can_be_stopped(run):
    source = "import os, signal\nos.getpgid(0) == os.getpid(), "
    source += "signal.getsignal(signal.SIGINT) is signal.default_int_handler"
    assert run(source).value == "(True, True)"


def test_what_is_shown_through_older_streams_is_shown(run):
    """A logger holds those of the kernel; and clearing shows nothing by itself."""
    own = "import logging\nown = logging.getLogger('own')\nown.propagate = False\n"
    assert printed(run(f"{own}own.warning('said')")) == "said\n"
    found = run("from IPython.display import clear_output\nclear_output()\nprint('a')")
    assert printed(found) == "a\n"
    assert run(f"{own}own.error('not FAILED (x')").raised is None
    raised = run(f"{own}own.error('FAILED (x')").raised
    assert raised.text == "the check reports a failure on stderr"


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


# How a result gets out of the fork, with this process in the place of both.

SECRET = b"known"
ROW = {"shown": [{"text": "ü"}], "value": None, "error": None, "ended": None}


@pytest.fixture
def listener():
    address = f"\0test-{os.getpid()}-{time.monotonic_ns()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as made:
        made.bind(address)
        made.listen(8)
        yield made


@contextlib.contextmanager
def idle_child():
    """A process that waits for its end."""
    if not (child := os.fork()):
        signal.pause()
        os._exit(0)
    try:
        yield child
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def later(seconds=30.0):
    return time.monotonic() + seconds


def test_the_result_is_what_its_process_sends_with_the_secret(listener):
    address = listener.getsockname().decode()
    beside._send(address, b"other", {"shown": "forged"})
    beside._send(address, SECRET, ROW)
    beside._send(address, SECRET, ROW | {"value": "a second one"})
    assert beside._receive(listener, os.getpid(), SECRET, later()) == ROW


def test_another_process_cannot_send_it(listener):
    address = listener.getsockname().decode()
    beside._send(address, SECRET, ROW)
    with idle_child() as child:
        nothing = {"shown": [], "value": None, "error": None}
        found = beside._receive(listener, child, SECRET, later(0.05))
        assert found == nothing | {"ended": "no answer within the time limit"}
    if not (child := os.fork()):
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    found = beside._receive(listener, child, SECRET, later())
    assert found == nothing | {"ended": "the process that ran it ended early"}
    os.waitpid(child, 0)


@pytest.mark.parametrize("size, kept", [(60, True), (61, False)])
def test_a_result_has_a_size(listener, monkeypatch, size, kept):
    monkeypatch.setattr(beside, "MOST_BYTES", 60)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sender:
        sender.connect(listener.getsockname())
        sender.sendall(b"x" * size)
        sender.shutdown(socket.SHUT_WR)
        connection, _ = listener.accept()
        with connection:
            assert beside._read(connection, os.getpid(), later()) == b"x" * size * kept


def test_who_begins_a_result_and_does_not_end_it_is_not_waited_for(listener):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sender:
        sender.connect(listener.getsockname())
        sender.sendall(b"half")
        connection, _ = listener.accept()
        with connection:
            assert beside._read(connection, os.getpid(), later(-1.0)) == b""


def test_the_students_processes_make_room_for_it(monkeypatch):
    """Where this is the first process of a namespace, whose others are the student's."""
    left, ended = [2], []

    def fork():
        if left[0]:
            left[0] -= 1
            raise OSError(11, "Resource temporarily unavailable")
        return 77

    def wait(which, options):
        ended.append(which)
        raise ChildProcessError

    monkeypatch.setattr(beside, "_fork", fork)
    monkeypatch.setattr(beside.os, "kill", lambda *pair: ended.append(pair))
    monkeypatch.setattr(beside.os, "waitpid", wait)
    assert beside._child() is None and ended == []  # it is not the first one
    monkeypatch.setattr(beside, "_getpid", lambda: 1)
    left[0] = 2
    assert beside._child() == 77
    assert ended == [(-1, signal.SIGKILL), -1] * 2
    for refusals, made in ((beside.TRIES - 1, 77), (beside.TRIES, None)):
        left[0] = refusals
        assert beside._child() == made


@pytest.fixture
def runner(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    return beside.Runner({}, SimpleNamespace())


def test_a_cell_without_a_process_says_so_and_files_are_put_back_whatever_happens(
    runner, monkeypatch
):
    monkeypatch.setattr(beside, "_child", lambda: None)
    said = []
    monkeypatch.setattr(runner._home, "take", lambda: said.append("take"))
    monkeypatch.setattr(runner._home, "restore", lambda: said.append("restore"))
    assert runner.run("1", 1.0, "s") == {
        "shown": [], "value": None, "error": None, "secret": "s",
        "ended": "the student's processes leave none for it",
    }  # fmt: skip

    def fails():
        raise KeyboardInterrupt

    monkeypatch.setattr(beside, "_child", fails)
    with pytest.raises(KeyboardInterrupt):
        runner.run("1", 1.0, "s")
    assert said == ["take", "restore"] * 2


@pytest.mark.parametrize(
    "status, ended, killed",
    [
        *((9, beside.ENDED, True), (15, beside.ENDED, False), (0, beside.ENDED, False)),
        *((9, beside.TOO_LONG, False), (9, None, False)),
    ],
)
def test_who_was_killed_before_it_could_answer_was_killed_by_somebody(
    runner, monkeypatch, status, ended, killed
):
    """This process kills it too, once it knows how it ended, and all that it has started."""
    row, asked, done = ROW | {"ended": ended}, [], []
    monkeypatch.setattr(beside, "_child", lambda: 77)
    monkeypatch.setattr(beside, "_receive", lambda *a: asked.append(a) or row)
    monkeypatch.setattr(beside, "_waitpid", lambda *a: done.append(a) or (77, status))
    monkeypatch.setattr(beside.time, "monotonic", lambda: 100.0)

    def refuses(pid, number):
        done.append(("kill", pid, number))
        raise ProcessLookupError

    monkeypatch.setattr(beside.os, "killpg", lambda *a: done.append(("killpg", *a)))
    monkeypatch.setattr(beside.os, "kill", refuses)
    assert runner.run("1", 2.5, "s") == row | {"killed": killed, "secret": "s"}
    ((_, *rest),) = asked
    assert rest == [77, b"s", 102.5]
    assert done == [("killpg", 77, 9), ("kill", 77, 9), (77, 0)]


# What a fork keeps of what is shown, and of an error.


@pytest.fixture
def shows():
    fork = beside._Fork.__new__(beside._Fork)
    fork.shown, fork.room, fork.warned, fork.swallowed = [], 100, "", None
    return fork


def test_what_is_shown_has_room(shows, monkeypatch):
    monkeypatch.setattr(beside, "MOST_TEXT", 30)
    shows._print("a" * 31)
    shows._print("")
    shows._print("b" * 10)
    assert shows.shown == [{"text": "a" * 30 + "b" * 10}] and shows.room == 60
    shows._display({"text/plain": "c" * 50, "n": 5, "image/png": "d" * 61, "x": "e" * 10})
    assert shows.shown[1:] == [{"data": {"text/plain": "c" * 50, "x": "e" * 10}}]
    assert shows.room == 0
    shows._display({"text/plain": "f"})
    shows._print("g")
    assert len(shows.shown) == 2
    shows._display({"text/plain": ""}, {"metadata": 1}, transient={})
    assert shows.shown[2:] == [{"data": {"text/plain": ""}}]


def test_what_is_warned_is_shown_too_and_its_end_is_searched(shows, monkeypatch):
    monkeypatch.setattr(beside, "MOST_TEXT", 6)
    shows._warn("abcd")
    shows._warn("efgh")
    assert shows.warned == "cdefgh" and shows.shown == [{"text": "abcdefgh"}]


def test_an_error_that_is_only_shown_is_kept(shows):
    shows._swallow()
    assert str(shows.swallowed) == "the cell shows an error"
    try:
        raise KeyError("x")
    except KeyError:
        shows._swallow("any", more=1)
    assert type(shows.swallowed) is KeyError


def cell(source, flags=0):
    return beside._Cell(source, {"x": 5}, SimpleNamespace(compile=SimpleNamespace(flags=flags)))


@pytest.mark.parametrize(
    "source, value",
    [
        *(("x", "5"), ("x;", None), ("x # ;", "5"), ("x = 6", None), ("None", None), ("", None)),
        *(("y = 1\ny + x", "6"), ("'z' * 30", "'" + "z" * 9)),
        ("class Shows:\n    def _ipython_display_(self): pass\nShows()", None),
    ],
)
def test_the_value_of_a_cell(monkeypatch, source, value):
    monkeypatch.setattr(beside, "MOST_TEXT", 10)
    assert asyncio.run(cell(source).run()) == value


def test_a_cell_has_the_future_of_the_cells_before_and_of_its_own():
    source = "def f(a: nowhere): ...\nf.__annotations__"
    with pytest.raises(NameError, match="nowhere"):
        asyncio.run(cell(source, flags=0x200).run())
    with_future = "{'a': 'nowhere'}"
    flag = beside.__future__.annotations.compiler_flag
    assert asyncio.run(cell(source, flag | 0x200).run()) == with_future
    assert asyncio.run(cell(f"from __future__ import annotations\n{source}").run()) == with_future
    assert cell("", flag | 0x200).flags == flag


def about(source):
    one = cell(source)
    try:
        asyncio.run(one.run())
    except BaseException as error:
        return one.about(error)


def test_an_error_of_a_cell_is_plain_values():
    assert about("x\n\nraise KeyError('k' * 3000)") == {
        "type": "KeyError", "text": "'" + "k" * 1999, "line": 3, "mismatch": None
    }  # fmt: skip
    assert about("1 +")["line"] == 1 and about("eval('\\n\\n1 +')")["line"] == 1
    assert len(about("raise type('E' * 200, (Exception,), {})")["type"]) == 100
    unspeakable = "class E(Exception):\n    def __str__(self): raise SystemExit\nraise E"
    assert about(unspeakable)["text"] == "" and about("raise ValueError")["text"] == ""
    mismatch = "class Mismatch(Exception): label, got, hint = 'l', 3, None\nraise Mismatch"
    assert about(mismatch)["mismatch"] == ["l", None, "3", None]


def test_two_cells_have_two_names_under_which_their_source_is_found():
    one, other = cell("x\nx"), cell("x")
    assert one.name != other.name
    asyncio.run(one.run())
    assert beside.linecache.getline(one.name, 2) == "x\n"
