"""Every layer of the isolation by itself: what is listed here is written here."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import psutil
import pytest

import autograder
from autograder.grading.grade import GRADED, grade
from autograder.grading.running import workers
from autograder.sandbox import isolation
from autograder.sandbox.template import Template
from helpers.errors import CourseError
from tests.autograder.sandbox.test_confine import X86_64
from tests.autograder.sandbox.test_kernels import kernel
from tests.tiny_course import TINY, submit, tiny_course

NAMESPACES = ("net", "pid", "mnt", "ipc", "uts", "user")
# The outer layer: nested kernels make a user namespace of their own inside it.
OUTER = ("net", "pid", "mnt", "ipc", "uts")
READ = f"""
import os
print(*[os.readlink('/proc/self/ns/' + name) for name in {NAMESPACES}])
"""
LISTEN = """
import socket, threading
served = []
for family, address in ((socket.AF_UNIX, '\\0the-answers'), (socket.AF_INET, ('0.0.0.0', 47311))):
    listener = socket.socket(family)
    listener.bind(address)
    listener.listen()
    def serve(listener=listener):
        connection, _ = listener.accept()
        connection.sendall(b'42')
        connection.close()
    threading.Thread(target=serve, daemon=True).start()
    served.append(listener)
"""
ASK = """
import socket
for family, address in ((socket.AF_UNIX, '\\0the-answers'), (socket.AF_INET, ('127.0.0.1', 47311))):
    s = socket.socket(family)
    s.settimeout(2)
    try:
        s.connect(address)
        print('read', s.recv(9))
    except OSError as error: print(type(error).__name__)
"""
STATUS = """
wanted = ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb', 'NoNewPrivs', 'Seccomp')
status = dict(line.split(':', 1) for line in open('/proc/self/status'))
print(*[int(status[name], 16) for name in wanted])
"""
CALL = """
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
for name, number in %r.items():
    if libc.syscall(number, 0, 0, 0, 0, 0) != -1 or ctypes.get_errno() != errno.EPERM:
        print(name)
"""


def test_every_kernel_has_namespaces_of_its_own(template):
    with kernel(template) as one, kernel(template) as other:
        mine, theirs = one(READ).split(), other(READ).split()
    ours = [os.readlink(f"/proc/self/ns/{name}") for name in NAMESPACES]
    for name, *three in zip(NAMESPACES, mine, theirs, ours, strict=True):
        assert len(set(three)) == 3, f"two of them share a namespace: {name}"


def test_bubblewrap_is_a_second_wall_around_them(template):
    """A kernel's own namespaces would hide that one of these is missing."""
    (box,) = psutil.Process(template._processes[-1].pid).children()
    for name in OUTER:
        outside = os.readlink(f"/proc/self/ns/{name}")
        assert os.readlink(f"/proc/{box.pid}/ns/{name}") != outside, name


def test_a_kernel_cannot_ask_another_for_its_answers(template):
    with kernel(template) as one, kernel(template) as other:
        assert one(LISTEN) == ""
        assert "read" not in other(ASK)
        # It hears itself: what it listens on is there.
        assert "read b'42'" in one(ASK)


def test_nothing_of_root_is_left(template):
    with kernel(template) as run:
        assert run(STATUS).split() == ["0", "0", "0", "0", "0", "1", "2"]


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers are those of x86_64")
def test_the_calls_of_this_list_are_refused(template):
    with kernel(template) as run:
        assert run(CALL % X86_64) == ""


NAMESPACE = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
# clone(2) with SIGCHLD and CLONE_NEWUSER or CLONE_NEWNET, and clone3(2) with CLONE_NEWUSER.
for flags in (0x10000011, 0x40000011):
    if (child := libc.syscall(56, flags, 0, 0, 0, 0)) == 0: libc._exit(0)
    print(child, ctypes.get_errno())
asked = (ctypes.c_uint64 * 8)(0x10000000, 0, 0, 0, 17)
if (child := libc.syscall(435, ctypes.byref(asked), 64)) == 0: libc._exit(0)
print(child, ctypes.get_errno())
"""
FAMILIES = """
import socket
for family in range(46):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
        try: print(socket.socket(family, kind).family.name)
        except (OSError, AttributeError) as error: assert isinstance(error, OSError), family
"""


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers are those of x86_64")
def test_no_process_of_a_kernel_makes_a_namespace(template):
    with kernel(template) as run:
        # EPERM, and ENOSYS: whoever calls clone3 then calls clone.
        assert run(NAMESPACE).split() == ["-1", "1", "-1", "1", "-1", "38"]
        assert run("import threading\nt = threading.Thread(target=print, args=['ran'])\nt.start()")
        assert run("import subprocess\nprint(subprocess.run(['true']).returncode)") == "0"


def test_a_kernel_has_sockets_of_its_own_namespaces_only(template):
    """AF_VSOCK would reach the host of a virtual machine, whatever the namespace."""
    with kernel(template) as run:
        assert set(run(FAMILIES).split()) == {"AF_UNIX", "AF_INET", "AF_INET6", "AF_NETLINK"}


@pytest.mark.deep
def test_no_tcp_where_bubblewrap_brings_up_a_network():
    if not isolation.best().sandboxed:
        pytest.skip("no bubblewrap here")
    with Template(isolation.SINGLE, preload=()) as single, kernel(single) as run:
        assert set(run(FAMILIES).split()) == {"AF_UNIX", "AF_NETLINK"}
        connect = "import socket\nsocket.create_connection(('127.0.0.1', 80))"
        assert run(connect) == "OSError: [Errno 101] Network is unreachable"


def test_files_are_copied_without_what_is_refused(template):
    code = (
        "import pathlib, shutil\npathlib.Path('a').write_bytes(bytes(1 << 20))\n"
        "shutil.copy('a', 'b')\nprint(pathlib.Path('b').stat().st_size)"
    )
    with kernel(template) as run:
        assert run(code) == str(1 << 20)


def test_no_buffer_of_a_socket_grows(template):
    code = (
        "import socket\none = socket.socket()\n"
        "for name in (socket.SO_SNDBUF, socket.SO_RCVBUF):\n"
        "    before = one.getsockopt(socket.SOL_SOCKET, name)\n"
        "    one.setsockopt(socket.SOL_SOCKET, name, 1 << 22)\n"
        "    print(one.getsockopt(socket.SOL_SOCKET, name) == before)\n"
        "one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n"
        "print(one.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR))"
    )
    with kernel(template) as run:
        assert run(code).split() == ["True", "True", "1"]


def test_who_is_killed_first_when_memory_is_short_stays_so(template):
    code = (
        "import os\n"
        "for pid in (os.getpid(), 'self', 'thread-self'):\n"
        "    try: open(f'/proc/{pid}/oom_score_adj', 'w').write('0')\n"
        "    except OSError as error: print(error.errno)\n"
        "print(open('/proc/self/oom_score_adj').read())"
    )
    with kernel(template) as run:
        assert run(code).split() == ["30", "30", "30", "1000"]


# The course is out of reach, wherever Python and the data are.


@pytest.mark.deep
def test_a_virtual_environment_at_the_course_root(tmp_path):
    course = tiny_course(tmp_path / "course")
    venv.create(course.root, with_pip=False, symlinks=True)
    (site,) = course.root.glob("lib/python*/site-packages")
    packages = [path for path in sys.path if path.endswith("site-packages")]
    # An editable installation is not in site-packages.
    packages.append(str(Path(autograder.__file__).parents[1]))
    Path(site, "ours.pth").write_text("\n".join(packages))
    reads = f"import os\nprint(os.path.exists({str(course.root / 'solutions')!r}))"
    submit(course, "a", double=f"{reads}\ndef double(x):\n    return 2 * x")
    done = subprocess.run(
        [course.root / "bin" / "python", "-m", "autograder", "grade", TINY, "--json"],
        cwd=course.root,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    page = course.autograded("a", TINY).read_text("utf-8")
    assert '"False\\n"' in page and '"True\\n"' not in page


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """One that kernels need, and one of data, which they see under another name: for a template."""
    both = [tmp_path_factory.mktemp(name) for name in ("needed", "data")]
    for folder in both:
        folder.chmod(0o755)  # a kernel is another user
    return both


@pytest.fixture
def placed(folders, cold, monkeypatch):
    """placed(number): a course inside this one of the folders."""
    found = isolation._python_folders()
    monkeypatch.setattr(isolation, "_python_folders", lambda: [*found, folders[0]])
    monkeypatch.setattr(workers, "data_folder", lambda: folders[1])

    def place(number):
        course = tiny_course(folders[number] / f"course-{len(os.listdir(folders[number]))}")
        submit(course, "a")
        return course

    return place


@pytest.mark.slow
@pytest.mark.parametrize("number", [0, 1], ids=["needed", "data"])
def test_what_doctor_refuses_grade_refuses(placed, number):
    course = placed(number)
    with pytest.raises(CourseError, match="A submission could read .*/solutions"):
        grade(course, TINY, count=1)
    assert not (course.root / "autograded").exists()


@pytest.mark.slow
def test_a_result_records_what_was_probed(placed):
    (result,) = grade(placed(0), TINY, count=1, allow_unsandboxed=True)
    assert result.status == GRADED
    assert result.isolation["meaning"].startswith("NOT CLOSED: a kernel can read /")


def test_the_template_says_what_kernels_see(template, tmp_path):
    there = [Path("/usr/bin"), tmp_path, Path(sys.prefix, "pyvenv.cfg"), Path(__file__)]
    assert set(template.seen(there)) <= {"/usr/bin", str(there[2])}
    assert "/usr/bin" in template.seen(there)


# What Linux counts for a user or for all is not one kernel's to use up.

TERMINALS = """
import os
made = []
try:
    while len(made) < 100: made.append(os.open('/dev/ptmx', os.O_RDWR))
except OSError: pass
print(len(made))
"""
ON_THEIR_WAY = """
import socket
kept = []
try:
    for _ in range(40):
        kept.append(socket.socketpair())
        kept[-1][0].setblocking(False)
        for _ in range(9): socket.send_fds(kept[-1][0], [b'x'], [0] * 200)
except OSError as error: print(error.errno)
"""
SEND = """
import socket
one, other = socket.socketpair()
socket.send_fds(one, [b'x'], [0])
print(socket.recv_fds(other, 1, 1)[0])
"""


def test_a_kernel_has_few_terminals(template):
    """All kernels of a machine share some 3,000, and `!command` needs one."""
    with kernel(template) as run:
        assert int(run(TERMINALS)) <= 16
    with kernel(template) as run:
        assert "here" in run("!echo here")


TIMERS = """
import ctypes
libc, made, timer = ctypes.CDLL(None, use_errno=True), 0, ctypes.c_int()
while made < 5000 and libc.timer_create(1, None, ctypes.byref(timer)) == 0: made += 1
print(made)
"""
LOCKED = """
import ctypes, mmap
libc, held = ctypes.CDLL(None, use_errno=True), mmap.mmap(-1, 8 << 20)
start = ctypes.addressof(ctypes.c_char.from_buffer(held))
print([libc.mlock(ctypes.c_void_p(start), size << 10) for size in (64, 4 << 10)])
"""


def test_a_kernel_has_few_timers_and_little_locked_memory(template):
    """Linux counts both for each user, and a grader that is not root is one user."""
    with kernel(template) as run:
        assert 500 < int(run(TIMERS)) <= 1024
        assert run(LOCKED) == "[0, -1]"


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives each kernel a user of its own")
def test_what_linux_counts_for_a_user_is_one_kernel_s(template):
    """ETOOMANYREFS: beyond so many descriptors in sockets, nobody of that user sends any."""
    with kernel(template) as honest, kernel(template) as other:
        assert other(ON_THEIR_WAY) == "109"
        assert honest(SEND) == "b'x'"
        with kernel(template) as later:
            assert later(SEND) == "b'x'"


OF_ONE_USER = f"""
import resource
from autograder.sandbox.template import Template
from tests.autograder import warm_template
from tests.autograder.sandbox.test_kernels import kernel
_, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (1024, most))
with warm_template.cold(), Template(preload=()) as template, kernel(template) as other:
    print(other({ON_THEIR_WAY!r}))
    with kernel(template) as later: print(later("print('started')"))
"""


# As root: root's files, and another user's rights and limits.
ANOTHER_USER = ("bwrap", "--dev-bind", "/", "/", "--unshare-user", "--uid", "1000", "--gid", "1000")


@pytest.mark.slow
def test_a_grader_that_is_not_root_starts_kernels_meanwhile(template):
    """Its kernels are one user with it: it could not send the descriptors of a start."""
    done = subprocess.run(
        [*(ANOTHER_USER if os.getuid() == 0 else ()), sys.executable, "-c", OF_ONE_USER],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == ["109", "started"], done.stderr
