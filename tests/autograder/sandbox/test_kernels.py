"""Forked kernels, as nbclient and jupyter_client see them."""

import asyncio
import contextlib
import os
import select
import signal
import socket
import time

import nbformat
import pytest
from jupyter_client.manager import AsyncKernelManager, KernelManager
from jupyter_client.provisioning import KernelProvisionerFactory
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

from autograder.sandbox import isolation
from autograder.sandbox.inside.confine import HOME
from autograder.sandbox.kernel_limits import MIB, Limits
from autograder.sandbox.provisioner import NAME, STOPPED, KernelRequest, SandboxProvisioner, manager
from autograder.sandbox.template import Template

SOON = 600.0


@contextlib.contextmanager
def kernel(template, **settings):
    """A function that runs code and returns what it printed; `.provisioner` of its kernel."""
    km = manager(KernelManager)
    km.start_kernel(sandbox=KernelRequest(template.socket, template.run_dir, **settings))
    client = km.client()
    client.start_channels()
    client.wait_for_ready(timeout=SOON)

    def run(code, timeout=SOON):
        said = []

        def hear(message):
            content = message["content"]
            if message["msg_type"] == "stream":
                said.append(content["text"])
            elif message["msg_type"] == "error":
                said.append(f"{content['ename']}: {content['evalue']}")

        # After an error, ipykernel would refuse what comes in the next moment.
        settings = {"store_history": False, "stop_on_error": False}
        client.execute_interactive(code, timeout=timeout, output_hook=hear, **settings)
        return "".join(said).strip()

    run.client, run.provisioner, run.manager = client, km.provisioner, km
    try:
        yield run
    finally:
        client.stop_channels()
        km.shutdown_kernel(now=True)


def wait_for(condition):
    deadline = time.monotonic() + SOON
    while not (found := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def notebook(*cells):
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])


def executed(template, nb, **options):
    asyncio.run(execute(template, nb, manager(), **options))
    return nb


async def execute(template, nb, km, **options):
    client = NotebookClient(nb, km=km, timeout=SOON, **options)
    try:
        await client.async_execute(sandbox=KernelRequest(template.socket, template.run_dir))
    finally:
        # nbclient ends only those kernels whose managers it made.
        await km.shutdown_kernel(now=True)


# What an honest notebook does


def test_a_notebook_runs_in_a_fork(template):
    nb = executed(
        template,
        notebook(
            "import torch, helpers.data\nprint(torch.ones(2).sum().item())",
            "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);",
            "!echo from a shell",
            "with open('mine.txt', 'w') as file: file.write('kept')\nopen('mine.txt').read()",
            "In[-1], _",
        ),
    )
    first, figure, shell, own, _ = nb.cells
    assert first.outputs[0].text == "2.0\n"
    assert "image/png" in figure.outputs[0].data
    assert "from a shell" in shell.outputs[0].text
    assert own.outputs[0].data["text/plain"] == "'kept'"


def test_an_error_reaches_nbclient(template):
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        executed(template, notebook("1 / 0"))


def test_the_default_provisioner_name_is_enough(template, monkeypatch):
    monkeypatch.setattr(KernelProvisionerFactory.instance(), "default_provisioner_name", NAME)
    nb, km = notebook("print('here')"), AsyncKernelManager(kernel_name="python3")
    asyncio.run(execute(template, nb, km))
    assert nb.cells[0].outputs[0].text == "here\n"
    assert isinstance(km.provisioner, SandboxProvisioner)


def test_two_kernels_run_side_by_side(template):
    async def both():
        async def one(text):
            nb = notebook(f"import time; time.sleep(0.3); print({text!r})")
            await execute(template, nb, manager())
            return nb.cells[0].outputs[0].text.strip()

        return await asyncio.gather(one("a"), one("b"))

    assert asyncio.run(both()) == ["a", "b"]


def test_a_seed_fixes_every_generator(template):
    draw = "import random, numpy, torch; print(random.random(), numpy.random.rand(), torch.rand(1))"
    drawn = []
    for seed in (3, 3, 4):
        with kernel(template, seed=seed) as run:
            drawn.append(run(draw))
    assert drawn[0] == drawn[1] != drawn[2]


def test_the_kernel_has_the_settings_of_a_graded_run(template):
    with kernel(template) as run:
        said = run(
            "import gc, os, sys, torch\n"
            "print(os.environ['NBGRADER_EXECUTION'], os.getcwd(), torch.get_num_threads(),"
            " torch.cuda.is_available(), os.getuid(), os.environ['HOME'], gc.isenabled())"
        )
    assert said == f"autograde {HOME} 1 False 1000 {HOME} True"


def test_warnings_about_the_machine_stay_away(template):
    with kernel(template) as run:
        said = run(
            "import torch\nfrom torch.utils.data import DataLoader\n"
            "print(len(list(DataLoader(torch.arange(8), batch_size=2, num_workers=4))))"
        )
    assert said == "4"


# The files of the submission


def test_only_regular_files_come_along(template, tmp_path):
    folder = tmp_path / "submission"
    (folder / "deep").mkdir(parents=True)
    (folder / "weights.bin").write_bytes(b"12")
    (folder / "deep" / "module.py").write_text("value = 7\n")
    (tmp_path / "secret").write_text("secret")
    (folder / "link").symlink_to(tmp_path / "secret")
    (folder / "dangling").symlink_to("nowhere")
    (folder / "linked").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe")
    with kernel(template, files=folder) as run:
        found = run(
            "import os\n"
            "print(sorted(os.path.relpath(os.path.join(place, name)) "
            "for place, _, names in os.walk('.') for name in names))"
        )
        assert run("import deep.module; print(deep.module.value)") == "7"
        assert run("import os; os.unlink('weights.bin')") == ""
    assert found == "['deep/module.py', 'weights.bin']"
    assert (folder / "weights.bin").exists()


def test_too_many_bytes_are_refused_with_a_sentence(template, tmp_path):
    (tmp_path / "large").write_bytes(bytes(2 * MIB))
    limits = Limits(file_size=MIB)
    with (
        pytest.raises(RuntimeError, match="files are too large: large"),
        kernel(template, files=tmp_path, limits=limits),
    ):
        pass
    assert not any(path.is_dir() for path in template.kernels.iterdir())


# The line to the agent


def test_the_agent_gets_a_line_of_its_own(template):
    with kernel(template) as run:
        agent = run.provisioner.agent_socket
        assert agent.family == socket.AF_UNIX
        # Nothing has been asked, so nothing is said.
        assert not select.select([agent], [], [], 0.1)[0]
        run.provisioner.signal(signal.SIGKILL)
        agent.settimeout(SOON)
        assert agent.recv(1) == b""


def test_a_kernel_goes_on_when_the_line_is_closed(template):
    with kernel(template) as run:
        run.provisioner.agent_socket.close()
        assert run("print(1)") == "1"
        used = "import time; a = time.process_time(); time.sleep(0.5); print(time.process_time()-a)"
        assert float(run(used)) < 0.3, "the event loop spins"


# How a kernel ends


@pytest.mark.parametrize(
    ("code", "how"),
    [
        ("import os; os._exit(3)", "its kernel ended by itself with exit code 3"),
        ("import ctypes; ctypes.string_at(0)", "its kernel crashed (SIGSEGV)"),
    ],
)
def test_the_end_has_a_sentence(template, code, how):
    with kernel(template) as run:
        assert run.provisioner.died() is None
        run.client.execute(code)
        assert run.provisioner.died(patience=SOON) == how


def test_a_kernel_that_we_kill_is_not_lost(template):
    with kernel(template) as run:
        run.provisioner.signal(signal.SIGKILL)
        assert wait_for(run.provisioner.died) == STOPPED
        assert not run.provisioner.lost


def test_nbclient_hears_of_the_end(template):
    with pytest.raises(DeadKernelError):
        executed(template, notebook("import os; os._exit(1)"))


def test_an_endless_cell_can_be_interrupted(template):
    with kernel(template) as run:
        asked = run.client.execute("while True: pass", stop_on_error=False)
        wait_for(lambda: run.client.get_iopub_msg(timeout=SOON)["msg_type"] == "execute_input")
        run.provisioner.interrupt()
        answer = run.client.get_shell_msg(timeout=SOON)
        assert answer["parent_header"]["msg_id"] == asked
        assert answer["content"]["ename"] == "KeyboardInterrupt"
        assert run("print('alive')") == "alive"


def test_no_signal_handler_keeps_a_kernel_alive(template):
    with kernel(template) as run:
        run.client.execute(
            "import signal\nfor n in (2, 15): signal.signal(n, signal.SIG_IGN)\nwhile True: pass"
        )
        time.sleep(0.3)
        run.manager.shutdown_kernel(now=True)
        assert asyncio.run(run.provisioner.poll()) == -signal.SIGKILL


def test_a_kernel_that_runs_too_long_is_ended(template):
    with kernel(template, limits=Limits(total_seconds=1.0)) as run:
        assert wait_for(run.provisioner.died) == "its kernel ran longer than 1 s"


@pytest.mark.parametrize(
    "code, wants_a_processor",
    [
        ("end = time.monotonic() + 2\nwhile time.monotonic() < end: pass", True),
        # Processes count that have ended by now.
        (
            "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'import time\\n"
            "end = time.monotonic() + 2\\nwhile time.monotonic() < end: pass'])",
            True,
        ),
        ("time.sleep(2)", False),
    ],
    ids=["busy", "a busy child", "asleep"],
)
def test_what_a_kernel_had_of_the_processors_is_known(template, code, wants_a_processor):
    with kernel(template) as run:
        start = time.monotonic()
        assert run(f"import time\n{code}\nprint('done')") == "done"
        seconds = time.monotonic() - start
        ran, waited = run.provisioner.processor_time(start)
        # However busy the machine is: what does not sleep runs or waits.
        assert (ran + waited > seconds / 2) is wants_a_processor, (ran, waited, seconds)
        assert waited >= 0 and ran >= (0.2 if wants_a_processor else 0)
        # Once it has ended, what was last seen is known still.
        run.manager.shutdown_kernel(now=True)
        assert run.provisioner.processor_time(start)[0] >= ran


def test_too_much_memory_is_an_error_of_the_cell(template):
    with kernel(template, limits=Limits(memory=256 * MIB)) as run:
        assert run("import torch; torch.ones(1 << 29)").startswith("RuntimeError")
        assert run("print('alive')") == "alive"


def test_shared_memory_counts(template):
    limits = Limits(memory=128 * MIB, scratch=16 * MIB)
    with kernel(template, limits=limits) as run:
        run.client.execute(
            "import mmap, time\nkept = mmap.mmap(-1, 400 << 20)\n"
            "for _ in range(300): kept.write(bytes(1 << 20))\ntime.sleep(20)"
        )
        assert wait_for(run.provisioner.died) == "its kernel needed more memory than 128 MB"


# What a kernel can see


MANY_MAPPINGS = """
import ctypes
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
# Neighbours of different rights are not joined; 0x4022: private, of no file, not reserved.
for n in range(60_000): libc.mmap(None, 4096, n % 2, 0x4022, -1, ctypes.c_long(0))
for _ in range(3): os.fork()
"""
UNMAPPED = {
    "pipes, epolls and what else is open": "for _ in range(400): kept.append(os.pipe())\nos.fork()",
    "locks on files": "kept = [open(f'l{n}', 'w') for n in range(100)]\n"
    "for n in range(25_000): fcntl.lockf(kept[n % 100], fcntl.LOCK_EX, 1, n)",
    "mappings": MANY_MAPPINGS,
}


@pytest.mark.parametrize("what", UNMAPPED)
def test_what_linux_keeps_for_a_kernel_counts(template, what):
    """No process maps it, and no limit of one process bounds the sum."""
    if template.counting.parent or template.counting.scope:
        pytest.skip("Linux counts it here")
    limits = Limits(memory=128 * MIB, scratch=16 * MIB)
    with kernel(template, limits=limits) as run:
        taking = f"import fcntl, os, time\nkept = []\n{UNMAPPED[what]}\ntime.sleep({SOON})"
        run.client.execute(taking)
        assert wait_for(run.provisioner.died) == "its kernel needed more memory than 128 MB"


def test_the_folder_of_the_sockets_is_read_only(template):
    with kernel(template) as run:
        said = run("open('/run/kernel/filler', 'w')")
    assert "Read-only file system" in said


def test_a_kernel_is_alone_with_its_processes(template):
    with kernel(template) as run, kernel(template):
        said = run("import os; print(os.getpid(), [n for n in os.listdir('/proc') if n.isdigit()])")
    assert said == "1 ['1']"


def test_nothing_of_the_template_stays_open_in_a_kernel(template):
    with kernel(template) as run:
        said = run(
            "import os, socket\n"
            "for name in os.listdir('/proc/self/fd'):\n"
            "    try: place = os.readlink(f'/proc/self/fd/{name}')\n"
            "    except OSError: continue\n"
            "    if place.startswith('socket:'):\n"
            "        s = socket.socket(fileno=os.dup(int(name)))\n"
            "        print(name, s.getsockname(), s.getsockopt(socket.SOL_SOCKET,"
            " socket.SO_ACCEPTCONN))\n"
            "    elif place.startswith('/') and not place.startswith(('/proc', '/dev/null',"
            " '/memfd:images')):\n"
            "        print(name, place)"
        )
    lines = said.splitlines()
    # ipykernel's debugger listens too, in a network of its own.
    listening = [line.split()[1] for line in lines if line.endswith(" 1") and "127" not in line]
    assert sorted(listening) == [f"/run/kernel/s-{number}" for number in range(1, 6)]
    assert str(template.run_dir) not in said
    # No file is open, such as the template's log; matplotlib keeps its fonts.
    files = [line for line in lines if len(line.split()) == 2 and "/" in line]
    assert not [line for line in files if not line.endswith(".ttf")]


@pytest.mark.slow
@pytest.mark.usefixtures("cold")
def test_data_read_by_the_template_is_at_hand(monkeypatch):
    folder = os.environ.get("COURSE_DATA")
    if not folder or isolation.best().kind is not isolation.Kind.NESTED:
        pytest.skip("COURSE_DATA is not set, or no nested isolation here")
    change = "images.pixels.zero_(); print(d.load('mnist').pixels.sum().item() > 0)"
    with Template(data=folder) as template, kernel(template) as run:
        took = run(
            "import time, helpers.data as d; start = time.process_time()\n"
            "images = d.load('mnist'); print(time.process_time() - start)"
        )
        assert float(took) < 0.1
        assert run(change) == "True"
        with kernel(template) as other:
            assert other(f"import helpers.data as d; images = d.load('mnist'); {change}") == "True"


def test_a_fork_that_a_cell_leaves_running_ends_with_it(template):
    """It has the kernel's sockets: it could answer, or take what is meant for the kernel."""
    with kernel(template) as run:
        for _ in range(3):
            run("import os, time\nfor _ in range(4): os.fork()\ntime.sleep(0.1)")
        count = "len([n for n in os.listdir('/proc') if n.isdigit() and open(f'/proc/{n}/stat')"
        alive = f"{count}.read().rpartition(')')[2].split()[0] != 'Z'])"
        assert wait_for(lambda: run(f"print({alive})") == "1")
