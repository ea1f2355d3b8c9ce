"""The template process, seen from outside: started and ended here, in whichever isolation."""

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
from pathlib import Path

from autograder.sandbox import isolation as isolations
from autograder.sandbox.inside import confine
from autograder.sandbox.isolation import Kind
from helpers.errors import CourseError

START_SECONDS = 120.0
STOP_SECONDS = 10.0
# Of a unix socket's path, with the zero at its end.
PATH_BYTES = 108
PREFIX = "ag-"
START = "from course_inside import template; template.main()"


class Template:
    """A process with everything imported, which forks one kernel for each connection.

    Used as a context manager by the one process that owns it; workers in any process of the same
    user connect to `socket` (through the provisioner). It ends with its owner, kernels included.

    Args:
        isolation: an Isolation; by default the best one here.
        run_dir: a folder for sockets, with a short path; by default a new one in /tmp.
        data: the folder that kernels see as COURSE_DATA, or None.
        preload: names for helpers.data.load, read once for all kernels.

    Raises:
        ValueError: the path of `run_dir` is too long for a socket.
    """

    def __init__(self, isolation=None, run_dir=None, data=None, preload=("mnist",)):
        self.isolation = isolation or isolations.best()
        self.run_dir = Path(run_dir) if run_dir else None
        self.data = data
        self.preload = list(preload)
        self._made = not run_dir
        self._processes, self._insides = [], []
        self._listener = self._owner = self._broker = None
        self._ended = threading.Event()

    @property
    def socket(self):
        """The path that provisioners connect to."""
        return str(self.run_dir / "template")

    @property
    def kernels(self):
        """The folder with a folder for the sockets of each kernel."""
        return self.run_dir / "kernels"

    @property
    def files(self):
        """A folder for whoever starts kernels, gone with the rest."""
        (self.run_dir / "files").mkdir(exist_ok=True)
        return self.run_dir / "files"

    @property
    def log(self):
        """What the template and its keepers said on stderr."""
        return self.run_dir / "template.log"

    @property
    def alive(self):
        if self._listener is None:
            return False
        if self.isolation.kind is Kind.SINGLE:
            return self._broker.is_alive()
        return bool(self._processes) and self._processes[-1].poll() is None

    def __enter__(self):
        try:
            self._prepare()
            if self.isolation.kind is Kind.SINGLE:
                self._broker = threading.Thread(target=self._serve_singly, daemon=True)
                self._broker.start()
            else:
                self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def start(self):
        """Starts the process, or another one where it has died; returns when it is ready.

        Raises:
            RuntimeError: it ended or was not ready in time; with the end of its log.
        """
        if self.isolation.kind is Kind.SINGLE or self.alive:
            return
        self._drop_owner()
        sockets = {"listener": self._listener.fileno()}
        _, self._owner = self._launch(self.kernels, self.uid, sockets)

    def close(self):
        """Ends it and every kernel; leaves no process and no file."""
        self._ended.set()
        self._drop_owner()
        for process in self._processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS if self._broker is None else 0)
            process.kill()
            process.wait()
        self._processes.clear()
        # bubblewrap itself ends a moment before what ran in it.
        for inside in self._insides:
            select.select([inside], [], [], STOP_SECONDS)
            os.close(inside)
        self._insides.clear()
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        if self._broker is not None and self._broker.is_alive():
            self._broker.join(STOP_SECONDS)
        if self.run_dir is not None:
            for path in (Path(self.socket), self.log, *self.run_dir.glob("passwd-*")):
                path.unlink(missing_ok=True)
            for folder in ("kernels", "course", "files"):
                shutil.rmtree(self.run_dir / folder, ignore_errors=True)
            if self._made:
                shutil.rmtree(self.run_dir, ignore_errors=True)
                self.run_dir = None

    def _prepare(self):
        if self.run_dir is None:
            _sweep()
            self.run_dir = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir="/tmp"))
        else:
            self.run_dir = self.run_dir.resolve()
            self.run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        longest = self.kernels / "k-12345678" / "s-5"
        if len(os.fsencode(longest)) >= PATH_BYTES:
            raise ValueError(f"{self.run_dir} is too long for a socket's path: name a shorter one.")
        self.run_dir.chmod(stat.S_IRWXU)
        self.kernels.mkdir(exist_ok=True)
        self.kernels.chmod(0o755)
        self.uid = isolations.spare_id()
        self._check_data()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        Path(self.socket).unlink(missing_ok=True)
        self._listener.bind(self.socket)
        self._listener.listen(64)
        self.log.touch()
        # For provisioners: what they must know to ask for a kernel.
        forked = self.isolation.kind is Kind.NESTED
        owner = self.uid if forked and os.getuid() == 0 else os.getuid()
        details = {"kind": self.isolation.kind.value, "uid": owner}
        (self.kernels / "template.json").write_text(json.dumps(details))

    def _check_data(self):
        """As root we give the kernels a user without rights, who must be able to read the data."""
        if self.data is None or os.getuid() != 0 or not self.isolation.sandboxed:
            return
        for path in (Path(self.data), *Path(self.data).rglob("*")):
            needed = 0o005 if path.is_dir() else 0o004
            if path.stat().st_mode & needed != needed:
                raise CourseError(
                    f"{path} cannot be read by everybody, and kernels run as a user without "
                    f"rights when the grader is root; say `chmod -R a+rX {self.data}`."
                )

    def _launch(self, kernels, uid, sockets, scratch=None):
        """Starts one template process; returns it and the owner's end of the line, once ready."""
        kind = self.isolation.kind
        owner, theirs = socket.socketpair()
        options = {
            "kind": kind.value,
            "uid": uid,
            "preload": self.preload,
            "owner": theirs.fileno(),
            "scratch": scratch,
            **sockets,
        }
        news, tell = os.pipe()
        with open(self.log, "ab") as log, theirs, open(news) as told:
            process = subprocess.Popen(
                [*self._command(kernels, uid, scratch, tell), sys.executable, "-s", "-c", START]
                + [json.dumps(options)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment(),
                pass_fds=[theirs.fileno(), tell, *sockets.values()],
                start_new_session=True,
            )
            self._processes.append(process)
            os.close(tell)
            if self.isolation.sandboxed:
                self._remember_inside(told.read())
        owner.settimeout(START_SECONDS)
        try:
            ready = owner.recv(16)
        except TimeoutError:
            ready = b""
        if ready != b"ready":
            process.kill()
            process.wait()
            said = self.log.read_text(errors="replace").strip()[-2000:]
            raise RuntimeError(f"the template process did not start: {said}")
        return process, owner

    def _remember_inside(self, told):
        """Keeps a handle on the first process inside, whose end is the end of all the others."""
        with contextlib.suppress(ValueError, KeyError, ProcessLookupError):
            self._insides.append(os.pidfd_open(json.loads(told)["child-pid"]))

    def _command(self, kernels, uid, scratch, tell):
        kind = self.isolation.kind
        if kind is Kind.LIMITS:
            return []
        passwd = isolations.write_passwd(self.run_dir, kind, uid)
        command = isolations.bubblewrap(kind, uid, kernels, passwd, self.data, scratch)
        return [command[0], "--info-fd", str(tell), *command[1:]]

    def _environment(self):
        """Inside bubblewrap it is set anew; without, helpers and course_inside are linked."""
        if self.isolation.sandboxed:
            return None
        course = self.run_dir / "course"
        course.mkdir(exist_ok=True)
        for name, target in (
            ("helpers", isolations.package("helpers")),
            ("course_inside", Path(confine.__file__).resolve().parent),
        ):
            if not (course / name).is_symlink():
                (course / name).symlink_to(target)
        data = Path(self.data).resolve() if self.data else None
        found = isolations.environment(data, home=str(course), temporary="/tmp")
        folders = found["PYTHONPATH"].split(os.pathsep)[1:]
        return found | {"PYTHONPATH": os.pathsep.join([str(course), *folders])}

    def _drop_owner(self):
        """The process ends when this line closes."""
        if self._owner is not None:
            self._owner.close()
            self._owner = None

    def _serve_singly(self):
        """For each connection a bubblewrap and a template process of its own, cold."""
        while not self._ended.is_set():
            # Closing a socket does not wake a thread that waits for it.
            self._listener.settimeout(0.2)
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            threading.Thread(target=self._serve_one, args=[connection], daemon=True).start()

    def _serve_one(self, connection):
        with connection:
            try:
                # Its request stays where it is, for the process that will serve it.
                packet = connection.recv(1 << 16, socket.MSG_PEEK)
                request = json.loads(packet)
                folder = self.kernels / Path(request["folder"]).name
                # An id of its own, so that its processes are counted alone.
                uid = isolations.spare_id()
                if os.getuid() == 0:
                    os.chown(folder, uid, uid)
                sockets = {"connection": connection.fileno()}
                scratch = request["limits"]["scratch"]
                process, owner = self._launch(folder, uid, sockets, scratch)
            except Exception as error:
                with contextlib.suppress(OSError):
                    connection.send(json.dumps({"error": str(error)}).encode())
                return
        # This thread must live as long: bubblewrap ends with the thread that started it.
        while process.poll() is None and not self._ended.wait(0.2):
            pass
        owner.close()


def _sweep():
    """Remove the folders of owners that were killed before they could."""
    for folder in Path("/tmp").glob(f"{PREFIX}[0-9]*-*"):
        owner = folder.name.split("-")[1]
        if not Path("/proc", owner).exists() and folder.stat().st_uid == os.getuid():
            shutil.rmtree(folder, ignore_errors=True)
