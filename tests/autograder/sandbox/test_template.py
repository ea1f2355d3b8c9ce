"""The template process: its start, its end, and what it leaves."""

import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
from jupyter_client.manager import KernelManager

from autograder.sandbox import isolation
from autograder.sandbox.inside import template as inside
from autograder.sandbox.provisioner import KernelRequest, manager
from autograder.sandbox.template import Template
from helpers.errors import CourseError
from tests.lengths import short_and_long

OWNER = """
import sys, time
from autograder.sandbox import isolation
from autograder.sandbox.template import Template
with Template(getattr(isolation, sys.argv[1]), preload=()) as template:
    print(template.run_dir, flush=True)
    time.sleep(600)
"""


def processes(text):
    """Ids of the processes of this machine with `text` in their command."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if text.encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            pass
    return found


def gone(text, seconds=600.0):
    deadline = time.monotonic() + seconds
    while processes(text) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not processes(text)


def start_kernel(template):
    km = manager(KernelManager)
    km.start_kernel(sandbox=KernelRequest(template.socket, template.run_dir))
    return km


def test_closing_ends_every_kernel_and_leaves_no_file(tmp_path):
    if isolation.best().kind is not isolation.Kind.NESTED:
        pytest.skip("no nested isolation here")
    run_dir = Path(f"/tmp/ag-test-{os.getpid()}")
    with Template(run_dir=run_dir, preload=()) as template:
        km = start_kernel(template)
        assert template.alive
        assert processes(str(run_dir))
        assert km.provisioner.died() is None
    assert km.provisioner.died() == "its kernel was killed (SIGKILL)"
    assert not template.alive
    assert gone(str(run_dir))
    km.shutdown_kernel(now=True)
    assert list(run_dir.iterdir()) == []
    run_dir.rmdir()


@pytest.mark.slow
def test_it_can_be_started_again_after_its_death(tmp_path):
    if isolation.best().kind is not isolation.Kind.NESTED:
        pytest.skip("no nested isolation here")
    with Template(preload=()) as template:
        km = start_kernel(template)
        for pid in processes(str(template.run_dir)):
            os.kill(pid, signal.SIGKILL)
        assert gone(str(template.run_dir))
        assert not template.alive
        assert km.provisioner.died(patience=5) == "its kernel was killed (SIGKILL)"
        km.shutdown_kernel(now=True)
        template.start()
        assert template.alive
        km = start_kernel(template)
        assert km.provisioner.died() is None
        km.shutdown_kernel(now=True)


@pytest.mark.slow
@pytest.mark.parametrize("kind", short_and_long("NESTED", "LIMITS"))
def test_nothing_runs_on_after_its_owner_was_killed(kind):
    if kind == "NESTED" and isolation.best().kind is not isolation.Kind.NESTED:
        pytest.skip("no nested isolation here")
    owner = subprocess.Popen([sys.executable, "-c", OWNER, kind], stdout=subprocess.PIPE, text=True)
    run_dir = Path(owner.stdout.readline().strip())
    km = manager(KernelManager)
    km.start_kernel(sandbox=KernelRequest(run_dir / "template", run_dir))
    owner.kill()
    owner.wait()
    owner.stdout.close()
    deadline = time.monotonic() + 600
    while km.provisioner.died() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert km.provisioner.died()
    assert gone(str(run_dir))
    km.shutdown_kernel(now=True)
    subprocess.run(["rm", "-rf", str(run_dir)], check=True)


def test_a_path_too_long_for_a_socket_is_a_clear_error(tmp_path):
    with (
        pytest.raises(ValueError, match="too long for a socket's path"),
        Template(isolation.LIMITS, run_dir=tmp_path / ("x" * 100)),
    ):
        pass


def test_a_kernel_without_a_template_is_a_clear_error(tmp_path):
    km = manager(KernelManager)
    (tmp_path / "kernels").mkdir()
    with pytest.raises(RuntimeError, match="no template at"):
        km.start_kernel(sandbox=KernelRequest(tmp_path / "template", tmp_path))


def test_a_kernel_needs_a_request():
    with pytest.raises(ValueError, match="sandbox=KernelRequest"):
        manager(KernelManager).start_kernel()


def test_a_template_that_cannot_start_shows_its_log(monkeypatch):
    monkeypatch.setattr("autograder.sandbox.template.START", "raise SystemExit('no torch here')")
    with pytest.raises(RuntimeError, match="no torch here"), Template(isolation.LIMITS):
        pass


@pytest.mark.sandbox
@pytest.mark.skipif(os.getuid() != 0, reason="only root gives up its rights")
def test_data_that_kernels_could_not_read_are_refused(tmp_path):
    (tmp_path / "MNIST").mkdir(mode=0o700)
    with pytest.raises(CourseError, match="cannot be read by everybody.*chmod -R a.rX"):
        with Template(data=tmp_path, preload=()):
            pass


def test_what_is_imported_ahead_is_there():
    """A name that is none would cost every kernel an import, and only a log would say so."""
    assert [name for name in inside.LATER_IMPORTS if find_spec(name) is None] == []
    assert "ipykernel.kernelapp" in inside.LATER_IMPORTS
