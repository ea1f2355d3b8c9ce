"""A Dask cluster on this machine, and one at an address, with whatever is killed under a class."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.cli import main
from tests.autograder.cluster.conftest import PATIENCE, ROOT, Grading, require_all
from tests.autograder.cluster.one_node import Programs, free_port, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.sandbox]


def children(pid, *words):
    """Direct children of a process whose command lines have all these words."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((path / "stat").read_text().rsplit(")", 1)[1].split()[1])
            line = (path / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if parent == pid and all(word in line for word in words):
            found.append(int(path.name))
    return found


def family(pid):
    direct = children(pid)
    return direct + [each for child in direct for each in family(child)]


def lives(pid):
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


@pytest.mark.deep
def test_workers_and_driver_killed_on_a_local_cluster(course, expected):
    first = Grading(course, "--cluster", "local", "--workers", "2")
    first.ended(3)
    # With setproctitle a worker of Dask bears a name.
    started = (children(first.process.pid, name) for name in ("spawn_main", "dask worker"))
    (worker,) = (pid for pids in started for pid in pids)
    os.kill(worker, signal.SIGKILL)
    first.ended(7)
    mine = family(first.process.pid)
    assert len(mine) >= 5  # Dask's worker, ours, what they are forked from, bubblewrap, template
    first.kill()
    wait_for(lambda: not any(map(lives, mine)), PATIENCE)
    ended = first.events("ended")
    assert len(ended) == len(set(ended)) < len(expected)
    sent = len(first.events("started"))
    second = Grading(course, "--cluster", "local", "--workers", "2")
    require_all(course, second.finish(), expected)
    # Whoever had ended before was not sent again.
    assert not set(second.events("started")[sent:]) & set(ended)
    third = Grading(course, "--cluster", "local")
    before = len(third.events("started"))
    require_all(course, third.finish(), expected)
    assert len(third.events("started")) == before


class Dask(Programs):
    """A scheduler and a worker, as somebody would start them by hand."""

    def begin(self):
        self.port = getattr(self, "port", None) or free_port()
        command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--no-dashboard"]
        self.start("scheduler", [*command, "--host", "127.0.0.1", "--port", self.port])
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.start_worker()

    def start_worker(self):
        command = [sys.executable, "-m", "distributed.cli.dask_worker", self.address]
        command += ["--no-nanny", "--nthreads", 2, "--no-dashboard"]
        self.start("worker", command, cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"})


@pytest.mark.deep
def test_the_scheduler_at_an_address_killed_and_started_again(course, expected, tmp_path):
    with Dask(tmp_path) as dask:
        run = Grading(course, "--cluster", dask.address)
        run.ended(4)
        dask.kill("scheduler")
        # The worker ends by itself, in the middle of submissions: nobody else would end its job.
        dask.running.pop("worker").wait(PATIENCE)
        dask.begin()
        require_all(course, run.finish(), expected)
        # Another course by the same workers, which have everything ready.
        again = Grading(course, "--cluster", dask.address, "--student", "s01")
        assert list(again.finish()) == ["s01"]


@pytest.mark.deep
def test_a_worker_that_may_start_no_process_refuses(course, tmp_path):
    with Dask(tmp_path) as dask:
        dask.kill("worker")
        command = [sys.executable, "-m", "distributed.cli.dask_worker", dask.address, "--nanny"]
        dask.start("worker", command, cwd=ROOT)
        run = Grading(course, "--cluster", dask.address)
        run.process.communicate(timeout=PATIENCE)
        said = run.log.read_text()
        assert run.process.returncode == 2
        assert "start it with DASK_DISTRIBUTED__WORKER__DAEMON=False" in said.replace("\n", " ")
        assert "Traceback" not in said


def test_a_node_without_isolation_refuses(course):
    """PATH leads to no bubblewrap; nothing is run, nothing is written as a score."""
    run = Grading(course, "--cluster", "local", PATH=str(Path(sys.executable).parent))
    run.process.communicate(timeout=PATIENCE)
    said = run.log.read_text()
    assert run.process.returncode == 2 and said.count("\n") < 5, said
    assert "nothing isolates submissions there (bubblewrap (bwrap) is not installed)" in said
    assert not (course.root / ".autograder" / "tiny" / "results").exists()


def test_nobody_answers_at_the_address(course, capsys):
    address = f"127.0.0.1:{free_port()}"
    with pytest.raises(SystemExit) as end:
        main(["grade", "tiny", "--cluster", address, "--course", str(course.root)])
    said = capsys.readouterr().err
    assert end.value.code == 2 and "does not answer within 10 s" in said
    assert "Traceback" not in said


@pytest.mark.deep
def test_a_listener_that_is_no_scheduler(course, tmp_path):
    """It takes the connection and never says a word."""
    source = "import socket, time\ns = socket.create_server(('127.0.0.1', {}))\ntime.sleep(120)"
    with Programs(tmp_path) as programs:
        port = free_port()
        programs.start("mute", [sys.executable, "-c", source.format(port)])
        done = subprocess.run(
            [sys.executable, "-m", "autograder", "grade", "tiny", "--cluster",
             f"tcp://127.0.0.1:{port}", "--course", str(course.root)],
            cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE,
        )  # fmt: skip
    assert done.returncode == 2 and "does not answer within 10 s" in done.stderr, done.stderr
    assert "Traceback" not in done.stderr
