"""One kernel: a fork of the template that confines itself and becomes an ipykernel.

The agent is reached through the kernel's own event loop: no cell is executed for it, so whatever
a student's code does to the execution of cells does not reach it.
"""

import os
import random
import signal
import socket
import sys
import tarfile
import time

import numpy
import torch

from . import confine

BOUND = b"bound"
BIND_SECONDS = 10.0


def run(request, kind, memory, descriptors, teller):
    """Never returns.

    Args:
        request: what the provisioner asked for.
        kind: nested, single or limits.
        memory: bytes of private data that this process may have.
        descriptors: the agent's socket and, where `files`, a tar file of the submission's files.
        teller: a socket to the keeper: BOUND once the kernel can be reached.
    """
    agent_socket = socket.socket(fileno=descriptors[0])
    if kind == "nested":
        confine.enter_own_processes()
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.umask(0o077)
    _silence()
    home = request.get("home", confine.HOME)
    if request["files"]:
        with open(descriptors[1], "rb") as file, tarfile.open(fileobj=file, mode="r:") as files:
            files.extractall(home, filter="data")
    os.chdir(home)
    os.environ["HOME"] = home
    # Where the machine runs out of memory, it shall end this process and not its graders.
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")
    limits = request["limits"]
    # Without a user of its own, it would count every process of ours.
    processes = limits["processes"] if kind != "limits" else None
    confine.limit(memory, processes, limits["file_size"], limits["open_files"])
    confine.give_up_privileges()
    _seed(request["seed"])
    app = _application(request.get("sockets", confine.OWN_FOLDER), request["key"])
    _attach(agent_socket, app.kernel.shell.user_ns)
    teller.send(BOUND)
    teller.close()
    app.start()
    # Without the endings that the template's libraries have registered.
    os._exit(0)


def _silence():
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.close(null)


def _seed(seed):
    random.seed(seed)
    numpy.random.seed(seed % (1 << 32))
    torch.manual_seed(seed)


def _application(folder, key):
    """An initialised IPKernelApp that listens on `folder`/s-1 to s-5."""
    from ipykernel.kernelapp import IPKernelApp

    sys.argv = ["ipykernel"]
    app = IPKernelApp.instance()
    app.initialize(
        [
            "--transport=ipc",
            f"--ip={folder}/s",
            *(f"--{name}={port}" for port, name in enumerate(confine.CHANNELS, 1)),
            f"--Session.key={key}",
            f"--IPKernelApp.connection_file={folder}/connection.json",
            "--IPKernelApp.log_level=ERROR",
            # No file and no thread for a history that nobody will read.
            "--HistoryManager.enabled=False",
        ]
    )
    # Figures become pictures; the template imported pyplot when there was no shell to tell.
    app.shell.enable_matplotlib("inline")
    # The heartbeat binds in a thread of its own, and soon the folder becomes read-only.
    deadline = time.monotonic() + BIND_SECONDS
    while not os.path.exists(f"{folder}/s-{len(confine.CHANNELS)}"):
        if time.monotonic() > deadline:
            raise TimeoutError("the kernel's heartbeat did not start")
        time.sleep(0.001)
    return app


def _attach(agent_socket, namespace):
    """Lets the main event loop call the agent whenever a request has come."""
    from tornado.ioloop import IOLoop

    from .agent import Agent

    agent = Agent(agent_socket, namespace)
    loop = IOLoop.current()

    def serve(*_):
        if not agent.handle_next():
            # The other side has closed it: a loop that looks again would spin.
            loop.remove_handler(agent_socket.fileno())

    loop.add_handler(agent_socket.fileno(), serve, IOLoop.READ)
