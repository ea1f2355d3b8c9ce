"""A class on a real Slurm of one node, with its jobs and its controller killed under it."""

import pytest

from autograder.cli import main
from tests.autograder.cluster.conftest import PATIENCE, Grading, require_all
from tests.autograder.cluster.one_node import wait_for
from tests.tiny_course import TINY

pytestmark = [pytest.mark.slurm, pytest.mark.sandbox]


def test_jobs_cancelled_controller_and_driver_killed(slurm, course, expected):
    options = ["--cluster", "slurm", "--nodes", "2", "--workers", "1"]
    first = Grading(course, *options, **slurm.environment)
    first.ended(2)
    # A job is cancelled while it grades; another comes in its place.
    before = slurm.jobs("R")
    slurm.cancel(before[0])
    first.ended(4)
    wait_for(lambda: set(slurm.jobs()) - set(before), PATIENCE, every=0.5)
    # The controller dies; jobs that run go on, and the run with them.
    slurm.kill("slurmctld")
    first.ended(len(first.events("ended")) + 2)
    slurm.start_controller()
    # The driver dies, and Dask's scheduler in it: its jobs end by themselves.
    first.kill()
    ended = first.events("ended")
    assert len(ended) == len(set(ended)) < len(expected)
    wait_for(lambda: slurm.say("sinfo", "--noheader"), PATIENCE)
    wait_for(lambda: not slurm.jobs(), PATIENCE, every=0.5)
    started = len(first.events("started"))
    options = ["--cluster", "slurm", "--workers", "2"]
    second = Grading(course, *options, **slurm.environment)
    require_all(course, second.finish(), expected)
    assert not set(second.events("started")[started:]) & set(ended)
    wait_for(lambda: not slurm.jobs(), PATIENCE, every=0.5)
    # The first run could not take its certificates away; the second has.
    assert not list((course.root / ".autograder" / "nodes").glob(".dask-jobqueue*"))


@pytest.fixture
def refused(slurm, course, monkeypatch, capsys):
    """refused(option): what the command says that ends with exit code 2."""
    monkeypatch.setenv("SLURM_CONF", str(slurm.config))

    def grade(*options):
        with pytest.raises(SystemExit) as end:
            main(["grade", TINY, "--course", str(course.root), "--cluster", "slurm", *options])
        said = " ".join(capsys.readouterr().err.split())
        assert end.value.code == 2 and "Traceback" not in said, said
        return said

    return grade


@pytest.mark.parametrize(
    "option, said",
    [
        ("--partition=nowhere", "Slurm rejects the job"),
        ("--mem=9999G", "Slurm rejects the job"),
    ],
)
def test_what_slurm_does_not_take(slurm, refused, option, said):
    text = refused(f"--sbatch={option}")
    assert said in text and "--sbatch=--account=NAME" in text and not slurm.jobs()


def test_no_controller_answers(slurm, refused):
    slurm.kill("slurmctld")
    text = refused()
    slurm.start_controller()
    assert "Slurm does not" in text
