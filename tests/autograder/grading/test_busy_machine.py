"""A limit of time that is met because the machine has other work costs nobody a point."""

import time

import pytest
from jupyter_client.provisioning import KernelProvisionerFactory

from autograder.grading.preparing import jobs
from autograder.grading.running import submission
from autograder.grading.running.worker import PROVISIONER
from autograder.sandbox import isolation
from autograder.sandbox.kernel_limits import Limits
from autograder.sandbox.provisioner import SandboxProvisioner
from autograder.sandbox.remote import KernelLost
from tests.autograder import warm_template
from tests.tiny_course import RIGHT, TINY, submit, tiny_course

# It only sleeps: what it has of a processor is made up, see has().
FOR_EVER = "while True: __import__('time').sleep(0.1)"
# Where a submission stays: a cell of its own, a test of the kit, a plain test.
PLACES = {
    "cell": {"double": f"{RIGHT['double']}\n{FOR_EVER}"},
    "judged": {"bce_loss": f"def bce_loss(logits, targets):\n    {FOR_EVER}"},
    "plain": {"double": f"def double(x):\n    {FOR_EVER}"},
}


def has(monkeypatch, ran, waited):
    """Of each second, a kernel runs and waits for a processor for so many."""

    def processor_time(self, start):
        seconds = time.monotonic() - start
        return ran * seconds, waited * seconds

    monkeypatch.setattr(SandboxProvisioner, "processor_time", processor_time)


@pytest.fixture(autouse=True)
def in_the_sandbox(monkeypatch):
    """Kernels are started as a worker starts them."""
    factory = KernelProvisionerFactory.instance()
    monkeypatch.setattr(factory, "default_provisioner_name", PROVISIONER)


@pytest.fixture
def template():
    """That of the classes graded by this process."""
    lent = warm_template.Lent(isolation.best())
    lent.begin()
    lent.wait()
    return lent.template


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return tiny_course(tmp_path_factory.mktemp("busy"))


def run(course, template, answers, limits, patience=1.0):
    submit(course, "a", **answers)
    job, _ = jobs.job_of(jobs.blueprint(course, TINY), course.submitted("a", TINY), limits)
    files = course.root / "files"
    files.mkdir(exist_ok=True)
    return submission.run(job, files, (template.socket, template.run_dir), patience)


@pytest.mark.sandbox
@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "limits",
    [Limits(cell_seconds=1, total_seconds=600), Limits(cell_seconds=600, total_seconds=1)],
    ids=["a cell's", "the notebook's"],
)
def test_a_limit_that_a_busy_machine_meets_is_nobodys(course, template, monkeypatch, place, limits):
    has(monkeypatch, ran=0.38, waited=0.6)
    run(course, template, PLACES[place], limits)
    has(monkeypatch, ran=0.1, waited=0.9)
    with pytest.raises(KernelLost, match="a machine that was too busy"):
        run(course, template, PLACES[place], limits)


@pytest.mark.sandbox
@pytest.mark.slow
def test_workers_that_share_a_core_wait_for_each_other(course, template, monkeypatch):
    limits = Limits(cell_seconds=1, total_seconds=600)
    has(monkeypatch, ran=0.28, waited=0.7)
    run(course, template, PLACES["cell"], limits, patience=2.0)
    with pytest.raises(KernelLost):
        run(course, template, PLACES["cell"], limits, patience=1.0)


@pytest.mark.sandbox
@pytest.mark.slow
@pytest.mark.parametrize("share", [0.0, 1 / 3])
def test_who_sleeps_has_had_his_time(course, template, monkeypatch, share):
    limits = Limits(cell_seconds=1, total_seconds=600, least_share=share)
    has(monkeypatch, ran=0.0, waited=0.9 if share == 0 else 0.1)
    run(course, template, PLACES["cell"], limits)


def test_the_time_of_this_thread_is_read():
    before = submission.Moment.now()
    sum(range(10**6))
    after = submission.Moment.now()
    assert after.ran > before.ran > 0 and after.waited >= before.waited >= 0
    assert after.time > before.time


@pytest.mark.parametrize(
    "told, ran, waited",
    [("1500000000 250000000 7\n", 1.5, 0.25), ("one two 3", 0, 0), (OSError(), 0, 0)],
)
def test_what_linux_counts_is_told_in_seconds(monkeypatch, told, ran, waited):
    def read(path):
        assert str(path) == "/proc/thread-self/schedstat"
        if isinstance(told, OSError):
            raise told
        return told

    monkeypatch.setattr(submission.Path, "read_text", read)
    now = submission.Moment.now()
    assert (now.ran, now.waited) == (ran, waited)
