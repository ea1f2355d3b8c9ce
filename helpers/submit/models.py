"""Save trained models beside the notebook: safetensors for weights, JSON for facts."""

import hashlib
import json
import math
import re
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import nn

import helpers
from helpers import budget
from helpers.bounds import FOLDER
from helpers.errors import CourseError
from helpers.files import whole

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")
# Names that Windows keeps for devices, with any ending.
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)


def save_model(name: str, module: nn.Module, /, *, folder: str = FOLDER, **facts: Any) -> None:
    """Write ``models/NAME.safetensors`` and its card ``models/NAME.json``, and say so.

    While a notebook is graded nothing is written: what was handed in stays.

    Args:
        name: letters, digits, ``-`` and ``_``.
        module: its parameters and buffers are kept, on the CPU.
        folder: where, beside the notebook.
        facts: for the card, such as ``steps=4690, seconds=94.1, device=device, losses={...}``:
            numbers, texts, tensors of one element, lists and dicts of these.

    Raises:
        CourseError: the name is not a file name, the module holds no weights, or a fact is
            something that JSON cannot hold.
    """
    if not NAME.fullmatch(name) or RESERVED.fullmatch(name):
        raise CourseError(
            f"save_model got the name {name!r}: use letters, digits, - and _ (at most 60)."
        )
    # Copies: tensors may share memory, which this format does not support.
    tensors = {
        key: value.detach().to("cpu", copy=True).contiguous()
        for key, value in module.state_dict().items()
    }
    if not tensors:
        raise CourseError(f"save_model got {type(module).__name__}, which has no weights to save.")
    path = Path(folder, f"{name}.safetensors")
    try:
        facts = {key: _plain(value) for key, value in facts.items()}
    except TypeError as error:
        raise CourseError(f"save_model({name!r}) cannot keep a fact: {error}.") from None
    if budget.being_graded() or budget.level() == "graded":
        return
    weights = save(tensors, metadata={"name": name})
    card = {
        "name": name,
        "file": path.name,
        "sha256": hashlib.sha256(weights).hexdigest(),
        "bytes": len(weights),
        "module": type(module).__name__,
        "parameters": sum(parameter.numel() for parameter in module.parameters()),
        "device": _device_of(module),
        "budget": budget.level(),
        "kit": helpers.__version__,
        "torch": torch.__version__,
        **facts,
    }
    try:
        with whole(path) as file:
            file.write(weights)
        # The card last: where it fits the weights, both are complete.
        with whole(path.with_suffix(".json")) as file:
            file.write(json.dumps(card, indent=2, allow_nan=False).encode())
    except OSError as error:
        raise CourseError(f"{path} could not be written: {error}.") from None
    # A value returned would be what the cell shows: a path in Python's spelling.
    print(f"Your model is saved: {path.as_posix()} ({len(weights) / 1e6:.1f} MB).")


def _device_of(module):
    first = next(iter(module.state_dict().values()))
    return str(first.device)


def _plain(value):
    """The value as JSON holds it; numbers that are not finite become a text."""
    if isinstance(value, torch.Tensor):
        value = value.tolist()
    elif hasattr(value, "item") and callable(value.item):  # a number of NumPy's
        value = value.item()
    if isinstance(value, torch.device | Path):
        return str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if value is None or isinstance(value, str | int | bool):
        return value
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    raise TypeError(f"{type(value).__name__} is neither a number nor a text")
