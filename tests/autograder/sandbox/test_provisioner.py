"""What a template is asked for, and what becomes of its answers; a thread stands for it."""

import asyncio
import contextlib
import json
import os
import resource
import signal
import socket
import tarfile
import threading

import pytest

from autograder.sandbox import cgroups, provisioner
from autograder.sandbox.kernel_limits import Limits
from autograder.sandbox.provisioner import STOPPED, KernelRequest, manager

LIMITS = Limits(memory=300 << 20, scratch=20 << 20, file_size=1000, open_files=64, total_seconds=9)


class Keeper:
    """The other end: what it was asked, and its connection to the provisioner."""

    def __init__(self, listener, answer):
        self.listener, self.answer = listener, answer
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        self.connection, _ = self.listener.accept()
        self.connection.settimeout(20.0)  # nothing is waited for that does not come
        packet, handles, _, _ = socket.recv_fds(self.connection, 1 << 16, 3)
        self.asked = json.loads(packet)
        if not self.asked:
            return
        self.agent, *rest = [socket.socket(fileno=handles[0]), *handles[1:]]
        for handle in rest:
            with open(handle, "rb") as file, tarfile.open(fileobj=file) as files:
                self.files = {
                    each.name: (files.extractfile(each).read(), each.mode) for each in files
                }
        with contextlib.suppress(OSError):  # who asked may be gone
            self.tell(self.answer)

    def close(self):
        self.connection.close()
        if self.asked:
            self.agent.close()

    def tell(self, answer):
        self.connection.send(json.dumps(answer).encode())


@pytest.fixture
def start(tmp_path):
    """start(answer, files) asks a template for a kernel; gives (its manager, the Keeper)."""
    (tmp_path / "kernels").mkdir()
    about = {"kind": "nested", "uid": os.getuid(), "counted": None, "apart": False}
    opened = contextlib.ExitStack()

    def run(answer=None, files=None, limits=LIMITS, **other):
        (tmp_path / "kernels" / "template.json").write_text(json.dumps(about | other))
        listener = opened.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
        path = tmp_path / "template"
        path.unlink(missing_ok=True)
        listener.bind(str(path))
        listener.listen()
        keeper, km = Keeper(listener, answer or {"started": True}), manager()
        opened.callback(km.context.destroy, linger=0)
        request = KernelRequest(str(path), tmp_path, files=files, seed=7, limits=limits)
        try:
            asyncio.run(km.start_kernel(sandbox=request))
        finally:
            # Where no request was sent, the thread waits for one.
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as last:
                last.connect(str(path))
                last.send(b"{}")
            keeper.thread.join()
            opened.callback(keeper.close)
        return km, keeper

    with opened:
        yield run


def end_of(km, keeper, **told):
    keeper.tell(told)
    return km.provisioner.died(30.0)


def test_a_template_is_asked_for_a_kernel(start, tmp_path):
    km, keeper = start()
    asked, folder = keeper.asked, tmp_path / "kernels" / keeper.asked["folder"]
    assert asked["key"] == km.session.key.decode() and asked["seed"] == 7
    assert asked["limits"] == LIMITS.as_row() and asked["limits"]["open_files"] == 64
    assert not asked["files"] and not asked["counted"] and "home" not in asked
    assert folder.is_dir() and not hasattr(keeper, "files")
    about = km.provisioner.connection_info
    assert (about["transport"], about["ip"]) == ("ipc", str(folder / "s"))
    assert [about[f"{name}_port"] for name in provisioner.CHANNELS] == [1, 2, 3, 4, 5]
    # The agent's connection is the one that was sent along.
    keeper.agent.send(b"x")
    assert km.provisioner.agent_socket.recv(1) == b"x"


def test_without_a_sandbox_a_kernel_has_a_home_in_its_folder(start, tmp_path):
    uid = os.getuid()
    _, keeper = start(kind="limits", apart=False)
    folder = tmp_path / "kernels" / keeper.asked["folder"]
    assert keeper.asked["home"] == str(folder / "home") and (folder / "home").is_dir()
    assert keeper.asked["sockets"] == str(folder) and "uid" not in keeper.asked
    assert os.stat(folder).st_uid == uid


def test_files_are_sent_and_links_are_not(start, tmp_path):
    files = tmp_path / "files"
    (files / "in").mkdir(parents=True)
    (files / "in" / "data.csv").write_text("1,2")
    (files / "link").symlink_to("/etc/hostname")
    os.mkfifo(files / "pipe")
    _, keeper = start(files=files)
    assert keeper.asked["files"] and keeper.files == {"in/data.csv": (b"1,2", 0o600)}


@pytest.mark.parametrize(
    "sizes, why",
    [
        ([1001], "files are too large: 0"),
        ([1000, 1000], None),
        ([1000] * 11, "files are too large"),
        ([0] * 2001, "has more than 2000 files"),
    ],
)
def test_what_a_kernel_could_not_hold_is_not_sent(start, tmp_path, sizes, why):
    files = tmp_path / "files"
    files.mkdir()
    for number, size in enumerate(sizes):
        (files / str(number)).write_bytes(bytes(size))
    limits = Limits(scratch=20_000, file_size=1000)
    if why is None:
        assert start(files=files, limits=limits)
        return
    with pytest.raises(RuntimeError, match=why):
        start(files=files, limits=limits)


def test_a_kernel_that_did_not_start_leaves_no_folder(start, tmp_path):
    with pytest.raises(RuntimeError, match="the kernel did not start: no memory"):
        start({"error": "no memory"})
    assert [each.name for each in (tmp_path / "kernels").iterdir()] == ["template.json"]


def test_where_there_is_no_template_it_is_said(tmp_path):
    (tmp_path / "kernels").mkdir()
    request = KernelRequest(str(tmp_path / "template"), tmp_path)
    with pytest.raises(RuntimeError, match="no template at"):
        asyncio.run(manager().start_kernel(sandbox=request))
    (tmp_path / "kernels" / "template.json").write_text('{"apart": false, "uid": 0, "kind": "", '
                                                        '"counted": null}')  # fmt: skip
    with pytest.raises(RuntimeError, match="no kernel from the template"):
        asyncio.run(manager().start_kernel(sandbox=request))
    with pytest.raises(ValueError, match="needs sandbox=KernelRequest"):
        asyncio.run(manager().start_kernel())


@pytest.mark.parametrize(
    "told, said, lost",
    [
        ({"exit": 3}, "its kernel ended by itself with exit code 3", False),
        ({"exit": -11}, "its kernel crashed (SIGSEGV)", False),
        ({"exit": -9}, "its kernel was killed (SIGKILL)", True),
        ({"exit": -99}, "its kernel was killed (signal 99)", True),
        ({"exit": -9, "reason": "asked"}, STOPPED, False),
        ({"exit": -9, "reason": "memory"}, "its kernel needed more memory than 300 MB", False),
        ({"exit": -9, "reason": "time"}, "its kernel ran longer than 9 s", False),
        (
            {"exit": -24, "reason": "own limit"},
            "its kernel met the limit of processor time that its own code had set",
            False,
        ),
    ],
)
def test_how_a_kernel_ended(start, told, said, lost):
    km, keeper = start()
    one = km.provisioner
    assert one.has_process and one.died() is None and asyncio.run(one.poll()) is None
    assert end_of(km, keeper, **told) == said
    assert (one.lost, one.overdue) == (lost, told.get("reason") == "time")
    assert asyncio.run(one.wait()) == told["exit"] and not one.has_process
    assert asyncio.run(one.poll()) == told["exit"] and one.died() == said


def test_signals_are_passed_on_until_its_end(start):
    km, keeper = start()
    one = km.provisioner
    one.interrupt()
    asyncio.run(one.terminate())
    asyncio.run(one.kill())
    asyncio.run(one.send_signal(signal.SIGUSR1))
    got = [json.loads(keeper.connection.recv(100)) for _ in range(4)]
    assert got == [{"signal": int(n)} for n in (2, 15, 9, 10)]
    end_of(km, keeper, exit=0)
    asyncio.run(one.wait())
    one.interrupt()
    keeper.connection.settimeout(0)
    assert keeper.connection.recv(100) == b""


def test_what_was_made_for_it_goes_with_it(start, tmp_path):
    km, keeper = start()
    end_of(km, keeper, exit=0)
    asyncio.run(km.provisioner.cleanup(restart=True))
    assert km.provisioner.agent_socket is None
    assert (tmp_path / "kernels" / keeper.asked["folder"]).is_dir()  # for the next one
    asyncio.run(km.provisioner.cleanup())
    assert [each.name for each in (tmp_path / "kernels").iterdir()] == ["template.json"]


def test_what_linux_counts_is_a_reason(start, tmp_path, monkeypatch):
    monkeypatch.setattr(cgroups, "remove", lambda group: None)
    for exceeded in (False, True):
        monkeypatch.setattr(cgroups, "exceeded", lambda group, found=exceeded: found)
        km, keeper = start()
        km.provisioner._group = tmp_path
        found = end_of(km, keeper, exit=-9)
        assert ("needed more memory" in found) is exceeded and km.provisioner.lost is not exceeded


@pytest.mark.parametrize(
    "limits, raised",
    [((100, 1000), (256, 1000)), ((100, 200), (200, 200)), ((300, 1000), None),
     ((100, resource.RLIM_INFINITY), (256, resource.RLIM_INFINITY)),
     ((resource.RLIM_INFINITY,) * 2, None)],
)  # fmt: skip
def test_more_descriptors_may_be_on_their_way_than_a_kernel_may_have(
    start, monkeypatch, limits, raised
):
    done = []
    monkeypatch.setattr(provisioner.resource, "getrlimit", lambda _: limits)
    monkeypatch.setattr(provisioner.resource, "setrlimit", lambda _, new: done.append(new))
    start()
    assert done == ([raised] if raised else [])


# As root, and where Linux counts.


@pytest.mark.parametrize("kind, apart", [("nested", True), ("nested", False), ("limits", True)])
def test_a_kernel_of_root_s_owns_its_folder(start, tmp_path, monkeypatch, kind, apart):
    owners = []
    monkeypatch.setattr(os, "getuid", lambda: 0)
    monkeypatch.setattr(os, "chown", lambda path, *ids: owners.append((path, *ids)))
    monkeypatch.setattr(provisioner, "spare_id", lambda: 77)
    _, keeper = start(kind=kind, uid=9, apart=apart)
    uid = 77 if apart else 9  # its template's
    folder = tmp_path / "kernels" / keeper.asked["folder"]
    assert owners == [(folder, uid, uid), (folder / "home", uid, uid)][: 1 + (kind == "limits")]
    assert keeper.asked.get("uid") == (77 if apart else None)


def test_without_root_no_folder_is_given_away(start, monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 7)
    monkeypatch.setattr(os, "chown", lambda *a: pytest.fail("only root may"))
    start(uid=9)
    start(uid=9, kind="limits")


@pytest.fixture
def grouped(monkeypatch):
    """Groups are made and removed by name. said: what was done."""
    said = []
    monkeypatch.setattr(cgroups, "make", lambda *a: said.append(a) or a[0] / a[1])
    monkeypatch.setattr(cgroups, "remove", said.append)
    return said


def test_a_kernel_is_counted_in_a_group_of_its_own_from_its_start(
    start, tmp_path, monkeypatch, grouped
):
    async def join(connection, group):
        grouped.append(("join", group))

    monkeypatch.setattr(provisioner.SandboxProvisioner, "_join", staticmethod(join))
    km, keeper = start(counted=str(tmp_path / "base"))
    group = tmp_path / "base" / keeper.asked["folder"]
    assert keeper.asked["counted"]
    assert grouped == [
        # Its files in memory are counted there, too.
        (tmp_path / "base", group.name, LIMITS.memory + LIMITS.scratch, LIMITS.processes),
        ("join", group),
    ]
    end_of(km, keeper, exit=-9)
    asyncio.run(km.provisioner.cleanup(restart=True))
    assert grouped[2:] == [group]
    asyncio.run(km.provisioner.cleanup())
    assert grouped[3:] == []


def test_a_kernel_that_cannot_be_moved_leaves_nothing(start, tmp_path, monkeypatch, grouped):
    async def join(connection, group):
        raise OSError("it is gone")

    monkeypatch.setattr(provisioner.SandboxProvisioner, "_join", staticmethod(join))
    with pytest.raises(RuntimeError, match="no kernel from the template: it is gone"):
        start(counted=str(tmp_path / "base"))
    assert len(grouped) == 2 and grouped[1].parent == tmp_path / "base"
    assert [each.name for each in (tmp_path / "kernels").iterdir()] == ["template.json"]


@pytest.mark.parametrize("answer, said", [
    ({"exit": 1}, "the kernel did not start: {'exit': 1}"), ({"started": None}, None),
])  # fmt: skip
def test_whoever_says_nothing_of_a_start_has_started_nothing(start, answer, said):
    if said is None:
        km, _ = start(answer)
        assert km.provisioner.has_process
        return
    with pytest.raises(RuntimeError, match=said):
        start(answer)


def test_a_kernel_is_asked_for_again_as_before(start, tmp_path):
    """A restart names no request; it gets a new folder, and the old one goes."""
    km, keeper = start()
    one, old = km.provisioner, tmp_path / "kernels" / keeper.asked["folder"]
    old.with_name(f"{old.name}.json").touch()  # as jupyter_client writes it
    end_of(km, keeper, exit=-11)
    asyncio.run(one.wait())
    kept = asyncio.run(one.pre_launch(extra_arguments=["--x"], env={"SECRET": "x"}, cwd="/y"))
    assert kept["env"] == {} and kept["cmd"] == [] and kept["cwd"] == "/y"
    assert "extra_arguments" not in kept
    (new,) = (each for each in (tmp_path / "kernels").iterdir() if each.is_dir())
    assert new != old and one.connection_info["ip"] == str(new / "s")
    assert one._request.seed == 7 and not old.with_name(f"{old.name}.json").exists()
    # What jupyter_client writes is beside the folder that the kernel sees.
    assert km.connection_file == f"{new}.json"


def test_a_kernel_that_never_started_has_no_end():
    one = manager().provisioner
    assert one.died() is None and not (one.has_process or one.lost or one.overdue)
    assert asyncio.run(one.poll()) == 0 and asyncio.run(one.wait()) is None
    assert one.processor_time(0.0) == (0.0, 0.0)
    one.interrupt()
    asyncio.run(one.cleanup())


@pytest.mark.parametrize("number", [4, 5, 6, 7, 8, 11, 24, 25, 31])
def test_a_signal_that_a_process_brings_upon_itself_is_its_own_fault(start, number):
    km, keeper = start()
    name = signal.Signals(number).name
    assert end_of(km, keeper, exit=-number) == f"its kernel crashed ({name})"
    assert not km.provisioner.lost


@pytest.mark.parametrize("number", [1, 2, 3, 9, 10, 12, 13, 14, 15])
def test_any_other_signal_comes_from_somewhere(start, number):
    km, keeper = start()
    name = signal.Signals(number).name
    assert end_of(km, keeper, exit=-number) == f"its kernel was killed ({name})"
    assert km.provisioner.lost


def test_an_end_that_comes_a_moment_later_is_waited_for(start, monkeypatch):
    km, keeper = start()
    asked = []
    monkeypatch.setattr(provisioner.select, "select", lambda *a: asked.append(a))
    assert km.provisioner.died(2.5) is None
    connection = km.provisioner._connection
    assert asked == [([connection], [], [], 2.5)]
    keeper.tell({"exit": 0})
    assert km.provisioner.died() and km.provisioner.died(9.0)
    assert [each[3] for each in asked] == [2.5, 0.0]  # what is known is not waited for


def test_a_reason_that_is_known_is_not_asked_of_a_group(start, tmp_path, monkeypatch):
    monkeypatch.setattr(cgroups, "remove", lambda group: None)
    monkeypatch.setattr(cgroups, "exceeded", lambda group: group == tmp_path)
    km, keeper = start()
    km.provisioner._group = tmp_path
    assert end_of(km, keeper, exit=-9, reason="time") == "its kernel ran longer than 9 s"
    assert km.provisioner.overdue


def test_the_files_of_a_submission_are_packed_as_they_are(tmp_path):
    files = tmp_path / "files"
    (files / "in").mkdir(parents=True)
    for number, name in enumerate(("b", "a", "in/c")):
        (files / name).write_text(name * 3)
        os.utime(files / name, (number + 5, number + 5))
    with provisioner._packed(files, Limits(scratch=36, file_size=12)) as packed:
        with tarfile.open(fileobj=packed) as tar:
            rows = [(each.name, each.size, each.mode, each.mtime) for each in tar]
            assert tar.extractfile("in/c").read() == b"in/cin/cin/c"
    assert rows == [("a", 3, 0o600, 6), ("b", 3, 0o600, 5), ("in/c", 12, 0o600, 7)]
    for limits in (Limits(scratch=35, file_size=12), Limits(scratch=36, file_size=11)):
        with pytest.raises(RuntimeError, match="files are too large: c"):
            provisioner._packed(files, limits)
    with provisioner._packed(None, Limits()) as packed:
        assert packed.read() == b""


@pytest.mark.parametrize("count, fits", [(3, True), (4, False)])
def test_a_submission_has_so_many_files(tmp_path, monkeypatch, count, fits):
    monkeypatch.setattr(provisioner, "MOST_FILES", 3)
    for number in range(count):
        (tmp_path / str(number)).touch()
    with contextlib.nullcontext() if fits else pytest.raises(RuntimeError, match="more than 3 fil"):
        provisioner._packed(tmp_path, Limits()).close()
