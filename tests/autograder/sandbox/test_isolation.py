"""What each isolation keeps out, and which one is chosen."""

import ast
import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from jupyter_core.paths import ENV_CONFIG_PATH, ENV_JUPYTER_PATH
from typer.testing import CliRunner

from autograder.cli import app
from autograder.sandbox import doctor, isolation
from autograder.sandbox.cgroups import Counting
from autograder.sandbox.isolation import Kind
from autograder.sandbox.template import Template

# Without bubblewrap these go through, whoever runs it.
OPEN = {
    "read a file of this machine",
    "reach the network",
    "reach a unix socket",
    "see or end a process",
    "read the solutions or the gradebook",
    "import the autograder",
    "see another kernel's files",
    "write outside its own folders",
    "fill the disk",
    "start more processes than allowed",
    "take more memory with many processes",
    "take more memory in sockets",
    "take more memory in page tables",
    "take more memory that it shares",
    "take the processors with many processes",
    "let another be killed when memory is short",
}


@pytest.fixture
def fresh():
    isolation.best.cache_clear()
    yield
    isolation.best.cache_clear()


def failed(rows):
    return {row.what for row in rows if not row.enforced}


def test_nested_keeps_everything_out(template):
    rows = doctor.probe(template)
    assert not failed(rows), rows
    assert {row.what for row in rows} >= OPEN


@pytest.mark.deep
def test_without_a_sandbox_the_probes_succeed():
    with Template(isolation.LIMITS, preload=()) as template:
        rows = doctor.probe(template)
    assert failed(rows) >= OPEN
    assert "take more memory than allowed" not in failed(rows)
    assert "run on after its end" not in failed(rows)


@pytest.mark.slow
@pytest.mark.deep
def test_single_keeps_everything_out():
    if not isolation.best().sandboxed:
        pytest.skip("no bubblewrap here")
    with Template(isolation.SINGLE, preload=()) as template:
        rows = doctor.probe(template)
    # Without root, bubblewrap does not leave it the right to mount.
    assert failed(rows) <= {"write outside its own folders"}, rows


def test_doctor_shows_rows_for_a_program(monkeypatch):
    monkeypatch.setattr(isolation, "best", lambda: isolation.NESTED)
    started = SimpleNamespace(counting=Counting(reason="it is a test"))
    monkeypatch.setattr(
        "autograder.sandbox.template.Template", lambda *_, **__: contextlib.nullcontext(started)
    )
    monkeypatch.setattr(doctor, "probe", lambda *_: [doctor.Attempt("try", False, "it [worked]")])
    result = CliRunner().invoke(app, ["doctor", "--json"])
    assert result.exit_code == 1
    shown = json.loads(result.stdout)
    assert shown["isolation"] == "nested"
    assert "not counted by Linux" in shown["counting"] and "it is a test" in shown["counting"]
    assert shown["probes"] == [{"what": "try", "enforced": False, "detail": "it [worked]"}]


def test_without_bubblewrap_it_is_said(fresh, monkeypatch):
    monkeypatch.setattr(isolation.shutil, "which", lambda name: None)
    found = isolation.best()
    assert found.kind is Kind.LIMITS
    assert not found.sandboxed
    assert "not installed" in found.reason
    assert found.as_row()["meaning"].startswith("NO SANDBOX")


def test_a_failing_rehearsal_leads_to_the_next_best(fresh, monkeypatch):
    monkeypatch.setattr(isolation.shutil, "which", lambda name: "/usr/bin/bwrap")
    monkeypatch.setattr(
        isolation, "_failure", lambda kind: "refused" if kind is Kind.NESTED else None
    )
    assert isolation.best().kind is Kind.SINGLE
    assert "refused" in isolation.best().reason


def test_a_rehearsal_says_what_failed(monkeypatch):
    if not isolation.best().sandboxed:
        pytest.skip("no bubblewrap here")
    monkeypatch.setattr(isolation.confine, "STUDENT", 1000)
    monkeypatch.setattr(isolation, "SYSTEM_FILES", ())
    monkeypatch.setattr(isolation, "DEVICES", ("no-such-device",))
    assert "no-such-device" in isolation._failure(Kind.NESTED)


def test_an_installed_autograder_is_hidden(monkeypatch, tmp_path):
    place = tmp_path / "site-packages"
    (place / "autograder").mkdir(parents=True)
    monkeypatch.setattr(isolation, "_python_folders", lambda: [tmp_path])
    monkeypatch.setattr(isolation.site, "getsitepackages", lambda: [str(place)])
    words = isolation._python()
    assert words[words.index("--tmpfs") + 1] == str(place / "autograder")


def test_the_interpreter_is_found_wherever_it_is():
    folders = isolation._python_folders()
    for wanted in (*map(str, Path(sys.executable).parents[:1]), sys.base_prefix, torch.__file__):
        assert wanted.startswith("/usr") or any(
            isolation.Path(wanted).is_relative_to(folder) for folder in folders
        )
    assert len(folders) == len(set(folders))


# Which is the best one, and what it means.


@pytest.mark.parametrize(
    "failures, kind, reason",
    [
        ({}, Kind.NESTED, ""),
        ({Kind.NESTED: "x"}, Kind.SINGLE, "no namespaces inside bubblewrap: x"),
        ({Kind.NESTED: "x", Kind.SINGLE: "y"}, Kind.LIMITS, "bubblewrap does not work: y"),
    ],
)
def test_the_best_that_works_is_used(fresh, monkeypatch, failures, kind, reason):
    monkeypatch.setattr(isolation.shutil, "which", lambda name: name == "bwrap")
    monkeypatch.setattr(isolation, "_failure", failures.get)
    monkeypatch.setattr(os, "getuid", lambda: 7)
    found = isolation.best()
    assert found == isolation.Isolation(kind, reason) and isolation.best() is found
    assert found.sandboxed is (kind is not Kind.LIMITS)


def test_elsewhere_than_on_linux_nothing_is_tried(fresh, monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(isolation.shutil, "which", lambda name: pytest.fail("it was tried"))
    assert isolation.best() == isolation.Isolation(Kind.LIMITS, "bubblewrap needs Linux")


@pytest.mark.parametrize(
    "uid, ends, apart",
    [
        *((0, 0, True), (0, 1, False), (7, 0, False), (0, OSError("no such user"), False)),
        (0, subprocess.TimeoutExpired("python", 30), False),
    ],
)
def test_without_bubblewrap_kernels_of_root_are_users_that_find_torch(
    monkeypatch, uid, ends, apart
):
    asked = []

    def run(command, **options):
        asked.append((command, options))
        if isinstance(ends, Exception):
            raise ends
        return SimpleNamespace(returncode=ends)

    monkeypatch.setattr(os, "getuid", lambda: uid)
    monkeypatch.setattr(isolation, "spare_id", lambda: 77)
    monkeypatch.setattr(isolation.subprocess, "run", run)
    found = isolation._limits("why")
    assert found == isolation.Isolation(Kind.LIMITS, "why", apart=apart)
    assert len(asked) == (uid == 0)
    for command, options in asked:
        assert command[:3] == [sys.executable, "-s", "-c"]
        # What root alone can enter, such as its own home, is not the folder where it starts.
        assert options == {
            "cwd": "/", "user": 77, "group": 77, "extra_groups": [], "capture_output": True,
            "timeout": isolation.PROBE_SECONDS,
        }  # fmt: skip
        codes = []
        for there in (None, "a spec"):
            monkeypatch.setattr("importlib.util.find_spec", {"torch": there}.get)
            with pytest.raises(SystemExit) as end:
                exec(command[3], {})
            codes.append(bool(end.value.code))
        assert codes == [True, False]


def test_what_kernels_can_reach_is_said_in_a_line():
    lines = [each.meaning for each in (isolation.NESTED, isolation.SINGLE, isolation.LIMITS)]
    assert [line.startswith("NO SANDBOX") for line in lines] == [False, False, True]
    assert "slower starts" in lines[1] and len(set(lines)) == 3
    apart = isolation.Isolation(Kind.LIMITS, "why", apart=True)
    assert apart.meaning.startswith("NO SANDBOX") and "a user of its own" in apart.meaning
    assert apart.as_row() == {"isolation": "limits", "meaning": apart.meaning, "reason": "why"}
    leaks = isolation.Isolation(Kind.NESTED, reads="/c/solutions")
    assert leaks.meaning == "NOT CLOSED: a kernel can read /c/solutions"
    assert Kind.LIMITS.value == "limits" and not isolation.LIMITS.apart


# Where Python is.


@pytest.fixture
def python(tmp_path, monkeypatch):
    """A virtual environment in a course's folder, made from another one of a third Python."""
    for name in ("base/bin", "base/lib/site", "course/.venv/bin", "course/.venv/lib", "other/bin"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("course/.venv", "other"):
        (tmp_path / name / "pyvenv.cfg").touch()
    (tmp_path / "course" / ".venv" / "notes").touch()
    # What jupyter's own files are below, and what some systems link.
    for path in (*ENV_JUPYTER_PATH, *ENV_CONFIG_PATH, f"{sys.prefix}/lib64"):
        folder = tmp_path / "course" / ".venv" / Path(path).relative_to(sys.prefix)
        folder.mkdir(parents=True)
    (tmp_path / "base" / "bin" / "python3").touch()
    (tmp_path / "other" / "bin" / "python").symlink_to(tmp_path / "base" / "bin" / "python3")
    link = tmp_path / "course" / ".venv" / "bin" / "python"
    link.symlink_to("../../../other/bin/python")
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "course" / ".venv"))
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path / "base"))
    monkeypatch.setattr(sys, "base_exec_prefix", str(tmp_path / "base" / "lib"))
    monkeypatch.setattr(sys, "executable", str(link))
    extra = [tmp_path / "extra", tmp_path / "base" / "lib" / "site", Path("/usr/lib/more")]
    monkeypatch.setattr(isolation, "_extra_folders", lambda: extra)
    return tmp_path


def test_of_a_virtual_environment_its_own_folders_are_seen_and_not_the_course_s(python):
    found = {str(path.relative_to(python)) for path in isolation._python_folders()}
    assert found == {
        *("base", "extra", "course/.venv/pyvenv.cfg", "course/.venv/bin", "course/.venv/lib"),
        *("other/pyvenv.cfg", "other/bin"),
        *(f"course/.venv/{name}" for name in ("lib64", "share", "etc")),
    }


def test_what_is_below_a_folder_that_is_seen_is_not_named_again(python, monkeypatch):
    inside = [python / "a" / "b", python / "a", python / "a" / "b" / "c"]
    monkeypatch.setattr(isolation, "_extra_folders", lambda: inside)
    assert [path for path in isolation._python_folders() if "a" in path.parts] == [python / "a"]


@pytest.mark.parametrize("folder, temporary", [
    ("/tmp/venv", "/var/tmp"), ("/tmp", "/var/tmp"), ("/tmpfiles", "/tmp"), ("/opt/tmp", "/tmp"),
])  # fmt: skip
def test_temporary_files_do_not_hide_python(monkeypatch, folder, temporary):
    monkeypatch.setattr(isolation, "_python_folders", lambda: [Path("/opt/p"), Path(folder)])
    assert isolation._temporary() == temporary


def test_an_autograder_is_hidden_wherever_a_kernel_would_see_it(monkeypatch, tmp_path):
    seen, user, other = tmp_path / "seen", tmp_path / "user", tmp_path / "other"
    for folder in (seen / "site", user, other):
        (folder / "autograder").mkdir(parents=True)
    monkeypatch.setattr(isolation, "_python_folders", lambda: [seen, user, tmp_path / "none"])
    monkeypatch.setattr(isolation.site, "getsitepackages", lambda: [str(seen / "site"), str(other)])
    monkeypatch.setattr(isolation.site, "getusersitepackages", lambda: "/nowhere")
    words = isolation._python()
    hidden = [str(folder / "autograder") for folder in (seen / "site", user)]
    mounts = [words[n : n + 4] for n, word in enumerate(words) if word == "--tmpfs"]
    assert mounts == [["--tmpfs", path, "--remount-ro", path] for path in hidden]
    assert words[-1] == hidden[-1]  # after the folder that it is in
    (seen / "site" / "autograder").rmdir()
    monkeypatch.setattr(isolation.site, "getusersitepackages", lambda: str(seen / "site"))
    assert str(seen / "site" / "autograder") not in isolation._python()


def test_the_packages_that_a_kernel_imports_are_looked_for():
    """Those of its own files and of helpers; the rest is where these are."""
    named = set()
    for folder in (isolation.confine.__file__, f"{isolation.package('helpers')}/x"):
        for path in Path(folder).parent.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Import):
                    named |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and not node.level:
                    named.add(node.module.partition(".")[0])
    named -= {*sys.stdlib_module_names, "helpers", "autograder"}
    rest = {"safetensors", "tornado", "tqdm", "sklearn", "nbclient", "nbformat", "google"}
    assert set(isolation.PACKAGES) - named == {"zmq"}  # of ipykernel, compiled
    assert named - set(isolation.PACKAGES) - rest == set()
