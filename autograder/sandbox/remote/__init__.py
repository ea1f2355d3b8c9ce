"""The trusted end: a session with one kernel, and proxies for what lives there."""

from autograder.sandbox.remote.proxies import RemoteModule, RemoteObject, RemoteSubject
from autograder.sandbox.remote.raised import KernelStopped, RemoteRaised
from autograder.sandbox.remote.session import Session

__all__ = [
    "KernelStopped",
    "RemoteModule",
    "RemoteObject",
    "RemoteRaised",
    "RemoteSubject",
    "Session",
]
