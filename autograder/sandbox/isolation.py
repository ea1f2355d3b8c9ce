"""Which isolation this machine can have, and the bubblewrap command that makes it.

NESTED: one bubblewrap around the template; each kernel is a fork of it in namespaces of its own.
SINGLE: no user namespaces within it, so each kernel has a bubblewrap and a cold start of its own.
LIMITS: no bubblewrap: bounds on resources, and nothing that keeps a kernel from reading files.
"""

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
# Above every range that systemd gives to users, services and containers.
SPARE_IDS = range(0x70000000, 0x7FFFFFFF)
PROBE_SECONDS = 30
# What a kernel needs is found through these: they may be installed in different places.
PACKAGES = ("torch", "torchvision", "numpy", "matplotlib", "IPython", "ipykernel", "zmq")
SYSTEM_FILES = (
    "/etc/ld.so.cache",
    "/etc/alternatives",
    "/etc/fonts",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/ssl/certs",
)
DEVICES = ("null", "zero", "full", "random", "urandom")


class Kind(Enum):
    NESTED = "nested"
    SINGLE = "single"
    LIMITS = "limits"


MEANING = {
    Kind.NESTED: "every kernel is shut off from files, network and other processes",
    Kind.SINGLE: "every kernel is shut off from files, network and other processes; slower starts",
    Kind.LIMITS: "NO SANDBOX: a kernel can read what you can read and use the network",
}


@dataclass(frozen=True)
class Isolation:
    """`reason` says why it is no better one; empty for the best."""

    kind: Kind
    reason: str = ""

    @property
    def sandboxed(self):
        return self.kind is not Kind.LIMITS

    def as_row(self):
        return {
            "isolation": self.kind.value,
            "meaning": MEANING[self.kind],
            "reason": self.reason,
        }


NESTED, SINGLE, LIMITS = (Isolation(kind) for kind in Kind)


@functools.cache
def best():
    """The best Isolation that works here, found by trying."""
    if not sys.platform.startswith("linux"):
        return Isolation(Kind.LIMITS, "bubblewrap needs Linux")
    if not shutil.which("bwrap"):
        return Isolation(Kind.LIMITS, "bubblewrap (bwrap) is not installed")
    if not (failure := _failure(Kind.NESTED)):
        return NESTED
    if not (worse := _failure(Kind.SINGLE)):
        return Isolation(Kind.SINGLE, f"no namespaces within bubblewrap: {failure}")
    return Isolation(Kind.LIMITS, f"bubblewrap does not work: {worse}")


def spare_id():
    """A user id that no account has, drawn anew each time; a fixed one where we are not root."""
    if os.getuid() != 0:
        return confine.STUDENT
    wanted = secrets.choice(SPARE_IDS)
    with open("/proc/self/uid_map") as file:
        ranges = [(int(first), int(count)) for first, _, count in map(str.split, file)]
    if any(first <= wanted < first + count for first, count in ranges):
        return wanted
    # A container may have few ids; nobody's is among them or becoming it fails, and is reported.
    return 65534


def bubblewrap(kind, uid, kernels, passwd, data=None, scratch=None):
    """The command up to the program to run in it.

    Args:
        kind: Kind.NESTED or Kind.SINGLE.
        uid: whom the template will become.
        kernels: the folder with one folder per kernel (nested), or this kernel's own (single).
        passwd: a file that serves as /etc/passwd.
        data: the folder to be COURSE_DATA, or None.
        scratch: bytes of all writable places together (single; nested kernels mount their own).
    """
    root, temporary = os.getuid() == 0, _temporary()
    command = ["bwrap", "--die-with-parent", "--new-session", "--unshare-pid", "--unshare-net"]
    command += ["--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--hostname", "sandbox"]
    if not root:
        command += ["--unshare-user", "--uid", str(uid), "--gid", str(uid)]
    # What the template's first act takes; it gives them up in the same breath.
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
        # Used where the template may not mount one file system for the three of them.
        for place, part in ((confine.HOME, 2), (temporary, 4), ("/dev/shm", 4)):
            size = ["--size", str(scratch // part)]
            command += ["--perms", "1777", *size, "--tmpfs", place]
    command += ["--dir", confine.SCRATCH]
    # These are bubblewrap's own tmpfs, and belong to whoever started it.
    command += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/", "--clearenv"]
    for name, value in environment(data and DATA, temporary=temporary).items():
        command += ["--setenv", name, value]
    return command


def environment(data, home=confine.HOME, temporary="/tmp"):
    """Of the template, and so of each kernel."""
    found = {
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
        # The debugger that ipykernel loads would warn on stderr, and look at many files.
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "NBGRADER_EXECUTION": "autograde",
        # Two kernels side by side on two cores: more threads would only be in each other's way.
        **{f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")},
        # `!pip install` says at once that there is no network, in place of trying for minutes.
        "PIP_NO_INDEX": "1",
        "PIP_NO_INPUT": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        # The shared template is forked, and CUDA does not survive a fork.
        "CUDA_VISIBLE_DEVICES": "",
    }
    if data:
        found["COURSE_DATA"] = str(data)
    if zone := os.environ.get("TZ"):
        found["TZ"] = zone
    return found


def package(name):
    """The folder of an installed package, without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None:
        raise ModuleNotFoundError(f"the package {name} is not installed")
    return Path(next(iter(spec.submodule_search_locations))).resolve()


def _bind(source, target, how="--ro-bind"):
    """With the folders above it: bubblewrap itself makes some of them readable for root alone."""
    parents = list(Path(target).parents)[-2::-1]
    above = [word for path in parents for word in ("--dir", str(path))]
    return [*above, how, str(source), str(target)]


def _system():
    found = ["--ro-bind", "/usr", "/usr", "--dir", "/etc", "--dir", "/etc/ssl"]
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        path = Path("/", name)
        if path.is_symlink():
            found += ["--symlink", os.readlink(path), str(path)]
        elif path.exists():
            found += ["--ro-bind", str(path), str(path)]
    for path in SYSTEM_FILES:
        found += ["--ro-bind-try", path, path]
    return found


def _python():
    """This interpreter and its packages, without the autograder among them."""
    found, folders = [], _python_folders()
    for folder in folders:
        found += _bind(folder, folder)
    for place in sorted({*site.getsitepackages(), site.getusersitepackages(), *map(str, folders)}):
        hidden = Path(place, "autograder")
        seen = [Path("/usr"), *folders]
        if hidden.is_dir() and any(hidden.is_relative_to(folder) for folder in seen):
            found += ["--tmpfs", str(hidden), "--remount-ro", str(hidden)]
    return found


def _python_folders():
    """The fewest folders that hold the interpreter and PACKAGES, outermost first."""
    wanted = {Path(sys.base_prefix), Path(sys.base_exec_prefix), Path(sys.prefix)}
    # A virtual environment of another one, and links on the way to the program itself.
    program = Path(sys.executable)
    while program.is_symlink():
        program = Path(os.path.normpath(program.parent / os.readlink(program)))
        wanted.add(program.parent.parent)
    wanted |= set(_extra_folders())
    found = []
    for folder in sorted(wanted, key=lambda path: len(path.parts)):
        if folder.is_relative_to("/usr") or any(folder.is_relative_to(f) for f in found):
            continue
        found.append(folder)
    return found


def _temporary():
    """Where kernels have their temporary files: /tmp, unless Python itself lies below it."""
    hidden = any(folder.is_relative_to("/tmp") for folder in _python_folders())
    return "/var/tmp" if hidden else "/tmp"


@functools.cache
def _extra_folders():
    """Folders of PACKAGES outside the interpreter's own, such as a user's site-packages."""
    homes = [Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve()]
    places = {package(name).parent for name in PACKAGES}
    return sorted(p for p in places if not any(p.is_relative_to(home) for home in homes))


def _course():
    helpers, inside = package("helpers"), Path(confine.__file__).resolve().parent
    return [*_bind(helpers, f"{COURSE}/helpers"), *_bind(inside, f"{COURSE}/course_inside")]


def _devices(kind):
    if kind is Kind.SINGLE:
        return ["--dev", "/dev"]
    # By hand: bubblewrap's own /dev takes a user namespace more, in which nothing can be mounted.
    found = ["--tmpfs", "/dev", "--dir", "/dev/pts"]
    for name in DEVICES:
        found += ["--dev-bind", f"/dev/{name}", f"/dev/{name}"]
    for name, target in (
        ("ptmx", "pts/ptmx"),
        ("fd", "/proc/self/fd"),
        ("stdin", "/proc/self/fd/0"),
        ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"),
    ):
        found += ["--symlink", target, f"/dev/{name}"]
    return found


def _failure(kind):
    """Why this kind does not work here, in a line; None where it does."""
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
    said = done.stderr.strip().splitlines()
    return said[-1][:300] if said else f"exit code {done.returncode}"


def write_passwd(folder, kind, uid):
    """An /etc/passwd with the one user that a kernel is."""
    seen = confine.STUDENT if kind is Kind.NESTED else uid
    path = folder / f"passwd-{uid}"
    path.write_text(f"student:x:{seen}:{seen}:student:{confine.HOME}:/bin/sh\n")
    path.chmod(0o644)
    return path
