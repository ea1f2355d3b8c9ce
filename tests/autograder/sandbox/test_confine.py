"""The filter of system calls, read as Linux reads it; and what a process gives up for good."""

import errno
import io
import os
import socket
import struct
from pathlib import Path

import pytest

from autograder.sandbox.inside import confine

# The numbers of Linux's own tables: the calls that no notebook needs.
AARCH64 = {
    "memfd_create": 279, "memfd_secret": 447, "shmget": 194, "msgget": 186, "semget": 190,
    "mount": 40, "umount2": 39, "pivot_root": 41, "open_tree": 428, "move_mount": 429,
    "fsopen": 430, "mount_setattr": 442, "unshare": 97, "setns": 268, "io_uring_setup": 425,
    "bpf": 280, "userfaultfd": 282, "perf_event_open": 241, "add_key": 217, "request_key": 218,
    "keyctl": 219, "vmsplice": 75, "splice": 76, "tee": 77, "sendfile": 71, "inotify_init1": 26,
    "fanotify_init": 262, "io_setup": 0, "landlock_create_ruleset": 444,
}  # fmt: skip
X86_64 = {
    "memfd_create": 319, "memfd_secret": 447, "shmget": 29, "msgget": 68, "semget": 64,
    "mount": 165, "umount2": 166, "pivot_root": 155, "open_tree": 428, "move_mount": 429,
    "fsopen": 430, "mount_setattr": 442, "unshare": 272, "setns": 308, "io_uring_setup": 425,
    "bpf": 321, "userfaultfd": 323, "perf_event_open": 298, "add_key": 248, "request_key": 249,
    "keyctl": 250, "vmsplice": 278, "splice": 275, "tee": 276, "sendfile": 40, "inotify_init": 253,
    "inotify_init1": 294, "fanotify_init": 300, "io_setup": 206, "landlock_create_ruleset": 444,
}  # fmt: skip
NUMBERS = {"x86_64": (0xC000003E, X86_64), "aarch64": (0xC00000B7, AARCH64)}
CLONE, SOCKET, SETSOCKOPT, SETSID, IOCTL = (
    {"x86_64": x, "aarch64": a} for x, a in ((56, 220), (41, 198), (54, 208), (112, 157), (16, 29))
)
ALLOWED, REFUSED, PASSED_OVER = "allowed", errno.EPERM, 0


def answer(machine, call, *arguments, architecture=None, internet=True):
    """What Linux would answer to a call: "allowed", or an error number; 0 is "done", undone."""
    row = (call, NUMBERS[machine][0] if architecture is None else architecture, 0)
    data = struct.pack("<IIQ6Q", *row, *arguments, *[0] * (6 - len(arguments)))
    program, at, loaded = confine.filter_of(machine, internet), 0, 0
    while True:
        code, if_true, if_false, value = program[at]
        at += 1
        assert code in (0x15, 0x35, 0x45) or (if_true, if_false) == (0, 0)
        if code == 0x06:
            assert value == 0x7FFF0000 or value >> 16 == 5
            return ALLOWED if value == 0x7FFF0000 else value & 0xFFFF
        if code == 0x20:
            (loaded,) = struct.unpack_from("<I", data, value)
        else:
            holds = {0x15: loaded == value, 0x35: loaded >= value, 0x45: bool(loaded & value)}[code]
            at += if_true if holds else if_false


machines = pytest.mark.parametrize("machine", NUMBERS)


@machines
def test_what_no_notebook_needs_is_refused_and_nothing_beside_it(machine):
    special = {call[machine] for call in (CLONE, SOCKET, SETSOCKOPT, SETSID, IOCTL)} | {435}
    refused = {n for n in range(600) if n not in special and answer(machine, n) != ALLOWED}
    assert refused == set(NUMBERS[machine][1].values())
    assert {answer(machine, n) for n in refused} == {REFUSED}


def test_the_calls_are_called_as_linux_calls_them():
    """Where a processor has no call of a name, the number beside it is refused already."""
    assert set(confine.FORBIDDEN) == set(X86_64)
    for column, table in enumerate((X86_64, AARCH64)):
        named = {name: row[column] for name, row in confine.FORBIDDEN.items() if name in table}
        assert named == table


@machines
def test_calls_of_another_architecture_are_refused(machine):
    assert answer(machine, 500, architecture=0x40000003) == REFUSED
    assert answer(machine, 0x40000000) == answer(machine, 0x40000001) == REFUSED
    assert answer(machine, 0x3FFFFFFF) == ALLOWED


@machines
def test_a_process_is_made_but_no_namespace(machine):
    assert (
        answer(machine, CLONE[machine], 17) == answer(machine, CLONE[machine], 0x3D0F00) == ALLOWED
    )
    # CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET.
    for flag in (1 << 17, 1 << 25, 1 << 26, 1 << 27, 1 << 28, 1 << 29, 1 << 30):
        assert answer(machine, CLONE[machine], flag | 17) == REFUSED
    assert answer(machine, 435, 17) == errno.ENOSYS


@machines
def test_sockets_are_of_the_families_that_namespaces_keep_apart(machine):
    known = {
        family: answer(machine, SOCKET[machine], family)
        for family in range(50)
        if answer(machine, SOCKET[machine], family) != errno.EAFNOSUPPORT
    }
    families = (socket.AF_UNIX, socket.AF_NETLINK, socket.AF_INET, socket.AF_INET6)
    assert known == dict.fromkeys(families, ALLOWED)
    for family in (socket.AF_INET, socket.AF_INET6):
        found = answer(machine, SOCKET[machine], family, internet=False)
        assert found == errno.ENETUNREACH
    assert answer(machine, SOCKET[machine], socket.AF_UNIX, internet=False) == ALLOWED


@machines
def test_the_buffers_of_sockets_keep_their_size(machine):
    # SO_SNDBUF, SO_RCVBUF, and both by force; on SOL_SOCKET alone.
    found = {n for n in range(100) if answer(machine, SETSOCKOPT[machine], 9, 1, n) == PASSED_OVER}
    assert found == {7, 8, 32, 33}
    assert all(answer(machine, SETSOCKOPT[machine], 9, 6, n) == ALLOWED for n in range(100))


@machines
def test_a_process_stays_in_its_session(machine):
    assert answer(machine, SETSID[machine]) == PASSED_OVER
    # TIOCSCTTY; not its neighbours, nor TCGETS.
    found = {n: answer(machine, IOCTL[machine], 0, n) for n in (0x540D, 0x540E, 0x540F, 0x5401)}
    assert found == dict.fromkeys(found, ALLOWED) | {0x540E: PASSED_OVER}


def in_a_fork(work):
    """What work() returns in a process of its own, as text."""
    reader, writer = os.pipe()
    if not (child := os.fork()):
        try:
            os.write(writer, str(work()).encode())
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with open(reader) as said:
        return said.read()


def status(*names):
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return [int(lines[name], 16) for name in names]


def test_every_set_of_capabilities_is_emptied():
    def work():
        confine.drop_capabilities()
        return status("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")

    empty = [0, 0, 0, 0, 0]
    if os.getuid():  # without root, the bounding set stays
        empty[3] = status("CapBnd")[0]
    assert in_a_fork(work) == str(empty)


@pytest.mark.skipif(os.getuid() != 0, reason="needs root")
def test_the_keeper_of_users_keeps_what_changes_users_alone():
    def work():
        confine._keep_capabilities(confine.CHANGE_USER)
        return status("CapInh", "CapPrm", "CapEff")

    assert in_a_fork(work) == str([0, 0b111000000, 0b111000000])


def test_limits_are_hard_and_none_is_raised():
    def work():
        confine.limit(1 << 40, None, 5000, 100)
        confine.limit(None, None, 6000, 90)
        names = ("RLIMIT_DATA", "RLIMIT_FSIZE", "RLIMIT_NOFILE", "RLIMIT_CORE", "RLIMIT_MSGQUEUE")
        return [confine.resource.getrlimit(getattr(confine.resource, name)) for name in names]

    wanted = [(1 << 40,) * 2, (5000,) * 2, (90,) * 2, (0, 0), (0, 0)]
    assert in_a_fork(work) == str(wanted)


def test_what_linux_counts_for_each_user_is_limited_too():
    """Or one kernel could take those of all kernels of a grader that is not root."""
    asked = []

    class Resource:
        RLIM_INFINITY = -1

        def __getattr__(self, name):
            return name

        def getrlimit(self, name):
            return 0, {"RLIMIT_DATA": 7, "RLIMIT_FSIZE": 9}.get(name, -1)

        def setrlimit(self, name, limits):
            asked.append((name, limits))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(confine, "resource", Resource())
        confine.limit(8, 5, 8, None)
        own = {"RLIMIT_CORE": 0, "RLIMIT_MSGQUEUE": 0}
        own |= {"RLIMIT_SIGPENDING": 1024, "RLIMIT_MEMLOCK": 1 << 20}
        of_all = {"RLIMIT_DATA": 7, "RLIMIT_NPROC": 5, "RLIMIT_FSIZE": 8} | own
        assert dict(asked) == {name: (value, value) for name, value in of_all.items()}
        asked.clear()
        confine.limit(None, None, None, None)
        assert dict(asked) == {name: (value, value) for name, value in own.items()}


@pytest.mark.parametrize("machine, asks", [("x86_64", []), ("riscv64", [(1, 7, 1 << 30)])])
def test_a_socket_holds_its_buffer_and_a_last_message(monkeypatch, machine, asks):
    """Where nothing forbids a kernel to enlarge it, the largest that Linux allows."""
    told = []

    class Pair(socket.socket):
        def setsockopt(self, *asked):
            told.append(asked)

        def getsockopt(self, *asked):
            return {(socket.SOL_SOCKET, socket.SO_SNDBUF): 500}[asked]

    monkeypatch.setattr(confine.platform, "machine", lambda: machine)
    monkeypatch.setattr(confine.socket, "socketpair", lambda: (Pair(), None))
    assert confine.socket_bytes() == 1000 and told == asks


def test_children_that_cannot_be_ended_are_not_waited_for_for_ever(monkeypatch):
    killed = []

    def opened(path):
        assert path == f"/proc/self/task/{os.getpid()}/children"
        return io.StringIO("5 6 " if len(killed) < 4 else "")

    def wait(pid, options):
        raise ChildProcessError  # somebody else has waited for it

    monkeypatch.setattr(confine, "open", opened, raising=False)
    monkeypatch.setattr(os, "kill", lambda *a: killed.append(a))
    monkeypatch.setattr(os, "waitpid", wait)
    confine.end_children()
    assert killed == [(5, 9), (6, 9)] * 2
    monkeypatch.setattr(confine, "open", lambda path: io.StringIO("7"), raising=False)
    killed.clear()
    confine.end_children()
    assert 100 < len(killed) <= 1000 and set(killed) == {(7, 9)}


def test_data_is_counted_as_linux_counts_it(monkeypatch):
    (kilobytes,) = (
        int(line.split()[1])
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith("VmData:")
    )
    assert confine.data_bytes() == pytest.approx(kilobytes * 1024, rel=0.01)
    text = "VmPeak:\t 9 kB\nVmData:\t 7 kB\nVmDataX:\t 8 kB\n"
    monkeypatch.setattr(
        confine, "open", {"/proc/self/status": io.StringIO(text)}.get, raising=False
    )
    assert confine.data_bytes() == 7 * 1024


def test_children_and_what_they_left_are_ended():
    reader, writer = os.pipe()

    def work():
        confine.adopt_orphans()
        if not os.fork():
            if not os.fork():  # outlives its parent
                os.read(reader, 1)
            os._exit(0)
        confine.end_children()
        return Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()

    assert in_a_fork(work) == "[]"
    os.close(reader)
    os.close(writer)


def test_a_call_that_fails_says_which():
    with pytest.raises(OSError, match="mount tmpfs on /no/such/folder: No such file") as caught:
        confine.mount("tmpfs", "/no/such/folder", "tmpfs", 0)
    assert caught.value.errno == errno.ENOENT
    with pytest.raises(OSError, match="unmount /no/such/folder"):
        confine.unmount("/no/such/folder")


# What Linux is asked for, with the numbers of its own headers; nothing of it is done here.

RDONLY, NOSUID, NODEV, NOEXEC, REMOUNT, BIND, REC, PRIVATE = (
    *(1, 2, 4, 8, 32, 4096, 16384, 1 << 18),
)
NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = (1 << n for n in (17, 26, 27, 28, 29, 30))


class Linux:
    """Stands for the C library, and for the files of /proc. said: the calls, in order."""

    def __init__(self):
        self.said, self.fails = [], False

    def __getattr__(self, name):
        def call(*arguments):
            plain = [getattr(each, "raw", getattr(each, "value", each)) for each in arguments]
            if name in ("mount", "umount2"):
                plain = [each.decode() if type(each) is bytes else each for each in plain]
            self.said.append((name, *plain))
            return -1 if self.fails else 0

        return call

    def open(self, path, mode="r"):
        assert mode == "w"
        said = self.said

        class File:
            __enter__ = lambda file: file  # noqa: E731
            __exit__ = lambda *_: None  # noqa: E731
            write = lambda file, text: said.append((path, text))  # noqa: E731

        return File()


@pytest.fixture
def linux(monkeypatch):
    made = Linux()
    monkeypatch.setattr(confine, "_libc", made)
    monkeypatch.setattr(confine, "open", made.open, raising=False)
    for name in ("mkdir", "chmod", "setgroups", "setresgid", "setresuid"):
        monkeypatch.setattr(os, name, lambda *a, name=name: made.said.append((name, *a)))
    for name, number in ("getuid", 7), ("getgid", 8):
        monkeypatch.setattr(os, name, lambda number=number: number)
    monkeypatch.setenv("TMPDIR", "/tmp")
    return made


SCRATCH = [
    ("mount", "tmpfs", "/run/scratch", "tmpfs", NOSUID | NODEV, "size=5,nr_inodes=50000,mode=755"),
    *(
        call
        for name, target in (("home", confine.HOME), ("tmp", "/tmp"), ("shm", "/dev/shm"))
        for call in (
            ("mkdir", f"/run/scratch/{name}"),
            ("chmod", f"/run/scratch/{name}", 0o1777),
            ("mount", f"/run/scratch/{name}", target, None, BIND, None),
        )
    ),
    ("umount2", "/run/scratch", 2),
]


def mapped(inside, uid, gid):
    return [
        ("/proc/self/setgroups", "deny"),
        ("/proc/self/uid_map", f"{inside} {uid} 1"),
        ("/proc/self/gid_map", f"{inside} {gid} 1"),
    ]


def test_a_kernel_has_its_own_namespaces_and_sees_its_own_folder_alone(linux):
    confine.enter_namespaces("k1", 5)
    only = "size=4k,nr_inodes=2"
    terminals = "newinstance,ptmxmode=0666,mode=0620,max=16"
    assert linux.said == [
        ("unshare", NEWUSER | NEWNS | NEWPID | NEWNET | NEWIPC | NEWUTS),
        *mapped(0, 7, 8),
        ("mount", None, "/", None, REC | PRIVATE, None),
        ("mount", "/run/kernels/k1", "/run/kernel", None, BIND, None),
        ("mount", "tmpfs", "/run/kernels", "tmpfs", NOSUID | NODEV | NOEXEC | RDONLY, only),
        *SCRATCH,
        ("mount", "devpts", "/dev/pts", "devpts", NOSUID | NOEXEC, terminals),
    ]


def test_student_code_has_another_user_namespace_and_makes_none(linux):
    confine.enter_own_processes()
    assert linux.said == [
        ("mount", "proc", "/proc", "proc", NOSUID | NODEV | NOEXEC, None),
        ("/proc/sys/user/max_user_namespaces", "1"),
        ("unshare", NEWUSER),
        *mapped(confine.STUDENT, 0, 0),
    ]


def test_the_folder_of_the_sockets_and_proc_are_closed(linux):
    confine.close_own_folder()
    closed = REMOUNT | BIND | RDONLY | NOSUID | NODEV
    assert linux.said == [
        ("mount", None, "/run/kernel", None, closed, None),
        ("mount", None, "/proc", None, closed | NOEXEC, None),
    ]


BOUNDING = [("prctl", 24, n, 0, 0, 0) for n in range(64)]


def kept(capabilities):
    """The call that keeps these, and nothing beyond them."""
    header = struct.pack("<Ii", 0x20080522, 0) + b"\0"
    return ("capset", header, struct.pack("<6I", capabilities, capabilities, 0, 0, 0, 0) + b"\0")


DROPPED = [*BOUNDING, ("prctl", 47, 4, 0, 0, 0), kept(0)]


def test_the_template_uncovers_proc_and_becomes_another_user(linux):
    confine.become(9)
    uncovered = [("umount2", f"/proc/{name}", 2) for name in ("sys", "sysrq-trigger", "irq", "bus")]
    assert linux.said == [
        *(*uncovered, *BOUNDING),
        *[("setgroups", []), ("setresgid", 9, 9, 9), ("setresuid", 9, 9, 9)],
        *(("prctl", 4, 1, 0, 0, 0), *DROPPED),
    ]
    linux.said.clear()
    confine.become(None)
    assert linux.said == [*uncovered, kept(0b111000000)]
    linux.said.clear()
    confine.change_user(7)  # whom it is already
    assert linux.said == [*BOUNDING, *DROPPED]


def test_what_is_covered_otherwise_is_no_error(linux):
    linux.fails = True
    with pytest.raises(OSError, match="capset"):
        confine.become(None)
    assert len(linux.said) == 5


@pytest.mark.parametrize("internet", [True, False])
def test_privileges_are_given_up_for_good(linux, monkeypatch, internet):
    asked = []
    own = confine.filter_of
    monkeypatch.setattr(confine.platform, "machine", lambda: "aarch64")
    monkeypatch.setattr(confine, "filter_of", lambda *a: asked.append(a) or own(*a))
    confine.give_up_privileges(internet)
    assert asked == [("aarch64", internet)]
    *dropped, only, (*seccomp, header, third, fourth), last = linux.said
    assert dropped == DROPPED and only == ("prctl", 38, 1, 0, 0, 0)
    assert (*seccomp, third, fourth) == ("prctl", 22, 2, 0, 0)
    assert struct.unpack_from("<H", header)[0] == len(own("aarch64", internet))
    assert last == ("prctl", 1, 9, 0, 0, 0)
    linux.said.clear()
    monkeypatch.setattr(confine.platform, "machine", lambda: "riscv64")
    confine.give_up_privileges(internet)
    assert not [call for call in linux.said if call[:2] == ("prctl", 22)]


def test_a_kernel_alone_closes_its_folder_when_it_is_told(linux, monkeypatch):
    """Another process, which may still mount, does it; this one has given up the right."""
    reader, writer = os.pipe()
    monkeypatch.setattr(confine, "close_own_folder", lambda: os.write(writer, b"closed"))
    made, fork = [], os.fork
    monkeypatch.setattr(os, "fork", lambda: made.append(fork()) or made[-1])
    close = confine.prepare_alone(5)
    assert linux.said == SCRATCH
    close()
    assert os.read(reader, 10) == b"closed"
    assert os.waitpid(made[0], 0)[1] == 0  # of this child: another test's may have ended too
    linux.fails = True
    assert confine.prepare_alone(5)() is None  # nothing may be mounted here: nothing is closed
    assert len(made) == 1
    os.close(reader)
    os.close(writer)


def test_a_rehearsal_does_what_a_kernel_would(linux, monkeypatch, capfd):
    """In a child; its error is said, and its exit code is what the probe reads."""
    for uid, becomes in (7, 9), (0, None):
        linux.said.clear()
        said = []
        monkeypatch.setattr(os, "getuid", lambda uid=uid: uid)
        monkeypatch.setattr(confine, "become", lambda who, said=said: said.append(("become", who)))
        for name in ("change_user", "enter_namespaces", "enter_own_processes", "close_own_folder"):
            call = lambda *a, name=name, said=said: said.append((name, *a))  # noqa: E731
            monkeypatch.setattr(confine, name, call)
        assert confine.rehearse(9) == 0
        assert said == [
            *(("become", becomes), ("change_user", 9)),
            *(("enter_namespaces", "rehearsal", 1 << 20), ("close_own_folder",)),
        ]

    def refused():
        raise OSError(1, "not here")

    monkeypatch.setattr(confine, "enter_own_processes", refused)
    assert confine.rehearse(9) == 1
    assert capfd.readouterr().err == "[Errno 1] not here\n"
