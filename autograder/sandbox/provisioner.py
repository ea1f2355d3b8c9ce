"""A jupyter_client kernel provisioner that asks the template for a forked kernel."""

import asyncio
import json
import os
import select
import shutil
import signal
import socket
import stat
import tarfile
import tempfile
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import KernelProvisionerBase

from autograder.sandbox.inside.confine import CHANNELS
from autograder.sandbox.kernel_limits import Limits

NAME = "autograder-sandbox"
START_SECONDS = 150.0
PACKET_BYTES = 1 << 16
MOST_FILES = 2000


@dataclass(frozen=True)
class KernelRequest:
    """What `km.start_kernel(sandbox=...)` asks for.

    Attributes:
        template_socket: Template.socket.
        run_dir: Template.run_dir.
        files: the folder whose files the kernel shall have in its home, or None.
        seed: of random, numpy and torch.
        limits: a Limits.
    """

    template_socket: str
    run_dir: Path
    files: Path | None = None
    seed: int = 0
    limits: Limits = field(default_factory=Limits)


def manager(kind=AsyncKernelManager):
    """A kernel manager of this class whose kernels are forks of a template.

    start_kernel(sandbox=KernelRequest(...)) starts one; `.provisioner` is a SandboxProvisioner.
    """
    made = kind(kernel_name="python3")
    made.kernel_id = str(uuid.uuid4())
    made.provisioner = SandboxProvisioner(
        kernel_id=made.kernel_id, kernel_spec=made.kernel_spec, parent=made
    )
    return made


class SandboxProvisioner(KernelProvisionerBase):
    """Starts one kernel, and knows how it ended.

    Attributes:
        agent_socket: our end of the line to the agent in the kernel.
        lost: the kernel was taken away with its template, which is no fault of its own.
    """

    agent_socket = None
    lost = False
    _request = _connection = _folder = _ended = _exit = None

    @property
    def has_process(self):
        return self._connection is not None

    async def pre_launch(self, **kwargs):
        """Names the kernel's sockets.

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
        manager = self.parent
        manager.transport, manager.ip = "ipc", str(self._folder / "s")
        # Beside the folder that the kernel sees: jupyter_client writes it.
        manager.connection_file = f"{self._folder}.json"
        for port, name in enumerate(CHANNELS, 1):
            setattr(manager, f"{name}_port", port)
        self.connection_info = manager.get_connection_info()
        kwargs.pop("extra_arguments", None)
        kwargs.pop("env", None)
        return await super().pre_launch(cmd=[], env={}, **kwargs)

    async def launch_kernel(self, cmd, **kwargs):
        """Returns the connection information once the kernel's sockets are bound.

        Raises:
            RuntimeError: the template or the kernel could not do it; with what they said.
        """
        self._ended = self._exit = None
        self.agent_socket, theirs = socket.socketpair()
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            with theirs:
                self._ask(connection, theirs)
            connection.setblocking(False)
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

    async def poll(self):
        """None while it runs, else its exit code; below 0, minus the signal that ended it."""
        if self._connection is None:
            return self._exit if self._exit is not None else 0
        self._look()
        return self._exit

    async def wait(self):
        while self._connection is not None and await self.poll() is None:
            await asyncio.sleep(0.005)
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        return self._exit

    async def send_signal(self, signum):
        self.signal(signum)

    async def kill(self, restart=False):
        self.signal(signal.SIGKILL)

    async def terminate(self, restart=False):
        self.signal(signal.SIGTERM)

    async def cleanup(self, restart=False):
        if self.agent_socket is not None:
            self.agent_socket.close()
            self.agent_socket = None
        if not restart:
            self._drop_folder()

    def interrupt(self):
        """Sends SIGINT to the kernel, from any thread."""
        self.signal(signal.SIGINT)

    def signal(self, number):
        """Sends the kernel a signal, from any thread; nothing where it has ended."""
        if self._connection is None:
            return
        try:
            self._connection.send(json.dumps({"signal": int(number)}).encode())
        except OSError:
            pass

    def died(self, patience=0.0):
        """None while the kernel lives, else how it ended, as the end of a sentence.

        Its sockets close a moment before its end is known: whoever saw that waits, at most
        `patience` seconds.
        """
        if self._connection is not None:
            if self._exit is None:
                select.select([self._connection], [], [], patience)
            self._look()
        if self._exit is None:
            return None
        reason, limits = (self._ended or {}).get("reason"), self._request.limits
        if reason == "memory":
            return f"its kernel needed more memory than {limits.memory >> 20:,} MB"
        if reason == "time":
            return f"its kernel ran longer than {limits.total_seconds:g} s"
        if self._exit >= 0:
            return f"its kernel ended by itself with exit code {self._exit}"
        name = _signal_name(-self._exit)
        if name in ("SIGKILL", "SIGTERM"):
            return f"its kernel was killed ({name})"
        return f"its kernel crashed ({name})"

    def _ask(self, connection, agent):
        """Sends the template what it must know, the agent's socket and the submission's files."""
        request, template = self._request, self._template()
        if os.getuid() == 0:
            os.chown(self._folder, template["uid"], template["uid"])
        message = {
            "folder": self._folder.name,
            "key": self.parent.session.key.decode(),
            "seed": request.seed,
            "limits": request.limits.as_row(),
            "files": request.files is not None,
        }
        if template["kind"] == "limits":
            home = self._folder / "home"
            home.mkdir()
            message |= {"home": str(home), "sockets": str(self._folder)}
        with _packed(request.files, request.limits) as files:
            connection.connect(str(request.template_socket))
            descriptors = [agent.fileno()] + ([files.fileno()] if message["files"] else [])
            socket.send_fds(connection, [json.dumps(message).encode()], descriptors)

    def _template(self):
        path = Path(self._request.run_dir, "kernels", "template.json")
        try:
            return json.loads(path.read_text())
        except OSError as error:
            raise RuntimeError(f"no template at {self._request.run_dir}: {error}") from error

    def _look(self):
        """Reads what the keeper has said, if anything."""
        if self._exit is not None:
            return
        try:
            packet = self._connection.recv(PACKET_BYTES)
        except BlockingIOError:
            return
        except OSError:
            packet = b""
        # The line ends without a word where the template was ended, and the kernel with it.
        self.lost = not packet
        self._ended = json.loads(packet) if packet else {"exit": -signal.SIGKILL}
        self._exit = self._ended.get("exit", -signal.SIGKILL)

    def _drop_folder(self):
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            Path(f"{self._folder}.json").unlink(missing_ok=True)
            self._folder = None


def _signal_name(number):
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _packed(folder, limits):
    """The regular files below `folder`, as an open tar file; links and the like are left out.

    Raises:
        RuntimeError: they are more, or larger, than the kernel could hold.
    """
    packed = tempfile.TemporaryFile()
    if folder is None:
        return packed
    total = count = 0
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as files:
        for place, _, names, opened in os.fwalk(folder, follow_symlinks=False):
            for name in sorted(names):
                # Opened first, then looked at: a link cannot take its place in between.
                flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
                try:
                    descriptor = os.open(name, flags, dir_fd=opened)
                except OSError:
                    continue
                with open(descriptor, "rb") as file:
                    found = os.fstat(descriptor)
                    if not stat.S_ISREG(found.st_mode):
                        continue
                    total, count = total + found.st_size, count + 1
                    if total > limits.scratch // 2 or found.st_size > limits.file_size:
                        packed.close()
                        raise RuntimeError(f"the submission's files are too large: {name}")
                    if count > MOST_FILES:
                        packed.close()
                        raise RuntimeError(f"the submission has more than {MOST_FILES} files")
                    entry = tarfile.TarInfo(os.path.relpath(os.path.join(place, name), folder))
                    entry.size, entry.mode, entry.mtime = found.st_size, 0o600, int(found.st_mtime)
                    files.addfile(entry, file)
    packed.seek(0)
    return packed
