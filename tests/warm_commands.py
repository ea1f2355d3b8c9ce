"""The command `autograder` in a fork of a process that has imported what its commands import.

Importing takes over a second of the processor, most of what many commands take. Tests that are
about the process itself start one.
"""

import atexit
import contextlib
import importlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from socket import AF_UNIX

# What the commands import as they run; nothing that imports torch.
IMPORTED = (
    "autograder.collecting.collect",
    "autograder.grading.grade",
    "autograder.releasing.release",
    "autograder.reports.class_report",
    "autograder.reports.exports",
    "autograder.reports.feedback",
    "nbgrader.apps",
)
ASK = """#!{python} -IS
import json, os, signal, socket, sys
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])  # until it is known whom it is for
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    asked = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
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
    path: Path, environment: Mapping[str, str], imported: tuple[str, ...] = IMPORTED
) -> Iterator[None]:
    """Inside, the file `path` can be run and is `autograder`. What it is told to end by ends it.

    environment: decides what is imported, and how wide a line is; a command has that of its caller.
    """
    with tempfile.TemporaryDirectory(prefix="warm-") as short, socket.socket(AF_UNIX) as listener:
        address = f"{short}/server"
        listener.bind(address)
        listener.listen()
        path.write_text(ASK.format(python=sys.executable, address=address))
        path.chmod(0o755)
        # By its path: what is imported is the kit that the environment names.
        code = (
            f"import runpy; runpy.run_path({__file__!r})['serve']({listener.fileno()}, {imported})"
        )
        program = [sys.executable, "-P", "-c", code]
        server = subprocess.Popen(program, env=environment, pass_fds=[listener.fileno()])
        listener.close()  # a caller is refused once the server has ended
        try:
            yield
        finally:
            server.kill()
            server.wait()


def serve(descriptor: int, imported: tuple[str, ...]) -> None:
    """Answer each caller in a fork."""
    import autograder.cli

    for name in imported:
        importlib.import_module(name)
    listener = socket.socket(fileno=descriptor)
    while True:
        caller, _ = listener.accept()
        with contextlib.suppress(ChildProcessError):  # those that have ended are waited for
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if os.fork() == 0:
            listener.close()
            _answer(caller, autograder.cli.main)
        caller.close()


def _answer(caller, main):
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
        sys.argv = ["autograder", *words]
        sys.path.insert(0, folder)  # as python -m has it
        main()
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
