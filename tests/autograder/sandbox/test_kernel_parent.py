"""What the parent of a kernel counts as the kernel's memory, on this very process; how it starts
a kernel and tells its end, with a fork that only waits for a kernel."""

import contextlib
import io
import json
import os
import resource
import signal
import socket
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from autograder.judging.time_limit import time_limit
from autograder.sandbox.inside import confine, kernel, kernel_parent

HERE = str(os.getpid())


@pytest.fixture
def alone(monkeypatch):
    """As in a kernel's namespace: this process is the only one that is listed."""
    listed = os.listdir
    monkeypatch.setattr(os, "listdir", lambda f: [HERE, "self"] if f == "/proc" else listed(f))
    monkeypatch.setattr(kernel_parent, "_scratch_used", lambda: 0)
    monkeypatch.setattr(kernel_parent, "_lock_memory", lambda: 0)
    # Linux counts the sockets of the whole network: here those of other tests, which come and go.
    monkeypatch.setattr(kernel_parent, "_socket_memory", lambda found: (1 << 24) * len(found))


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
    def costs():
        before = kernel_parent._socket_memory({HERE})
        pairs = [socket.socketpair() for _ in range(50)]
        try:
            size = pairs[0][0].getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
            return kernel_parent._socket_memory({HERE}) - before > 50 * size
        finally:
            for pair in pairs:
                for one in pair:
                    one.close()

    assert any(costs() for _ in range(5))  # others may close theirs at that moment
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


def test_requests_come_with_their_handles(capsys):
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
        kernel_parent._send(theirs, exit=0)  # nobody waits for it
    assert capsys.readouterr().err == "nobody reads {'exit': 0}\n"


@pytest.fixture
def linux(monkeypatch):
    """linux(path=text, ...): these files are there, and no other ones."""

    def linux(files):
        def opened(path, mode="r"):
            if path not in files:
                raise FileNotFoundError(path)
            text = files[path]
            return io.BytesIO(text.encode()) if "b" in mode else io.StringIO(text)

        monkeypatch.setattr(kernel_parent, "open", opened, raising=False)

    return linux


def test_the_buffers_of_a_network_are_those_of_one_of_its_processes(linux, monkeypatch):
    """All of a kernel's are in the same network; some have ended, and say nothing."""
    monkeypatch.setattr(kernel_parent, "SOCKET_BYTES", 10)
    linux({"/proc/1/net/sockstat": "", "/proc/2/net/sockstat": "sockets: used x\n",
           "/proc/3/net/sockstat": "sockets: used 31\nTCP: inuse 9 orphan 4\n"})  # fmt: skip
    assert kernel_parent._socket_memory({"1", "2", "3", "4"}) == 310
    assert kernel_parent._socket_memory({"1"}) == kernel_parent._socket_memory(set()) == 0
    assert confine.socket_bytes() > 2 * 4096  # both ends of one hold data


def test_the_open_files_of_all_processes_are_added_up(monkeypatch):
    folders = {"/proc/1/fd": ["0", "1"], "/proc/3/fd": ["0", "1", "2"]}
    monkeypatch.setattr(os, "listdir", lambda path: folders.get(path) or os.stat("/no/such"))
    assert kernel_parent._descriptor_memory({"1", "2", "3"}) == 5 * (1 << 17)


@pytest.mark.parametrize("most, bytes_", [(5, sys.maxsize), (6, sys.maxsize), (7, 3 << 9)])
def test_locks_cost_a_record_each_and_too_many_are_too_much(linux, monkeypatch, most, bytes_):
    linux({"/proc/locks": "a\nb\nc\n"})
    monkeypatch.setattr(kernel_parent, "MOST_LOCKS_TEXT", most)
    assert kernel_parent._lock_memory() == bytes_
    linux({})
    assert kernel_parent._lock_memory() == 0


def test_what_may_be_shared_is_counted_once_and_whole(linux):
    """With a record for each mapping of each process."""

    def line(span, inode, path):
        return f"{span} rw-s 00000000 00:01 {inode}    {path}\n"

    first = line("1000-3000", 7, "/dev/zero (deleted)") + line("5000-9000", 8, "/usr/lib/a.so")
    second = line("a000-e000", 7, "/dev/zero (deleted)") + line("f000-10000", 9, "/dev/zero")
    linux({"/proc/1/maps": first, "/proc/2/maps": second})
    assert kernel_parent._shared_memory({"1", "2", "3"}) == 0x4000 + 0x1000 + 4 * (1 << 9)
    assert kernel_parent._shared_memory({"3", "1"}) == 0x2000 + 2 * (1 << 9)


def test_files_in_memory_are_what_is_not_free_of_their_room(monkeypatch):
    about = {confine.HOME: SimpleNamespace(f_blocks=9, f_bfree=4, f_frsize=100, f_bsize=7)}
    monkeypatch.setattr(os, "statvfs", lambda path: about[path])
    assert kernel_parent._scratch_used() == 500

    def none(path):
        raise OSError

    monkeypatch.setattr(os, "statvfs", none)
    assert kernel_parent._scratch_used() == 0


def test_a_shared_page_counts_in_parts_where_they_can_be_read(linux):
    status = "RssAnon:\t30 kB\nVmSwap:\t1 kB\nVmPTE:\t4 kB\n"
    rollup = "Pss:  9 kB\nPss_Anon:  12 kB\nPss_File: 8 kB\nSwapPss:  2 kB\n"
    linux({"/proc/5/status": status, "/proc/5/smaps_rollup": rollup})
    assert kernel_parent._fair_memory("5") == 18 << 10
    linux({"/proc/5/status": status})
    assert kernel_parent._fair_memory("5") == kernel_parent._own_memory("5") == 35 << 10


@pytest.mark.parametrize("fair, over", [(30, True), (11, True), (10, False)])
def test_what_is_too_much_is_the_sum_of_all_that_is_kept(monkeypatch, fair, over):
    """Exact counts are taken only where the cheap ones are too high."""
    others = {"_socket_memory": 1, "_descriptor_memory": 2, "_shared_memory": 4}
    seen = []
    for name, cost in others.items():
        count = lambda found, cost=cost: seen.append(found) or cost  # noqa: E731
        monkeypatch.setattr(kernel_parent, name, count)
    for name, cost in (("_lock_memory", 8), ("_scratch_used", 16)):
        monkeypatch.setattr(kernel_parent, name, lambda cost=cost: cost)
    listed = ["1", "2", "self", HERE]
    monkeypatch.setattr(os, "listdir", lambda folder: listed)
    own = {"1": 10, "2": 3, HERE: 9}
    exact = {"1": fair - 1, "2": 1, HERE: 1000}
    monkeypatch.setattr(kernel_parent, "_own_memory", own.__getitem__)
    monkeypatch.setattr(kernel_parent, "_fair_memory", exact.__getitem__)
    most = 31 + 10
    # Of each, 4 bytes were the template's; what has fewer takes nothing from the others.
    assert not kernel_parent._too_much(31 + 6, 4, "single")
    assert kernel_parent._too_much(31 + 5, 4, "single") is (fair > 5)
    assert kernel_parent._too_much(most, 0, "single") is over
    assert seen == [{"1", "2"}] * 9
    assert kernel_parent._too_much(most, 0, "nested")
    assert seen[9] == {"1", "2", HERE}


@pytest.mark.parametrize("state, flags, ending", [
    ("Z", 0, True), ("X", 0, True), ("R", 4, True), ("S", 0x404104, True), ("S", 0x404100, False),
    ("D", 0, False),
])  # fmt: skip
def test_a_kernel_is_ending_from_the_moment_that_linux_says_so(linux, state, flags, ending):
    text = f"7 (a ) Z 4) {state} 1 7 7 0 -1 {flags} 4 4 4 4"
    linux({"/proc/7/stat": text})
    assert kernel_parent._is_ending(7, "single") is kernel_parent._is_ending(7, "limits") is ending
    assert not kernel_parent._is_ending(7, "nested")
    linux({"/proc/1/stat": text})  # in the /proc of its own
    assert kernel_parent._is_ending(7, "nested") is ending


# How a kernel's end is told.

LIMITS = {"memory": 1 << 20, "scratch": 1 << 10, "total_seconds": 600.0}


@pytest.fixture
def lines():
    """The ends of two lines: (the provisioner's, the parent's, its news, the kernel's).

    SIGTERM ends a fork, even one that has done nothing yet, whatever was installed for it before.
    """
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    here, connection = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    news, teller = socket.socketpair()
    inherited = socket.socket()
    yield SimpleNamespace(
        here=here, connection=connection, news=news, teller=teller, inherited=inherited
    )
    for each in (here, connection, news, teller, inherited):
        each.close()
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def watch(lines, monkeypatch):
    """watch(work, ...): what the parent says of a kernel that does this work; nothing is added up.

    said: True where its folder was closed, and each time that its share was looked at.
    """
    said = []

    def watch(work=signal.pause, before=None, share=None, kind="limits", **limits):
        if not (child := os.fork()):
            try:
                work()
            finally:
                os._exit(3)
        closing = lambda: said.append(True)  # noqa: E731
        ends = lines.connection, lines.news
        try:
            with time_limit(60.0):  # it would wait for ever
                return kernel_parent._watch(
                    *ends, child, kind, LIMITS | limits, before, share, closing
                )
        finally:
            with contextlib.suppress(OSError):  # it has ended, and nobody has its number yet
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)

    monkeypatch.setattr(kernel_parent, "WATCH_SECONDS", 0.02)
    watch.said = said
    return watch


def ask(lines, **request):
    lines.here.send(json.dumps(request).encode())


def told(lines):
    lines.here.setblocking(False)
    return json.loads(lines.here.recv(1 << 16))


def test_a_kernel_that_ends_by_itself_has_its_exit_code_and_no_reason(watch, lines):
    lines.teller.send(kernel.BOUND)
    assert watch(lambda: None) == {"exit": 3, "reason": None, "times": None}
    assert told(lines) == {"started": True} and watch.said == [True]


@pytest.mark.parametrize("message, error", [(b"Traceback", "Traceback"), (b"", "it ended at once")])
def test_a_kernel_that_does_not_start_says_why(watch, lines, message, error):
    """Its folder is not closed, and it has no limits yet."""
    if message:
        lines.teller.send(message)
    else:
        lines.teller.close()
    found = watch(lambda: None, before=0, total_seconds=-1.0)
    assert found["reason"] is None and told(lines) == {"error": error} and watch.said == []


@pytest.mark.parametrize("asks", [True, False])
def test_a_kernel_is_ended_by_whoever_asks_or_when_nobody_is_there(watch, lines, asks):
    if asks:
        ask(lines, signal=signal.SIGKILL)
    else:
        lines.here.close()
    assert watch() == {"exit": -signal.SIGKILL, "reason": "asked", "times": None}


def test_another_signal_is_passed_on_and_is_no_reason(watch, lines):
    ask(lines, signal=signal.SIGTERM)
    assert watch() == {"exit": -signal.SIGTERM, "reason": None, "times": None}


def test_whoever_asks_for_an_end_that_has_begun_is_not_its_reason(watch, lines, monkeypatch):
    monkeypatch.setattr(kernel_parent, "_is_ending", lambda child, kind: True)
    ask(lines, signal=signal.SIGKILL)
    assert watch()["reason"] is None


def test_a_kernel_that_runs_too_long_is_ended(watch, lines):
    lines.teller.send(kernel.BOUND)
    assert watch(total_seconds=0.0) == {"exit": -9, "reason": "time", "times": None}


@pytest.mark.parametrize("before", [5, 0])
def test_a_kernel_with_too_much_memory_is_ended(watch, lines, monkeypatch, before):
    asked = []
    monkeypatch.setattr(kernel_parent, "_too_much", lambda *a: asked.append(a) or True)
    lines.teller.send(kernel.BOUND)
    assert watch(before=before, kind="single")["reason"] == "memory"
    assert asked == [((1 << 20) + (1 << 10), before, "single")]


def test_what_is_not_added_up_has_no_limit_here(watch, lines, monkeypatch):
    monkeypatch.setattr(kernel_parent, "_too_much", lambda *a: True)
    lines.teller.send(kernel.BOUND)
    assert watch(total_seconds=0.0)["reason"] == "time"


@pytest.mark.parametrize(
    "limit, number, reason",
    [(0.0, signal.SIGKILL, "own limit"), (9e9, signal.SIGKILL, None), (0.0, signal.SIGTERM, None)],
)
def test_who_limits_its_own_time_has_ended_itself(watch, lines, monkeypatch, limit, number, reason):
    monkeypatch.setattr(kernel_parent, "_own_time_limit", lambda child: limit)
    found = watch(lambda: os.kill(os.getpid(), number))
    assert found == {"exit": -number, "reason": reason, "times": None}


@pytest.mark.parametrize("limit, reason", [(10.0, "own limit"), (10.5, None)])
def test_half_of_its_own_limit_is_enough_since_linux_counts_in_ticks(
    watch, lines, monkeypatch, limit, reason
):
    wait, used = os.wait4, SimpleNamespace(ru_utime=3.0, ru_stime=2.0)
    monkeypatch.setattr(os, "wait4", lambda *a: (*wait(*a)[:2], used))
    monkeypatch.setattr(kernel_parent, "_own_time_limit", lambda child: limit)
    assert watch(lambda: os.kill(os.getpid(), signal.SIGKILL))["reason"] == reason


def test_an_end_that_was_asked_for_is_no_limit_of_its_own(watch, lines, monkeypatch):
    monkeypatch.setattr(kernel_parent, "_own_time_limit", lambda child: 0.0)
    ask(lines, signal=signal.SIGKILL)
    assert watch()["reason"] == "asked"


def test_its_times_are_told_when_asked_and_at_the_end(watch, lines):
    """The share is looked at before, also the last time before it is killed."""
    looks, rows = [], []
    look = lambda: rows.append(len(looks)) or looks.append(lines)  # noqa: E731
    share = SimpleNamespace(time=SimpleNamespace(rows=rows), look=look)
    ask(lines, times=True)
    ask(lines, signal=signal.SIGKILL)
    found = watch(share=share)
    first = told(lines)["times"]
    assert first == [0] and found["times"] == rows and len(rows) >= 2


@pytest.mark.parametrize("most, limit", [(8, 8), (resource.RLIM_INFINITY, float("inf"))])
def test_a_limit_of_its_own_is_read_from_linux(monkeypatch, most, limit):
    asked = {(5, resource.RLIMIT_CPU): (7, most)}
    monkeypatch.setattr(resource, "prlimit", lambda *pair: asked[pair])
    assert kernel_parent._own_time_limit(5) == limit


def test_a_process_that_is_gone_has_no_limit():
    assert kernel_parent._own_time_limit(1 << 30) == float("inf")


def test_who_has_ended_is_ending(monkeypatch):
    if not (child := os.fork()):
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    assert kernel_parent._is_ending(child, "limits")
    os.waitpid(child, 0)
    assert not kernel_parent._is_ending(child, "limits")  # nothing is known of it
    assert not kernel_parent._is_ending(os.getpid(), "single")


# From a request to a kernel.


@pytest.fixture
def keep(lines, monkeypatch):
    """keep(kind, request): what was done to this process, in order."""
    said = []

    def note(name):
        return lambda *arguments: said.append((name, *arguments))

    for name in ("prctl", "change_user", "enter_namespaces", "adopt_orphans", "end_children"):
        monkeypatch.setattr(confine, name, note(name))
    monkeypatch.setattr(kernel_parent, "_watch", lambda *a: said.append(a) or {"exit": 0})
    monkeypatch.setattr(kernel_parent, "FairShare", lambda child: ("share", child))
    monkeypatch.setattr(kernel_parent, "_own_memory", lambda name: {"self": 5}[name])

    monkeypatch.setattr(confine, "data_bytes", lambda: 100)

    def is_open(number):
        try:
            return bool(os.fstat(number))
        except OSError:
            return False

    def run(request, kind, memory, descriptors, teller):
        go = teller.recv(10)
        # The connection to the provisioner and the template's sockets are not the kernel's.
        left = [each for each in (lines.connection, lines.inherited) if is_open(each.fileno())]
        files = [is_open(each) for each in descriptors]
        os.write(writer, f"{go} {kind} {memory - (1 << 20)} {files} {left}".encode())
        raise ValueError("it ends at once")

    monkeypatch.setattr(kernel, "run", run)
    reader, writer = os.pipe()

    def keep(kind, handles=(), **request):
        row = {"limits": LIMITS, "folder": "k1", "counted": False, **request}
        socket.send_fds(lines.here, [json.dumps(row).encode()], handles)
        kernel_parent.keep(lines.connection, kind, [lines.inherited], "close")
        return said

    keep.ran = lambda: os.read(reader, 1000).decode()
    yield keep
    os.close(reader)
    os.close(writer)


DIES_WITH_US = ("prctl", confine.PDEATHSIG, signal.SIGKILL)


@pytest.mark.parametrize("uid", [{"uid": 9}, {}])
def test_a_nested_kernel_has_namespaces_and_perhaps_a_user_of_its_own(keep, lines, uid):
    *said, watched = keep("nested", **uid)
    assert said == [
        DIES_WITH_US,
        *([("change_user", 9), DIES_WITH_US] if uid else []),
        ("enter_namespaces", "k1", 1 << 10),
    ]
    _, news, child, kind, limits, before, share, close = watched
    assert (kind, limits, before, close) == ("nested", LIMITS, 5, "close")
    assert share == ("share", child) and keep.ran() == "b'go' nested 100 [] []"
    assert b"ValueError: it ends at once" in news.recv(1 << 16)
    assert told(lines) == {"exit": 0}
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1


def test_the_files_of_a_submission_are_its_kernel_s_alone(keep):
    handles = os.pipe()
    before = len(os.listdir("/proc/self/fd"))
    *_, watched = keep("single", handles)
    assert keep.ran() == "b'go' single 100 [True, True] []"
    watched[1].close()
    assert len(os.listdir("/proc/self/fd")) == before
    os.waitpid(watched[2], 0)
    for each in handles:
        os.close(each)


def test_without_a_sandbox_what_a_kernel_leaves_is_ended_and_nothing_is_added_up(keep):
    prctl, adopt, watched, end = keep("limits")
    assert (prctl, adopt, end) == (DIES_WITH_US, ("adopt_orphans",), ("end_children",))
    assert watched[5:7] == (None, None)
    os.waitpid(watched[2], 0)


def test_a_single_kernel_shares_with_everything_that_is_seen(keep):
    _, watched = keep("single")
    assert watched[5:7] == (5, ("share", None))
    os.waitpid(watched[2], 0)


def test_what_a_group_counts_is_not_added_up_here(keep, monkeypatch):
    monkeypatch.setattr(kernel_parent, "_joined", lambda connection, child: True)
    *_, watched = keep("nested", counted=True)
    assert watched[5] is None
    os.waitpid(watched[2], 0)


def test_a_kernel_that_no_group_counts_does_not_start(keep, lines, monkeypatch):
    monkeypatch.setattr(kernel_parent, "_joined", lambda connection, child: False)
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    before = children.read_text()
    said = keep("nested", counted=True)
    assert said[-1][0] == "enter_namespaces" and keep.ran() == "b'' nested 100 [] []"
    assert children.read_text() == before  # nothing of it is left


def test_what_a_kernel_would_see_is_told_and_none_is_started(keep, lines, tmp_path):
    (tmp_path / "link").symlink_to("nowhere")
    paths = [str(tmp_path), str(tmp_path / "no"), str(tmp_path / "link")]
    keep("limits", paths=paths)
    # Who asks and says nothing is not waited for.
    assert lines.connection.gettimeout() == kernel_parent.REQUEST_SECONDS
    assert told(lines) == {"seen": [paths[0], paths[2]]}


def test_a_kernel_that_cannot_be_confined_is_told(keep, lines, monkeypatch):
    def refuses(*_):
        raise OSError(1, "no namespaces")

    monkeypatch.setattr(confine, "enter_namespaces", refuses)
    keep("nested")
    assert told(lines) == {"error": "[Errno 1] no namespaces"}


@pytest.mark.parametrize("answer, joined", [(b"yes", True), (b"", False), (None, False)])
def test_the_provisioner_moves_a_kernel_into_its_group(lines, answer, joined):
    if answer:
        lines.here.send(answer)
    elif answer is None:
        lines.here.close()
    else:
        lines.here.shutdown(socket.SHUT_WR)
    if not (child := os.fork()):
        signal.pause()
    ends = signal.SIGKILL
    try:
        assert kernel_parent._joined(lines.connection, child) is joined
        if answer is not None:
            text, (handle,), _, _ = socket.recv_fds(lines.here, 1000, 1)
            assert json.loads(text) == {"join": True}
            ends = signal.SIGTERM
            signal.pidfd_send_signal(handle, ends)  # it is the kernel's
            os.close(handle)
    finally:
        if ends == signal.SIGKILL:
            os.kill(child, ends)
        status = os.waitpid(child, 0)[1]
    assert os.waitstatus_to_exitcode(status) == -ends
