"""What --cluster takes, and one sentence for what it does not."""

import os
import sys
from pathlib import Path

import pytest

from autograder.cli import main
from autograder.cluster import schedulers
from autograder.cluster.slurm import CORES, Slurm
from helpers.errors import CourseError
from tests.tiny_course import TINY


@pytest.mark.parametrize(
    "address",
    ["tcp://10.0.0.5:8786", "tls://head.cluster.example:8786", "10.0.0.5:8786", "tcp://[::1]:99"],
)
def test_addresses(address):
    assert isinstance(schedulers.scheduler(address), schedulers.Address)


@pytest.mark.parametrize(
    "options, said",
    [
        (["--cluster", "slrum"], "slrum: not a known place; use local, slurm, or the address"),
        (["--cluster", "tcp://head"], "not a known place"),
        (["--cluster", ""], "not a known place"),
        (["--cluster", "rm -rf:1"], "not a known place"),
        (["--cluster", "local", "--nodes", "2"], "go with --cluster slurm"),
        (["--nodes", "2"], "go with --cluster slurm"),
        (["--sbatch=--account=me"], "go with --cluster slurm"),
        (["--cluster", "10.0.0.5:8786", "--workers", "3"], "--workers does not go with an address"),
    ],
)
def test_what_is_no_scheduler(options, said, tmp_path, capsys):
    with pytest.raises(SystemExit) as end:
        main(["grade", TINY, "--course", str(tmp_path), *options])
    text = capsys.readouterr().err
    assert end.value.code == 2 and said in text and text.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("missing", ["sbatch", "squeue", "scancel"])
def test_slurm_without_its_commands(missing, tmp_path, monkeypatch):
    for name in {"sbatch", "squeue", "scancel"} - {missing}:
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CourseError, match=f"{missing} was not found; run this on a login node"):
        Slurm(folder=tmp_path / "nodes").open()
    assert not (tmp_path / "nodes").exists()


def test_without_dask(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(CourseError, match=r"run `pip install -e .\[grader,cluster\]`"):
        schedulers.scheduler("local")


def test_how_many_at_a_time():
    assert schedulers.scheduler("local", workers=3).count == 3
    assert schedulers.scheduler("slurm", nodes=10).count == 10 * CORES
    assert schedulers.scheduler("slurm", workers=2, nodes=3).count == 6
    assert schedulers.scheduler("10.0.0.5:8786").count is None


class NoWorkers:
    """A client of a scheduler that nobody works for."""

    status = "running"

    def nthreads(self):
        return {}


def test_no_worker_is_not_waited_for_without_end(monkeypatch):
    alone = schedulers.scheduler("10.0.0.5:8786")
    alone.client, alone._seen = NoWorkers(), 0.0
    with pytest.raises(CourseError, match="10.0.0.5:8786 has had no worker for 60 s"):
        alone.tend(print)
    # A queue of Slurm's may be long: there it is told, and waited for.
    queue, said = Slurm(folder=Path(os.curdir)), []
    queue.client, queue._seen = NoWorkers(), 0.0
    monkeypatch.setattr(queue, "_replace", lambda: None)
    queue.tend(said.append)
    assert len(said) == 1 and "waiting for Slurm to start a job" in said[0]
