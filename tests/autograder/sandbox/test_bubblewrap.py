"""The command of bubblewrap, word by word: what it mounts, takes away and leaves."""

import io
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from autograder.sandbox import isolation
from autograder.sandbox.isolation import Kind

# How many words follow an option; a mount is told by its target.
WORDS = {
    "--die-with-parent": 0, "--new-session": 0, "--unshare-pid": 0, "--unshare-net": 0,
    "--unshare-ipc": 0, "--unshare-uts": 0, "--unshare-cgroup-try": 0, "--unshare-user": 0,
    "--clearenv": 0, "--hostname": 1, "--uid": 1, "--gid": 1, "--cap-drop": 1, "--cap-add": 1,
    "--dir": 1, "--perms": 1, "--size": 1, "--tmpfs": 1, "--dev": 1, "--proc": 1, "--chdir": 1,
    "--remount-ro": 1, "--symlink": 2, "--ro-bind": 2, "--ro-bind-try": 2, "--bind": 2,
    "--dev-bind": 2, "--setenv": 2,
}  # fmt: skip


def rows(*arguments, **named):
    """[option, words...] of each option of a command, in order."""
    words = isolation.bubblewrap(*arguments, **named)
    assert words.pop(0) == "bwrap"
    found = []
    while words:
        count = WORDS[words[0]]
        found.append(tuple(words[: count + 1]))
        del words[: count + 1]
    return found


@pytest.fixture
def nested(tmp_path):
    return rows(Kind.NESTED, 77, tmp_path / "kernels", tmp_path / "passwd", data=tmp_path)


@pytest.fixture
def single(tmp_path):
    return rows(Kind.SINGLE, 77, tmp_path / "k", tmp_path / "passwd", scratch=80)


def of(found, *options):
    return [row for row in found if row[0] in options]


def test_every_namespace_is_a_new_one(nested, single):
    for found in (nested, single):
        for name in ("pid", "net", "ipc", "uts", "cgroup-try"):
            assert (f"--unshare-{name}",) in found
        assert ("--die-with-parent",) in found and ("--new-session",) in found
        assert ("--hostname", "sandbox") in found


def test_rights_are_those_that_the_template_needs_to_confine_itself(nested):
    assert of(nested, "--cap-drop", "--cap-add") == [
        ("--cap-drop", "ALL"),
        *(("--cap-add", f"CAP_{name}") for name in ("SYS_ADMIN", "SETUID", "SETGID", "SETPCAP")),
    ]


@pytest.mark.parametrize("uid, options", [
    (0, []), (1000, [("--unshare-user",), ("--uid", "77"), ("--gid", "77")]),
])  # fmt: skip
def test_only_root_needs_no_user_namespace(monkeypatch, tmp_path, uid, options):
    monkeypatch.setattr(isolation.os, "getuid", lambda: uid)
    found = rows(Kind.NESTED, 77, tmp_path, tmp_path)
    assert of(found, "--unshare-user", "--uid", "--gid") == options


def test_the_folders_of_the_kernels_alone_can_be_written(nested, single, tmp_path):
    kernels = ("--bind", str(tmp_path / "kernels"), isolation.confine.KERNELS)
    assert of(nested, "--bind") == [kernels]
    assert of(single, "--bind") == [("--bind", str(tmp_path / "k"), isolation.confine.OWN_FOLDER)]
    for found in (nested, single):
        end = [row for row in found if row[0] != "--setenv"][-4:]
        assert end == [
            *[("--remount-ro", "/dev"), ("--remount-ro", "/")],
            *[("--chdir", "/"), ("--clearenv",)],
        ]


def test_what_is_mounted_to_be_read(nested, single, tmp_path):
    for found in (nested, single):
        mounts = {row[2]: row[1] for row in of(found, "--ro-bind")}
        assert mounts["/usr"] == "/usr" and mounts["/etc/passwd"] == str(tmp_path / "passwd")
        assert mounts["/opt/course/helpers"].endswith("/helpers")
        assert mounts["/opt/course/course_inside"].endswith("autograder/sandbox/inside")
        assert not any("solutions" in row[1] for row in of(found, "--ro-bind"))
        tried = of(found, "--ro-bind-try")
        assert {row[1:] for row in tried} == {(name, name) for name in isolation.SYSTEM_FILES}
        assert not {"/etc/shadow", "/etc/hosts", "/home", "/root"} & set(mounts)
        assert of(found, "--proc") == [("--proc", "/proc")]
    assert {row[2]: row[1] for row in of(nested, "--ro-bind")}["/opt/course/data"] == str(tmp_path)
    assert "/opt/course/data" not in {row[2] for row in of(single, "--ro-bind")}


def test_the_folders_above_a_mount_are_made_first(nested):
    made = []
    for option, *words in nested:
        if option == "--ro-bind" and words[1].startswith("/opt/course/"):
            assert {"/opt", "/opt/course"} <= set(made)
        made += words if option == "--dir" else []


def test_devices_are_a_short_list(nested, single):
    names = {row[2] for row in of(nested, "--dev-bind")}
    assert names == {f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom")}
    assert all(row[1] == row[2] for row in of(nested, "--dev-bind"))
    links = {row[2]: row[1] for row in of(nested, "--symlink") if row[2].startswith("/dev/")}
    assert links == {
        "/dev/ptmx": "pts/ptmx",
        "/dev/fd": "/proc/self/fd",
        "/dev/stdin": "/proc/self/fd/0",
        "/dev/stdout": "/proc/self/fd/1",
        "/dev/stderr": "/proc/self/fd/2",
    }
    assert of(nested, "--dev") == [] and of(single, "--dev") == [("--dev", "/dev")]


def test_what_a_single_kernel_writes_has_a_size(single, tmp_path):
    temporary = isolation._temporary()
    at = [n for n, row in enumerate(single) if row[0] == "--size"]
    found = {single[n + 1][1]: (single[n - 1][1], single[n][1]) for n in at}
    assert found == {
        isolation.confine.HOME: ("1777", "40"),
        temporary: ("1777", "20"),
        "/dev/shm": ("1777", "20"),
    }
    with pytest.raises(ValueError, match="needs scratch"):
        isolation.bubblewrap(Kind.SINGLE, 77, tmp_path, tmp_path)


def test_the_environment_is_made_and_not_taken_over(nested, monkeypatch, tmp_path):
    monkeypatch.setenv("SECRET_OF_MINE", "x")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    found = rows(Kind.NESTED, 77, tmp_path, tmp_path, data=tmp_path)
    seen = {row[1]: row[2] for row in of(found, "--setenv")}
    assert "SECRET_OF_MINE" not in seen and seen["TZ"] == "Asia/Tokyo"
    wanted = {
        "NBGRADER_EXECUTION": "autograde", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1", "PIP_NO_INDEX": "1", "CUDA_VISIBLE_DEVICES": "",
        "COURSE_DATA": "/opt/course/data", "PYTHONDONTWRITEBYTECODE": "1", "USER": "student",
        "HOME": isolation.confine.HOME, "PYTHONPATH": "/opt/course",
    }  # fmt: skip
    assert seen | wanted == seen | {"PYTHONPATH": wanted["PYTHONPATH"]}
    assert seen["PYTHONPATH"].split(os.pathsep)[0] == "/opt/course"
    assert "COURSE_DATA" not in isolation.environment(None)


def test_packages_installed_elsewhere_are_seen(monkeypatch):
    places = {
        "torch": Path("/home/me/.local/lib/torch"),
        "numpy": Path(sys.prefix).resolve() / "lib" / "numpy",
        "zmq": Path("/opt/more/zmq"),
    }
    monkeypatch.setattr(isolation, "package", lambda name: places[name])
    monkeypatch.setattr(isolation, "PACKAGES", tuple(places))
    found = isolation._extra_folders.__wrapped__()
    assert found == [Path("/home/me/.local/lib"), Path("/opt/more")]


def test_a_package_that_is_missing_is_named():
    assert isolation.package("autograder").name == "autograder"
    for name in ("no_such_package", "zipfile" if sys.version_info < (3, 12) else "ast"):
        with pytest.raises(ModuleNotFoundError, match=f"the package {name} is not installed"):
            isolation.package(name)


@pytest.mark.parametrize(
    "ran, told",
    [
        (SimpleNamespace(returncode=0, stderr="warned"), None),
        (SimpleNamespace(returncode=1, stderr="first\nlast " + "x" * 400), "last " + "x" * 295),
        (SimpleNamespace(returncode=3, stderr=" \n"), "exit code 3"),
        (subprocess.TimeoutExpired("bwrap", 30), "no answer in 30 s"),
        (OSError("no bwrap"), "no bwrap"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", [Kind.NESTED, Kind.SINGLE])
def test_why_a_rehearsal_failed_is_one_line(monkeypatch, kind, ran, told):
    asked = []

    def run(command, **_):
        asked.append(command)
        if isinstance(ran, Exception):
            raise ran
        return ran

    monkeypatch.setattr(isolation.subprocess, "run", run)
    assert isolation._failure(kind) == told
    (command,) = asked
    program = "rehearse" if kind is Kind.NESTED else "become"
    assert command[0] == "bwrap" and f"confine.{program}(" in command[-1]
    assert command[-4:-1] == [sys.executable, "-s", "-c"]


def test_a_user_of_its_own_is_one_that_this_machine_can_have(monkeypatch):
    monkeypatch.setattr(isolation.os, "getuid", lambda: 1000)
    assert isolation.spare_id() == isolation.confine.STUDENT
    monkeypatch.setattr(isolation.os, "getuid", lambda: 0)
    with open("/proc/self/uid_map") as file:
        whole = any(int(line.split()[2]) == 4294967295 for line in file)
    found = isolation.spare_id()
    assert found in isolation.SPARE_IDS if whole else found in (*isolation.SPARE_IDS, 65534)
    monkeypatch.setattr("builtins.open", lambda *_: io.StringIO("0 100000 65536\n"))
    assert isolation.spare_id() == 65534


@pytest.mark.parametrize("kind, uid", [(Kind.NESTED, isolation.confine.STUDENT), (Kind.SINGLE, 77)])
def test_the_user_has_a_name(tmp_path, kind, uid):
    path = isolation.write_passwd(tmp_path, kind, 77)
    home = isolation.confine.HOME
    assert path.read_text() == f"student:x:{uid}:{uid}:student:{home}:/bin/sh\n"
    assert path.stat().st_mode & 0o777 == 0o644


def test_folders_above_are_made_from_the_outermost():
    assert isolation._bind("/from", "/a/b/c", "--bind") == [
        *("--dir", "/a", "--dir", "/a/b", "--bind", "/from", "/a/b/c"),
    ]
    assert isolation._bind(Path("/x"), Path("/a")) == ["--ro-bind", "/x", "/a"]


def test_the_systems_programs_are_where_they_are_on_this_machine(nested, monkeypatch, tmp_path):
    for name in ("bin", "sbin", "lib", "lib64"):
        path = Path("/", name)
        if path.is_symlink():
            assert ("--symlink", os.readlink(path), str(path)) in nested
    root = tmp_path / "root"
    (root / "lib32").mkdir(parents=True)
    (root / "sbin").symlink_to("usr/sbin")
    own = isolation.Path
    monkeypatch.setattr(
        isolation, "Path", lambda *parts: own(root, *parts[1:]) if parts[0] == "/" else own(*parts)
    )
    words = isolation._system()
    assert words[: words.index("--ro-bind-try")] == [
        *("--ro-bind", "/usr", "/usr", "--dir", "/etc", "--dir", "/etc/ssl"),
        *("--symlink", "usr/sbin", str(root / "sbin")),
        *("--ro-bind", str(root / "lib32"), str(root / "lib32")),
    ]


def test_programs_find_their_files_where_a_kernel_may_write(monkeypatch):
    monkeypatch.delenv("TZ", raising=False)
    found = isolation.environment("/d", home="/h", temporary="/t")
    assert (found["HOME"], found["TMPDIR"], found["COURSE_DATA"]) == ("/h", "/t", "/d")
    below = {name for name, value in found.items() if value.startswith("/t/.")}
    assert below == {"IPYTHONDIR", "XDG_CACHE_HOME", "MPLCONFIGDIR"}
    assert len({found[name] for name in below}) == 3 and "TZ" not in found
    assert found["PATH"].split(":") == [str(Path(sys.executable).parent), "/usr/bin", "/bin"]
    assert found["LANG"] == "C.UTF-8"  # or a student's print of an umlaut would fail
    # Figures are shown as pictures, and pip neither waits for a network nor asks.
    assert found["MPLBACKEND"] == "module://matplotlib_inline.backend_inline"
    assert {found[f"PIP_{name}"] for name in ("NO_INDEX", "NO_INPUT")} == {"1"}
    assert found["PIP_DISABLE_PIP_VERSION_CHECK"] == found["PYDEVD_DISABLE_FILE_VALIDATION"] == "1"
    own = isolation.environment(None)
    assert (own["HOME"], own["TMPDIR"]) == (isolation.confine.HOME, "/tmp")


def test_the_folders_of_a_kernel_are_made(nested, single):
    made = {row[1] for row in of(nested, "--dir")}
    wanted = {isolation.confine.OWN_FOLDER, isolation.confine.HOME, "/dev/shm", "/dev/pts"}
    assert wanted | {isolation.confine.SCRATCH} <= made
    assert (("--dir", isolation.confine.SCRATCH)) in single
    at = nested.index(("--tmpfs", isolation._temporary()))
    assert nested[at - 1] == ("--perms", "1777") and of(nested, "--size") == []
    assert nested.index(("--tmpfs", "/dev")) < nested.index(("--dir", "/dev/pts"))


@pytest.mark.parametrize("first, spare", [
    ("0 5 101", 100), ("0 5 95", 65534), ("101 5 9", 65534), ("100 5 1", 100),
    ("0 5 100", 65534),
])  # fmt: skip
def test_an_id_is_one_of_those_that_a_container_has(monkeypatch, first, spare):
    monkeypatch.setattr(isolation.os, "getuid", lambda: 0)
    monkeypatch.setattr(isolation.secrets, "choice", {isolation.SPARE_IDS: 100}.get)
    monkeypatch.setattr("builtins.open", lambda *_: io.StringIO(f"700 1 3\n{first}\n"))
    assert isolation.spare_id() == spare


def test_spare_ids_are_nobodys():
    """systemd's last container has those up to 0x6FFFFFFF; the last id is no user's."""
    first, last = isolation.SPARE_IDS[0], isolation.SPARE_IDS[-1]  # min() would count them
    assert first > 0x6FFFFFFF and last < 0x80000000
    assert len(isolation.SPARE_IDS) > 10**8  # two kernels do not meet


def test_a_rehearsal_is_of_a_kernel_of_the_template(monkeypatch):
    seen = []

    def run(command, **options):
        at = command.index("--bind")
        seen.append((Path(command[at + 1], "rehearsal").is_dir(), options))
        passwd = command[command.index("/etc/passwd") - 1]
        assert ":77:" in Path(passwd).read_text()
        assert "(77)" in command[-1]
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(isolation, "spare_id", lambda: 77)
    monkeypatch.setattr(isolation.subprocess, "run", run)
    assert isolation._failure(Kind.SINGLE) is None
    ((there, options),) = seen
    assert there and options == {
        "stdin": subprocess.DEVNULL, "capture_output": True, "text": True,
        "timeout": isolation.PROBE_SECONDS,
    }  # fmt: skip
