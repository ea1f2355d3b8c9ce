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
