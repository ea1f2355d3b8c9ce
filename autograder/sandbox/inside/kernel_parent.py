"""The keeper of one kernel: forks it, waits beside it, and ends it.

It is the parent of the kernel's first process, outside the pid namespace of the kernel, which
cannot see it. It owns the kernel's mounts. Its connection leads to the provisioner:
one JSON object a packet.

    provisioner: {folder, key, seed, limits, files}, with the agent's socket and a tar file of
                 the submission's files (where `files`); later {signal}; closing it ends the kernel
    keeper:      {started: true} or {error}; at the end {exit: code, reason: memory, time or null}
"""

import array
import json
import os
import select
import signal
import socket
import sys
import time
import traceback

from . import confine, kernel

REQUEST_BYTES = 1 << 16
REQUEST_SECONDS = 10.0
WATCH_SECONDS = 0.5
CHILD_SUBREAPER = 36


def keep(connection, kind, inherited, close_folder):
    """Serves one connection from its request to the end of its kernel.

    Args:
        connection: SOCK_SEQPACKET, accepted from a provisioner.
        kind: nested, single or limits.
        inherited: sockets of the template's own, to be closed in the kernel.
        close_folder: makes the folder of the kernel's sockets read-only.
    """
    confine.prctl(confine.PDEATHSIG, signal.SIGKILL)
    connection.settimeout(REQUEST_SECONDS)
    request, descriptors = _receive(connection)
    limits = request["limits"]
    try:
        if kind == "nested":
            confine.enter_namespaces(request["folder"], limits["scratch"])
        elif kind == "limits":
            # Whatever the kernel leaves behind becomes a child of this process, which ends it.
            confine.prctl(CHILD_SUBREAPER, 1)
    except OSError as error:
        _send(connection, error=str(error))
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
    ended = _watch(connection, news, child, kind, limits, before, close_folder)
    if kind == "limits":
        _end_orphans()
    _send(connection, **ended)


def _watch(connection, news, child, kind, limits, before, close_folder):
    handle = os.pidfd_open(child)
    deadline = time.monotonic() + limits["total_seconds"]
    listening, reason, started = [handle, connection, news], None, False
    while True:
        readable, _, _ = select.select(listening, [], [], WATCH_SECONDS)
        if news in readable:
            listening.remove(news)
            if started := (said := news.recv(REQUEST_BYTES)) == kernel.BOUND:
                close_folder()
                _send(connection, started=True)
            else:
                _send(connection, error=said.decode(errors="replace") or "it ended at once")
        if connection in readable and not _obey(connection, child):
            # Its worker has gone: nobody will read what this kernel computes.
            listening.remove(connection)
            os.kill(child, signal.SIGKILL)
        if handle in readable:
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            return {"exit": code, "reason": reason}
        if reason is None and started:
            if time.monotonic() > deadline:
                reason = "time"
            elif kind != "limits" and _too_much(limits["memory"] + limits["scratch"], before, kind):
                reason = "memory"
            if reason:
                os.kill(child, signal.SIGKILL)


def _obey(connection, child):
    """Sends the kernel the signal that was asked for; returns False at the end of the line."""
    try:
        packet = connection.recv(REQUEST_BYTES)
    except OSError:
        return False
    if packet:
        os.kill(child, json.loads(packet)["signal"])
    return bool(packet)


def _too_much(limit, before, kind):
    """Whether the kernel's processes together hold more than `limit` bytes beyond the template's.

    RLIMIT_DATA bounds each of them; this bounds their sum. The cheap count takes pages that
    processes share for many; only where it is too high are they counted exactly.
    """
    processes = {name for name in os.listdir("/proc") if name.isdigit()}
    if kind == "single":
        # Here /proc shows this process too.
        processes.discard(str(os.getpid()))
    if sum(max(0, _own_memory(name) - before) for name in processes) <= limit:
        return False
    return sum(_fair_memory(name) for name in processes) > limit


def _own_memory(process):
    return _fields(f"/proc/{process}/status", ("RssAnon:", "RssShmem:"))


def _fair_memory(process):
    """Shared pages in equal parts; all of them for a process that keeps others from counting."""
    exact = _fields(f"/proc/{process}/smaps_rollup", ("Pss_Anon:", "Pss_Shmem:"))
    return exact or _own_memory(process)


def _fields(path, names):
    """The sum of lines such as `RssAnon: 12 kB`, in bytes; 0 where it ended or refuses."""
    try:
        with open(path) as file:
            return sum(int(line.split()[1]) << 10 for line in file if line.startswith(names))
    except OSError:
        return 0


def _end_orphans():
    """Without a pid namespace: ends what the kernel started, as often as something is found."""
    mine = f"/proc/self/task/{os.getpid()}/children"
    for _ in range(1000):
        with open(mine) as file:
            children = [int(pid) for pid in file.read().split()]
        if not children:
            return
        for pid in children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _receive(connection):
    size = array.array("i").itemsize
    packet, extra, _, _ = connection.recvmsg(REQUEST_BYTES, socket.CMSG_LEN(2 * size))
    descriptors = array.array("i")
    for level, kind, data in extra:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            descriptors.frombytes(data[: len(data) - len(data) % size])
    return json.loads(packet), list(descriptors)


def _send(connection, **message):
    try:
        connection.send(json.dumps(message).encode())
    except OSError:
        # The provisioner did not wait for it.
        print(f"nobody reads {message}", file=sys.stderr, flush=True)
