"""What the parent of a kernel counts as the kernel's memory, on this very process."""

import os
import resource
import socket

import pytest

from autograder.sandbox.inside import kernel_parent

HERE = str(os.getpid())


@pytest.fixture
def alone(monkeypatch):
    """As in a kernel's namespace: this process is the only one that is listed."""
    listed = os.listdir
    monkeypatch.setattr(os, "listdir", lambda f: [HERE, "self"] if f == "/proc" else listed(f))
    monkeypatch.setattr(kernel_parent, "_scratch_used", lambda: 0)
    monkeypatch.setattr(kernel_parent, "_lock_memory", lambda: 0)


def test_the_sum_of_all_that_is_kept_is_bounded(alone):
    assert kernel_parent._too_much(0, 0, "nested")
    assert not kernel_parent._too_much(1 << 50, 0, "nested")
    # What it had before it was a kernel's is not the student's.
    kept = kernel_parent._socket_memory({HERE}) + kernel_parent._descriptor_memory({HERE})
    kept += kernel_parent._shared_memory({HERE})
    assert not kernel_parent._too_much(kept + (1 << 26), 1 << 50, "nested")
    assert kernel_parent._too_much(kept - (1 << 20), 1 << 50, "nested") is (
        kernel_parent._fair_memory(HERE) > -(1 << 20)
    )


def test_the_parent_of_a_single_kernel_is_not_counted(alone):
    assert not kernel_parent._too_much(1, 0, "single")
    assert kernel_parent._too_much(1, 0, "nested")


def test_an_open_file_costs_what_a_pipe_can_hold():
    before = kernel_parent._descriptor_memory({HERE})
    ends = [end for _ in range(5) for end in os.pipe()]
    try:
        assert kernel_parent._descriptor_memory({HERE}) - before >= 5 * (1 << 16)
    finally:
        for end in ends:
            os.close(end)
    assert kernel_parent._descriptor_memory({"999999999"}) == 0


def test_a_socket_costs_its_buffer():
    before = kernel_parent._socket_memory({HERE})
    pairs = [socket.socketpair() for _ in range(50)]
    try:
        size = pairs[0][0].getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
        assert kernel_parent._socket_memory({HERE}) - before > 50 * size
    finally:
        for pair in pairs:
            for one in pair:
                one.close()
    assert kernel_parent._socket_memory({"999999999"}) == 0


def test_a_mapping_that_can_be_shared_is_counted_whole(monkeypatch):
    import mmap

    before = kernel_parent._shared_memory({HERE})
    with mmap.mmap(-1, 1 << 24) as _:
        assert kernel_parent._shared_memory({HERE}) - before >= 1 << 24
        # Once, however many processes have it mapped.
        assert kernel_parent._shared_memory({HERE, "self"}) < before + (1 << 25)


def test_its_own_memory_is_what_linux_says_in_bytes(tmp_path):
    status = tmp_path / "status"
    status.write_text("VmRSS:\t9 kB\nRssAnon:\t3 kB\nVmPTE:\t4 kB\nVmSwap:\t5 kB\n")
    assert kernel_parent._fields(str(status), kernel_parent.OWN) == 12 << 10
    assert kernel_parent._fields(str(status), ("RssAnon:",)) == 3 << 10
    assert kernel_parent._fields(str(tmp_path / "none"), kernel_parent.OWN) == 0
    assert kernel_parent._own_memory(HERE) > 1 << 20
    assert 0 < kernel_parent._fair_memory(HERE) <= kernel_parent._own_memory(HERE) + (1 << 22)


def test_a_limit_of_processor_time_is_seconds_or_none(monkeypatch):
    assert kernel_parent._own_time_limit(999_999_999) == float("inf")
    for most, told in ((resource.RLIM_INFINITY, float("inf")), (7, 7)):
        monkeypatch.setattr(resource, "prlimit", lambda *_, most=most: (1, most))
        assert kernel_parent._own_time_limit(os.getpid()) == told


def test_requests_come_with_their_handles():
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    reader, writer = os.pipe()
    with ours, theirs:
        socket.send_fds(ours, [b'{"a": 1}'], [reader, writer])
        message, handles = kernel_parent._receive(theirs)
        assert message == {"a": 1} and len(handles) == 2
        os.write(handles[1], b"x")
        assert os.read(handles[0], 1) == b"x"
        for each in (reader, writer, *handles):
            os.close(each)
        kernel_parent._send(theirs, started=True)
        assert ours.recv(100) == b'{"started": true}'
        ours.send(b'{"signal": 9}')
        assert kernel_parent._request(theirs) == {"signal": 9}
        ours.close()
        assert kernel_parent._request(theirs) is None
