"""However many processes a kernel keeps busy, they weigh together what one does."""

import os

import pytest

from autograder.sandbox.inside import fair_share
from autograder.sandbox.inside.fair_share import FEW, MOST_NICE, FairShare, _times, niceness
from tests.autograder.sandbox.test_kernels import kernel, wait_for

BUSY = """
import os
for _ in range({count}):
    if os.fork() == 0:
        while True: pass
"""
# None of them lives for long: what is raised for one has to hold for those that it starts.
SHORT_LIVED = """
import os, signal, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for _ in range({count}):
    if os.fork() == 0:
        while True:
            end = time.process_time() + 0.02
            while time.process_time() < end: pass
            if os.fork(): os._exit(0)
"""
THREADS = """
import threading
def work():
    while True: sum(range(10))
for _ in range({count}): threading.Thread(target=work, daemon=True).start()
"""
OF_ALL = """
import os
found = []
for process in filter(str.isdigit, os.listdir('/proc')):
    try:
        for task in os.listdir(f'/proc/{process}/task'):
            found.append(os.getpriority(os.PRIO_PROCESS, int(task)))
    except OSError: pass
print(*found)
"""
LOADER = """
import warnings, torch
warnings.simplefilter('ignore')  # of more workers than cores
from torch.utils.data import DataLoader
class Slow(torch.utils.data.Dataset):
    def __len__(self): return 64
    def __getitem__(self, n): return torch.randn(100, 100).matrix_exp().sum() * 0 + n
for workers in (2, 4):
    print(int(sum(batch.sum() for batch in DataLoader(Slow(), 8, num_workers=workers))))
torch.set_num_threads(8)
print(torch.ones(500, 500).mm(torch.ones(500, 500)).sum().item())
"""


def niceness_of(run):
    return [int(number) for number in run(OF_ALL).split()]


@pytest.mark.parametrize("busy", [BUSY, SHORT_LIVED], ids=["that stay", "that do not live long"])
def test_many_busy_processes_give_way_together(template, busy):
    count = 12
    with kernel(template) as run, kernel(template) as honest:
        run(busy.format(count=count))
        assert wait_for(lambda: min(niceness_of(run)) >= niceness(count - 2))
        assert len(niceness_of(run)) > count
        assert set(niceness_of(honest)) == {0}


def test_nobody_takes_it_back(template):
    with kernel(template) as run:
        run(BUSY.format(count=5))
        assert wait_for(lambda: min(niceness_of(run)) > 0)
        assert run("import os; os.setpriority(os.PRIO_PROCESS, 0, 0)").startswith("Permission")


def test_honest_workers_and_threads_do_their_work(template):
    with kernel(template) as run:
        assert run(LOADER).split() == ["2016", "2016", "125000000.0"]


@pytest.mark.parametrize("busy", [3, 4, 10, 30, 68])
def test_together_they_weigh_no_more_than_one(busy):
    """sched(7): each step of nice makes a weight about 1.25 times smaller."""
    assert busy * 1.25 ** -niceness(busy) <= 1 < busy * 1.25 ** (1 - niceness(busy))


def test_the_niceness_has_a_floor_and_a_ceiling():
    assert [niceness(busy) for busy in range(FEW + 1)] == [0] * (FEW + 1)
    assert niceness(10_000) == MOST_NICE


# Linux may give each session an equal share, whatever it runs.

SESSIONS = """
import os, subprocess
before = os.getsid(0)
if os.fork() == 0:
    os.setsid()
    os._exit(os.getsid(0) == before)
print(os.waitstatus_to_exitcode(os.wait()[1]))
print(subprocess.run(['setsid', 'sh', '-c', 'echo ran'], capture_output=True, text=True).stdout)
"""


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers are those of x86_64")
def test_no_process_of_a_kernel_leaves_its_session(template):
    with kernel(template) as run:
        assert run(SESSIONS).split() == ["1", "ran"]
        # It takes a terminal for a session of its own.
        assert "in a terminal" in run("!test -t 1 && echo in a terminal")
        assert "5" in run("!echo 2 + 3 | python -c 'print(eval(input()))'")


def test_what_linux_does_not_count_is_nothing(tmp_path):
    counted = tmp_path / "schedstat"
    counted.write_text("1200 34 5\n")
    assert _times(str(counted)) == (1200, 34)
    counted.write_text("")
    assert _times(str(counted)) == _times(str(tmp_path / "nowhere")) == (0, 0)


@pytest.fixture
def proc(tmp_path, monkeypatch):
    """A folder that stands for /proc. add(process, task, state, nice, children): a thread more."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "chdir", lambda folder: {"/proc": None}[folder])

    def add(process, task, state="S", nice=0, children="", times="2000000000 1000000000 7"):
        folder = tmp_path / str(process) / "task" / str(task)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "children").write_text(children)
        (folder / "schedstat").write_text(times)
        rest = " ".join(str(number) for number in range(4, 19))
        (folder / "stat").write_text(f"{task} (R) 9 R) {state} {rest} {nice} 20 21")

    raised = []
    monkeypatch.setattr(os, "setpriority", lambda *a: raised.append(a))
    add.raised, add.folder = raised, tmp_path
    return add


def test_all_threads_of_a_kernel_give_way_once_many_are_busy(proc):
    share = FairShare(5)
    proc(5, 5, "R", children="7 9 ")
    proc(5, 6, "S", nice=2)
    proc(7, 7, "R", nice=19, children="8")
    proc(8, 8, "R")
    proc(99, 99, "R")  # another kernel's
    share.look()
    assert (share.nice, proc.raised) == (0, [])  # it may be a moment
    share.look()
    wanted = niceness(3)
    assert share.nice == wanted > 2
    assert sorted(proc.raised) == [(os.PRIO_PROCESS, task, wanted) for task in (5, 6, 8)]
    proc(5, 5, "S")
    proc.raised.clear()
    share.look()
    share.look()
    assert share.nice == wanted  # it is never lowered again
    # What it had, of all threads: those that have ended included.
    assert [row[1:] for row in share.time.rows] == [(0, 0), (8, 4), (8, 4), (8, 4), (8, 4)]


def test_the_fewer_of_two_looks_count(proc):
    share = FairShare(5)
    for busy in (6, 4, 9):
        for task in range(10):
            proc(5, task, "R" if task < busy else "S")
        share.look()
    assert share.nice == niceness(4)


def test_without_a_first_process_all_are_the_kernel_s_but_two(proc, monkeypatch):
    share = FairShare(None)
    for process in (1, os.getpid(), 70, 71):
        proc(process, process, children="70")
    (proc.folder / "self").mkdir()
    (proc.folder / "72").mkdir()  # it has just ended
    assert sorted(each.id for each in share._threads()) == [70, 71]
    (proc.folder / "71" / "task" / "71" / "stat").unlink()
    found = list(share._threads())
    assert [(each.id, each.state, each.nice) for each in found] == [(70, "S", 0)]
    assert (found[0].ran, found[0].waited) == (2 * 10**9, 10**9)


def test_one_that_cannot_be_raised_does_not_keep_the_others(proc, monkeypatch):
    share = FairShare(5)
    for task in (5, 6, 7, 8):
        proc(5, task, "R")
    raised = []

    def refuses(which, task, nice):
        raised.append(task)
        raise PermissionError

    monkeypatch.setattr(os, "setpriority", refuses)
    share.look()
    share.look()
    assert sorted(raised) == [5, 6, 7, 8]


def test_nobody_can_know_the_next_look(monkeypatch):
    spans = []
    monkeypatch.setattr(fair_share.random, "uniform", lambda *span: spans.append(span) or 1.2)
    assert fair_share.until_next_look(2.0) == 2.4
    ((low, high),) = spans
    assert 0 < low < 1 < high and low + high == 2  # on average, as often as it says
