"""What a training loop needs around it: a progress bar and a record of its losses."""

import io
import sys
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from helpers import budget
from helpers.errors import CourseError


def progress(
    iterable: Iterable | None = None, total: int | None = None, description: str = ""
) -> "Bar":
    """Return ``iterable`` with a progress bar, which stays silent under a quick budget.

    Without an iterable the bar is moved by its ``update()``: one bar for a loop in a loop. In a
    notebook it is one line that changes, so a saved notebook keeps that one line. It never writes
    to stderr: nbgrader gives no points to a cell that does.
    """
    return Bar(
        iterable,
        desc=description,
        total=total,
        file=_OneLine() if _in_a_notebook() else sys.stdout,
        ncols=80,
        mininterval=0.5,
        disable=budget.is_quick(),
    )


class Bar(tqdm):
    """tqdm's bar, for a loop that may go on where an earlier session stopped."""

    def at(self, done: int) -> None:
        """Show that ``done`` steps are done. Those that ``update()`` did not count were done by an
        earlier session, so the speed and the time that remains leave them out."""
        if done > self.n:
            self.initial = self.n = self.last_print_n = done


class _OneLine(io.TextIOBase):
    """What tqdm writes, as one output of a notebook's cell that is replaced each time."""

    def __init__(self) -> None:
        self._handle: Any = None

    def write(self, text: str) -> int:
        from IPython.display import display  # half a second, and needed in a notebook alone

        line = text.strip("\r\n")
        if line:
            shown = {"text/plain": line}
            if self._handle is None:
                self._handle = display(shown, raw=True, display_id=True)
            else:
                self._handle.update(shown, raw=True)
        return len(text)


def _in_a_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and hasattr(shell, "kernel")


class History:
    """The numbers of a training run, step by step.

    >>> history = History()
    >>> history.log(d_loss=1.39, g_loss=0.69)
    >>> history.log(d_loss=1.21, g_loss=0.80)
    >>> history.names
    ('d_loss', 'g_loss')
    >>> history.series("d_loss")
    [1.39, 1.21]
    """

    def __init__(self) -> None:
        self._step = 0
        self._steps: dict[str, list[int]] = {}
        self._values: dict[str, list[float | torch.Tensor]] = {}

    def __len__(self) -> int:
        """Number of steps, that is, of calls of ``log``."""
        return self._step

    @property
    def names(self) -> tuple[str, ...]:
        """What was logged, in the order of its first appearance."""
        return tuple(self._values)

    def log(self, **values: float | torch.Tensor) -> None:
        """Add one step: a number, or a tensor with one element, for each name.

        A tensor on a GPU is kept there, detached, so that nothing waits for the GPU.

        Raises:
            CourseError: a tensor has more than one element.
        """
        for name, value in values.items():
            if isinstance(value, torch.Tensor):
                if value.numel() != 1:
                    raise CourseError(
                        f"History.log got a tensor of shape {tuple(value.shape)} for {name!r}: "
                        "log one number a step, such as its mean."
                    )
                # A copy: the caller may go on to change the tensor in place.
                value = value.detach().reshape(()).clone()
            # Numbers, not tensors, on the CPU: thousands of tiny tensors between a training
            # step's large ones keep the heap from being used again (a megabyte for each step).
            if not isinstance(value, torch.Tensor) or value.device.type == "cpu":
                value = float(value)
            self._values.setdefault(name, []).append(value)
            self._steps.setdefault(name, []).append(self._step)
        self._step += 1

    def series(self, name: str) -> list[float]:
        """Return every value of ``name``, one for each step that logged it.

        Raises:
            CourseError: nothing was logged under this name.
        """
        values = self._named(self._values, name)
        tensors = [value for value in values if isinstance(value, torch.Tensor)]
        if tensors:
            # One transfer for all of them.
            numbers = iter(torch.stack(tensors).tolist())
            values[:] = [next(numbers) if isinstance(v, torch.Tensor) else v for v in values]
        return list(values)

    def steps(self, name: str) -> list[int]:
        """Return the steps, counted from 0, at which ``name`` was logged."""
        return list(self._named(self._steps, name))

    def mean(self, name: str, last: int | None = None) -> float:
        """Return the mean of ``name`` over its ``last`` values, or over all of them."""
        series = self.series(name)
        return float(np.mean(series if last is None else series[-last:]))

    def smoothed(self, name: str, window: int) -> list[float]:
        """Return the moving average of ``name``: entry i is the mean of the last ``window``
        values up to i (of fewer at the start), so the list is as long as ``series(name)``."""
        series = np.asarray(self.series(name))
        sums = np.convolve(series, np.ones(window))[: len(series)]
        return (sums / np.minimum(np.arange(len(series)) + 1, window)).tolist()

    def state_dict(self) -> dict[str, Any]:
        """Return everything that was logged, as plain values: what a checkpoint keeps."""
        values = {name: self.series(name) for name in self.names}
        return {"step": self._step, "steps": self._steps, "values": values}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what another History's ``state_dict`` returned.

        Raises:
            KeyError: it is not such a state.
        """
        self._step = state["step"]
        self._steps = {name: list(steps) for name, steps in state["steps"].items()}
        self._values = {name: list(values) for name, values in state["values"].items()}

    def _named(self, table: dict[str, list], name: str) -> list:
        if name not in table:
            known = ", ".join(self.names) or "nothing yet"
            raise CourseError(f"this History has no {name!r}: it holds {known}.")
        return table[name]
