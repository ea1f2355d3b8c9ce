"""Use a kernel's objects from the trusted process: a session with it, and proxies for them."""

from autograder.sandbox.remote.proxies import RemoteModule, RemoteObject, RemoteSubject
from autograder.sandbox.remote.raised import KernelLost, KernelStopped, RemoteRaised
from autograder.sandbox.remote.session import Session

__all__ = [
    "KernelLost",
    "KernelStopped",
    "RemoteModule",
    "RemoteObject",
    "RemoteRaised",
    "RemoteSubject",
    "Session",
]
