"""Settings of a grading run that judge() reads in test cells."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Setting:
    """salt: with the exercise's id, it decides which probe inputs are drawn.

    publish: takes each verdict; None leaves it in the outputs of the running kernel's cell.
    files: {name: path} of what was beside the notebook; None: what is in this folder.
    checks: a checks.Checks, of the assignment being graded; None: those of the course around here.
    """

    salt: str = ""
    publish: Callable | None = None
    files: Mapping | None = None
    checks: Any = None


_current = ContextVar("setting", default=Setting())  # noqa: B039 (it is frozen)


def current() -> Setting:
    return _current.get()


@contextlib.contextmanager
def setting(**choices: Any) -> Iterator[None]:
    """Judge with Setting(**choices) inside."""
    token = _current.set(Setting(**choices))
    try:
        yield
    finally:
        _current.reset(token)
