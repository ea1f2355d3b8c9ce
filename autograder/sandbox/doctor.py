"""Attack this machine's isolation from inside a kernel, and report what it withstands.

Each attempt runs code that a submission could contain. A row says whether the sandbox prevented
it; with LIMITS most attempts succeed.
"""

import contextlib
import os
import secrets
import socket
import subprocess
import tempfile
import textwrap
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, cast

from jupyter_client.manager import KernelManager
from rich.markup import escape
from rich.table import Table

from autograder.sandbox.cgroups import Counting
from autograder.sandbox.inside.fair_share import niceness
from autograder.sandbox.isolation import Isolation
from autograder.sandbox.kernel_limits import MIB, Limits
from autograder.sandbox.provisioner import KernelRequest, SandboxProvisioner, manager
from autograder.sandbox.template import Template

ANSWER_SECONDS = 60
# Small, so that exceeding them is quick.
LIMITS = Limits(memory=512 * MIB, processes=64, scratch=64 * MIB, file_size=32 * MIB)
BUSY = 12


@dataclass(frozen=True)
class Attempt:
    """One attempt.

    Attributes:
        what: the attempt, such as "read a file of this machine".
        enforced: the sandbox prevented it.
        detail: what the attempt achieved, or why it failed.
    """

    what: str
    enforced: bool
    detail: str

    def as_row(self) -> dict[str, Any]:
        """The attempt as a JSON object."""
        return asdict(self)


# Each is the body of a function that returns what it achieved, or raises if it failed.
READ_SECRET = """
    return open({secret!r}).read()
"""
CONNECT_NETWORK = """
    import socket
    socket.create_connection(("127.0.0.1", {port}), 2).close()
    return "connected to a listener on 127.0.0.1"
"""
CONNECT_SOCKET = """
    import socket
    failures = []
    for address in ({path!r}, {abstract!r}):
        try:
            socket.socket(socket.AF_UNIX).connect(address)
            return f"connected to {{address!r}}"
        except OSError as error:
            failures.append(str(error))
    raise OSError("; ".join(failures))
"""
SEE_PROCESS = """
    import os, signal
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            command = open(f"/proc/{{pid}}/cmdline", "rb").read()
        except OSError:
            continue
        if {marker!r}.encode() in command:
            os.kill(int(pid), signal.SIGTERM)
            return f"ended process {{pid}} of this machine"
    os.kill({pid}, signal.SIGTERM)
    return "ended a process of this machine"
"""
READ_COURSE = """
    import os
    found = [name for name in {names!r} if os.path.exists(os.path.join({course!r}, name))]
    if not found:
        raise FileNotFoundError("no file of the course is there")
    return "sees " + ", ".join(found)
"""
IMPORT_GRADER = """
    import autograder
    return f"imported {{autograder.__file__}}"
"""
READ_OTHER = """
    import os
    for path in {paths!r}:
        if os.path.exists(path):
            return f"sees {{path}}"
    raise FileNotFoundError("no file of the other kernel is there")
"""
WRITE_OUTSIDE = """
    import os, sys, tempfile
    own = (os.getcwd(), tempfile.gettempdir(), "/dev/shm")
    mounted = [line.split()[4] for line in open("/proc/self/mountinfo")]
    wanted = ["/usr", "/etc", "/var/tmp", "/run/kernel", sys.prefix, sys.base_prefix, {run_dir!r}]
    for folder in (*mounted, *wanted):
        path = os.path.join(folder, "written-by-a-kernel")
        if folder in own:
            continue
        try:
            open(path, "w").close()
            os.unlink(path)
            return f"wrote into {{folder}}"
        except OSError:
            pass
    for path in ("/proc/sys/kernel/core_pattern", "/proc/sys/user/max_user_namespaces"):
        try:
            open(path, "r+").close()
            return f"opened {{path}} for writing"
        except OSError:
            pass
    raise OSError(f"{{len(mounted)}} mounts and {{len(wanted)}} folders, all read-only")
"""
FILL_SCRATCH = """
    import os, tempfile
    written, made, failure = 0, [], None
    for folder in (os.getcwd(), tempfile.gettempdir(), "/dev/shm"):
        for number in range({files}):
            path = os.path.join(folder, f"filler-{{os.getpid()}}-{{number}}")
            try:
                with open(path, "wb") as file:
                    made.append(path)
                    for _ in range(16):
                        written += file.write(bytes(1 << 20))
                        file.flush()
            except OSError as error:
                failure = error
                break
    for path in made:
        os.unlink(path)
    if written > {limit}:
        return f"wrote {{written >> 20}} MB"
    raise OSError(f"{{failure}} after {{written >> 20}} MB")
"""
TAKE_MEMORY = """
    import numpy
    numpy.ones({size}, numpy.uint8)
    return "took {megabytes} MB"
"""
TAKE_UNCOUNTED = """
    import os
    os.memfd_create("uncounted")
    return "made a file in memory, which no limit counts"
"""
# Each process fills the buffers of its sockets, made as large as it may: some 140 KB for each.
TAKE_SOCKETS = """
    import os, socket, time
    for _ in range(8):
        if os.fork() == 0:
            kept = []
            for _ in range(430):
                try:
                    pair = socket.socketpair()
                    kept.append(pair)
                    for end in pair:
                        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 22)
                        end.setblocking(False)
                        while True: end.send(bytes(1 << 16))
                except OSError:
                    pass
            time.sleep(30)
            os._exit(0)
    time.sleep(25)
    return "eight processes filled 430 pairs of sockets each"
"""
# A page of page tables for each 2 MB of a mapping that is only read.
TAKE_TABLES = """
    import mmap, time
    kept = []
    for _ in range(64):
        region = mmap.mmap(-1, 8 << 30, mmap.MAP_PRIVATE | 0x4000, mmap.PROT_READ)
        kept.append(region)
        for place in range(0, 8 << 30, 2 << 20): region[place]
    time.sleep(20)
    return "filled page tables for 512 GB"
"""
# The pages stay when a process lets go of them.
TAKE_SHARED = """
    import mmap, time
    kept = mmap.mmap(-1, {size})
    for place in range(0, {size}, 1 << 20):
        kept[place:place + (1 << 20)] = bytes(1 << 20)
        kept.madvise(mmap.MADV_DONTNEED, place, 1 << 20)
    time.sleep(20)
    return "holds {megabytes} MB that it no longer maps"
"""
SURVIVE = """
    open("/proc/self/oom_score_adj", "w").write("0")
    return "another kernel would be killed first when memory is short"
"""
# Another program: a copy of the kernel would take much longer to make.
START_MANY = """
    import os, signal
    children, failure = [], None
    try:
        for _ in range({count}):
            children.append(os.posix_spawnp("sleep", ["sleep", "20"], os.environ))
    except OSError as error:
        failure = error
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    if failure and children:
        raise OSError(f"{{failure}} after {{len(children)}}")
    return f"started {{len(children)}} processes"
"""
TAKE_MEMORY_TOGETHER = """
    import os, time, numpy
    for _ in range(4):
        if os.fork() == 0:
            kept = numpy.ones({size}, numpy.uint8)
            time.sleep(30)
            os._exit(0)
    time.sleep(25)
    return "four processes took {megabytes} MB each"
"""
# In sessions of their own, where each may have an equal share (autogroup in sched(7)).
TAKE_PROCESSORS = """
    import os, signal, time
    own, children = os.getsid(0), []
    for _ in range({count}):
        if (child := os.fork()) == 0:
            os.setsid()
            while True: pass
        children.append(child)
    deadline = time.monotonic() + 45
    try:
        while time.monotonic() < deadline:
            time.sleep(0.1)
            least = min(os.getpriority(os.PRIO_PROCESS, child) for child in children)
            if least >= {wanted} and all(os.getsid(child) == own for child in children):
                raise OSError(f"nice {{least}} for each of {count} busy processes, in one session")
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
    return "{count} busy processes leave little to other kernels"
"""
STAY = """
    import os, signal, subprocess
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    subprocess.Popen(["sleep", {marker!r}], start_new_session=True)
    if os.fork() == 0:
        os.setsid()
        os.execvp("sleep", ["sleep", {marker!r}])
    return "left"
"""
MOUNT = """
    import ctypes, os
    libc = ctypes.CDLL(None, use_errno=True)
    os.makedirs("/tmp/mounted", exist_ok=True)
    if libc.unshare(0x10000000 | 0x20000) == 0:
        return "made a user namespace"
    if libc.mount(b"tmpfs", b"/tmp/mounted", b"tmpfs", 0, None) == 0:
        return "mounted a file system"
    raise OSError(os.strerror(ctypes.get_errno()))
"""
CAPABILITIES = """
    import os
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    sets = {{name: int(status[name], 16) for name in ("CapEff", "CapPrm", "CapBnd", "CapAmb")}}
    if any(sets.values()) or status["NoNewPrivs"].strip() != "1":
        return f"{{sets}}"
    try:
        os.setuid(0)
        if os.getuid() == 0:
            return "is root"
    except OSError:
        pass
    raise PermissionError("none, now or through any program")
"""


def table(isolation: Isolation, counting: Counting, rows: Iterable[Attempt]) -> Table:
    """The isolation, how its kernels are counted and the rows of `probe`, for the terminal."""
    shown = Table(title=f"isolation: {isolation.kind.value}", title_justify="left")
    shown.caption = ": ".join(filter(None, (isolation.meaning, isolation.reason)))
    shown.caption += f"\n{escape(counting.meaning)}"
    shown.caption_justify = "left"
    shown.add_column("a submission tried to")
    shown.add_column("prevented")
    shown.add_column("result", overflow="fold")
    for row in rows:
        shown.add_row(row.what, "yes" if row.enforced else "NO", escape(row.detail))
    return shown


def probe(template: Template, course: Path | str | None = None) -> list[Attempt]:
    """Make every attempt, which takes about ten seconds; returns a row for each.

    Args:
        template: a running one.
        course: the course directory; by default the one that holds this autograder.

    Raises:
        RuntimeError: neither `course` nor the folder of this autograder is a course directory.
    """
    folder, names = _course(course)
    with _host() as host, _Kernel(template) as kernel:
        rows = [
            kernel.attempt("read a file of this machine", READ_SECRET, secret=host.secret),
            kernel.attempt("reach the network", CONNECT_NETWORK, port=host.port),
            kernel.attempt(
                "reach a unix socket", CONNECT_SOCKET, path=host.path, abstract=host.abstract
            ),
            _checked(
                kernel.attempt(
                    "see or end a process", SEE_PROCESS, marker=host.marker, pid=host.process.pid
                ),
                host.process.poll() is None,
            ),
            kernel.attempt(
                "read the solutions or the gradebook",
                READ_COURSE,
                course=str(folder),
                names=[
                    "solutions",
                    "gradebook.db",
                    "submitted",
                    "autograder",
                    "nbgrader_config.py",
                ],
            ),
            kernel.attempt("import the autograder", IMPORT_GRADER),
            _see_other(template, kernel),
            kernel.attempt(
                "write outside its own folders", WRITE_OUTSIDE, run_dir=str(template.run_dir)
            ),
            kernel.attempt(
                "fill the disk",
                FILL_SCRATCH,
                limit=LIMITS.scratch,
                files=LIMITS.scratch // (16 * MIB) + 1,
            ),
            kernel.attempt(
                "take more memory than allowed",
                TAKE_MEMORY,
                size=2 * LIMITS.memory,
                megabytes=2 * LIMITS.memory // MIB,
            ),
            kernel.attempt("take memory that is not counted", TAKE_UNCOUNTED),
            kernel.attempt("let another be killed when memory is short", SURVIVE),
            kernel.attempt(
                "start more processes than allowed", START_MANY, count=2 * LIMITS.processes
            ),
            kernel.attempt("mount something", MOUNT),
            kernel.attempt("have the rights of root", CAPABILITIES),
        ]
    return [*rows, *_take_together(template), _outlive(template)]


def _course(folder: Path | str | None) -> tuple[Path, list[str]]:
    """The course directory, by default our source, and its files that no kernel may see."""
    wanted = ("solutions", "gradebook.db", "submitted", "release", "autograder")
    ours = Path(__file__).resolve().parents[2]
    for root in (Path(folder or ours).resolve(), ours):
        if names := [name for name in wanted if (root / name).exists()]:
            return root, names
    raise RuntimeError("the autograder's source is not where it was imported from")


def _see_other(template: Template, kernel: "_Kernel") -> Attempt:
    with _Kernel(template) as other:
        mark = f"mark-{secrets.token_hex(8)}"
        home = other.run(f"import os; open({mark!r}, 'w').close(); print(os.getcwd())").strip()
        folder = Path(other.provisioner.connection_info["ip"]).parent
        paths = [f"{home}/{mark}", str(folder), f"/run/kernels/{folder.name}"]
        return kernel.attempt("see another kernel's files", READ_OTHER, paths=paths)


def _take_together(template: Template) -> Iterator[Attempt]:
    """Each in a kernel of its own, which it may cost."""
    half, twice = LIMITS.memory // 2, 2 * LIMITS.memory
    for what, body, size in (
        ("take more memory with many processes", TAKE_MEMORY_TOGETHER, half),
        ("take more memory in sockets", TAKE_SOCKETS, 0),
        ("take more memory in page tables", TAKE_TABLES, 0),
        ("take more memory that it shares", TAKE_SHARED, twice),
        ("take the processors with many processes", TAKE_PROCESSORS, 0),
    ):
        values = {"size": size, "megabytes": size // MIB, "count": BUSY, "wanted": niceness(BUSY)}
        with _Kernel(template) as kernel:
            row = kernel.attempt(what, body, **values)
            yield Attempt(what, row.enforced, kernel.provisioner.died() or row.detail)


def _outlive(template: Template) -> Attempt:
    marker = f"86400.{secrets.randbelow(10**9):09d}"
    with _Kernel(template) as kernel:
        kernel.attempt("", STAY, marker=marker)
        before = len(_processes(marker))
    deadline = time.monotonic() + 5
    while (left := _processes(marker)) and time.monotonic() < deadline:
        time.sleep(0.05)
    for pid in left:
        os.kill(pid, 9)
    detail = f"{before} of its processes ran, {len(left)} after its end"
    return Attempt("run on after its end", before > 0 and not left, detail)


def _checked(row: Attempt, enforced: bool) -> Attempt:
    return Attempt(row.what, row.enforced and enforced, row.detail)


def _processes(marker: str) -> list[int]:
    """Ids of this machine's processes with `marker` in their command."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if marker.encode() in path.read_bytes():
                found.append(int(path.parent.name))
    return found


@dataclass(frozen=True)
class _Host:
    secret: str
    port: int
    path: str
    abstract: str
    marker: str
    process: subprocess.Popen[bytes]


@contextlib.contextmanager
def _host() -> Iterator[_Host]:
    """Temporary targets for the attempts: a secret, sockets and a process of this machine."""
    marker = f"86400.{secrets.randbelow(10**9):09d}"
    abstract = f"\0autograder-doctor-{secrets.token_hex(8)}"
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ag-doctor-")))
        folder.chmod(0o755)
        secret = folder / "secret"
        secret.write_text("the secret was read")
        network = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        for address in (str(folder / "socket"), abstract):
            listener = stack.enter_context(socket.socket(socket.AF_UNIX))
            listener.bind(address)
            listener.listen()
        (folder / "socket").chmod(0o777)
        process = stack.enter_context(subprocess.Popen(["sleep", marker]))
        stack.callback(process.kill)
        yield _Host(
            str(secret),
            network.getsockname()[1],
            str(folder / "socket"),
            abstract,
            marker,
            process,
        )


class _Kernel:
    """A kernel of the template that runs one attempt after another."""

    def __init__(self, template: Template) -> None:
        self._request = KernelRequest(template.socket, template.run_dir, limits=LIMITS)

    def __enter__(self) -> "_Kernel":
        self._manager = manager(KernelManager)
        self._manager.start_kernel(sandbox=self._request)
        self._client = self._manager.client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=ANSWER_SECONDS)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)

    @property
    def provisioner(self) -> SandboxProvisioner:
        return cast(SandboxProvisioner, self._manager.provisioner)

    def run(self, code: str) -> str:
        """What the code prints, until the kernel ends if it does."""
        printed: list[str] = []
        asked = self._client.execute(code, store_history=False)
        deadline = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < deadline:
            if self.provisioner.died():
                break
            with contextlib.suppress(Exception):
                message = self._client.get_iopub_msg(timeout=0.2)
                if message["parent_header"].get("msg_id") != asked:
                    continue
                if message["msg_type"] == "stream":
                    printed.append(message["content"]["text"])
                if message["content"].get("execution_state") == "idle":
                    break
        return "".join(printed)

    def attempt(self, what: str, body: str, **values: Any) -> Attempt:
        """Run the body of a function, with `values` filled in; it succeeds if it returns."""
        marker = secrets.token_hex(4)
        body = textwrap.indent(textwrap.dedent(body.format(**values)), "    ")
        printed = self.run(
            f"def attempt():\n{body}\n"
            "try:\n"
            f"    print('{marker} yes', attempt())\n"
            "except BaseException as error:\n"
            f"    print('{marker} no', str(error) or type(error).__name__)\n"
        )
        _, answered, answer = printed.partition(marker)
        if not answered:
            return Attempt(what, self.provisioner.died() is not None, "the kernel was ended")
        verdict, _, detail = answer.strip().partition(" ")
        return Attempt(what, verdict == "no", " ".join(detail.split())[:200])
