"""What can be asked of a sandbox about the subject in it, beside calling the subject."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol


class Look(NamedTuple):
    """What the code of a subject uses, as far as its sandbox tells; a student may have forged it.

    called: globals of those that were asked for. asks_for_cuda: whether it names a GPU itself.
    may_make_on_cpu: whether it may make a tensor on the CPU, whatever it is given.
    """

    called: tuple[str, ...]
    asks_for_cuda: bool
    may_make_on_cpu: bool


class Sandbox(Protocol):
    """The sandbox of one subject. Its methods raise what calls of the subject raise."""

    def look(self, names: Sequence[str] = ()) -> Look:
        """A look at the subject's code; names: the globals that are asked for."""

    def lend(self, oracles: Mapping[str, Callable[..., Any]]) -> None:
        """Put oracles, which stay in this process, in for the globals of these names."""

    def take_back(self) -> None:
        """Put the student's own functions back; the oracles answer no more. Raises nothing."""

    def problem_on_gpu(self, run: Callable[[], Any]) -> str:
        """What would fail on a GPU while `run` calls the subject; "" where nothing is seen."""


def sandbox_of(subject: object) -> Sandbox | None:
    """The sandbox that a subject is in; None for one in this process."""
    found = getattr(type(subject), "_in_sandbox", None)
    return found(subject) if found else None
