"""Confine the calling process for good: namespaces, mounts, limits, privileges.

The C library is called directly: Python 3.11 has no unshare, mount or prctl. The numbers are
those of the Linux headers. Functions raise OSError when the system refuses a call.
"""

import ctypes
import errno
import os
import platform
import resource
import socket
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

# No account of this machine may have this home: its files would be hidden.
HOME = "/home/in-the-sandbox"
KERNELS = "/run/kernels"
OWN_FOLDER = "/run/kernel"
SCRATCH = "/run/scratch"
# A kernel's sockets in that folder are s-1, s-2 and so on, in this order.
CHANNELS = ("shell", "iopub", "stdin", "control", "hb")
# Of one kernel: Linux has some 3,000 for all, and `!command` needs one.
TERMINALS = 16
# Signals and timers that wait, and bytes that are never swapped out: Linux counts them for each
# user, so that one kernel could take those of all kernels of a grader that is not root.
PENDING, LOCKED = 1024, 1 << 20
# A kernel's user id in its own user namespace, or in bubblewrap's if it makes one.
STUDENT = 1000

NEW_MOUNT, NEW_UTS, NEW_IPC, NEW_USER, NEW_PID, NEW_NET = (
    0x00020000,
    0x04000000,
    0x08000000,
    0x10000000,
    0x20000000,
    0x40000000,
)
READ_ONLY, NO_SUID, NO_DEV, NO_EXEC, REMOUNT, BIND, RECURSIVE, PRIVATE = (
    1,
    2,
    4,
    8,
    32,
    4096,
    16384,
    1 << 18,
)
DETACH = 2
PDEATHSIG, DUMPABLE, SECCOMP, DROP_BOUNDING, NO_NEW_PRIVS, AMBIENT = 1, 4, 22, 24, 38, 47
AMBIENT_CLEAR = 4
CHILD_SUBREAPER = 36
CAPABILITY_VERSION_3 = 0x20080522
CHANGE_USER = 1 << 6 | 1 << 7 | 1 << 8  # CAP_SETGID, CAP_SETUID, CAP_SETPCAP
# bubblewrap covers these, and while they are covered Linux refuses to mount a new /proc inside.
COVERED_IN_PROC = ("sys", "sysrq-trigger", "irq", "bus")

# System calls that no notebook needs, by their numbers on x86_64 and on aarch64: memory that no
# limit counts, mounts and namespaces, and the parts of Linux with the most security holes. Those
# with "splice" and sendfile keep pages in pipes and sockets that no process maps any more.
FORBIDDEN = {
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "mount_setattr": (442, 442),
    "unshare": (272, 97),
    "setns": (308, 268),
    "io_uring_setup": (425, 425),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "perf_event_open": (298, 241),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "vmsplice": (278, 75),
    "splice": (275, 76),
    "tee": (276, 77),
    "sendfile": (40, 71),
    "inotify_init": (253, 26),
    "inotify_init1": (294, 26),
    "fanotify_init": (300, 262),
    "io_setup": (206, 0),
    "landlock_create_ruleset": (444, 444),
}
# clone(2) with one of these makes a namespace. The arguments of clone3 cannot be looked at: it is
# said not to exist, and programs use clone instead.
CLONE, CLONE3 = (56, 220), 435
NEW_ANY = NEW_MOUNT | NEW_UTS | NEW_IPC | NEW_USER | NEW_PID | NEW_NET | 0x02000000
# socket(2) by its numbers, and the families that namespaces keep apart. AF_VSOCK would reach the
# host of a virtual machine.
SOCKET, FAMILIES, INTERNET = (41, 198), (1, 16), (2, 10)
# setsockopt(2) by its numbers, and what it would enlarge: SO_SNDBUF, SO_RCVBUF and both by force.
# The call says that it has worked: programs ask for more than they need.
SET_OPTION, SOL_SOCKET, BUFFERS = (54, 208), 1, (7, 8, 32, 33)
# setsid(2) by its numbers: Linux may give each session an equal share of the processors (autogroup
# in sched(7)), and a kernel is one. The call says that it has worked, and so does the one by which
# a program takes a terminal for its new session, TIOCSCTTY of ioctl(2): `!command` makes both.
NEW_SESSION, CONTROL, TAKE_TERMINAL = (112, 157), (16, 29), 0x540E
# The architecture as system calls report it, and the column of FORBIDDEN.
ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}

_libc = ctypes.CDLL(None, use_errno=True)


def become(uid: int | None) -> None:
    """Become user `uid` and give up every capability; the first thing the template does.

    Before that, it uncovers what bubblewrap has covered in /proc, so that a kernel can mount its
    own. A user other than root cannot write to /proc/sys, covered or not.

    Args:
        uid: None to stay root, with the right to become another user and no other: each keeper
            becomes one of its own. What Linux counts for each user (descriptors on their way
            through sockets, pages of pipes, what epoll watches) is then no other kernel's.
    """
    for name in COVERED_IN_PROC:
        with suppress(OSError):
            unmount(f"/proc/{name}")
    if uid is None:
        _keep_capabilities(CHANGE_USER)
    else:
        change_user(uid)


def change_user(uid: int) -> None:
    """Become user `uid`, in no other group, and give up every capability."""
    _drop_bounding_set()
    if uid != os.getuid():
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
        # Changing the user id makes /proc/self root's, and uid_map could not be written.
        prctl(DUMPABLE, 1)
    drop_capabilities()


def enter_namespaces(folder: str, scratch: int) -> None:
    """Move this process into its own namespaces; its next child will be in the new pid namespace.

    Args:
        folder: the folder of this kernel's sockets, by its name in KERNELS; the others are hidden.
        scratch: bytes of home, /tmp and /dev/shm together.
    """
    uid, gid = os.getuid(), os.getgid()
    unshare(NEW_USER | NEW_MOUNT | NEW_PID | NEW_NET | NEW_IPC | NEW_UTS)
    _map_user(0, uid, gid)
    mount(None, "/", None, RECURSIVE | PRIVATE)
    mount(f"{KERNELS}/{folder}", OWN_FOLDER, None, BIND)
    # Hides the sockets of other kernels.
    mount("tmpfs", KERNELS, "tmpfs", NO_SUID | NO_DEV | NO_EXEC | READ_ONLY, "size=4k,nr_inodes=2")
    make_scratch(scratch)
    options = f"newinstance,ptmxmode=0666,mode=0620,max={TERMINALS}"
    mount("devpts", "/dev/pts", "devpts", NO_SUID | NO_EXEC, options)


def make_scratch(size: int) -> None:
    """Mount home, /tmp and /dev/shm: one file system of `size` bytes for the three together."""
    # Empty files cost memory too.
    options = f"size={size},nr_inodes=50000,mode=755"
    mount("tmpfs", SCRATCH, "tmpfs", NO_SUID | NO_DEV, options)
    for name, target in (("home", HOME), ("tmp", os.environ["TMPDIR"]), ("shm", "/dev/shm")):
        source = f"{SCRATCH}/{name}"
        os.mkdir(source)
        os.chmod(source, 0o1777)
        mount(source, target, None, BIND)
    unmount(SCRATCH)


def prepare_alone(scratch: int) -> Callable[[], None]:
    """Do before `become` what a kernel without its own user namespace cannot do later.

    Args:
        scratch: bytes of home, /tmp and /dev/shm together.

    Returns:
        A function that makes the folder of the sockets read-only; it does nothing if bubblewrap
        has not left this process the right to mount.
    """
    try:
        make_scratch(scratch)
    except OSError:
        return lambda: None
    ours, theirs = socket.socketpair()
    if os.fork() == 0:
        ours.close()
        if theirs.recv(1):
            close_own_folder()
            theirs.send(b"1")
        os._exit(0)
    theirs.close()

    def close_folder() -> None:
        ours.send(b"1")
        ours.recv(1)

    return close_folder


def enter_own_processes() -> None:
    """In the first process of the new pid namespace: mount /proc and become a user without rights.

    The first user namespace, whose only process is the waiting parent, owns the mounts; this
    process enters a second one. The limit of 1 keeps student code from making a third.
    """
    mount("proc", "/proc", "proc", NO_SUID | NO_DEV | NO_EXEC)
    with open("/proc/sys/user/max_user_namespaces", "w") as file:
        file.write("1")
    unshare(NEW_USER)
    _map_user(STUDENT, 0, 0)


def close_own_folder() -> None:
    """Make the folder of the kernel's sockets read-only, in the caller's mount namespace.

    And /proc: a process of the kernel's must not take its oom_score_adj back.
    """
    mount(None, OWN_FOLDER, None, REMOUNT | BIND | READ_ONLY | NO_SUID | NO_DEV)
    mount(None, "/proc", None, REMOUNT | BIND | READ_ONLY | NO_SUID | NO_DEV | NO_EXEC)


def limit(
    memory: int | None, processes: int | None, file_size: int | None, open_files: int | None
) -> None:
    """Set hard limits for this process and its children; None sets no limit.

    Args:
        memory: bytes of private data, for each process.
        processes: processes and threads of this user in this user namespace.
        file_size: bytes of one file.
        open_files: open files of one process.
    """
    for name, value in (
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_NPROC, processes),
        (resource.RLIMIT_FSIZE, file_size),
        (resource.RLIMIT_NOFILE, open_files),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_SIGPENDING, PENDING),
        (resource.RLIMIT_MEMLOCK, LOCKED),
    ):
        if value is None:
            continue
        _, most = resource.getrlimit(name)
        if most != resource.RLIM_INFINITY:
            value = min(value, most)
        resource.setrlimit(name, (value, value))


def give_up_privileges(internet: bool) -> None:
    """Give up all capabilities, now and in programs started later; end when the parent ends.

    Args:
        internet: there may be sockets of AF_INET and AF_INET6. In the network that bubblewrap
            makes they could connect to each other, and the buffers of TCP grow beyond any limit.
    """
    drop_capabilities()
    prctl(NO_NEW_PRIVS, 1)
    _forbid_calls(internet)
    # Last: changing the user id would clear it.
    prctl(PDEATHSIG, 9)


def drop_capabilities() -> None:
    """Drop every set of capabilities; a fork that executes no program would keep them all."""
    _drop_bounding_set()
    _libc.prctl(AMBIENT, AMBIENT_CLEAR, 0, 0, 0)
    _keep_capabilities(0)


def _keep_capabilities(kept: int) -> None:
    header = ctypes.create_string_buffer(struct.pack("<Ii", CAPABILITY_VERSION_3, 0))
    # Effective, permitted and inheritable; then those above 31.
    sets = ctypes.create_string_buffer(struct.pack("<6I", kept, kept, 0, 0, 0, 0))
    _check(_libc.capset(header, sets), "capset")


def _drop_bounding_set() -> None:
    for capability in range(64):
        # Fails for capabilities that do not exist, or without the right to drop them.
        _libc.prctl(DROP_BOUNDING, capability, 0, 0, 0)


def _forbid_calls(internet: bool) -> None:
    """Have Linux pass every call of this process, and of all that it starts, through filter_of().

    On other architectures nothing is forbidden; the other layers do not depend on this one.
    """
    if platform.machine() not in ARCHITECTURES:
        return
    program = filter_of(platform.machine(), internet)
    code = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *row) for row in program))
    header = struct.pack("<HxxxxxxQ", len(program), ctypes.addressof(code))
    _check(_libc.prctl(SECCOMP, 2, ctypes.create_string_buffer(header), 0, 0), "seccomp")


def filter_of(machine: str, internet: bool) -> list[tuple[int, int, int, int]]:
    """Instructions of Linux's packet filter: (code, skip if true, skip if false, value).

    Calls in FORBIDDEN are "not permitted", and so are calls that make a namespace; sockets of other
    FAMILIES are not supported, and the buffers of sockets keep their size. Calls that would leave
    the session say that they have worked, and do nothing.
    """
    architecture, column = ARCHITECTURES[machine]
    equal, at_least, any_bit = 0x15, 0x35, 0x45

    def load(place: int) -> tuple[int, int, int, int]:
        return (0x20, 0, 0, place)

    def answer(number: int, kind: int = 0x00050000) -> tuple[int, int, int, int]:
        return (0x06, 0, 0, kind | number)

    refuse, missing = answer(errno.EPERM), answer(errno.ENOSYS)
    unsupported, unreachable = answer(errno.EAFNOSUPPORT), answer(errno.ENETUNREACH)
    pass_over, allow = answer(0), answer(0, 0x7FFF0000)
    # Where the number of the call, the architecture and the arguments are.
    call, place, first, second, third = 0, 4, 16, 24, 32

    def where(test: int, value: int, *then: tuple[int, int, int, int]) -> list[Any]:
        return [(test, 0, len(then), value), *then]

    program = [load(place), (equal, 1, 0, architecture), refuse, load(call)]
    # Numbers of the processor's other calling convention (x32).
    program += where(at_least, 0x40000000, refuse)
    for number in sorted({row[column] for row in FORBIDDEN.values()}):
        program += where(equal, number, refuse)
    program += where(equal, CLONE3, missing)
    namespace = where(any_bit, NEW_ANY, refuse)
    program += where(equal, CLONE[column], load(first), *namespace, allow)
    family = [line for each in FAMILIES for line in where(equal, each, allow)]
    reached = allow if internet else unreachable
    family += [line for each in INTERNET for line in where(equal, each, reached)]
    program += where(equal, SOCKET[column], load(first), *family, unsupported)
    option = [line for each in BUFFERS for line in where(equal, each, pass_over)]
    option = where(equal, SOL_SOCKET, load(third), *option)
    program += where(equal, NEW_SESSION[column], pass_over)
    terminal = where(equal, TAKE_TERMINAL, pass_over)
    program += where(equal, CONTROL[column], load(second), *terminal, allow)
    program += where(equal, SET_OPTION[column], load(second), *option, allow)
    return [*program, allow]


def socket_bytes() -> int:
    """The most memory that one socket can hold: its buffer, and a last message beyond it."""
    with socket.socketpair()[0] as one:
        if platform.machine() not in ARCHITECTURES:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 30)
        return 2 * one.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)


def adopt_orphans() -> None:
    """From now on, a process whose parent ends becomes a child of this one."""
    prctl(CHILD_SUBREAPER, 1)


def end_children() -> None:
    """End all children of this process, and theirs if it adopts orphans, until none is left."""
    path = f"/proc/self/task/{os.getpid()}/children"
    for _ in range(1000):
        with open(path) as file:
            children = [int(pid) for pid in file.read().split()]
        if not children:
            return
        for pid in children:
            os.kill(pid, 9)
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)


def data_bytes() -> int:
    """Bytes of this process's private data, as RLIMIT_DATA counts them."""
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) << 10 for line in file if line.startswith("VmData:"))


def unshare(flags: int) -> None:
    """unshare(2): leave the namespaces that `flags` name for new ones."""
    _check(_libc.unshare(flags), f"unshare {flags:#x}")


def mount(
    source: str | None, target: str, kind: str | None, flags: int, options: str | None = None
) -> None:
    """mount(2): `source`, a file system of type `kind`, at `target`."""

    def encoded(text: str | None) -> bytes | None:
        return text.encode() if text else None

    done = _libc.mount(
        encoded(source), encoded(target), encoded(kind), ctypes.c_ulong(flags), encoded(options)
    )
    _check(done, f"mount {kind or source} on {target}")


def unmount(target: str) -> None:
    """umount2(2): detach the file system at `target`."""
    _check(_libc.umount2(target.encode(), DETACH), f"unmount {target}")


def prctl(option: int, value: int) -> None:
    """prctl(2) with one argument."""
    _check(_libc.prctl(option, value, 0, 0, 0), f"prctl {option}")


def _map_user(inside: int, uid: int, gid: int) -> None:
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{inside} {uid} 1"),
        ("gid_map", f"{inside} {gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def rehearse(uid: int) -> int:
    """Confine a child as a kernel would be; returns 0 if that works. Used by isolation's probe."""
    become(uid if os.getuid() else None)
    change_user(uid)
    enter_namespaces("rehearsal", 1 << 20)
    if (child := os.fork()) == 0:
        code = 1
        try:
            enter_own_processes()
            code = 0
        except OSError as error:
            print(error, file=sys.stderr, flush=True)
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    close_own_folder()
    return code
