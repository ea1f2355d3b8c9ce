"""What processes in the sandbox do to themselves: namespaces, mounts, limits, no way back.

The C library is called directly: Python 3.11 has no unshare, mount or prctl of its own.
Numbers are those of the Linux headers.
"""

import ctypes
import errno
import os
import platform
import resource
import socket
import struct
import sys
from contextlib import suppress

# Not a name that an account of this machine has: its files would be hidden.
HOME = "/home/in-the-sandbox"
KERNELS = "/run/kernels"
OWN_FOLDER = "/run/kernel"
SCRATCH = "/run/scratch"
# A kernel's sockets in that folder are s-1, s-2 and so on, in this order.
CHANNELS = ("shell", "iopub", "stdin", "control", "hb")
# A kernel's user id in its own user namespace, and that of bubblewrap where it makes one.
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
CAPABILITY_VERSION_3 = 0x20080522
# bubblewrap covers these; while they are covered the system refuses a fresh /proc further in.
COVERED_IN_PROC = ("sys", "sysrq-trigger", "irq", "bus")

# System calls that no notebook needs, by their numbers on x86_64 and on aarch64: memory that no
# limit counts, mounts and namespaces, and parts of Linux where most of its holes were found.
FORBIDDEN = {
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
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
}
# The architecture as system calls report it, and the column of FORBIDDEN.
ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}

_libc = ctypes.CDLL(None, use_errno=True)


def become(uid):
    """The template's first act: give up root (`uid` 0 or more) and every capability.

    Before that, uncovers what bubblewrap covered in /proc, so that a kernel may mount its own.
    As another user than root, nothing of /proc/sys can be written, covered or not.
    """
    for name in COVERED_IN_PROC:
        with suppress(OSError):
            unmount(f"/proc/{name}")
    _drop_bounding_set()
    if uid != os.getuid():
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
        # Changing the user id makes /proc/self root's, and uid_map could not be written.
        prctl(DUMPABLE, 1)
    drop_capabilities()


def enter_namespaces(folder, scratch):
    """Puts this process, and above all its next child, into namespaces of their own.

    Args:
        folder: the name below KERNELS of this kernel's sockets: it alone stays visible.
        scratch: bytes of home, /tmp and /dev/shm together.
    """
    uid, gid = os.getuid(), os.getgid()
    unshare(NEW_USER | NEW_MOUNT | NEW_PID | NEW_NET | NEW_IPC | NEW_UTS)
    _map_user(0, uid, gid)
    mount(None, "/", None, RECURSIVE | PRIVATE)
    mount(f"{KERNELS}/{folder}", OWN_FOLDER, None, BIND)
    # Other kernels' sockets disappear from here.
    mount("tmpfs", KERNELS, "tmpfs", NO_SUID | NO_DEV | NO_EXEC | READ_ONLY, "size=4k,nr_inodes=2")
    make_scratch(scratch)
    mount("devpts", "/dev/pts", "devpts", NO_SUID | NO_EXEC, "newinstance,ptmxmode=0666,mode=0620")


def make_scratch(size):
    """Makes home, /tmp and /dev/shm: one file system, `size` bytes for the three together."""
    # Many empty files cost memory too.
    options = f"size={size},nr_inodes=50000,mode=755"
    mount("tmpfs", SCRATCH, "tmpfs", NO_SUID | NO_DEV, options)
    for name, place in (("home", HOME), ("tmp", os.environ["TMPDIR"]), ("shm", "/dev/shm")):
        made = f"{SCRATCH}/{name}"
        os.mkdir(made)
        os.chmod(made, 0o1777)
        mount(made, place, None, BIND)
    unmount(SCRATCH)


def prepare_alone(scratch):
    """Does before `become` what a kernel without user namespaces of its own cannot do later.

    Returns a function that makes the folder of the sockets read-only; where bubblewrap may not
    leave the right to mount, one that does nothing.
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

    def close_folder():
        ours.send(b"1")
        ours.recv(1)

    return close_folder


def enter_own_processes():
    """In the first process of the new pid namespace: its own /proc, and a user who owns nothing.

    The second user namespace leaves the mounts to the first one, whose only process is the
    waiting parent; the count of 1 keeps the student's code from making a third.
    """
    mount("proc", "/proc", "proc", NO_SUID | NO_DEV | NO_EXEC)
    with open("/proc/sys/user/max_user_namespaces", "w") as file:
        file.write("1")
    unshare(NEW_USER)
    _map_user(STUDENT, 0, 0)


def close_own_folder():
    """Makes the folder of the kernel's sockets read-only, in the mount namespace of the caller."""
    mount(None, OWN_FOLDER, None, REMOUNT | BIND | READ_ONLY | NO_SUID | NO_DEV)


def limit(memory, processes, file_size, open_files):
    """Hard limits, for this process and its children. `memory` is bytes of private data each.

    `processes` counts those of the user in this user namespace; None sets no limit.
    """
    for name, value in (
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_NPROC, processes),
        (resource.RLIMIT_FSIZE, file_size),
        (resource.RLIMIT_NOFILE, open_files),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        if value is None:
            continue
        _, most = resource.getrlimit(name)
        if most != resource.RLIM_INFINITY:
            value = min(value, most)
        resource.setrlimit(name, (value, value))


def give_up_privileges():
    """No capability now, none from any program started later; the end if the parent ends."""
    drop_capabilities()
    prctl(NO_NEW_PRIVS, 1)
    _forbid_calls()
    # Last: changing the user id would clear it.
    prctl(PDEATHSIG, 9)


def drop_capabilities():
    """A fork that never starts another program keeps what it has: everything goes by hand."""
    _drop_bounding_set()
    _libc.prctl(AMBIENT, AMBIENT_CLEAR, 0, 0, 0)
    header = ctypes.create_string_buffer(struct.pack("<Ii", CAPABILITY_VERSION_3, 0))
    _check(_libc.capset(header, ctypes.create_string_buffer(24)), "capset")


def _drop_bounding_set():
    for capability in range(64):
        # Beyond the last known one, and without the right to do so, this says no.
        _libc.prctl(DROP_BOUNDING, capability, 0, 0, 0)


def _forbid_calls():
    """Lets FORBIDDEN fail with "not permitted", for this process and all that it starts.

    On another architecture nothing is forbidden: the other layers stand without this one.
    """
    if platform.machine() not in ARCHITECTURES:
        return
    architecture, column = ARCHITECTURES[platform.machine()]
    numbers = [row[column] for row in FORBIDDEN.values()]
    # Instructions of the kernel's packet filter: (code, if true skip, if false skip, value).
    load, equal, at_least, answer = 0x20, 0x15, 0x35, 0x06
    refuse, allow = 0x00050000 | errno.EPERM, 0x7FFF0000
    # Each test skips ahead to the last instruction but one, which refuses.
    program = [(load, 0, 0, 4), (equal, 0, len(numbers) + 3, architecture), (load, 0, 0, 0)]
    # Numbers of another calling convention of the same processor (x32).
    program.append((at_least, len(numbers) + 1, 0, 0x40000000))
    program += [(equal, len(numbers) - i, 0, number) for i, number in enumerate(numbers)]
    program += [(answer, 0, 0, allow), (answer, 0, 0, refuse)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *row) for row in program))
    header = struct.pack("<HxxxxxxQ", len(program), ctypes.addressof(code))
    _check(_libc.prctl(SECCOMP, 2, ctypes.create_string_buffer(header), 0, 0), "seccomp")


def data_bytes():
    """Private data of this process in bytes, as RLIMIT_DATA counts it."""
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) << 10 for line in file if line.startswith("VmData:"))


def unshare(flags):
    _check(_libc.unshare(flags), f"unshare {flags:#x}")


def mount(source, target, kind, flags, options=None):
    def encoded(text):
        return text.encode() if text else None

    done = _libc.mount(
        encoded(source), encoded(target), encoded(kind), ctypes.c_ulong(flags), encoded(options)
    )
    _check(done, f"mount {kind or source} on {target}")


def unmount(target):
    _check(_libc.umount2(target.encode(), DETACH), f"unmount {target}")


def prctl(option, value):
    _check(_libc.prctl(option, value, 0, 0, 0), f"prctl {option}")


def _map_user(inside, uid, gid):
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{inside} {uid} 1"),
        ("gid_map", f"{inside} {gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def _check(result, what):
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def rehearse(uid):
    """Returns 0 where a kernel could be confined as a child of this process: isolation's probe."""
    become(uid)
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
