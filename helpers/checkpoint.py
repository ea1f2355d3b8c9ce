"""Checkpoints: the state of a training run on disk, from which the same run continues."""

import pickle
import random
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from helpers.errors import CourseError
from helpers.files import write_whole

FOLDER = "checkpoints"
EVERY_SECONDS = 60.0


def save(path: Path, state: dict[str, Any]) -> None:
    """Write ``state``, tensors and plain values in dictionaries, lists and tuples.

    Raises:
        OSError: the file cannot be written; the old one is as it was.
    """
    write_whole(path, lambda unfinished: torch.save(state, unfinished))


def load(path: Path) -> dict[str, Any] | None:
    """Return what ``save`` wrote, on the CPU; None if there is no file.

    Nothing in the file is executed: only tensors and plain values are read.

    Raises:
        CourseError: the file is damaged or is not a checkpoint.
    """
    if not path.exists():
        return None
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, EOFError, RuntimeError, ValueError, KeyError, pickle.UnpicklingError) as error:
        reason = str(error).splitlines()[0][:100] if str(error) else type(error).__name__
    except zipfile.BadZipFile as error:
        reason = str(error)
    raise CourseError(
        f"the checkpoint {path} cannot be read ({reason}): delete it to start again."
    ) from None


def seed_everything(seed: int) -> None:
    """Seed torch, NumPy and Python with ``seed``, 0 or more."""
    torch.manual_seed(seed)
    np.random.seed(seed % 2**32)
    random.seed(seed)


def random_state() -> dict[str, Any]:
    """Return the random states of torch, NumPy and Python, as plain values."""
    name, keys, position, has_gauss, gauss = np.random.get_state()
    state = {
        "torch": torch.get_rng_state(),
        "numpy": (name, keys.tolist(), int(position), int(has_gauss), float(gauss)),
        "python": random.getstate(),
    }
    if torch.cuda.is_available():
        state["cuda"] = torch.cuda.get_rng_state_all()
    return state


def restore_random(state: dict[str, Any]) -> None:
    """Restore the random states that ``random_state`` returned."""
    torch.set_rng_state(state["torch"])
    name, keys, position, has_gauss, gauss = state["numpy"]
    np.random.set_state((name, np.array(keys, dtype=np.uint32), position, has_gauss, gauss))
    version, numbers, gauss_next = state["python"]
    random.setstate((version, tuple(numbers), gauss_next))
    if "cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(state["cuda"])


class Checkpoint:
    """Saves a loop's state in ``checkpoints/NAME.pt``, and lets the loop continue from there.

    >>> checkpoint = Checkpoint("long-run", model=G, optimizer=G_opt)     # doctest: +SKIP
    >>> for step in checkpoint.steps(10_000):                             # doctest: +SKIP
    ...     train_one_step(G, G_opt)

    Args:
        name: of the run; a run with other settings needs another name.
        every: seconds between two saves.
        folder: where, beside the notebook.
        finished: "keep" the state of a finished run, from which a longer one continues, or
            "forget" it, so that the next run starts again.
        parts: what changes in the loop: modules, optimisers, schedulers, a ``History``
            (everything with ``state_dict`` and ``load_state_dict``), a ``torch.Generator``, or a
            dict of tensors and plain values. Random states of torch, NumPy and Python are saved
            by themselves.

    Raises:
        CourseError: a part has no state, or the name is not a file name.
    """

    def __init__(
        self,
        name: str,
        *,
        every: float = EVERY_SECONDS,
        folder: str | Path = FOLDER,
        finished: Literal["keep", "forget"] = "keep",
        **parts: Any,
    ) -> None:
        if not name or Path(name).name != name or name.startswith("."):
            raise CourseError(f"Checkpoint got the name {name!r}: use one such as 'long-run'.")
        for title, part in parts.items():
            if not isinstance(part, (torch.Generator, dict)) and not hasattr(
                part, "load_state_dict"
            ):
                raise CourseError(
                    f"Checkpoint cannot keep {title} ({type(part).__name__}): give modules, "
                    "optimisers and schedulers."
                )
        self.path = Path(folder, f"{name}.pt")
        self.every, self.parts, self.finished = every, parts, finished

    def steps(self, total: int) -> Iterator[int]:
        """Yield the steps that are left of ``range(total)``, keeping the state between them.

        Raises:
            CourseError: the checkpoint is damaged, or belongs to another model.
        """
        first = self._resume()
        if first:
            print(
                f"{self.path}: going on at step {first:,} of {total:,}; delete it to start again, "
                "as after a change of your code."
            )
        kept = time.monotonic()
        for step in range(first, total):
            yield step
            if step + 1 == total and self.finished == "forget":
                self.path.unlink(missing_ok=True)
            elif time.monotonic() - kept >= self.every or step + 1 == total:
                self.save(step + 1)
                kept = time.monotonic()

    def save(self, steps_done: int) -> None:
        """Save the state now; the last checkpoint stays until this one is complete.

        Raises:
            CourseError: it cannot be written.
        """
        state = {
            "steps_done": steps_done,
            "parts": {title: _state_of(part) for title, part in self.parts.items()},
            "random": random_state(),
        }
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            save(self.path, state)
        except OSError as error:
            raise CourseError(f"{self.path} could not be written: {error}.") from None

    def _resume(self) -> int:
        state = load(self.path)
        if state is None:
            return 0
        again = f"delete {self.path} to start again."
        try:
            parts, steps_done = state["parts"], int(state["steps_done"])
        except (KeyError, TypeError, ValueError):
            raise CourseError(f"{self.path} is not a checkpoint of such a loop: {again}") from None
        if parts.keys() != self.parts.keys():
            raise CourseError(
                f"{self.path} keeps {', '.join(sorted(parts))} and this run has "
                f"{', '.join(sorted(self.parts))}: {again}"
            )
        for title, part in self.parts.items():
            try:
                _restore(part, parts[title])
            except (RuntimeError, ValueError, KeyError, TypeError):
                raise CourseError(f"{self.path} keeps another kind of {title}: {again}") from None
        restore_random(state["random"])
        return steps_done


def _state_of(part: Any) -> Any:
    if isinstance(part, torch.Generator):
        return part.get_state()
    return dict(part) if isinstance(part, dict) else part.state_dict()


def _restore(part: Any, state: Any) -> None:
    if isinstance(part, torch.Generator):
        part.set_state(state)
    elif isinstance(part, dict):
        part.clear()
        part.update(state)
    else:
        part.load_state_dict(state)
    if isinstance(part, torch.optim.Optimizer):
        _lie_as_parameters(part)


def _lie_as_parameters(optimizer: torch.optim.Optimizer) -> None:
    """Give the state the memory layout of its parameters.

    A fused step goes through both in the order of memory, and says nothing if that differs.
    """
    for parameter, state in optimizer.state.items():
        for name, value in state.items():
            like = torch.is_tensor(value) and value.shape == parameter.shape
            if like and value.stride() != parameter.stride():
                state[name] = torch.empty_like(parameter, dtype=value.dtype).copy_(value).detach()
