"""The file with the weights: whatever a student may have put there, read as data.

safetensors checks that the tensors fill the file without gaps or overlaps; here are the bounds on
what it is given. Nothing is unpickled.
"""

import json
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from autograder.judging.trained.rejection import NotAttempted, Refused
from helpers import read_tensors

FOLDER = "models"
# Bytes: of a file, the largest network of the course having 27 MB; of its header; of the card.
LARGEST, HEADER, CARD = 48_000_000, 100_000, 100_000
MOST_TENSORS = 1000
DTYPES = (torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64)
HAND_IN = (
    "run the cell that saves the model, then the last cell of the notebook, and hand in the zip "
    "that it packs"
)
# What is shown of a card, in this order.
SHOWN = ("budget", "steps", "seconds", "device")
PLAIN = re.compile(r"[^\w .,:+-]")
ODD = "an unusable file"
QUICK = "The quick budget only tries the code, it reaches no bar: train in full, and save again."


def read(files: Mapping[str, Path], name: str) -> dict[str, Tensor]:
    """The tensors by name of models/NAME.safetensors.

    files: {"models/NAME.safetensors": path} as from grading.further_files.
    Raises NotAttempted without the file, Refused for one that is not what save_model writes.
    """
    place = f"{FOLDER}/{name}.safetensors"
    if place not in files:
        raise NotAttempted(f"no file {place} was handed in: {HAND_IN}.")
    raw = _bytes(files[place], LARGEST)
    if raw is None:
        raise Refused(ODD, f"{place} is no ordinary file of up to {LARGEST // 10**6} MB.")
    if len(raw) < 8 or not 2 <= int.from_bytes(raw[:8], "little") <= min(HEADER, len(raw) - 8):
        raise Refused(ODD, f"{place} is no file in safetensors format: save it with save_model.")
    try:
        tensors = read_tensors.read(raw, HEADER)
    except read_tensors.Damaged as error:
        raise Refused(ODD, f"{place} is damaged ({error}): save it with save_model.") from None
    _check(tensors, place)
    return tensors


def card(files: Mapping[str, Path], name: str) -> str:
    """What the card says of its own training, as one sentence; "" where there is none.

    It is the student's word: shown, and believed by nobody.
    """
    raw = _bytes(files.get(f"{FOLDER}/{name}.json"), CARD)
    try:
        said = json.loads(raw or b"null")
    except (ValueError, RecursionError):
        return ""
    rows = [f"{key} {_short(said[key])}" for key in SHOWN if key in said] if _is(said) else []
    if not rows:
        return ""
    return f"Its card says: {', '.join(rows)}."


def advice(card: str) -> str:
    """What to do after a training that was short by its own card; "" for any other."""
    return QUICK if card.startswith("Its card says: budget quick") else ""


def _check(tensors, place):
    if not 1 <= len(tensors) <= MOST_TENSORS:
        raise Refused(ODD, f"{place} holds {len(tensors)} tensors: save it with save_model.")
    for key, tensor in tensors.items():
        if tensor.dtype not in DTYPES:
            raise Refused(ODD, f"{_named(key)} in {place} is of type {tensor.dtype}.")
        if not torch.isfinite(tensor).all():
            raise Refused(
                "weights that are not finite",
                f"{_named(key)} in {place} holds nan or inf: the training diverged; train again.",
            )


def differences(
    theirs: Mapping[str, tuple[int, ...]], tensors: Mapping[str, Tensor], place: str
) -> None:
    """Refused where a network's {name: shape} is not that of the tensors."""
    missing, extra = (
        [k for k in theirs if k not in tensors],
        [k for k in tensors if k not in theirs],
    )
    what = "; it was saved from another network than the one in the notebook. Train and save again."
    if missing:
        raise Refused("weights of another network", f"{place} has no {_named(missing[0])}{what}")
    if extra:
        raise Refused(
            "weights of another network", f"{place} has a {_named(extra[0])} too many{what}"
        )
    for key, shape in theirs.items():
        if tuple(shape) != tuple(tensors[key].shape):
            raise Refused(
                "weights of another network",
                f"{_named(key)} in {place} has the shape {tuple(tensors[key].shape)}, and in the "
                f"notebook {tuple(shape)}{what}",
            )


def _named(key):
    return f"tensor {PLAIN.sub('', str(key))[:60]!r}"


def _short(value):
    if isinstance(value, float):
        return f"{value:.4g}"
    return PLAIN.sub("", str(value))[:40]


def _is(said):
    return isinstance(said, dict)


def _bytes(path, most):
    """The bytes of an ordinary file, or None for anything else; no link is followed."""
    if path is None:
        return None
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0))
    except OSError:
        return None
    about = os.fstat(descriptor)
    if not stat.S_ISREG(about.st_mode) or about.st_size > most:
        os.close(descriptor)
        return None
    with open(descriptor, "rb") as file:
        # One more byte than is allowed: the file may have grown since.
        raw = file.read(most + 1)
    return raw if len(raw) <= most else None
