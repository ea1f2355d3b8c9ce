"""Exceptions of the sandbox, in this process."""

from autograder.sandbox.inside.impersonate import builtin_exception, exception

TEXT = 300


class RemoteRaised(Exception):
    """What student code raised; its class has the name and the builtin base of the original.

    line: the deepest line of the student's cells, or None.
    """

    line = None


class KernelStopped(RemoteRaised):
    """The kernel is gone, or what it sent could not be understood."""


def from_answer(about):
    """The exception for an error answer, whatever it holds."""
    about = about if isinstance(about, dict) else {}
    text = about.get("text")
    base = builtin_exception(about.get("base"))
    bases = (RemoteRaised,) if base is Exception else (RemoteRaised, base)
    error = exception(about.get("type"), bases, str(text)[:TEXT] if text else "")
    line = about.get("line")
    error.line = line if type(line) is int and 0 < line < 1_000_000 else None
    return error
