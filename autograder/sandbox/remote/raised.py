"""Exceptions raised in the sandbox, rebuilt in the trusted process."""

from typing import Any

from autograder.sandbox.inside.impersonate import builtin_exception, exception

TEXT = 300


class RemoteRaised(Exception):
    """What student code raised; its class has the name and the builtin base of the original.

    Attributes:
        line: the deepest line of the student's cells in the traceback, or None.
    """

    line: int | None = None


class KernelStopped(RemoteRaised):
    """The kernel has ended, or was ended because of what it sent."""


class KernelLost(RuntimeError):
    """The kernel ended, and as far as is known not by its own code: the submission is run again."""


def from_answer(described: object) -> RemoteRaised:
    """The exception for an error in an answer (see Agent.describe), which may hold anything."""
    fields: dict[str, Any] = described if isinstance(described, dict) else {}
    text, line = fields.get("text"), fields.get("line")
    base = builtin_exception(fields.get("base"))
    bases: tuple[type[Exception], ...] = (RemoteRaised,)
    if base is not Exception:
        bases = (RemoteRaised, base)
    error: Any = exception(fields.get("type"), bases, str(text)[:TEXT] if text else "")
    error.line = line if type(line) is int and 0 < line < 1_000_000 else None
    return error
