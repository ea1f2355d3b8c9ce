"""Where a training run is, on disk: whole or not at all, and the same run when it goes on."""

import contextlib
import os
import pickle
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from helpers.errors import CourseError


def write_whole(path: Path, write: Callable[[Path], Any]) -> None:
    """Have ``write`` fill a temporary file beside ``path``, and put it in its place.

    Whoever looks, and whenever the power fails, finds the old file or the new one.

    Raises:
        OSError: the file cannot be written; the old one is as it was.
    """
    unfinished = path.with_name(f".{path.stem}.{os.getpid()}.tmp{path.suffix}")
    try:
        write(unfinished)
        with open(unfinished, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    # The folder's entry too; not every system lets a folder be opened.
    with contextlib.suppress(OSError):
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def save(path: Path, state: dict[str, Any]) -> None:
    """Write ``state``, tensors and plain values in dictionaries, lists and tuples.

    Raises:
        OSError: the file cannot be written; the old one is as it was.
    """
    write_whole(path, lambda unfinished: torch.save(state, unfinished))


def load(path: Path) -> dict[str, Any] | None:
    """Return what ``save`` wrote, on the CPU; None where there is no file.

    Nothing in the file is executed: only tensors and plain values are read.

    Raises:
        CourseError: the file is damaged or another one.
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
        f"the checkpoint {path} cannot be read ({reason}): delete it to begin anew."
    ) from None


def seed_everything(seed: int) -> None:
    """Begin the random numbers of torch, NumPy and Python at ``seed``, 0 or more."""
    torch.manual_seed(seed)
    np.random.seed(seed % 2**32)
    random.seed(seed)


def random_state() -> dict[str, Any]:
    """Return where the random numbers of torch, NumPy and Python are, as plain values."""
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
    """Go on with the random numbers where ``random_state`` was called."""
    torch.set_rng_state(state["torch"])
    name, keys, position, has_gauss, gauss = state["numpy"]
    np.random.set_state((name, np.array(keys, dtype=np.uint32), position, has_gauss, gauss))
    version, numbers, gauss_next = state["python"]
    random.setstate((version, tuple(numbers), gauss_next))
    if "cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(state["cuda"])
