"""However many processes a kernel keeps busy, they weigh together what one does."""

import os

import pytest

from autograder.sandbox.inside.fair_share import FEW, MOST_NICE, _times, niceness
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
