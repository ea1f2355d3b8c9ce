"""How a fork of the template becomes a kernel, step by step, with no kernel."""

import asyncio
import inspect
import io
import os
import random
import signal
import socket
import sys
import tarfile
from types import SimpleNamespace

import numpy
import pytest
import torch

from autograder.sandbox.inside import kernel

LIMITS = {"processes": 12, "file_size": 34, "open_files": 56}


class Ended(BaseException):
    """Instead of an event loop that never ends."""


@pytest.fixture
def started(tmp_path, monkeypatch):
    """Gives started(kind, ...): what was done, in order, until the event loop ran."""
    said = []

    def note(name, gives=None):
        return lambda *a, **named: said.append((name, *a, *named.values())) or gives

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "environ", {"TMPDIR": "/tmp"})
    for name in ("enter_own_processes", "change_user", "limit", "give_up_privileges"):
        monkeypatch.setattr(kernel.confine, name, note(name))
    for name in ("setsid", "umask"):
        monkeypatch.setattr(kernel.os, name, note(name))
    monkeypatch.setattr(kernel.signal, "signal", note("signal"))
    monkeypatch.setattr(kernel, "_silence", note("silence"))
    monkeypatch.setattr(kernel, "_seed", note("seed"))
    shell = SimpleNamespace(user_ns={"its": "names"})
    app = SimpleNamespace(kernel=SimpleNamespace(shell=shell), start=note("start"))
    monkeypatch.setattr(kernel, "_application", note("application", app))
    monkeypatch.setattr(kernel, "_attach", lambda agent, names: said.append(("attach", names)))
    monkeypatch.setattr(kernel, "_end_forks", lambda own: said.append(("forks", own is app.kernel)))
    ends = [KeyboardInterrupt, None, Ended]

    def loop():
        said.append(("loop",))
        if end := ends.pop(0):
            raise end

    here = SimpleNamespace(start=loop)
    monkeypatch.setattr(kernel.IOLoop, "current", lambda: here)

    class Proc(io.StringIO):
        def close(self):
            if not self.closed:
                said.append(("/proc/self/oom_score_adj", self.getvalue()))
            super().close()

    def opened(path, mode):
        if path == "/proc/self/oom_score_adj":
            assert mode == "w"
            return Proc()
        return open(path, mode)

    monkeypatch.setattr(kernel, "open", opened, raising=False)

    def started(kind, go=b"go", files=(), **request):
        home = tmp_path / "home"
        home.mkdir(exist_ok=True)
        ours, theirs = socket.socketpair()
        keeper, teller = socket.socketpair()
        keeper.send(go)
        descriptors = [theirs.detach()]
        if files:
            with open(tmp_path / "packed", "wb") as packed:
                with tarfile.open(fileobj=packed, mode="w") as tar:
                    for name, content in files.items():
                        member = tarfile.TarInfo(name)
                        member.size = len(content)
                        tar.addfile(member, io.BytesIO(content))
            descriptors.append(os.open(tmp_path / "packed", os.O_RDONLY))
        asked = {"home": str(home), "files": bool(files), "limits": LIMITS, "seed": 3, "key": "k"}
        try:
            with pytest.raises((Ended, RuntimeError, OSError)) as caught:
                kernel.run({**asked, **request}, kind, 78, descriptors, teller)
            os.environ.pop("PYTEST_CURRENT_TEST", None)
            keeper.setblocking(False)
            told = keeper.recv(10)
        finally:
            for each in (ours, keeper):
                each.close()
        return said, told, caught

    started.home = tmp_path / "home"
    return started


def test_a_nested_kernel_is_confined_before_anything_of_the_student_s_is_there(started):
    said, told, _ = started("nested", files={"data/x.csv": b"1,2"})
    assert said == [
        ("enter_own_processes",),
        ("setsid",),
        ("signal", signal.SIGINT, signal.default_int_handler),
        *(("umask", 0o077), ("silence",)),
        ("/proc/self/oom_score_adj", "1000"),
        ("limit", 78, 12, 34, 56),
        ("give_up_privileges", True),
        ("seed", 3),
        ("application", kernel.confine.OWN_FOLDER, "k"),
        *(("attach", {"its": "names"}), ("forks", True), ("start",)),
        # A loop that student code ends goes on: the cells below are still to run.
        *(("loop",), ("loop",), ("loop",)),
    ]
    assert told == b"bound"
    assert (started.home / "data" / "x.csv").read_bytes() == b"1,2"
    assert os.getcwd() == str(started.home)
    assert os.environ == {"TMPDIR": "/tmp", "HOME": str(started.home)}


def test_a_single_kernel_is_its_user_already_and_has_no_network(started):
    said, _, _ = started("single", uid=9, sockets="/other")
    assert said[0] == ("setsid",) and ("give_up_privileges", False) in said
    assert ("limit", 78, 12, 34, 56) in said and ("application", "/other", "k") in said


@pytest.mark.parametrize("apart", [{"uid": 9}, {}])
def test_without_a_sandbox_a_kernel_has_folders_of_its_own_and_perhaps_a_user(started, apart):
    said, _, _ = started("limits", **apart)
    assert said[0] == (("change_user", 9) if apart else ("setsid",))
    # The processes of a user are counted together: those of the grader's would be.
    assert ("limit", 78, 12 if apart else None, 34, 56) in said
    assert os.environ == {
        "TMPDIR": "/tmp",
        "HOME": str(started.home),
        "IPYTHONDIR": f"{started.home}/.ipython",
        "XDG_CACHE_HOME": f"{started.home}/.cache",
        "MPLCONFIGDIR": f"{started.home}/.matplotlib",
    }


def test_a_keeper_that_cannot_count_starts_nothing(started):
    with pytest.raises(BlockingIOError):
        started("nested", go=b"no")


def test_random_numbers_are_those_of_the_seed():
    state = random.getstate(), numpy.random.get_state(), torch.get_rng_state()
    try:
        found = []
        for seed in ((1 << 32) + 5, (1 << 32) + 5, 6):
            kernel._seed(seed)
            found.append((random.random(), numpy.random.rand(), torch.rand(1).item()))
        assert found[0] == found[1] and not set(found[0]) & set(found[2])
        assert found[0][0] == random.Random((1 << 32) + 5).random()
        assert found[0][1] == numpy.random.RandomState(5).rand()
    finally:
        random.setstate(state[0])
        numpy.random.set_state(state[1])
        torch.set_rng_state(state[2])


def test_a_fork_that_a_cell_leaves_ends_with_it(monkeypatch):
    ended, asked = [], []
    monkeypatch.setattr(kernel.os, "_exit", ended.append)

    async def execute(*arguments, **named):
        asked.append((arguments, named))
        return "reply"

    async def forks():
        raise KeyError("x")

    own, other = SimpleNamespace(do_execute=execute), SimpleNamespace(do_execute=forks)
    kernel._end_forks(own)
    assert asyncio.run(own.do_execute("code", silent=True)) == "reply" and ended == []
    assert asked == [(("code",), {"silent": True})]
    me = os.getpid()
    # In the fork that it leaves; the kernel had its own id when it began.
    ids = iter([me])
    monkeypatch.setattr(kernel.os, "getpid", lambda: next(ids, me + 1))
    kernel._end_forks(other)
    with pytest.raises(KeyError):
        asyncio.run(other.do_execute())
    assert ended == [0]


def test_the_agent_is_asked_until_the_other_side_closes(monkeypatch):
    said, answers = [], [True, False]

    class Agent:
        def __init__(self, line, namespace):
            said.append(("agent", namespace))

        def handle_next(self):
            return answers.pop(0)

    loop = SimpleNamespace(
        add_handler=lambda *a: said.append(a), remove_handler=lambda n: said.append(("off", n)),
    )  # fmt: skip
    monkeypatch.setattr(kernel.IOLoop, "current", lambda: loop)
    monkeypatch.setattr("autograder.sandbox.inside.agent.Agent", Agent)
    kernel._attach(SimpleNamespace(fileno=lambda: 5), {"its": "names"})
    (_, (number, serve, when)) = said
    assert said[0] == ("agent", {"its": "names"})
    assert number == 5 and when == kernel.IOLoop.READ
    serve()
    assert len(said) == 2
    serve()
    assert said[2:] == [("off", 5)]


def test_what_a_kernel_prints_by_itself_goes_nowhere():
    """In a fork, since it is for good; and no descriptor is left over."""
    reader, writer = os.pipe()
    if not (child := os.fork()):
        try:
            before = len(os.listdir("/proc/self/fd"))
            kernel._silence()
            found = [os.readlink(f"/proc/self/fd/{each}") for each in range(3)]
            os.write(2, b"said")
            assert os.read(0, 10) == b""
            left = len(os.listdir("/proc/self/fd")) - before
            os.write(writer, f"{found} {left}".encode())
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with open(reader) as said:
        assert said.read() == f"{['/dev/null'] * 3} 0"


class Clock:
    """Stands for the module `time`; sockets: how many looks until the heartbeat has bound."""

    now, sockets = 0.0, 0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds
        self.sockets -= 1


@pytest.fixture
def application(monkeypatch):
    """Gives application(looks): what an IPKernelApp was asked, with its sockets after `looks`."""
    clock, said = Clock(), []
    shell = SimpleNamespace(
        unobserve_all=lambda name: said.append(("unobserve", name)),
        enable_matplotlib=lambda name: said.append(("figures", name)),
        compile=SimpleNamespace(cache=str),
    )
    app = SimpleNamespace(initialize=said.append, shell=shell)
    app_class = SimpleNamespace(instance=lambda: app)
    module = SimpleNamespace(IPKernelApp=app_class)
    monkeypatch.setitem(kernel.sys.modules, "ipykernel.kernelapp", module)
    monkeypatch.setattr(kernel.sys, "argv", ["-c", "--secret"])
    monkeypatch.setattr(kernel, "time", clock)
    exists = lambda path: path == "/f/s-5" and clock.sockets <= 0  # noqa: E731
    monkeypatch.setattr(kernel.os.path, "exists", exists)

    def ask(looks):
        clock.sockets = looks
        return kernel._application("/f", "k") is app, said, clock

    return ask


def test_a_kernel_listens_where_its_provisioner_says(application):
    same, (options, *rest), clock = application(3)
    assert same and rest == [("unobserve", "exit_now"), ("figures", "inline")]
    given = dict(option.removeprefix("--").split("=") for option in options)
    # jupyter_client connects to <ip>-<port> of each channel.
    assert (given["transport"], given["ip"]) == ("ipc", "/f/s")
    ports = [given[name] for name in ("shell", "iopub", "stdin", "control", "hb")]
    assert ports == ["1", "2", "3", "4", "5"]
    assert given["Session.key"] == "k"
    assert given["IPKernelApp.connection_file"].startswith("/f/")
    assert given["HistoryManager.enabled"] == "False"  # nobody reads it: it has a file, a thread
    assert given["IPKernelApp.log_level"] == "ERROR" and kernel.sys.argv == ["ipykernel"]
    assert clock.now < 1


def test_a_heartbeat_that_does_not_start_is_an_error_in_time(application):
    with pytest.raises(TimeoutError, match="heartbeat did not start"):
        application(10**9)
    assert kernel.BIND_SECONDS <= kernel.time.now < kernel.BIND_SECONDS + 1


def test_a_frame_s_module_is_not_looked_for_among_all(monkeypatch):
    """For each frame of an error, which may have thousands."""

    class Modules(dict):
        def copy(self):
            raise AssertionError("it goes through all modules")

    shell = SimpleNamespace(compile=SimpleNamespace(cache="/of/cell-{}".format))
    kernel._tell_errors_quickly(shell)
    known = {"sys": sys}
    exec(compile("frame = sys._getframe()", shell.compile.cache(3), "exec"), known)
    exec(compile("other = sys._getframe()", "/of/cell-4", "exec"), known)
    monkeypatch.setattr(inspect, "sys", SimpleNamespace(modules=Modules()))
    assert inspect.getmodule(known["frame"]) is None
    with pytest.raises(AssertionError, match="all modules"):
        inspect.getmodule(known["other"])
    assert shell._format_exception_for_storage(ValueError()) == {}


def test_the_names_that_ipython_has_for_it():
    """Otherwise each error would take long again, and nothing would say so."""
    from ipykernel.compiler import XCachingCompiler
    from IPython.core.interactiveshell import InteractiveShell

    assert callable(InteractiveShell._format_exception_for_storage)
    assert callable(XCachingCompiler.cache)
