"""Start and end the template process, in any kind of isolation."""

import contextlib
import json
import os
import select
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

from autograder.sandbox import cgroups
from autograder.sandbox import isolation as isolations
from autograder.sandbox.cgroups import Counting
from autograder.sandbox.inside import confine
from autograder.sandbox.isolation import Isolation, Kind
from autograder.sandbox.kernel_limits import Limits
from helpers.errors import CourseError

START_SECONDS = 300.0
STOP_SECONDS = 10.0
# The longest path of a unix socket, including the zero byte at its end.
PATH_BYTES = 108
PREFIX = "ag-"
START = "from course_inside import template; template.main()"
# For annotations in Template, whose property `socket` hides the module.
Socket = socket.socket


class Template:
    """A process with everything imported, which forks one kernel for each connection.

    Used as a context manager by the process that owns it. Workers in any process of the same user
    connect to `socket`, through the provisioner. The template and its kernels end with the owner.

    Args:
        isolation: by default the best that works here.
        run_dir: a folder for sockets, with a short path; by default a new one in /tmp.
        data: the folder that kernels see as COURSE_DATA, or None.
        preload: names for helpers.data.load, read once for all kernels.
        counting: how Linux counts what kernels use; by default the best that works here.

    Raises:
        CourseError: on entry, if kernels could not read `data`.
        RuntimeError: on entry, if the process does not start; with the end of its log.
        ValueError: on entry, if the path of `run_dir` is too long for a socket.
    """

    def __init__(
        self,
        isolation: Isolation | None = None,
        run_dir: Path | str | None = None,
        data: Path | str | None = None,
        preload: Iterable[str] = ("mnist",),
        counting: Counting | None = None,
    ) -> None:
        self.isolation = isolation or isolations.best()
        self._run_dir = Path(run_dir) if run_dir else None
        self.counting = counting or cgroups.best()
        self.data = data
        self.preload = list(preload)
        self._made = not run_dir
        self._processes: list[subprocess.Popen[bytes]] = []
        self._insides: list[int] = []
        self._listener: Socket | None = None
        self._owner: Socket | None = None
        self._broker: threading.Thread | None = None
        self._ended = threading.Event()
        self._base: Path | None = None

    @property
    def run_dir(self) -> Path:
        """The folder for sockets.

        Raises:
            RuntimeError: a folder of the template's own does not exist yet, or any more.
        """
        if self._run_dir is None:
            raise RuntimeError("the template is not running")
        return self._run_dir

    @property
    def socket(self) -> str:
        """The path that provisioners connect to."""
        return str(self.run_dir / "template")

    @property
    def kernels(self) -> Path:
        """The folder that has a folder for the sockets of each kernel."""
        return self.run_dir / "kernels"

    @property
    def files(self) -> Path:
        """A folder that callers may use for kernels' files; `close` removes it."""
        (self.run_dir / "files").mkdir(mode=0o700, exist_ok=True)
        return self.run_dir / "files"

    @property
    def log(self) -> Path:
        """The stderr of the template and its keepers."""
        return self.run_dir / "template.log"

    @property
    def apart(self) -> bool:
        """Whether each of its kernels is a user of its own on this machine."""
        forked_by_root = self.isolation.kind is Kind.NESTED and os.getuid() == 0
        return self.isolation.apart or forked_by_root

    @property
    def alive(self) -> bool:
        """Whether it can start kernels."""
        if self._listener is None:
            return False
        if self.isolation.kind is Kind.SINGLE:
            return self._broker is not None and self._broker.is_alive()
        return bool(self._processes) and self._processes[-1].poll() is None

    def __enter__(self) -> "Template":
        try:
            self._prepare()
            if self.isolation.kind is Kind.SINGLE:
                self._broker = threading.Thread(
                    target=self._serve_singly, args=[self._listener], daemon=True
                )
                self._broker.start()
            else:
                self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start the process, again if it has died; returns when it is ready.

        Raises:
            RuntimeError: it ended or was not ready in time; with the end of its log.
        """
        if self.isolation.kind is Kind.SINGLE or self.alive:
            return
        if self._listener is None:
            raise RuntimeError("the template is not running")
        self._drop_owner()
        sockets = {"listener": self._listener.fileno()}
        process, self._owner = self._launch(self.kernels, self.uid, sockets)
        if self._scope:
            self._describe(cgroups.divide_own(process.pid))

    def seen(self, paths: Iterable[Path | str]) -> list[str]:
        """Those of the paths that a kernel sees, as one that starts now finds out.

        Raises:
            RuntimeError: there was no answer.
        """
        folder = Path(tempfile.mkdtemp(prefix="k-", dir=self.kernels))
        asked: dict[str, Any] = {"folder": folder.name, "limits": Limits().as_row()}
        asked["paths"] = list(map(str, paths))
        if self.apart:
            asked["uid"] = isolations.spare_id()
            os.chown(folder, asked["uid"], asked["uid"])
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
                connection.settimeout(START_SECONDS)
                connection.connect(self.socket)
                connection.send(json.dumps(asked).encode())
                answer = json.loads(connection.recv(1 << 16) or b"{}")
        except OSError as error:
            raise RuntimeError(f"the template did not answer: {error}") from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        if "seen" not in answer:
            raise RuntimeError(f"the template did not answer: {answer.get('error', answer)}")
        return answer["seen"]

    def close(self) -> None:
        """End it and all its kernels; no process and no file is left."""
        self._ended.set()
        self._drop_owner()
        for process in self._processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS if self._broker is None else 0)
            process.kill()
            process.wait()
        self._processes.clear()
        # bubblewrap ends a moment before the processes inside it.
        for inside in self._insides:
            select.select([inside], [], [], STOP_SECONDS)
            os.close(inside)
        self._insides.clear()
        if self._base is not None:
            cgroups.remove(self._base)
            self._base = None
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        if self._broker is not None and self._broker.is_alive():
            self._broker.join(STOP_SECONDS)
        if self._run_dir is not None:
            for path in (Path(self.socket), self.log, *self.run_dir.glob("passwd-*")):
                path.unlink(missing_ok=True)
            for folder in ("kernels", "course", "files"):
                shutil.rmtree(self.run_dir / folder, ignore_errors=True)
            if self._made:
                shutil.rmtree(self.run_dir, ignore_errors=True)
                self._run_dir = None

    def _prepare(self) -> None:
        if self._run_dir is None:
            _sweep()
            self._run_dir = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir="/tmp"))
        else:
            self._run_dir = self._run_dir.resolve()
            self._run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        longest = self.kernels / "k-12345678" / "s-5"
        if len(os.fsencode(longest)) >= PATH_BYTES:
            raise ValueError(f"{self.run_dir} is too long for a socket's path: name a shorter one.")
        # Kernels of other users reach their own folders below it, whose names they cannot list.
        through = stat.S_IXGRP | stat.S_IXOTH if self.isolation.apart else 0
        self.run_dir.chmod(stat.S_IRWXU | through)
        self.kernels.mkdir(exist_ok=True)
        self.kernels.chmod(0o711 if self.isolation.apart else 0o755)
        self.uid = isolations.spare_id()
        self._check_data()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        Path(self.socket).unlink(missing_ok=True)
        self._listener.bind(self.socket)
        self._listener.listen()
        self.log.touch()
        if self.counting.parent:
            self._base = cgroups.make_base(self.counting.parent)
        self._describe(self._base)

    @property
    def _scope(self) -> tuple[str, ...]:
        """What starts the process in a group of its own; only one that forks kernels needs it."""
        return self.counting.scope if self.isolation.kind is Kind.NESTED else ()

    def _describe(self, counted: Path | None) -> None:
        """Write what provisioners need to ask for a kernel; counted: the group for their groups."""
        details: dict[str, Any] = {"kind": self.isolation.kind.value, "uid": os.getuid()}
        details |= {"counted": str(counted) if counted else None, "apart": self.apart}
        (self.kernels / "template.json").write_text(json.dumps(details))

    def _check_data(self) -> None:
        """Check that kernels can read the data: if we are root, they run as another user."""
        others = self.isolation.sandboxed or self.isolation.apart
        if self.data is None or os.getuid() != 0 or not others:
            return
        for path in (Path(self.data), *Path(self.data).rglob("*")):
            needed = 0o005 if path.is_dir() else 0o004
            if path.stat().st_mode & needed != needed:
                raise CourseError(
                    f"{path} cannot be read by everybody, but kernels run as a user without "
                    f"rights when the grader is root; run `chmod -R a+rX {self.data}`."
                )

    def _launch(
        self, kernels: Path, uid: int, sockets: dict[str, int], scratch: int | None = None
    ) -> tuple[subprocess.Popen[bytes], Socket]:
        """Start one template process; returns it and our end of its owner socket, once ready."""
        kind = self.isolation.kind
        owner, theirs = socket.socketpair()
        options = {
            "kind": kind.value,
            "uid": uid,
            "apart": self.apart,
            "preload": self.preload,
            "owner": theirs.fileno(),
            "scratch": scratch,
            **sockets,
        }
        info_reader, info_writer = os.pipe()
        with open(self.log, "ab") as log, theirs, open(info_reader) as info:
            process = subprocess.Popen(
                [
                    *self._scope,
                    *self._command(kernels, uid, scratch, info_writer),
                    sys.executable,
                    "-s",
                    "-c",
                    START,
                ]
                + [json.dumps(options)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment(),
                pass_fds=[theirs.fileno(), info_writer, *sockets.values()],
                start_new_session=True,
            )
            self._processes.append(process)
            os.close(info_writer)
            if self.isolation.sandboxed:
                self._remember_inside(info.read())
        owner.settimeout(START_SECONDS)
        try:
            ready = owner.recv(16)
        except TimeoutError:
            ready = b""
        if ready != b"ready":
            process.kill()
            process.wait()
            end = self.log.read_text(errors="replace").strip()[-2000:]
            raise RuntimeError(f"the template process did not start: {end}")
        return process, owner

    def _remember_inside(self, info: str) -> None:
        """Keep a handle on the first process inside: when it ends, so do all the others."""
        with contextlib.suppress(ValueError, KeyError, ProcessLookupError):
            self._insides.append(os.pidfd_open(json.loads(info)["child-pid"]))

    def _command(self, kernels: Path, uid: int, scratch: int | None, info_writer: int) -> list[str]:
        kind = self.isolation.kind
        if kind is Kind.LIMITS:
            return []
        passwd = isolations.write_passwd(self.run_dir, kind, uid)
        command = isolations.bubblewrap(kind, uid, kernels, passwd, self.data, scratch)
        return [command[0], "--info-fd", str(info_writer), *command[1:]]

    def _environment(self) -> dict[str, str] | None:
        """None with bubblewrap, which sets it; without, it finds the course's two packages."""
        if self.isolation.sandboxed:
            return None
        course = self.run_dir / "course"
        course.mkdir(exist_ok=True)
        for name, target in (
            ("helpers", isolations.package("helpers")),
            ("course_inside", Path(confine.__file__).resolve().parent),
        ):
            # Copies: the kit's own folder may be closed to other users.
            if not (course / name).exists():
                shutil.copytree(target, course / name, ignore=shutil.ignore_patterns("__pycache__"))
        data = Path(self.data).resolve() if self.data else None
        variables = isolations.environment(data, home=str(course), temporary="/tmp")
        folders = variables["PYTHONPATH"].split(os.pathsep)[1:]
        return variables | {"PYTHONPATH": os.pathsep.join([str(course), *folders])}

    def _drop_owner(self) -> None:
        """Close our end of the owner socket, which ends the process."""
        if self._owner is not None:
            self._owner.close()
            self._owner = None

    def _serve_singly(self, listener: Socket) -> None:
        """Start a bubblewrap and a cold template process for each connection."""
        while not self._ended.is_set():
            # Closing a socket does not wake a thread that waits for it.
            try:
                listener.settimeout(0.2)
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            threading.Thread(target=self._serve_one, args=[connection], daemon=True).start()

    def _serve_one(self, connection: Socket) -> None:
        with connection:
            try:
                # Leaves the request in the socket, for the process that will serve it.
                packet = connection.recv(1 << 16, socket.MSG_PEEK)
                request = json.loads(packet)
                folder = self.kernels / Path(request["folder"]).name
                # A different id for each, so that its processes are counted alone.
                uid = isolations.spare_id()
                if os.getuid() == 0:
                    os.chown(folder, uid, uid)
                sockets = {"connection": connection.fileno()}
                scratch = request["limits"]["scratch"]
                process, owner = self._launch(folder, uid, sockets, scratch)
            except Exception as error:
                # A connection that closes over an unread request is reset, and its answer lost.
                with contextlib.suppress(OSError):
                    connection.recv(1 << 16, socket.MSG_DONTWAIT)
                with contextlib.suppress(OSError):
                    connection.send(json.dumps({"error": str(error)}).encode())
                return
        # This thread must wait: bubblewrap ends with the thread that started it.
        while process.poll() is None and not self._ended.wait(0.2):
            pass
        owner.close()


def _sweep() -> None:
    """Remove the folders of owners that were killed before they could remove them."""
    for folder in Path("/tmp").glob(f"{PREFIX}[0-9]*-*"):
        owner = folder.name.split("-")[1]
        if not Path("/proc", owner).exists() and folder.stat().st_uid == os.getuid():
            shutil.rmtree(folder, ignore_errors=True)
