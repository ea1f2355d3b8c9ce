"""Keep one kernel: fork it, watch its time and memory, and end it.

The keeper is the parent of the kernel's first process. It is outside the kernel's pid namespace,
so the kernel cannot see it, and it owns the kernel's mounts. Its connection leads to the
provisioner, with one JSON object in each packet:

    provisioner: {folder, limits, paths}, which is answered with {seen}: those of the paths that a
                 kernel would see; or
                 {folder, key, seed, limits, files, counted, and without a sandbox home and
                 sockets}, with the agent's socket and, if `files`, a tar file of the
                 submission's files; later {signal}, or {times: true}, which is answered with
                 {times}: ProcessorTime.rows, or null if they are unknown; closing ends the
                 kernel. Either with the uid, if it is not the template's. `counted`: Linux counts
                 its memory (see cgroups)
    keeper:      if `counted`, {join: true} with a handle (pidfd) on the kernel's first process,
                 which waits for an answer; {started: true} or {error}; at the end {exit: code,
                 reason, times}, where reason is memory, time, own limit (of processor time),
                 asked (by a signal of the provisioner's) or null
"""

import array
import json
import math
import os
import resource
import select
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from . import confine, kernel
from .fair_share import FairShare, until_next_look

REQUEST_BYTES = 1 << 16
REQUEST_SECONDS = 10.0
WATCH_SECONDS = 0.5
SOCKET_BYTES = confine.socket_bytes()
# What Linux keeps for each at most, and no process maps: a pipe has two descriptors, an epoll
# watches the others; a mapping and a lock are a few records.
DESCRIPTOR_BYTES, MAPPING_BYTES, LOCK_BYTES = 1 << 17, 1 << 9, 1 << 9
MOST_LOCKS_TEXT = 1 << 20
# Of one process, in /proc/N/status; what it shares is counted once for all.
OWN = ("RssAnon:", "VmSwap:", "VmPTE:")
EXITING = 0x4  # PF_EXITING of Linux, among the flags in /proc/N/stat


def keep(
    connection: socket.socket,
    kind: str,
    inherited: Iterable[socket.socket],
    close_folder: Callable[[], None],
) -> None:
    """Serve one connection from its request to the end of its kernel.

    Args:
        connection: SOCK_SEQPACKET, accepted from a provisioner.
        kind: nested, single or limits.
        inherited: the template's sockets, to be closed in the kernel.
        close_folder: makes the folder of the kernel's sockets read-only.
    """
    confine.prctl(confine.PDEATHSIG, signal.SIGKILL)
    connection.settimeout(REQUEST_SECONDS)
    request, descriptors = _receive(connection)
    try:
        if kind == "nested":
            if "uid" in request:
                confine.change_user(request["uid"])
                # Changing the user id has cleared it.
                confine.prctl(confine.PDEATHSIG, signal.SIGKILL)
            confine.enter_namespaces(request["folder"], request["limits"]["scratch"])
        elif kind == "limits":
            # Processes that the kernel leaves behind become children of this one, which ends them.
            confine.adopt_orphans()
    except OSError as error:
        _send(connection, error=str(error))
        return
    limits = request["limits"]
    if "paths" in request:
        _send(connection, seen=[path for path in request["paths"] if os.path.lexists(path)])
        return
    before = _own_memory("self")
    most = confine.data_bytes() + limits["memory"]
    news, teller = socket.socketpair()
    child = os.fork()
    if child == 0:
        try:
            for other in (connection, news, *inherited):
                other.close()
            kernel.run(request, kind, most, descriptors, teller)
        except BaseException:
            teller.send(traceback.format_exc()[-4000:].encode())
        finally:
            os._exit(1)
    teller.close()
    for descriptor in descriptors:
        os.close(descriptor)
    if request["counted"] and not _joined(connection, child):
        news.close()
        os.waitpid(child, 0)
        return
    # Before the kernel mounts its own /proc; without a sandbox, others have their processes there.
    share = FairShare(child if kind == "nested" else None) if kind != "limits" else None
    news.send(kernel.GO)
    added = before if kind != "limits" and not request["counted"] else None
    ended = _watch(connection, news, child, kind, limits, added, share, close_folder)
    if kind == "limits":
        confine.end_children()
    _send(connection, **ended)


def _watch(
    connection: socket.socket,
    news: socket.socket,
    child: int,
    kind: str,
    limits: dict[str, Any],
    before: int | None,
    share: FairShare | None,
    close_folder: Callable[[], None],
) -> dict[str, Any]:
    """Wait for the kernel's end; returns its exit code and the reason for which it was ended.

    before: bytes that this process had before the kernel's; None if nothing is added up here.
    share: divides the processors; None if nothing does so here.
    """
    handle = os.pidfd_open(child)
    times = share.time.rows if share else None
    most = limits["memory"] + limits["scratch"]
    deadline = time.monotonic() + limits["total_seconds"]
    listening: list[int | socket.socket] = [handle, connection, news]
    reason, started = None, False
    while True:
        readable, _, _ = select.select(listening, [], [], until_next_look(WATCH_SECONDS))
        if news in readable:
            listening.remove(news)
            message = news.recv(REQUEST_BYTES)
            started = message == kernel.BOUND
            if started:
                close_folder()
                _send(connection, started=True)
            else:
                _send(connection, error=message.decode(errors="replace") or "it ended at once")
        if connection in readable:
            request = _request(connection)
            if request is None:
                # The worker is gone: nobody will read what this kernel computes.
                listening.remove(connection)
                request = {"signal": signal.SIGKILL}
            if "times" in request:
                if share:
                    share.look()
                _send(connection, times=times)
                continue
            if request["signal"] == signal.SIGKILL and not _is_ending(child, kind):
                reason = reason or "asked"
            if share and request["signal"] == signal.SIGKILL:
                share.look()  # the last chance to see what it had
            os.kill(child, request["signal"])
        if handle in readable:
            own_limit = _own_time_limit(child)
            _, status, used = os.wait4(child, 0)
            code = os.waitstatus_to_exitcode(status)
            if (
                reason is None
                and code == -signal.SIGKILL
                and used.ru_utime + used.ru_stime >= own_limit / 2  # Linux counts in ticks
            ):
                reason = "own limit"
            return {"exit": code, "reason": reason, "times": times}
        if share:
            share.look()
        if reason is None and started and not _is_ending(child, kind):
            if time.monotonic() > deadline:
                reason = "time"
            elif before is not None and _too_much(most, before, kind):
                reason = "memory"
            if reason:
                os.kill(child, signal.SIGKILL)


def _joined(connection: socket.socket, child: int) -> bool:
    """Have the provisioner move the kernel's first process into a group; whether it has."""
    handle = os.pidfd_open(child)
    try:
        socket.send_fds(connection, [json.dumps({"join": True}).encode()], [handle])
        return bool(connection.recv(REQUEST_BYTES))
    except OSError:
        return False
    finally:
        os.close(handle)


def _request(connection: socket.socket) -> dict[str, Any] | None:
    """What the provisioner asks for while the kernel runs; None if it has closed the connection."""
    try:
        packet = connection.recv(REQUEST_BYTES)
    except OSError:
        return None
    return json.loads(packet) if packet else None


def _is_ending(child: int, kind: str) -> bool:
    """Whether the kernel has begun to end already: what is done to it now is not the cause.

    Whoever hears that its sockets have closed asks for its end, a moment before it has ended.
    """
    # Nested kernels are the first process in the /proc that they have mounted.
    name = "1" if kind == "nested" else str(child)
    try:
        with open(f"/proc/{name}/stat") as file:
            state, *numbers = file.read().rpartition(")")[2].split()
    except OSError:
        return False
    return state in "ZX" or bool(int(numbers[5]) & EXITING)


def _own_time_limit(child: int) -> float:
    """Seconds of processor time beyond which Linux kills the kernel: its own code sets that."""
    try:
        _, most = resource.prlimit(child, resource.RLIMIT_CPU)
    except OSError:
        return math.inf
    return math.inf if most == resource.RLIM_INFINITY else most


def _too_much(limit: int, before: int, kind: str) -> bool:
    """Whether the kernel's processes together have more than `limit` bytes above the template's.

    RLIMIT_DATA bounds each of them; this bounds their sum, with what it does not count: page
    tables, memory that they share, sockets, and what Linux keeps for them. The cheap count includes
    a shared page once per process; only if that is too high are pages counted exactly.
    """
    processes = {name for name in os.listdir("/proc") if name.isdigit()}
    if kind == "single":
        # /proc lists this process too.
        processes.discard(str(os.getpid()))
    limit -= _socket_memory(processes) + _descriptor_memory(processes) + _lock_memory()
    limit -= _shared_memory(processes) + _scratch_used()
    if sum(max(0, _own_memory(name) - before) for name in processes) <= limit:
        return False
    return sum(_fair_memory(name) for name in processes) > limit


def _own_memory(process: str) -> int:
    return _fields(f"/proc/{process}/status", OWN)


def _socket_memory(processes: set[str]) -> int:
    """Bytes that the sockets of the kernel's network can hold at most."""
    for name in processes:
        try:
            with open(f"/proc/{name}/net/sockstat") as file:
                # sockets: used 31
                return int(file.readline().split()[2]) * SOCKET_BYTES
        except (OSError, IndexError, ValueError):
            continue
    return 0


def _descriptor_memory(processes: set[str]) -> int:
    """Bytes of what their open files can keep in Linux: pipes above all."""
    count = 0
    for name in processes:
        with suppress(OSError):
            count += len(os.listdir(f"/proc/{name}/fd"))
    return count * DESCRIPTOR_BYTES


def _lock_memory() -> int:
    """Bytes of the locks on files that are seen from here: a process may hold any number."""
    try:
        with open("/proc/locks", "rb") as file:
            text = file.read(MOST_LOCKS_TEXT)
    except OSError:
        return 0
    return text.count(b"\n") * LOCK_BYTES if len(text) < MOST_LOCKS_TEXT else sys.maxsize


def _shared_memory(processes: set[str]) -> int:
    """Bytes of the anonymous mappings that processes can share, and of the list of all mappings.

    Each is counted once, whole, because a process may hold pages that it no longer has mapped
    (madvise).
    """
    found: dict[bytes, int] = {}
    listed = 0
    for name in processes:
        try:
            with open(f"/proc/{name}/maps", "rb") as file:
                every = file.readlines()
        except OSError:
            continue
        listed += len(every) * MAPPING_BYTES
        for line in (each for each in every if b"/dev/zero" in each):
            span, _, _, _, inode = line.split()[:5]
            start, end = (int(each, 16) for each in span.split(b"-"))
            found[inode] = max(found.get(inode, 0), end - start)
    return sum(found.values()) + listed


def _scratch_used() -> int:
    """Bytes of the files in home, /tmp and /dev/shm, whether mapped or not."""
    try:
        about = os.statvfs(confine.HOME)
    except OSError:
        return 0
    return (about.f_blocks - about.f_bfree) * about.f_frsize


def _fair_memory(process: str) -> int:
    """Bytes, with an equal part of each shared page; all of them if the parts cannot be read."""
    exact = _fields(f"/proc/{process}/smaps_rollup", ("Pss_Anon:", "SwapPss:"))
    tables = _fields(f"/proc/{process}/status", ("VmPTE:",))
    return exact + tables if exact else _own_memory(process)


def _fields(path: str, names: tuple[str, ...]) -> int:
    """The sum of lines such as `RssAnon: 12 kB`, in bytes; 0 if the file cannot be read."""
    try:
        with open(path) as file:
            return sum(int(line.split()[1]) << 10 for line in file if line.startswith(names))
    except OSError:
        return 0


def _receive(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    size = array.array("i").itemsize
    packet, extra, _, _ = connection.recvmsg(REQUEST_BYTES, socket.CMSG_LEN(2 * size))
    descriptors: array.array[int] = array.array("i")
    for level, kind, data in extra:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            descriptors.frombytes(data[: len(data) - len(data) % size])
    return json.loads(packet), list(descriptors)


def _send(connection: socket.socket, **message: Any) -> None:
    try:
        connection.send(json.dumps(message).encode())
    except OSError:
        # The provisioner did not wait for it.
        print(f"nobody reads {message}", file=sys.stderr, flush=True)
