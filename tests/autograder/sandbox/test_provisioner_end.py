"""How a kernel's end is read, whatever was sent to its keeper in the same moment."""

import asyncio
import json
import os
import socket

import pytest

from autograder.sandbox import cgroups
from autograder.sandbox.provisioner import SandboxProvisioner


def ended(*, signal_unread, packet):
    """A provisioner whose keeper has ended; it had been sent a signal that it did not read."""
    ours, keeper = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setblocking(False)
    provisioner = SandboxProvisioner()
    provisioner._connection = ours
    if signal_unread:
        provisioner.interrupt()
    if packet:
        keeper.send(json.dumps(packet).encode())
    keeper.close()
    provisioner._read_end()
    return provisioner


CRASH = {"exit": -11, "reason": None}


def test_the_end_is_known_though_a_signal_was_on_its_way():
    for unread in (False, True):
        provisioner = ended(signal_unread=unread, packet=CRASH)
        assert (provisioner.lost, provisioner._exit) == (False, -11)


def test_what_it_had_of_the_processors_is_told_at_its_end():
    rows = [[1.0, 0.0, 0.0], [2.0, 0.5, 0.25], [3.0, 1.0, 1.0]]
    provisioner = ended(signal_unread=False, packet=CRASH | {"times": rows})
    assert provisioner.processor_time(2.5) == (0.5, 0.75)
    for packet in (None, CRASH, CRASH | {"times": None}):
        assert ended(signal_unread=True, packet=packet).processor_time(0.0) == (0.0, 0.0)


def test_what_it_had_is_asked_for_while_it_runs():
    ours, keeper = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setblocking(False)
    provisioner = SandboxProvisioner()
    provisioner._connection = ours
    with ours, keeper:
        for rows, told in (([[0, 0, 0], [9, 2, 3]], (2, 3)), (None, (0.0, 0.0))):
            keeper.send(json.dumps({"times": rows}).encode())
            assert provisioner.processor_time(4.0) == told
            assert json.loads(keeper.recv(100)) == {"times": True}
            assert provisioner._exit is None
        # Its end is not lost if it comes in the same moment.
        keeper.send(json.dumps({"times": [[0, 0, 0], [9, 4, 5]]}).encode())
        keeper.send(json.dumps(CRASH).encode())
        assert provisioner.processor_time(4.0) == (4, 5)
        assert provisioner._exit == -11


def test_a_keeper_that_ends_without_a_word_is_lost():
    for unread in (False, True):
        assert ended(signal_unread=unread, packet=None).lost


def test_the_process_that_the_keeper_hands_over_joins_the_group(monkeypatch, tmp_path):
    joined = []
    monkeypatch.setattr(cgroups, "join", lambda group, pid: joined.append((group, pid)))
    ours, keeper = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    handle = os.pidfd_open(os.getpid())
    with ours, keeper:
        socket.send_fds(keeper, [b'{"join": true}'], [handle])
        os.close(handle)
        asyncio.run(SandboxProvisioner._join(ours, tmp_path))
        assert joined == [(tmp_path, os.getpid())]
        assert json.loads(keeper.recv(100)) == {"joined": True}
        keeper.send(b"no process")
        with pytest.raises(RuntimeError, match="the kernel did not start: no process"):
            asyncio.run(SandboxProvisioner._join(ours, tmp_path))
