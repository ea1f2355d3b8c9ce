"""A student's kernel for tests: a forked process that serves an Agent, and a Session with it."""

import contextlib
import os
import signal
import socket

import torch

from autograder.checks.answers import PRELUDE
from autograder.sandbox.inside.agent import Agent
from autograder.sandbox.remote import Session


def serve(sock, namespace):
    """What a kernel's event loop does with its agent."""
    agent = Agent(sock, namespace)
    while agent.handle_next():
        pass


def fork(ours, theirs, *cells):
    """A child that has run these cells and serves what they define on `theirs`; its process id."""
    torch.set_num_threads(1)  # a pool of threads does not survive a fork
    child = os.fork()
    if child:
        theirs.close()
        return child
    try:
        ours.close()  # or the child would never see that its owner has gone
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        namespace = {"__name__": "__main__"}
        exec(PRELUDE, namespace)
        for number, source in enumerate(cells, start=1):
            exec(compile(source, f"/tmp/ipykernel_1/{number}.py", "exec"), namespace)
        serve(theirs, namespace)
    finally:
        os._exit(0)


@contextlib.contextmanager
def session_with(*cells, **options):
    """A Session with a kernel in which these cells were run."""
    ours, theirs = socket.socketpair()
    child = fork(ours, theirs, *cells)
    try:
        yield Session(
            ours,
            interrupt=lambda: os.kill(child, signal.SIGINT),
            kill=lambda: os.kill(child, signal.SIGKILL),
            **options,
        )
    finally:
        ours.close()
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
