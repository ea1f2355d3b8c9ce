"""Watch the calls of a subject: what went in, what came back, and whose exception it was."""

import inspect
from typing import Any

import torch
from torch import nn

from autograder.judging.student_module import FillsItself


class NotAsAsked(Exception):
    """What a student's code returned is not of the kind that was asked for.

    Observers raise it; its text is the sentence that a student reads, such as "it returns one
    tensor; two are asked for, mu and log_var".
    """


class Watched:
    """A subject, and what is known of its calls. It is called, and has attributes, as before."""

    def __init__(self, subject: Any) -> None:
        self._subject = subject
        self.arguments: list[Any] = []
        self.returned: Any = None
        self.nothing = self.something = 0

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        self.arguments = [*arguments, *keywords.values()]
        result = self._subject(*arguments, **keywords)
        self.returned = result
        if result is None:
            self.nothing += 1
        else:
            self.something += 1
        return result

    def __getattr__(self, name: str) -> Any:
        return getattr(self._subject, name)

    @property
    def gave_nothing(self) -> bool:
        """Whether it was called, and every call that ended gave None."""
        return self.nothing > 0 and not self.something

    @property
    def given(self) -> str:
        """The shapes of what the last call got, in words; empty where it got no tensor."""
        shapes = [str(tuple(t.shape)) for t in self.arguments if isinstance(t, torch.Tensor)]
        if not shapes:
            return ""
        *most, last = shapes
        return f"{', '.join(most)} and {last}" if most else last


def in_a_call(error: BaseException) -> bool:
    """Whether the exception came out of the subject, or of a network that it returned."""
    trace = error.__traceback__
    while trace:
        if trace.tb_frame.f_code in (Watched.__call__.__code__, nn.Module._call_impl.__code__):
            return True
        trace = trace.tb_next
    return False


def described(value: object) -> str:
    """What a call returned, in words: its kind and its shape, no numbers."""
    if value is None:
        return "None"
    if isinstance(value, torch.Tensor):
        return f"a tensor of shape {tuple(value.shape)}{_dtype(value)}"
    if isinstance(value, (tuple, list)):
        kind = "tuple" if isinstance(value, tuple) else "list"
        parts = ", ".join(map(described, value[:4]))
        return f"a {kind} of {len(value)}" + (f" ({parts})" if parts and len(value) <= 4 else "")
    if isinstance(value, (bool, int, float, str)):
        return {bool: "True or False", str: "a text"}.get(type(value), "a plain number")
    return in_words(value)


def in_words(value: object) -> str:
    """What kind of object this is, for one that is neither a tensor nor plain."""
    if isinstance(value, type):
        return "a class, not an object of it (are the brackets missing?)"
    if isinstance(value, nn.Module | FillsItself):
        return "a network"
    if inspect.isroutine(value):
        return "a function"
    return f"something of type {type(value).__name__}"


def is_plain(value: object) -> bool:
    """Whether described() says all that there is to say, but for the numbers."""
    if isinstance(value, (tuple, list)):
        return all(map(is_plain, value))
    return value is None or isinstance(value, (torch.Tensor, bool, int, float, str))


def _dtype(tensor):
    usual = tensor.dtype in (torch.float32, torch.float64)
    return "" if usual else f" and {tensor.dtype}"
