"""The template process: its start, its end, and what it leaves."""

import inspect
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest
from jupyter_client.manager import KernelManager

from autograder.sandbox import isolation
from autograder.sandbox import template as outside
from autograder.sandbox.inside import template as inside
from autograder.sandbox.provisioner import KernelRequest, manager
from autograder.sandbox.template import START, Template
from helpers.errors import CourseError
from tests.autograder.warm_template import COLD
from tests.lengths import short_and_long

OWNER = """
import sys, time
from autograder.sandbox import isolation, template as outside
from autograder.sandbox.template import Template
outside.START = sys.argv[2]
with Template(getattr(isolation, sys.argv[1]), preload=()) as template:
    print(template.run_dir, flush=True)
    time.sleep(600)
"""


def processes(text):
    """Ids of the processes of this machine with `text` in their command."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if text.encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            pass
    return found


def gone(text, seconds=600.0):
    deadline = time.monotonic() + seconds
    while processes(text) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not processes(text)


def start_kernel(template):
    km = manager(KernelManager)
    km.start_kernel(sandbox=KernelRequest(template.socket, template.run_dir))
    return km


@pytest.mark.usefixtures("cold")
def test_closing_ends_every_kernel_and_leaves_no_file():
    """Also of one that was started again after its death."""
    if isolation.best().kind is not isolation.Kind.NESTED:
        pytest.skip("no nested isolation here")
    run_dir = Path(f"/tmp/ag-test-{os.getpid()}")
    with Template(run_dir=run_dir, preload=()) as template:
        km = start_kernel(template)
        for pid in processes(str(run_dir)):
            os.kill(pid, signal.SIGKILL)
        assert gone(str(run_dir))
        assert not template.alive
        assert km.provisioner.died(patience=5) == "its kernel was killed (SIGKILL)"
        km.shutdown_kernel(now=True)
        template.start()
        km = start_kernel(template)
        assert template.alive
        assert processes(str(run_dir))
        assert km.provisioner.died() is None
    assert km.provisioner.died() == "its kernel was killed (SIGKILL)"
    assert not template.alive
    assert gone(str(run_dir))
    km.shutdown_kernel(now=True)
    assert list(run_dir.iterdir()) == []
    run_dir.rmdir()


@pytest.mark.slow
@pytest.mark.parametrize("kind", short_and_long("NESTED", "LIMITS"))
def test_nothing_runs_on_after_its_owner_was_killed(kind):
    if kind == "NESTED" and isolation.best().kind is not isolation.Kind.NESTED:
        pytest.skip("no nested isolation here")
    command = [sys.executable, "-c", OWNER, kind, COLD]
    owner = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    run_dir = Path(owner.stdout.readline().strip())
    km = manager(KernelManager)
    km.start_kernel(sandbox=KernelRequest(run_dir / "template", run_dir))
    owner.kill()
    owner.wait()
    owner.stdout.close()
    deadline = time.monotonic() + 600
    while km.provisioner.died() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert km.provisioner.died()
    assert gone(str(run_dir))
    km.shutdown_kernel(now=True)
    subprocess.run(["rm", "-rf", str(run_dir)], check=True)


def test_a_path_too_long_for_a_socket_is_a_clear_error(tmp_path):
    with (
        pytest.raises(ValueError, match="too long for a socket's path"),
        Template(isolation.LIMITS, run_dir=tmp_path / ("x" * 100)),
    ):
        pass


def test_a_kernel_without_a_template_is_a_clear_error(tmp_path):
    km = manager(KernelManager)
    (tmp_path / "kernels").mkdir()
    with pytest.raises(RuntimeError, match="no template at"):
        km.start_kernel(sandbox=KernelRequest(tmp_path / "template", tmp_path))


def test_a_kernel_needs_a_request():
    with pytest.raises(ValueError, match="sandbox=KernelRequest"):
        manager(KernelManager).start_kernel()


def test_a_template_that_cannot_start_shows_its_log(monkeypatch):
    monkeypatch.setattr("autograder.sandbox.template.START", "raise SystemExit('no torch here')")
    with pytest.raises(RuntimeError, match="no torch here"), Template(isolation.LIMITS):
        pass


@pytest.mark.sandbox
@pytest.mark.skipif(os.getuid() != 0, reason="only root gives up its rights")
def test_data_that_kernels_could_not_read_are_refused(tmp_path):
    (tmp_path / "MNIST").mkdir(mode=0o700)
    with pytest.raises(CourseError, match="cannot be read by everybody.*chmod -R a.rX"):
        with Template(data=tmp_path, preload=()):
            pass


def test_what_is_imported_ahead_is_there():
    """A name that is none would cost every kernel an import, and only a log would say so."""

    def is_there(name):
        """Without importing what is above it, which takes seconds."""
        top, *inner = name.split(".")
        spec = find_spec(top)
        if spec is None or not inner:
            return spec is not None
        path = Path(spec.submodule_search_locations[0], *inner)
        return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()

    assert [name for name in inside.LATER_IMPORTS if not is_there(name)] == []
    assert not is_there("IPython.utils.nowhere") and not is_there("nowhere")
    assert "ipykernel.kernelapp" in inside.LATER_IMPORTS


# Without any process.

NESTED, SINGLE, LIMITS = isolation.NESTED, isolation.SINGLE, isolation.LIMITS
APART = isolation.Isolation(isolation.Kind.LIMITS, apart=True)


def prepared(kind, tmp_path, monkeypatch, uid=7, counting=None, **options):
    """A template that is ready to start its process, in the folder r."""
    monkeypatch.setattr(os, "getuid", lambda: uid)
    counting = counting or SimpleNamespace(parent=None, scope=("scope",))
    made = Template(kind, tmp_path / "r", counting=counting, **options)
    made._prepare()
    return made


def ended(code):
    return SimpleNamespace(poll=lambda: code)


def test_a_template_is_alive_while_its_process_is(tmp_path, monkeypatch):
    made = prepared(NESTED, tmp_path, monkeypatch)
    assert not made.alive
    made._processes = [ended(None), ended(0)]
    assert not made.alive
    made._processes.append(ended(None))
    assert made.alive
    made._processes.clear()
    made.close()
    made._processes = [ended(None)]
    assert not made.alive  # nobody can reach it


def test_one_that_starts_a_process_for_each_kernel_is_alive_while_its_thread_is(
    tmp_path, monkeypatch
):
    made = prepared(SINGLE, tmp_path, monkeypatch)
    made._processes = [ended(0)]
    assert not made.alive
    for alive in True, False:
        made._broker = SimpleNamespace(is_alive=lambda alive=alive: alive)
        assert made.alive is alive
    made._processes.clear()
    made.close()


@pytest.mark.parametrize(
    "kind, uid, apart",
    [
        *((NESTED, 0, True), (NESTED, 7, False), (SINGLE, 0, False)),
        *((LIMITS, 0, False), (APART, 7, True)),
    ],
)
def test_what_provisioners_are_told(tmp_path, monkeypatch, kind, uid, apart):
    made = prepared(kind, tmp_path, monkeypatch, uid)
    assert made.apart is apart
    modes = [path.stat().st_mode & 0o777 for path in (made.run_dir, made.kernels, made.files)]
    through = kind is APART
    assert modes == [0o711 if through else 0o700, 0o711 if through else 0o755, 0o700]
    about = {"kind": kind.kind.value, "uid": uid, "apart": apart}
    assert json.loads((made.kernels / "template.json").read_text()) == about | {"counted": None}
    made._describe(Path("/a/group"))
    assert json.loads((made.kernels / "template.json").read_text()) == (
        about | {"counted": "/a/group"}
    )
    assert made._scope == (("scope",) if kind is NESTED else ())
    made.close()
    assert list((tmp_path / "r").iterdir()) == []


def test_a_process_is_told_what_it_is_for(tmp_path, monkeypatch):
    """And what it says first decides whether it has started."""
    asked, says = {}, [b"ready"]

    class Process:
        def __init__(self, command, **options):
            asked.update(options, command=command)
            told = json.loads(command[-1])
            if says[0]:
                os.write(told["owner"], says[0])
            options["stdout"].write(b"its last words \xff\n")
            options["stdout"].flush()
            self.ended = []
            self.kill = lambda: self.ended.append("killed")
            self.wait = lambda *_: self.ended.append("waited")
            self.poll = lambda: None

    monkeypatch.setattr(subprocess, "Popen", Process)
    monkeypatch.setattr(Template, "_environment", lambda self: {"A": "b"})
    made = prepared(LIMITS, tmp_path, monkeypatch, preload=("x",))
    made.start()
    *command, options = asked["command"]
    assert command == [sys.executable, "-s", "-c", START]
    with monkeypatch.context() as patch:
        began = []
        its_main = SimpleNamespace(main=lambda: began.append(True))
        patch.setitem(sys.modules, "course_inside", SimpleNamespace(template=its_main))
        exec(START)
        assert began == [True]
    told = json.loads(options)
    owner, listener = told.pop("owner"), told.pop("listener")
    assert told == {
        "kind": "limits", "uid": made.uid, "apart": False, "preload": ["x"], "scratch": None
    }  # fmt: skip
    assert {owner, listener} <= set(asked["pass_fds"]) and listener == made._listener.fileno()
    assert asked["start_new_session"] and asked["env"] == {"A": "b"}
    assert asked["stdin"] == subprocess.DEVNULL and asked["stderr"] is asked["stdout"]
    made.start()  # it is alive
    assert len(made._processes) == 1
    (process,) = made._processes
    made.close()
    assert process.ended == ["waited", "killed", "waited"] and not made._processes
    says[0] = b"no"
    made = prepared(LIMITS, tmp_path, monkeypatch)
    with pytest.raises(RuntimeError, match="process did not start: its last words"):
        made.start()
    assert made._processes[0].ended == ["killed", "waited"]
    made.close()
    with pytest.raises(RuntimeError, match="the template is not running"):
        made.start()


def test_without_a_sandbox_a_kernel_finds_copies_of_the_two_packages(tmp_path, monkeypatch):
    made = prepared(LIMITS, tmp_path, monkeypatch, data=tmp_path)
    found = made._environment()
    course = made.run_dir / "course"
    assert found["PYTHONPATH"].split(os.pathsep)[0] == found["HOME"] == str(course)
    assert found["COURSE_DATA"] == str(tmp_path) and found["TMPDIR"] == "/tmp"
    assert (course / "helpers" / "data.py").is_file()
    assert (course / "course_inside" / "kernel.py").is_file()
    assert not list(course.rglob("__pycache__"))
    assert made._environment() == found and made._command(course, 9, None, 5) == []
    made.close()
    made = prepared(NESTED, tmp_path, monkeypatch)
    assert made._environment() is None
    made.close()


def test_in_a_sandbox_bubblewrap_says_which_process_is_the_first(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(isolation, "write_passwd", lambda *a: asked.append(a) or "passwd")
    monkeypatch.setattr(isolation, "bubblewrap", lambda *a: asked.append(a) or ["bwrap", "--x"])
    made = prepared(SINGLE, tmp_path, monkeypatch, data="d")
    assert made._command(Path("k"), 9, 11, 5) == ["bwrap", "--info-fd", "5", "--x"]
    assert asked == [
        (made.run_dir, isolation.Kind.SINGLE, 9),
        (isolation.Kind.SINGLE, 9, Path("k"), "passwd", "d", 11),
    ]
    for info in ("", "{}", '{"child-pid": 999999999}'):
        made._remember_inside(info)
    assert made._insides == []
    made._remember_inside(json.dumps({"child-pid": os.getpid()}))
    assert len(made._insides) == 1
    os.close(made._insides.pop())
    made.close()


def answers(path, reply):
    """A template at `path` that answers one connection; gives what it was asked, when joined."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(str(path))
    listener.listen()
    asked = []

    def serve():
        connection, _ = listener.accept()
        with listener, connection:
            asked.append(json.loads(connection.recv(1 << 16)))
            folder = path.parent / "kernels" / asked[0]["folder"]
            asked.append((folder.is_dir(), folder.stat().st_uid))
            if reply is not None:
                connection.send(reply)

    thread = threading.Thread(target=serve)
    thread.start()
    return thread, asked


@pytest.mark.parametrize("kind, chowned", [(LIMITS, False), (APART, True)])
def test_what_a_kernel_sees_is_asked_of_one_that_starts_now(tmp_path, monkeypatch, kind, chowned):
    made = prepared(kind, tmp_path, monkeypatch, uid=7)
    made._listener.close()
    Path(made.socket).unlink()
    owners = []
    monkeypatch.setattr(isolation, "spare_id", lambda: 77)
    monkeypatch.setattr(os, "chown", lambda *a: owners.append(a))
    for reply, found in (
        (b'{"seen": ["/a"]}', ["/a"]),
        (b'{"error": "no memory"}', "did not answer: no memory"),
        (b'{"other": 1}', "did not answer: .'other': 1"),
        (None, "did not answer: {}"),
    ):
        thread, asked = answers(Path(made.socket), reply)
        if type(found) is list:
            assert made.seen([Path("/a"), "/b"]) == found
        else:
            with pytest.raises(RuntimeError, match=found):
                made.seen(["/a", "/b"])
        thread.join()
        Path(made.socket).unlink()
        request, (there, _) = asked
        assert there and request.pop("folder").startswith("k-")
        limits = {"limits": outside.Limits().as_row(), "paths": ["/a", "/b"]}
        assert request == limits | ({"uid": 77} if chowned else {})
        assert [each.name for each in made.kernels.iterdir()] == ["template.json"]
    assert [(a.name[:2], *ids) for a, *ids in owners] == [("k-", 77, 77)] * 4 * chowned
    with pytest.raises(RuntimeError, match="the template did not answer: .*No such file"):
        made.seen(["/a"])
    made.close()


@pytest.mark.parametrize("longer, fits", [(0, True), (1, False)])
def test_the_longest_path_of_a_socket_is_one_that_linux_takes(tmp_path, monkeypatch, longer, fits):
    """With the kernel's own part behind it; Linux has room for 107 letters."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    name = "x" * (107 - len(f"{folder}//kernels/k-abcdefgh/s-5") + longer)
    made = Template(LIMITS, folder / name, counting=SimpleNamespace(parent=None, scope=()))
    if fits:
        made._prepare()
        kernel = Path(tempfile.mkdtemp(prefix="k-", dir=made.kernels))
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(str(kernel / "s-5"))
    else:
        with pytest.raises(ValueError, match="too long for a socket's path"):
            made._prepare()
    made.close()
    shutil.rmtree(folder)


def test_a_template_has_a_folder_of_its_own_which_goes_with_it(monkeypatch):
    swept = []
    monkeypatch.setattr(outside, "_sweep", lambda: swept.append(True))
    made = Template(LIMITS, counting=SimpleNamespace(parent=None, scope=()))
    for _ in range(2):
        with pytest.raises(RuntimeError, match="the template is not running"):
            made.socket  # noqa: B018
        made._prepare()
        folder = made.run_dir
        assert folder.parent == Path("/tmp") and folder.name.startswith(f"ag-{os.getpid()}-")
        # Where provisioners connect, and what a template leaves goes too.
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as one:
            one.connect(made.socket)
        (folder / "passwd-5").touch()
        made.close()
        assert not folder.exists()
    assert swept == [True] * 2


@pytest.mark.parametrize(
    "kind, uid, folder, file, refused",
    [
        *((NESTED, 0, 0o755, 0o644, None), (NESTED, 0, 0o705, 0o604, None)),
        *((NESTED, 0, 0o754, 0o644, "MNIST"), (NESTED, 0, 0o751, 0o644, "MNIST")),
        *((NESTED, 0, 0o755, 0o640, "MNIST/x"), (APART, 0, 0o755, 0o640, "MNIST/x")),
        *((LIMITS, 0, 0o700, 0o600, None), (NESTED, 7, 0o700, 0o600, None)),
    ],
)
def test_data_are_those_that_the_kernels_user_can_read(
    tmp_path, monkeypatch, kind, uid, folder, file, refused
):
    tmp_path.chmod(0o755)
    (tmp_path / "MNIST").mkdir()
    (tmp_path / "MNIST" / "x").touch()
    (tmp_path / "MNIST" / "x").chmod(file)
    (tmp_path / "MNIST").chmod(folder)
    monkeypatch.setattr(os, "getuid", lambda: uid)
    made = Template(kind, counting=SimpleNamespace(), data=tmp_path)
    if refused is None:
        made._check_data()
        made.data = None
        made._check_data()
        return
    named = f"^{tmp_path}/{refused} cannot be read by everybody.* `chmod -R a.rX {tmp_path}`"
    with pytest.raises(CourseError, match=named):
        made._check_data()


def test_groups_of_kernels_are_below_one_of_the_template_s_or_its_scope(tmp_path, monkeypatch):
    said = []
    cgroups = outside.cgroups
    monkeypatch.setattr(cgroups, "make_base", lambda parent: parent / "base")
    monkeypatch.setattr(cgroups, "remove", said.append)
    monkeypatch.setattr(cgroups, "divide_own", lambda pid: Path(f"/scope/of/{pid}"))
    process = SimpleNamespace(pid=5)
    monkeypatch.setattr(Template, "_launch", lambda self, *a: said.append(a) or (process, None))
    counting = SimpleNamespace(parent=Path("/a"), scope=())
    made = prepared(NESTED, tmp_path, monkeypatch, counting=counting)

    def told():
        return json.loads((made.kernels / "template.json").read_text())["counted"]

    assert told() == "/a/base"
    made.start()
    assert told() == "/a/base"
    assert said == [(made.kernels, made.uid, {"listener": made._listener.fileno()})]
    made.close()
    made.close()
    assert said[1:] == [Path("/a/base")]
    made = prepared(NESTED, tmp_path, monkeypatch)
    assert told() is None
    made.start()
    assert told() == "/scope/of/5"
    made.close()


def test_an_entry_that_fails_leaves_nothing(tmp_path, monkeypatch):
    made = Template(LIMITS, tmp_path / "r", counting=SimpleNamespace(parent=None, scope=()))

    def fails():
        assert made.kernels.is_dir()
        raise KeyboardInterrupt

    monkeypatch.setattr(made, "start", fails)
    with pytest.raises(KeyboardInterrupt), made:
        pass
    assert list((tmp_path / "r").iterdir()) == [] and made._listener is None
    began = []
    monkeypatch.setattr(made, "start", lambda: began.append(made._listener is not None))
    with made as same:
        assert same is made and began == [True]
    assert list((tmp_path / "r").iterdir()) == [] and made._ended.is_set()


def test_the_end_waits_for_the_processes_inside(tmp_path, monkeypatch):
    made = prepared(NESTED, tmp_path, monkeypatch)
    reader, writer = os.pipe()
    os.close(writer)
    made._insides = [reader]
    said = []
    monkeypatch.setattr(outside.select, "select", lambda *a: said.append(a))

    def wait(seconds=None):
        said.append(seconds)
        if seconds is not None:
            raise subprocess.TimeoutExpired("bwrap", seconds)

    made._processes = [SimpleNamespace(wait=wait, kill=lambda: said.append("kill"))]
    owner, theirs = socket.socketpair()
    made._owner = owner
    made.close()
    with theirs:
        assert theirs.recv(1) == b""  # it is told by its socket
    stop = outside.STOP_SECONDS
    assert said == [stop, "kill", None, ([reader], [], [], stop)] and made._insides == []
    with pytest.raises(OSError):
        os.close(reader)


# Single: a bubblewrap for each kernel.


@pytest.fixture
def single(tmp_path, monkeypatch):
    """A template of which each kernel's process was started, or not; started: how."""
    made = prepared(SINGLE, tmp_path, monkeypatch, uid=7)
    made.launched = []
    owner, _ = socket.socketpair()
    process = SimpleNamespace(poll=lambda: made.launched[0]["ends"])

    def launch(kernels, uid, sockets, scratch):
        with socket.socket(fileno=os.dup(sockets["connection"])) as line:
            # The request is still there for the process.
            request = json.loads(line.recv(1 << 16))
        made.launched.append({"kernels": kernels, "uid": uid, "scratch": scratch, "ends": None})
        if "fails" in request:
            raise RuntimeError("it did not start")
        return process, owner

    monkeypatch.setattr(made, "_launch", launch)
    monkeypatch.setattr(isolation, "spare_id", lambda: 77)
    made.owner = owner
    yield made
    owner.close()
    made.close()


def request_of(template, **more):
    one = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    one.settimeout(60.0)
    one.connect(template.socket)
    row = {"folder": "../k-1", "limits": {"scratch": 5}, **more}
    one.send(json.dumps(row).encode())
    return one


def test_each_kernel_has_a_process_and_a_user_of_its_own(single, monkeypatch):
    owners = []
    monkeypatch.setattr(os, "chown", lambda *a: owners.append(a))
    for uid, owned in ((7, []), (0, [(single.kernels / "k-1", 77, 77)])):
        monkeypatch.setattr(os, "getuid", lambda uid=uid: uid)
        with request_of(single):
            connection, _ = single._listener.accept()
            single._ended.set()  # it need not wait
            single._serve_one(connection)
        # Whatever the request says, the folder is one of the kernels'.
        row = {"kernels": single.kernels / "k-1", "uid": 77, "scratch": 5, "ends": None}
        assert single.launched[-1] == row and owners == owned
        assert single.owner.fileno() == -1 and connection.fileno() == -1


def test_a_process_that_does_not_start_is_told_to_who_asked(single):
    """Whether or not it has read what was asked for."""
    for more, error in (({"fails": 1}, "it did not start"), ({"limits": {}}, "'scratch'")):
        with request_of(single, **more) as asking:
            connection, _ = single._listener.accept()
            single._serve_one(connection)
            assert json.loads(asking.recv(1 << 16)) == {"error": error}


def test_a_thread_serves_each_connection_until_the_end(single, monkeypatch):
    served, both = [], threading.Event()

    def serve(connection):
        served.append(connection.recv(1 << 16))
        connection.close()
        if len(served) == 2:
            both.set()

    monkeypatch.setattr(single, "_serve_one", serve)
    monkeypatch.setattr(single, "start", lambda: pytest.fail("it starts none before"))
    monkeypatch.setattr(single, "_prepare", lambda: None)
    with single:
        assert single.alive
        for _ in range(2):
            request_of(single).close()
        assert both.wait(60.0)
        broker = single._broker
    assert not broker.is_alive() and len(served) == 2


def test_what_owners_left_that_were_killed_is_removed(tmp_path, monkeypatch):
    """But not what others have, whose owner is there or whose it is."""

    def path(*parts):
        return tmp_path if parts == ("/tmp",) else Path(*parts)

    monkeypatch.setattr(outside, "Path", path)
    gone, here = tmp_path / "ag-999999999-x", tmp_path / f"ag-{os.getpid()}-x"
    for folder in (gone, here, tmp_path / "ag-other"):
        folder.mkdir()
    own = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: own + 1)
    outside._sweep()
    assert gone.exists()
    monkeypatch.setattr(os, "getuid", lambda: own)
    outside._sweep()
    assert not gone.exists() and here.exists() and (tmp_path / "ag-other").exists()


# Inside.


class Stops(BaseException):
    """Instead of the end of the process."""


@pytest.mark.parametrize("kind", ["nested", "single", "limits"])
@pytest.mark.parametrize("apart", [True, False])
@pytest.mark.parametrize("line", ["listener", "connection"])
def test_a_template_gives_up_its_rights_and_is_ready_before_it_serves(
    monkeypatch, kind, apart, line
):
    import torch  # as the template does

    said = []

    def note(name, gives=None):
        return lambda *arguments: said.append((name, *arguments)) or gives

    def stop(code):
        raise Stops(code)

    monkeypatch.setattr(inside.confine, "become", note("become"))
    monkeypatch.setattr(inside.confine, "prepare_alone", note("alone", "close"))
    monkeypatch.setattr(inside.confine, "close_own_folder", "close own")
    monkeypatch.setattr(inside, "_warm", note("warm"))
    monkeypatch.setattr("autograder.sandbox.inside.originals.remember", note("originals"))
    monkeypatch.setattr(torch, "set_num_threads", note("threads"))
    monkeypatch.setattr("autograder.sandbox.inside.kernel_parent.keep", note("keep"))
    monkeypatch.setattr(inside, "_serve", lambda own, owner, keep: keep(own))
    for name in ("disable", "freeze", "enable"):
        monkeypatch.setattr(inside.gc, name, note(name))
    tasks = ["1"]
    monkeypatch.setattr(os, "listdir", lambda folder: tasks)
    monkeypatch.setattr(os, "_exit", stop)
    ours, theirs = socket.socketpair()
    other, its = socket.socketpair()
    options = {"kind": kind, "uid": 9, "apart": apart, "preload": ["x"], "scratch": 5}
    options |= {"owner": os.dup(theirs.fileno()), line: os.dup(its.fileno())}
    monkeypatch.setattr(sys, "argv", ["-c", json.dumps(options)])
    with ours, theirs, other, its:
        with pytest.raises(Stops) as end:
            inside.main()
        assert end.value.args == (0,) and ours.recv(10) == b"ready"
    rights = {
        "nested": [("become", None if apart else 9)],
        "single": [("alone", 5), ("become", None if apart else 9)],
        "limits": [],
    }
    *before, (_, connection, its_kind, (owner,), close) = said
    assert before == [
        *rights[kind],
        *(("disable",), ("threads", 1), ("warm", ["x"]), ("originals",)),
        *(("freeze",), ("enable",)),
    ]
    assert its_kind == kind
    assert {connection.fileno(), owner.fileno()} == {options[line], options["owner"]}
    if kind == "limits":
        assert close() is None
    else:
        assert close == {"nested": "close own", "single": "close"}[kind]
    tasks.append("2")
    ours, theirs = socket.socketpair()
    options["owner"] = theirs.fileno()
    monkeypatch.setattr(sys, "argv", ["-c", json.dumps(options)])
    with ours, pytest.raises(RuntimeError, match="an import started a thread"):
        inside.main()
    theirs.detach()
    connection.close()
    owner.close()


def test_a_template_serves_each_connection_in_a_fork_until_its_owner_is_gone(tmp_path):
    """A fork that fails says so in the log, and no other one notices."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(str(tmp_path / "s"))
    listener.listen()
    ours, owner = socket.socketpair()
    answered = []

    def keep(connection):
        word = connection.recv(10)
        if word == b"fail":
            raise ValueError("of this one")
        connection.send(word.upper())

    def ask():
        for word in (b"fail", b"a", b"b"):
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as one:
                one.settimeout(60.0)
                try:
                    one.connect(str(tmp_path / "s"))
                    one.send(word)
                    answered.append(one.recv(10))
                except OSError as error:
                    answered.append(error)
        ours.close()

    asking = threading.Thread(target=ask)
    asking.start()
    assert inside._serve(listener, owner, keep) is None
    asking.join()
    inside._reap()
    assert answered == [b"", b"A", b"B"]
    listener.close()
    owner.close()


def test_what_cannot_be_warmed_or_loaded_is_told_and_the_rest_is_done(monkeypatch, capsys):
    import matplotlib.pyplot  # noqa: F401 (as the template does, before anything is replaced)

    from helpers import data as inside_data

    done = []

    def load(*which):
        if which == ("a", "test"):
            raise inside_data.CourseError("no such images")
        done.append(which)

    def imported(name):
        if name == "pexpect":
            raise ImportError("none here")
        done.append(name)

    monkeypatch.setattr(inside_data, "load", load)
    monkeypatch.setattr(inside.importlib, "import_module", imported)
    monkeypatch.setattr(inside.first_step, "take", lambda: done.append("step"))
    monkeypatch.setattr(inside.cuda, "fall_back", lambda: done.append("cuda"))
    monkeypatch.setenv("COURSE_DATA", "/data")
    inside._warm(["a", "b"])
    modules = [name for name in inside.LATER_IMPORTS if name != "pexpect"]
    assert done == [*modules, "step", "cuda", ("a", "train"), ("b", "train"), ("b", "test")]
    assert capsys.readouterr().err.splitlines() == [
        "not warmed: pexpect (none here)",
        "not preloaded: no such images",
    ]
    monkeypatch.delenv("COURSE_DATA")
    done.clear()
    inside._warm(["a"])
    assert done == [*modules, "step", "cuda"]


@pytest.fixture(scope="module")
def imported():
    """What the first figure and the first step of an optimiser import takes a second."""
    import torch._dynamo  # noqa: F401

    inside.first_step._draw()


def test_a_step_through_the_layers_of_the_notebooks_warms_up_on_one_thread(imported):
    """An error in it would be that of every template."""
    import torch
    from torch import nn
    from torch.optim.optimizer import register_optimizer_step_post_hook

    notebooks = (Path(__file__).parents[3] / "solutions").glob("*/*.ipynb")
    named = Counter(
        re.findall(r"\bnn\.([A-Z]\w+)", "".join(each.read_text() for each in notebooks))
    )
    wanted = {getattr(nn, name) for name, count in named.items() if count > 1}
    seen, stepped, state, threads = set(), [], torch.get_rng_state(), torch.get_num_threads()
    layers = nn.modules.module.register_module_forward_hook(lambda net, *_: seen.add(type(net)))
    steps = register_optimizer_step_post_hook(
        lambda solver, *_: stepped.append((type(solver), all_moved(solver)))
    )

    def all_moved(solver):
        gradients = [each.grad for group in solver.param_groups for each in group["params"]]
        return all(each is not None for each in gradients) and len(gradients) > 10

    torch.set_num_threads(2)
    try:
        inside.first_step.train()
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(threads)
        torch.set_rng_state(state)
        layers.remove()
        steps.remove()
    assert wanted - seen <= {nn.Module, nn.Parameter, nn.Identity}
    assert stepped == [(torch.optim.Adam, True), (torch.optim.SGD, True)]


def test_an_error_warms_up_the_files_of_all_modules(monkeypatch):
    for name in ("modulesbyfile", "_filesbymodname"):
        monkeypatch.setattr(inspect, name, {})
    inside.first_step._fail()
    assert {inside.__file__, inspect.__file__} <= inspect.modulesbyfile.keys()


def test_a_figure_with_all_that_is_slow_at_first_warms_up(imported, monkeypatch):
    from matplotlib.figure import Figure

    drawn, save = [], Figure.savefig
    monkeypatch.setattr(inside.first_step, "train", lambda: drawn.append("train"))
    monkeypatch.setattr(inside.first_step, "_fail", lambda: drawn.append("error"))
    monkeypatch.setattr(
        Figure, "savefig", lambda figure, *a, **named: drawn.append(figure) or save(
            figure, *a, **named)
    )  # fmt: skip
    inside.first_step.take()
    figure, *others = drawn
    (axes,) = figure.axes
    (text,) = axes.get_legend().get_texts()
    # Mathematics is typeset in a title, a legend and the numbers of a logarithmic scale.
    assert others == ["train", "error"] and axes.get_yscale() == "log" and axes.lines
    assert text.get_text()[0] == axes.get_title()[0] == "$"
    assert figure.get_layout_engine() is not None
