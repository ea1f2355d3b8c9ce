"""Provision Jupyter kernels that are forks of the template (for jupyter_client)."""

import asyncio
import contextlib
import json
import os
import resource
import select
import shutil
import signal
import socket
import stat
import tarfile
import tempfile
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.manager import AsyncKernelManager, KernelManager
from jupyter_client.provisioning import KernelProvisionerBase

from autograder.sandbox import cgroups
from autograder.sandbox.inside.confine import CHANNELS
from autograder.sandbox.inside.processor_time import since
from autograder.sandbox.isolation import spare_id
from autograder.sandbox.kernel_limits import Limits

NAME = "autograder-sandbox"
START_SECONDS = 330.0
# The keeper looks at all threads before it says what they had; it may wait for a processor itself.
ANSWER_SECONDS = 30.0
PACKET_BYTES = 1 << 16
MOST_FILES = 2000
STOPPED = "its kernel was stopped"
# A process brings these upon itself; any other signal comes from somewhere.
FAULTS = (
    *(signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGSEGV),
    *(signal.SIGSYS, signal.SIGTRAP, signal.SIGXCPU, signal.SIGXFSZ),
)


@dataclass(frozen=True)
class KernelRequest:
    """What `km.start_kernel(sandbox=...)` asks for.

    Attributes:
        template_socket: Template.socket.
        run_dir: Template.run_dir.
        files: a folder whose files are copied to the kernel's home, or None.
        seed: of random, numpy and torch.
        limits: what the kernel may use.
    """

    template_socket: str | Path
    run_dir: Path
    files: Path | None = None
    seed: int = 0
    limits: Limits = field(default_factory=Limits)


def manager(kind: type[KernelManager] = AsyncKernelManager) -> KernelManager:
    """A kernel manager of class `kind` whose kernels are forks of a template.

    start_kernel(sandbox=KernelRequest(...)) starts one; `.provisioner` is a SandboxProvisioner.
    """
    km = kind(kernel_name="python3")
    km.kernel_id = str(uuid.uuid4())
    km.provisioner = SandboxProvisioner(
        kernel_id=km.kernel_id, kernel_spec=km.kernel_spec, parent=km
    )
    return km


class SandboxProvisioner(KernelProvisionerBase):
    """Starts one kernel and knows how it ended.

    Attributes:
        agent_socket: our end of the connection to the agent in the kernel.
        lost: the kernel has ended, and nothing says that its own code is the cause: its template
            ended, or something outside killed it.
        overdue: the kernel was ended because it ran longer than a notebook may.
    """

    agent_socket: socket.socket | None = None
    lost: bool = False
    overdue: bool = False
    _request: Any = None
    _connection: Any = None
    _folder: Any = None
    _group: Path | None = None
    _ended: dict[str, Any] | None = None
    _exit: int | None = None
    _times: Any = None

    @property
    def has_process(self) -> bool:
        """Whether a kernel has been started and its end not yet waited for."""
        return self._connection is not None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Choose the names of the kernel's sockets.

        Raises:
            ValueError: no KernelRequest was given.
        """
        request = kwargs.pop("sandbox", None) or self._request
        if not isinstance(request, KernelRequest):
            raise ValueError("start_kernel needs sandbox=KernelRequest(...)")
        self._request = request
        kernels = Path(request.run_dir, "kernels")
        self._drop_folder()
        self._folder = Path(tempfile.mkdtemp(prefix="k-", dir=kernels))
        manager: Any = self.parent
        manager.transport, manager.ip = "ipc", str(self._folder / "s")
        # Written by jupyter_client, next to the folder that the kernel sees.
        manager.connection_file = f"{self._folder}.json"
        for port, name in enumerate(CHANNELS, 1):
            setattr(manager, f"{name}_port", port)
        self.connection_info = manager.get_connection_info()
        kwargs.pop("extra_arguments", None)
        kwargs.pop("env", None)
        return await super().pre_launch(cmd=[], env={}, **kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel; returns its connection information once its sockets are bound.

        Raises:
            RuntimeError: the template or the kernel failed; with its error message.
        """
        self._ended = self._exit = self._times = None
        self.agent_socket, theirs = socket.socketpair()
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            with theirs:
                self._ask(connection, theirs)
            connection.setblocking(False)
            if self._group is not None:
                await asyncio.wait_for(self._join(connection, self._group), START_SECONDS)
            receive = asyncio.get_running_loop().sock_recv(connection, PACKET_BYTES)
            answer = json.loads(await asyncio.wait_for(receive, START_SECONDS) or "{}")
            if "started" not in answer:
                raise RuntimeError(f"the kernel did not start: {answer.get('error', answer)}")
        except BaseException as error:
            connection.close()
            await self.cleanup()
            if isinstance(error, OSError | TimeoutError | ValueError):
                raise RuntimeError(f"no kernel from the template: {error}") from error
            raise
        self._connection = connection
        return self.connection_info

    async def poll(self) -> int | None:
        """None while it runs, else its exit code; minus the signal's number if one ended it."""
        if self._connection is None:
            return self._exit if self._exit is not None else 0
        self._read_end()
        return self._exit

    async def wait(self) -> int | None:
        """Wait for the kernel's end; returns its exit code as `poll` does."""
        while self._connection is not None and await self.poll() is None:
            await asyncio.sleep(0.005)
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        return self._exit

    async def send_signal(self, signum: int) -> None:
        """Send the kernel a signal; nothing if it has ended."""
        self.signal(signum)

    async def kill(self, restart: bool = False) -> None:
        """Send SIGKILL."""
        self.signal(signal.SIGKILL)

    async def terminate(self, restart: bool = False) -> None:
        """Send SIGTERM."""
        self.signal(signal.SIGTERM)

    async def cleanup(self, restart: bool = False) -> None:
        """Close the agent's socket and, unless the kernel restarts, remove its folder and group."""
        if self.agent_socket is not None:
            self.agent_socket.close()
            self.agent_socket = None
        self._drop_group()
        if not restart:
            self._drop_folder()

    def interrupt(self) -> None:
        """Send SIGINT; callable from any thread."""
        self.signal(signal.SIGINT)

    def signal(self, number: int) -> None:
        """Send the kernel a signal; nothing if it has ended. Callable from any thread."""
        if self._connection is None:
            return
        try:
            self._connection.send(json.dumps({"signal": int(number)}).encode())
        except OSError:
            pass

    def died(self, patience: float = 0.0) -> str | None:
        """None while the kernel runs, else how it ended, as a clause: "its kernel ...".

        A kernel's sockets close a moment before its end is known here.

        Args:
            patience: seconds to wait at most for a kernel that has not ended.
        """
        if self._connection is not None:
            if self._exit is None:
                select.select([self._connection], [], [], patience)
            self._read_end()
        if self._exit is None:
            return None
        reason, limits = (self._ended or {}).get("reason"), self._request.limits
        if reason == "memory":
            return f"its kernel needed more memory than {limits.memory >> 20:,} MB"
        if reason == "time":
            return f"its kernel ran longer than {limits.total_seconds:g} s"
        if reason == "own limit":
            return "its kernel met the limit of processor time that its own code had set"
        if self._exit >= 0:
            return f"its kernel ended by itself with exit code {self._exit}"
        if reason == "asked":
            return STOPPED
        name = _signal_name(-self._exit)
        if self.lost:
            return f"its kernel was killed ({name})"
        return f"its kernel crashed ({name})"

    def processor_time(self, start: float) -> tuple[float, float]:
        """Seconds for which the kernel's threads have run since `start`, and have waited for that.

        start: of time.monotonic(). Of a kernel that has ended, until its end. 0 and 0 where nothing
        counts them.
        """
        if self._connection is not None and self._exit is None:
            self._times = None
            with contextlib.suppress(OSError):
                self._connection.send(json.dumps({"times": True}).encode())
            deadline = time.monotonic() + ANSWER_SECONDS
            while self._times is None and self._exit is None and time.monotonic() < deadline:
                select.select([self._connection], [], [], 1.0)
                self._read_end()
        return since(self._times or [], start)

    def _ask(self, connection: socket.socket, agent: socket.socket) -> None:
        """Send the template the request, the agent's socket and the submission's files."""
        request, template = self._request, self._template()
        km: Any = self.parent
        uid = spare_id() if template["apart"] else template["uid"]
        if os.getuid() == 0:
            os.chown(self._folder, uid, uid)
        message = {
            "folder": self._folder.name,
            "key": km.session.key.decode(),
            "seed": request.seed,
            "limits": request.limits.as_row(),
            "files": request.files is not None,
            "counted": template["counted"] is not None,
        }
        self._drop_group()
        if template["counted"]:
            most = request.limits.memory + request.limits.scratch
            self._group = cgroups.make(
                Path(template["counted"]), self._folder.name, most, request.limits.processes
            )
        if template["kind"] == "limits":
            home = self._folder / "home"
            home.mkdir()
            if template["apart"]:
                os.chown(home, uid, uid)
            message |= {"home": str(home), "sockets": str(self._folder)}
        if template["apart"]:
            message["uid"] = uid
        _outnumber(request.limits.open_files)
        with _packed(request.files, request.limits) as files:
            connection.connect(str(request.template_socket))
            descriptors = [agent.fileno()] + ([files.fileno()] if message["files"] else [])
            socket.send_fds(connection, [json.dumps(message).encode()], descriptors)

    @staticmethod
    async def _join(connection: socket.socket, group: Path) -> None:
        """Move the kernel's first process, on which the keeper sends a handle, into the group.

        Raises:
            OSError: it cannot be moved.
            RuntimeError: the keeper sends something else.
        """
        loop, ready = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(connection, ready.set)
        try:
            await ready.wait()
        finally:
            loop.remove_reader(connection)
        packet, handles, _, _ = socket.recv_fds(connection, PACKET_BYTES, 1)
        if not handles:
            raise RuntimeError(f"the kernel did not start: {packet.decode(errors='replace')}")
        try:
            about = Path("/proc/self/fdinfo", str(handles[0])).read_text()
            pid = next(line.split()[1] for line in about.splitlines() if line.startswith("Pid:"))
            cgroups.join(group, int(pid))
        finally:
            os.close(handles[0])
        connection.send(json.dumps({"joined": True}).encode())

    def _template(self) -> dict[str, Any]:
        path = Path(self._request.run_dir, "kernels", "template.json")
        try:
            return json.loads(path.read_text())
        except OSError as error:
            raise RuntimeError(f"no template at {self._request.run_dir}: {error}") from error

    def _read_end(self) -> None:
        """Read what the keeper has sent: the kernel's times, and how it ended."""
        while self._exit is None:
            try:
                packet = self._last_packet()
            except BlockingIOError:
                return
            # It closes without a message if the template, and so the kernel, was ended.
            told = json.loads(packet) if packet else {"exit": -signal.SIGKILL}
            self._times = told.get("times", self._times) or []
            if "exit" in told:
                self._end(told)

    def _end(self, told: dict[str, Any]) -> None:
        """Take down how the kernel ended. told: by its keeper."""
        self._ended, self._exit = told, told["exit"]
        if self._group and not self._ended.get("reason") and cgroups.exceeded(self._group):
            self._ended["reason"] = "memory"
        caused = self._exit >= 0 or -self._exit in FAULTS or self._ended.get("reason")
        self.lost, self.overdue = not caused, self._ended.get("reason") == "time"

    def _last_packet(self) -> bytes:
        """What the keeper sent last; b"" if it ended without a word."""
        for _ in range(2):
            # A keeper that ends without having read a signal resets the connection: that error
            # comes before the packet that it had sent, and hides it once.
            with contextlib.suppress(ConnectionResetError):
                return self._connection.recv(PACKET_BYTES)
        return b""

    def _drop_group(self) -> None:
        if self._group is not None:
            cgroups.remove(self._group)
            self._group = None

    def _drop_folder(self) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            Path(f"{self._folder}.json").unlink(missing_ok=True)
            self._folder = None


def _outnumber(open_files: int) -> None:
    """Let this process send descriptors whatever kernels have on their way through sockets.

    Linux counts those of a user, against the limit of whoever sends more: with the limit of a
    kernel, and its user, no other kernel could be started. One message carries up to 253.
    """
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4 * open_files
    if most != resource.RLIM_INFINITY:
        wanted = min(wanted, most)
    if now != resource.RLIM_INFINITY and now < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _packed(folder: Path | None, limits: Limits) -> IO[bytes]:
    """The regular files below `folder`, as an open tar file; links, pipes and others are left out.

    Raises:
        RuntimeError: there are too many of them, or they are too large for the kernel.
    """
    packed = tempfile.TemporaryFile()
    if folder is None:
        return packed
    total = count = 0
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as files:
        for parent, _, names, opened in os.fwalk(folder, follow_symlinks=False):
            for name in sorted(names):
                # Open first, then check: the file cannot be replaced by a link in between.
                flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
                try:
                    descriptor = os.open(name, flags, dir_fd=opened)
                except OSError:
                    continue
                with open(descriptor, "rb") as file:
                    info = os.fstat(descriptor)
                    if not stat.S_ISREG(info.st_mode):
                        continue
                    total, count = total + info.st_size, count + 1
                    if total > limits.scratch // 2 or info.st_size > limits.file_size:
                        packed.close()
                        raise RuntimeError(f"the submission's files are too large: {name}")
                    if count > MOST_FILES:
                        packed.close()
                        raise RuntimeError(f"the submission has more than {MOST_FILES} files")
                    entry = tarfile.TarInfo(os.path.relpath(os.path.join(parent, name), folder))
                    entry.size, entry.mode, entry.mtime = info.st_size, 0o600, int(info.st_mtime)
                    files.addfile(entry, file)
    packed.seek(0)
    return packed
