"""Crash and resource: a submission harms itself alone, and its teacher reads how it ended."""

import pytest

from tests.autograder.hostile.case import DOUBLE_ONLY, LOSS_ONLY, SAY, Case
from tests.autograder.hostile.the_class import LIMITS

pytestmark = pytest.mark.slow


def after_double(source, **options):
    """What happens in the cell of the second answer; the first one was right."""
    return {"cells": {"bce_loss": source}, "score": 3} | options


def all_then(source, **options):
    """It happens in a cell before right answers, which still earn their points."""
    return {"first": source} | options


# Busy when the limit comes, and not for all the time before.
LOOP = f"""
{{0}}import time
{{0}}time.sleep({LIMITS.cell_seconds - 1})
{{0}}while True: pass
"""

IGNORE = """
import signal, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
while True:
    try: time.sleep(1)
    except BaseException: pass
"""

FORKS = """
import os, time
for _ in range(100_000):
    try:
        if os.fork() == 0:
            while True:
                try: os.fork()
                except OSError: time.sleep(0.05)
    except OSError:
        print('refused')
        break
"""

SETSID = """
import os, time
for _ in range(1000):
    try:
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0: time.sleep(600)
            os._exit(0)
    except OSError:
        print('refused')
        break
"""

DAEMON = """
import subprocess
subprocess.Popen(['sleep', '601'], start_new_session=True)
subprocess.Popen('setsid nohup sleep 602 >/dev/null 2>&1 &', shell=True)
"""

FILL = f"""
import os
for folder in ('.', '/tmp', '/dev/shm', '/run/kernel', '/opt/course'):
    written = 0
    try:
        for number in range(100):
            with open(f'{{folder}}/hostile-was-here{{number}}', 'wb') as file:
                written += file.write(bytes(8_000_000))
    except OSError as error:
        print(folder, error.strerror)
    if written > 100_000_000: {SAY}
    for number in range(100):
        if os.path.exists(f'{{folder}}/hostile-was-here{{number}}'):
            os.remove(f'{{folder}}/hostile-was-here{{number}}')
"""

THREADS = """
import threading, time
for _ in range(20):
    threading.Thread(target=lambda: [time.sleep(0.01) for _ in iter(int, 1)]).start()
"""

GPU = """
import torch
if torch.cuda.is_available():
    hog = [torch.empty(1 << 30, device='cuda') for _ in range(1000)]
print('devices', torch.cuda.device_count())
"""

ON_OTHERS = """
import time
def double(x):
    while abs(float(x)) > 100: time.sleep(0.01)
    return 2 * x
"""

RECURSION = """
def double(x):
    return double(x)
"""

ABSURD = """
def double(x):
    return torch.zeros(1).expand(10 ** 12)
"""

KILL_ALL = """
import os, signal
for target in (lambda: os.kill(os.getppid(), 9), lambda: os.killpg(0, 9), lambda: os.kill(-1, 9),
               lambda: [os.kill(n, 9) for n in range(2, 5000)]):
    try: target()
    except OSError as error: pass
"""

PIECES = """
import os, time
for _ in range(4):
    if os.fork() == 0:
        piece = bytearray(160 << 20)
        time.sleep(100)
time.sleep(100)
"""

SOCKETS = """
import os, socket, time
for _ in range(4):
    if os.fork() == 0:
        kept = [socket.socketpair() for _ in range(430)]
        for end in [end for pair in kept for end in pair]:
            end.setblocking(False)
            try:
                while True: end.send(bytes(1 << 16))
            except OSError: pass
        time.sleep(100)
time.sleep(100)
"""

SHARED = """
import mmap, time
kept = mmap.mmap(-1, 3 << 29)
for place in range(0, 3 << 29, 1 << 20):
    kept[place:place + (1 << 20)] = bytes(1 << 20)
    kept.madvise(mmap.MADV_DONTNEED, place, 1 << 20)
time.sleep(100)
"""

OWN_LIMIT = """
import resource
resource.setrlimit(resource.RLIMIT_CPU, (1, 1))
while True: pass
"""

SURVIVE = f"""
try:
    open('/proc/self/oom_score_adj', 'w').write('0')
    {SAY}
except OSError: pass
"""

CASES = [
    Case(
        "os._exit",
        **after_double("import os\nos._exit(3)", says=("ended by itself with exit code 3",)),
    ),
    Case("sys.exit", **all_then("import sys\nsys.exit(1)", shows=("SystemExit",))),
    Case(
        "sys.exit in an answer",
        **after_double("def bce_loss(*a):\n    raise SystemExit(0)", says=("SystemExit",)),
    ),
    Case(
        "segfault",
        **after_double("import ctypes\nctypes.string_at(0)", says=("crashed (SIGSEGV)",)),
    ),
    Case(
        "segfault in an answer",
        **after_double(
            "import ctypes\ndef bce_loss(*a):\n    ctypes.string_at(0)",
            says=("SIGSEGV", "the kernel had stopped"),
        ),
    ),
    Case("killing the parent and its group", **all_then(KILL_ALL)),
    Case(
        "infinite loop",
        **after_double(
            LOOP.format(""), score=3, slow=True, says=("no answer within the time limit",)
        ),
    ),
    Case(
        "infinite loop in an answer",
        {"bce_loss": "def bce_loss(*a):" + LOOP.format("    ")},
        score=3,
        slow=True,
        says=("no answer within",),
    ),
    Case(
        "SIGINT ignored",
        **after_double(IGNORE, slow=True, says=("it kept running after its time limit",)),
    ),
    Case(
        "memory bomb",
        **after_double("x = [bytearray(1 << 20) for _ in range(10 ** 6)]", says=("MemoryError",)),
    ),
    Case("memory bomb in pieces", **after_double(PIECES, says=("needed more memory than",))),
    Case("memory in sockets", **after_double(SOCKETS, says=("needed more memory than",))),
    Case("memory shared and let go", **after_double(SHARED, says=("needed more memory than",))),
    Case("having others killed when memory is short", **all_then(SURVIVE)),
    Case("a limit of its own", **after_double(OWN_LIMIT, says=("its own code had set",))),
    Case("exit()", **all_then("exit()")),
    Case("do_shutdown", **all_then("get_ipython().kernel.do_shutdown(True)")),
    Case("forks that stay", **all_then("import os\nfor _ in range(3): os.fork()")),
    Case("a source the parser dies of", **all_then("-" * 7000 + "1")),
    Case("fork bomb", **all_then(FORKS, slow=True, shows=("refused",))),
    Case("setsid bomb", **all_then(SETSID, shows=("refused",))),
    Case("orphan daemon", **all_then(DAEMON)),
    Case(
        "a flood on one line",
        **all_then("for _ in range(300): print('x' * 100_000, end='')", shows=("left out",)),
    ),
    Case(
        "a flood on many lines",
        **all_then("for i in range(200_000): print(i)", shows=("left out",)),
    ),
    Case("disk fill", **all_then(FILL, shows=("No space left", "Read-only"))),
    Case("threads that never end", **all_then(THREADS)),
    Case("GPU memory hog", **all_then(GPU, shows=("devices 0",))),
    Case(
        "a function that is fast on small probes and never ends on others",
        {"double": ON_OTHERS},
        score=LOSS_ONLY,
        slow=True,
        says=("no answer within",),
    ),
    Case("recursion", {"double": RECURSION}, score=LOSS_ONLY, says=("RecursionError",)),
    Case("a tensor of absurd size as an answer", {"double": ABSURD}, score=LOSS_ONLY),
    Case(
        "a loss of absurd size",
        {"bce_loss": ABSURD.replace("double(x)", "bce_loss(*pair)")},
        score=DOUBLE_ONLY,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_harms_itself_alone(graded, case):
    graded.check(case)
