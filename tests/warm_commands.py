"""The command `autograder` in a fork of a process that has imported what its commands import.

Importing takes over a second of the processor, most of what many commands take. To start a template
and the parent of workers takes five: commands that grade can share those, too. Tests that are about
these processes themselves start them.
"""

import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from socket import AF_UNIX

# What the commands import as they run; nothing that imports torch, which those that grade have.
IMPORTED = (
    "autograder.collecting.collect",
    "autograder.grading.grade",
    "autograder.releasing.release",
    "autograder.reports.class_report",
    "autograder.reports.exports",
    "autograder.reports.feedback",
    "nbgrader.apps",
    "pydantic.type_adapter",
)
IMPORTED_TO_GRADE = (
    "autograder.demo.run",
    "autograder.grading.running.worker",
    "autograder.releasing.prove",
    "autograder.releasing.tidy",
)
WORDS = ("-m", "autograder")
ASK = """#!{python} -IS
import json, os, signal, socket, sys
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])  # until it is known whom it is for
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    asked = json.dumps([{words!r} + sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
    socket.send_fds(server, [len(asked).to_bytes(8, "big")], [0, 1, 2])
    server.sendall(asked)
    command = int.from_bytes(server.recv(8), "big")
    signal.signal(signal.SIGTERM, lambda number, frame: os.kill(command, number))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    ended = server.recv(1)
sys.exit(ended[0] if ended else 1)
"""


@contextlib.contextmanager
def command(
    path: Path,
    environment: Mapping[str, str],
    imported: tuple[str, ...] = IMPORTED,
    grading: bool = False,
) -> Iterator[Callable[..., None]]:
    """Inside, the file `path` can be run and is `autograder`. What it is told to end by ends it.

    environment: decides what is imported, and how wide a line is; a command has that of its caller.
    grading: commands that grade share a template and the parent of workers, and torch is imported.
    Yields another(path, *words): that file can be run as well, and is `python` with these words.
    """
    with tempfile.TemporaryDirectory(prefix="warm-") as short, socket.socket(AF_UNIX) as listener:
        address = f"{short}/server"
        listener.bind(address)
        listener.listen()

        def another(path, *words):
            path.write_text(ASK.format(python=sys.executable, address=address, words=[*words]))
            path.chmod(0o755)

        another(path, *WORDS)
        # By its path: what is imported is the kit that the environment names.
        arguments = f"{listener.fileno()}, {imported}, {grading}"
        code = f"import runpy; runpy.run_path({__file__!r})['serve']({arguments})"
        program = [sys.executable, "-P", "-c", code]
        said = Path(short, "said")
        with open(said, "w") as file:
            server = subprocess.Popen(
                program, env=environment, pass_fds=[listener.fileno()], stdout=file, stderr=file
            )
        listener.close()  # a caller is refused once the server has ended
        try:
            yield another
        finally:
            server.terminate()
            server.wait()
            print(said.read_text(), end="")
        # What commands say goes to their callers; here would be the complaint of a worker.
        assert not said.read_text(), said.read_text()


def serve(descriptor: int, imported: tuple[str, ...], grading: bool) -> None:
    """Answer each caller in a fork, until a signal ends this process."""
    gc.disable()
    listener = socket.socket(fileno=descriptor)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit())
    for name in ("autograder.cli", *imported, *(IMPORTED_TO_GRADE if grading else ())):
        importlib.import_module(name)
    with _lent() if grading else contextlib.nullcontext() as borrow:
        gc.freeze()  # a collection in a fork need not look through it, and copy its pages
        gc.enable()
        running: set[int] = set()
        while True:
            caller, _ = listener.accept()
            # Those that have ended are waited for.
            running = {pid for pid in running if not os.waitpid(pid, os.WNOHANG)[0]}
            if (pid := os.fork()) == 0:
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                listener.close()
                _answer(caller, borrow)
            running.add(pid)
            caller.close()


@contextlib.contextmanager
def _lent():
    """Inside there are a template and the parent of workers; yields what has a fork use them.

    Nobody starts them again if they die: then whatever is graded after that fails.
    """
    from multiprocessing import forkserver, resource_tracker, util

    from autograder.grading.running import workers
    from autograder.sandbox import isolation as isolations
    from autograder.sandbox.template import Template
    from helpers.data_folder import data_folder

    def needs(isolation):
        """What a template depends on."""
        folders = isolations._python_folders()
        return isolation, data_folder(), os.environ.get("TZ"), folders

    spawn, util.spawnv_passfds = util.spawnv_passfds, _in_a_fork
    workers._forkserver()
    util.spawnv_passfds = spawn
    with Template(data=data_folder()) as template:
        own, ours = workers.SharedTemplate, needs(template.isolation)

        def shared(isolation):
            """The SharedTemplate of a command; with ours, if it would start one like it."""
            its = own(isolation)
            if needs(isolation) == ours:
                its.template = template
                its.begin = its.wait = its.mend = lambda: None
            return its

        def borrow():
            workers.SharedTemplate = shared
            isolations.best.cache_clear()  # the command may have another PATH
            # The parent of workers is no child of the fork, which could not wait for it.
            forkserver.ensure_running = resource_tracker.ensure_running
            forkserver._forkserver.ensure_running = resource_tracker.ensure_running

        try:
            yield borrow
        finally:
            os.kill(forkserver._forkserver._forkserver_pid, signal.SIGKILL)
            os.waitpid(forkserver._forkserver._forkserver_pid, 0)


def _in_a_fork(program, words, passed):
    """As multiprocessing's spawnv_passfds, but it need not import once more what is imported."""
    if pid := os.fork():
        return pid
    try:
        for number in set(map(int, os.listdir("/proc/self/fd"))) - {0, 1, 2, *passed}:
            os.closerange(number, number + 1)
        exec(words[-1])
    finally:
        os._exit(0)


def _answer(caller, borrow):
    """Become the caller's command, and end with it."""
    code = 1
    try:
        size, (*files,), *_ = socket.recv_fds(caller, 8, 3)
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        with caller.makefile("rb") as stream:
            words, folder, environment = json.loads(stream.read(int.from_bytes(size, "big")))
        caller.sendall(os.getpid().to_bytes(8, "big"))
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        if borrow:
            borrow()
        _python(words, folder)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        caller.sendall(bytes([code]))
        os._exit(code)


def _python(words, folder):
    """As `python -m MODULE ...` or `python FILE ...` in this folder."""
    if words[0] == "-m":
        sys.argv = words[1:]
        sys.path.insert(0, folder)
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = words
        sys.path.insert(0, os.path.dirname(words[0]))
        runpy.run_path(words[0], run_name="__main__")
