"""Find the best isolation that works on this machine, and build its bubblewrap command.

NESTED: one bubblewrap around the template; each kernel is a fork of it in its own namespaces.
SINGLE: no user namespaces inside bubblewrap, so each kernel has a bubblewrap and a cold start.
LIMITS: no bubblewrap: limits on resources, but a kernel can read files and use the network. If the
grader is root, kernels run as users of their own, and cannot read what is only root's.
"""

import contextlib
import functools
import importlib.util
import os
import secrets
import shutil
import site
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from autograder.sandbox.inside import confine

COURSE = "/opt/course"
DATA = f"{COURSE}/data"
# Above all ranges that systemd assigns to users, services and containers.
SPARE_IDS = range(0x70000000, 0x7FFFFFFF)
PROBE_SECONDS = 30
# Packages that a kernel needs; they may be installed in different folders.
PACKAGES = ("torch", "torchvision", "numpy", "matplotlib", "IPython", "ipykernel", "zmq")
SYSTEM_FILES = (
    "/etc/ld.so.cache",
    "/etc/alternatives",
    "/etc/fonts",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/ssl/certs",
)
OF_A_VENV = ("pyvenv.cfg", "bin", "lib", "lib64", "include", "share", "etc")
DEVICES = ("null", "zero", "full", "random", "urandom")


class Kind(Enum):
    """The kinds of isolation, best first."""

    NESTED = "nested"
    SINGLE = "single"
    LIMITS = "limits"


MEANING = {
    Kind.NESTED: "kernels cannot reach this machine's files, network or processes",
    Kind.SINGLE: "kernels cannot reach this machine's files, network or processes; slower starts",
    Kind.LIMITS: "NO SANDBOX: a kernel can read what you can read and use the network",
}

APART = (
    "NO SANDBOX: a kernel runs as a user of its own; it can read what everybody can read and use "
    "the network"
)


@dataclass(frozen=True)
class Isolation:
    """The isolation of a template's kernels.

    Attributes:
        kind: see Kind.
        reason: why no better kind is used; empty for the best.
        reads: a path of the course that kernels can read all the same, as was probed; or empty.
        apart: with LIMITS, each kernel runs as a user of its own.
    """

    kind: Kind
    reason: str = ""
    reads: str = ""
    apart: bool = False

    @property
    def sandboxed(self) -> bool:
        """Whether kernels are kept from this machine's files, network and processes."""
        return self.kind is not Kind.LIMITS

    @property
    def meaning(self) -> str:
        """What kernels can reach, in one line."""
        if self.reads:
            return f"NOT CLOSED: a kernel can read {self.reads}"
        return APART if self.apart else MEANING[self.kind]

    def as_row(self) -> dict[str, str]:
        """The isolation as a result records it: kind, meaning and reason."""
        return {
            "isolation": self.kind.value,
            "meaning": self.meaning,
            "reason": self.reason,
        }


NESTED, SINGLE, LIMITS = (Isolation(kind) for kind in Kind)


@functools.cache
def best() -> Isolation:
    """The best isolation that works on this machine, found by trying each kind once."""
    if not sys.platform.startswith("linux"):
        return Isolation(Kind.LIMITS, "bubblewrap needs Linux")
    if not shutil.which("bwrap"):
        return _limits("bubblewrap (bwrap) is not installed")
    if not (failure := _failure(Kind.NESTED)):
        return NESTED
    if not (worse := _failure(Kind.SINGLE)):
        return Isolation(Kind.SINGLE, f"no namespaces inside bubblewrap: {failure}")
    return _limits(f"bubblewrap does not work: {worse}")


def _limits(reason: str) -> Isolation:
    """Limits alone; with kernels as other users if we are root and they can import packages."""
    other, apart = spare_id(), False
    if os.getuid() == 0:
        program = f"import importlib.util as u; raise SystemExit(not u.find_spec({PACKAGES[0]!r}))"
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            tried = subprocess.run(
                [sys.executable, "-s", "-c", program],
                cwd="/",
                user=other,
                group=other,
                extra_groups=[],
                capture_output=True,
                timeout=PROBE_SECONDS,
            )
            apart = tried.returncode == 0
    return Isolation(Kind.LIMITS, reason, apart=apart)


def spare_id() -> int:
    """A random user id that no account has; a fixed one if we are not root."""
    if os.getuid() != 0:
        return confine.STUDENT
    wanted = secrets.choice(SPARE_IDS)
    with open("/proc/self/uid_map") as file:
        ranges = [(int(first), int(count)) for first, _, count in map(str.split, file)]
    if any(first <= wanted < first + count for first, count in ranges):
        return wanted
    # A container may have few ids; if nobody's is not among them, the template reports the error.
    return 65534


def bubblewrap(
    kind: Kind,
    uid: int,
    kernels: Path,
    passwd: Path,
    data: Path | str | None = None,
    scratch: int | None = None,
) -> list[str]:
    """The bubblewrap command, up to the program that it will run.

    Args:
        kind: Kind.NESTED or Kind.SINGLE.
        uid: the user that the template will become.
        kernels: the folder with one folder per kernel (nested), or this kernel's folder (single).
        passwd: the file to mount as /etc/passwd.
        data: the folder to mount as COURSE_DATA, or None.
        scratch: bytes of home, /tmp and /dev/shm together; needed for Kind.SINGLE, while nested
            kernels mount their own.

    Raises:
        ModuleNotFoundError: a package that kernels need is not installed.
        ValueError: Kind.SINGLE without scratch.
    """
    root, temporary = os.getuid() == 0, _temporary()
    command = ["bwrap", "--die-with-parent", "--new-session", "--unshare-pid", "--unshare-net"]
    command += ["--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--hostname", "sandbox"]
    if not root:
        command += ["--unshare-user", "--uid", str(uid), "--gid", str(uid)]
    # What confine.become needs; it gives them up again.
    command += ["--cap-drop", "ALL"]
    for capability in ("SYS_ADMIN", "SETUID", "SETGID", "SETPCAP"):
        command += ["--cap-add", f"CAP_{capability}"]
    command += [*_system(), *_python(), *_course(), *_devices(kind)]
    command += ["--proc", "/proc", *_bind(passwd, "/etc/passwd")]
    if data:
        command += _bind(Path(data).resolve(), DATA)
    if kind is Kind.NESTED:
        command += [*_bind(kernels, confine.KERNELS, "--bind"), "--dir", confine.OWN_FOLDER]
        command += ["--dir", confine.HOME, "--dir", "/dev/shm"]
        command += ["--perms", "1777", "--tmpfs", temporary]
    else:
        command += _bind(kernels, confine.OWN_FOLDER, "--bind")
        if scratch is None:
            raise ValueError("Kind.SINGLE needs scratch")
        # Used if the template cannot mount one file system for the three of them.
        for folder, part in ((confine.HOME, 2), (temporary, 4), ("/dev/shm", 4)):
            size = ["--size", str(scratch // part)]
            command += ["--perms", "1777", *size, "--tmpfs", folder]
    command += ["--dir", confine.SCRATCH]
    # These are tmpfs of bubblewrap, owned by the user who started it.
    command += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/", "--clearenv"]
    for name, value in environment(DATA if data else None, temporary=temporary).items():
        command += ["--setenv", name, value]
    return command


def environment(
    data: Path | str | None, home: str = confine.HOME, temporary: str = "/tmp"
) -> dict[str, str]:
    """Environment variables of the template, and so of each kernel.

    Args:
        data: the folder for COURSE_DATA, or None.
        home: the folder for HOME.
        temporary: the folder for TMPDIR.

    Raises:
        ModuleNotFoundError: one of PACKAGES is not installed.
    """
    variables = {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
        "LANG": "C.UTF-8",
        "HOME": home,
        "USER": "student",
        "TMPDIR": temporary,
        "IPYTHONDIR": f"{temporary}/.ipython",
        "XDG_CACHE_HOME": f"{temporary}/.cache",
        "MPLCONFIGDIR": f"{temporary}/.matplotlib",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYTHONPATH": os.pathsep.join([COURSE, *map(str, _extra_folders())]),
        "PYTHONDONTWRITEBYTECODE": "1",
        # The debugger that ipykernel loads would warn on stderr and check many files.
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "NBGRADER_EXECUTION": "autograde",
        # Kernels run side by side on all cores: more threads would slow each other down.
        **{f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")},
        # `!pip install` fails at once, instead of trying for minutes to reach the network.
        "PIP_NO_INDEX": "1",
        "PIP_NO_INPUT": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        # The shared template is forked, and CUDA does not survive a fork.
        "CUDA_VISIBLE_DEVICES": "",
    }
    if data:
        variables["COURSE_DATA"] = str(data)
    if zone := os.environ.get("TZ"):
        variables["TZ"] = zone
    return variables


def package(name: str) -> Path:
    """The folder of an installed package, without importing it.

    Raises:
        ModuleNotFoundError: it is not installed, or is not a package.
    """
    spec = importlib.util.find_spec(name)
    if spec is None or spec.submodule_search_locations is None:
        raise ModuleNotFoundError(f"the package {name} is not installed")
    return Path(next(iter(spec.submodule_search_locations))).resolve()


def _bind(source: Path | str, target: Path | str, how: str = "--ro-bind") -> list[str]:
    """With the folders above it, because bubblewrap makes some of them readable only by root."""
    parents = list(Path(target).parents)[-2::-1]
    above = [word for path in parents for word in ("--dir", str(path))]
    return [*above, how, str(source), str(target)]


def _system() -> list[str]:
    words = ["--ro-bind", "/usr", "/usr", "--dir", "/etc", "--dir", "/etc/ssl"]
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        path = Path("/", name)
        if path.is_symlink():
            words += ["--symlink", os.readlink(path), str(path)]
        elif path.exists():
            words += ["--ro-bind", str(path), str(path)]
    for file in SYSTEM_FILES:
        words += ["--ro-bind-try", file, file]
    return words


def _python() -> list[str]:
    """This interpreter and its packages, except the autograder."""
    folders = _python_folders()
    words = [word for folder in folders for word in _bind(folder, folder)]
    packages = {*site.getsitepackages(), site.getusersitepackages(), *map(str, folders)}
    for folder in map(Path, sorted(packages)):
        hidden = folder / "autograder"
        visible = any(hidden.is_relative_to(mounted) for mounted in (Path("/usr"), *folders))
        if hidden.is_dir() and visible:
            words += ["--tmpfs", str(hidden), "--remount-ro", str(hidden)]
    return words


def _python_folders() -> list[Path]:
    """The fewest folders that hold the interpreter and PACKAGES, outermost first."""
    wanted = {Path(sys.base_prefix), Path(sys.base_exec_prefix)} | _own(Path(sys.prefix))
    # A virtual environment may be made from another, and the program may be a chain of links.
    program = Path(sys.executable)
    while program.is_symlink():
        program = Path(os.path.normpath(program.parent / os.readlink(program)))
        wanted |= _own(program.parent.parent)
    wanted |= set(_extra_folders())
    folders: list[Path] = []
    for folder in sorted(wanted, key=lambda path: len(path.parts)):
        if folder.is_relative_to("/usr") or any(folder.is_relative_to(f) for f in folders):
            continue
        folders.append(folder)
    return folders


def _own(prefix: Path) -> set[Path]:
    """What belongs to a virtual environment in its folder: that may be a course's, too."""
    if not (prefix / "pyvenv.cfg").is_file():
        return {prefix}
    return {path for name in OF_A_VENV if (path := prefix / name).exists()}


def _temporary() -> str:
    """The folder for kernels' temporary files: /tmp, unless Python itself is installed there."""
    hidden = any(folder.is_relative_to("/tmp") for folder in _python_folders())
    return "/var/tmp" if hidden else "/tmp"


@functools.cache
def _extra_folders() -> list[Path]:
    """Folders of PACKAGES outside the interpreter's, such as a user's site-packages."""
    homes = [Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve()]
    folders = {package(name).parent for name in PACKAGES}
    return sorted(p for p in folders if not any(p.is_relative_to(home) for home in homes))


def _course() -> list[str]:
    helpers, inside = package("helpers"), Path(confine.__file__).resolve().parent
    return [*_bind(helpers, f"{COURSE}/helpers"), *_bind(inside, f"{COURSE}/course_inside")]


def _devices(kind: Kind) -> list[str]:
    if kind is Kind.SINGLE:
        return ["--dev", "/dev"]
    # By hand: bubblewrap's --dev adds a user namespace, in which nothing can be mounted.
    words = ["--tmpfs", "/dev", "--dir", "/dev/pts"]
    for name in DEVICES:
        words += ["--dev-bind", f"/dev/{name}", f"/dev/{name}"]
    for name, target in (
        ("ptmx", "pts/ptmx"),
        ("fd", "/proc/self/fd"),
        ("stdin", "/proc/self/fd/0"),
        ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"),
    ):
        words += ["--symlink", target, f"/dev/{name}"]
    return words


def _failure(kind: Kind) -> str | None:
    """Why this kind does not work here, in one line; None if it does."""
    uid = spare_id()
    rehearsal = (
        f"from course_inside import confine; raise SystemExit(confine.rehearse({uid}))"
        if kind is Kind.NESTED
        else f"from course_inside import confine; confine.become({uid})"
    )
    with tempfile.TemporaryDirectory(prefix="ag-") as folder:
        passwd = write_passwd(Path(folder), kind, uid)
        kernels = Path(folder, "kernels")
        Path(kernels, "rehearsal").mkdir(parents=True)
        command = bubblewrap(kind, uid, kernels, passwd, scratch=1 << 20)
        try:
            done = subprocess.run(
                [*command, sys.executable, "-s", "-c", rehearsal],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=PROBE_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return f"no answer in {PROBE_SECONDS} s"
        except OSError as error:
            return str(error)
    if done.returncode == 0:
        return None
    lines = done.stderr.strip().splitlines()
    return lines[-1][:300] if lines else f"exit code {done.returncode}"


def write_passwd(folder: Path, kind: Kind, uid: int) -> Path:
    """Write an /etc/passwd whose one user is the kernel's; returns its path in `folder`.

    Args:
        folder: where to write it.
        kind: nested kernels have confine.STUDENT as their user id, single ones `uid`.
        uid: the user that the template will become.
    """
    own = confine.STUDENT if kind is Kind.NESTED else uid
    path = folder / f"passwd-{uid}"
    path.write_text(f"student:x:{own}:{own}:student:{confine.HOME}:/bin/sh\n")
    path.chmod(0o644)
    return path
