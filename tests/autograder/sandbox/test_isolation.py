"""What each isolation keeps out, and which one is chosen."""

import contextlib
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
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
