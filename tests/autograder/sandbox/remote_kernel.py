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


def fork(ours, theirs, source):
    """A child that has executed `source` and serves it on `theirs`; its process id."""
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
        exec(compile(source, "/tmp/ipykernel_1/1.py", "exec"), namespace)
        serve(theirs, namespace)
    finally:
        os._exit(0)


@contextlib.contextmanager
def session_with(source, **options):
    """A Session with a kernel in which `source` was run."""
    ours, theirs = socket.socketpair()
    child = fork(ours, theirs, source)
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
