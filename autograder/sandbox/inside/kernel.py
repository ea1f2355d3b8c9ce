"""Turn a fork of the template into one confined ipykernel.

The kernel's own event loop calls the agent. No cell is executed for it, so student code that
changes how cells are executed does not affect it.
"""

import inspect
import os
import random
import signal
import socket
import sys
import tarfile
import time
import warnings
from typing import Any, NoReturn

import numpy
import torch
from tornado.ioloop import IOLoop

from . import confine

GO, BOUND = b"go", b"bound"
BIND_SECONDS = 10.0
OWN_FOLDERS = {"IPYTHONDIR": ".ipython", "XDG_CACHE_HOME": ".cache", "MPLCONFIGDIR": ".matplotlib"}


def run(
    request: dict[str, Any], kind: str, memory: int, descriptors: list[int], teller: socket.socket
) -> NoReturn:
    """Confine this process and run a kernel in it; never returns.

    Args:
        request: the provisioner's request (see kernel_parent).
        kind: nested, single or limits.
        memory: bytes of private data that this process may have.
        descriptors: the agent's socket and, if the request has `files`, a tar file of the
            submission's files.
        teller: a socket to the keeper, which sends GO first; gets BOUND once the kernel can be
            reached.

    Raises:
        OSError: this process could not be confined.
        TimeoutError: the kernel's heartbeat did not start.
    """
    agent_socket = socket.socket(fileno=descriptors[0])
    if teller.recv(len(GO)) != GO:
        raise RuntimeError("the kernel's processes could not be counted")
    if kind == "nested":
        confine.enter_own_processes()
    # Elsewhere the keeper is that user already.
    if apart := kind == "limits" and "uid" in request:
        confine.change_user(request["uid"])
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.umask(0o077)
    _silence()
    home = request.get("home", confine.HOME)
    if request["files"]:
        with open(descriptors[1], "rb") as packed, tarfile.open(fileobj=packed, mode="r:") as files:
            # extractall() takes a filter since Python 3.11.4 only.
            files.extraction_filter = getattr(tarfile, "data_filter", None)
            files.extractall(home)
    os.chdir(home)
    os.environ["HOME"] = home
    if kind == "limits":
        # In /tmp they would be another kernel's, and perhaps another user's.
        os.environ |= {name: f"{home}/{folder}" for name, folder in OWN_FOLDERS.items()}
    # If the machine runs out of memory, Linux ends this process rather than a grader.
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")
    limits = request["limits"]
    # Without its own user, the limit would count all processes of the grader's user.
    processes = limits["processes"] if apart or kind != "limits" else None
    confine.limit(memory, processes, limits["file_size"], limits["open_files"])
    confine.give_up_privileges(internet=kind != "single")
    _seed(request["seed"])
    # How many processors this machine has is no fault of the student's.
    warnings.filterwarnings("ignore", "This DataLoader will create", UserWarning)
    app = _application(request.get("sockets", confine.OWN_FOLDER), request["key"])
    _attach(agent_socket, app.kernel.shell.user_ns)
    _end_forks(app.kernel)
    teller.send(BOUND)
    teller.close()
    loop = IOLoop.current()
    app.start()
    # Student code has stopped the loop, for a restart perhaps; the cells below are still to run.
    while True:
        try:
            loop.start()
        except KeyboardInterrupt:
            pass


def _silence() -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.close(null)


def _seed(seed: int) -> None:
    random.seed(seed)
    numpy.random.seed(seed % (1 << 32))
    torch.manual_seed(seed)


def _application(folder: str, key: str) -> Any:
    """An initialised IPKernelApp that listens on `folder`/s-1 to s-5."""
    from ipykernel.kernelapp import IPKernelApp

    sys.argv = ["ipykernel"]
    app: Any = IPKernelApp.instance()
    app.initialize(
        [
            "--transport=ipc",
            f"--ip={folder}/s",
            *(f"--{name}={port}" for port, name in enumerate(confine.CHANNELS, 1)),
            f"--Session.key={key}",
            f"--IPKernelApp.connection_file={folder}/connection.json",
            "--IPKernelApp.log_level=ERROR",
            # Nobody reads the history: save its file and its thread.
            "--HistoryManager.enabled=False",
        ]
    )
    _tell_errors_quickly(app.shell)
    # exit() and quit() would end the event loop 0.1 s later, in the middle of whatever runs then.
    app.shell.unobserve_all("exit_now")
    # Shows figures as pictures; the template imported pyplot before there was a shell.
    app.shell.enable_matplotlib("inline")
    # The heartbeat binds in its own thread, and soon the folder becomes read-only.
    deadline = time.monotonic() + BIND_SECONDS
    while not os.path.exists(f"{folder}/s-{len(confine.CHANNELS)}"):
        if time.monotonic() > deadline:
            raise TimeoutError("the kernel's heartbeat did not start")
        time.sleep(0.001)
    return app


def _tell_errors_quickly(shell: Any) -> None:
    # It would format each error a second time, for a history that nobody reads.
    shell._format_exception_for_storage = lambda *_, **__: {}
    cache = shell.compile.cache

    def known(*arguments: Any, **named: Any) -> str:
        """The file name of a cell; that it is of no module is not looked for in each frame."""
        name = cache(*arguments, **named)
        inspect.modulesbyfile[os.path.abspath(name)] = ""
        return name

    shell.compile.cache = known


def _end_forks(kernel: Any) -> None:
    """A fork that student code leaves running ends with its cell: it has the kernel's sockets."""
    execute, me, own_id, end = kernel.do_execute, os.getpid(), os.getpid, os._exit

    async def do_execute(*arguments: Any, **named: Any) -> Any:
        try:
            return await execute(*arguments, **named)
        finally:
            if own_id() != me:
                end(0)

    kernel.do_execute = do_execute


def _attach(agent_socket: socket.socket, namespace: dict[str, Any]) -> None:
    """Have the main event loop call the agent whenever a request has come."""
    from .agent import Agent

    agent = Agent(agent_socket, namespace)
    loop = IOLoop.current()

    def serve(*_: Any) -> None:
        if not agent.handle_next():
            # The other side has closed it: the event loop would spin.
            loop.remove_handler(agent_socket.fileno())

    loop.add_handler(agent_socket.fileno(), serve, IOLoop.READ)
