"""Record the seeds that a test sets, so that they can be set in the sandbox too."""

import functools
from typing import Any

import torch

_count = 0
_last: int | None = None


def watch() -> None:
    """From now on, record the calls of torch.manual_seed; needed once per process."""
    if hasattr(torch.manual_seed, "watched"):
        return
    original = torch.manual_seed

    @functools.wraps(original)
    def manual_seed(seed: Any) -> torch.Generator:
        global _count, _last
        generator = original(seed)
        _count, _last = _count + 1, generator.initial_seed()
        return generator

    manual_seed.watched = True  # type: ignore[attr-defined]  # marks it for the next call
    torch.manual_seed = torch.random.manual_seed = manual_seed


def count() -> int:
    """How many times a seed has been set."""
    return _count


def last() -> int | None:
    """The last seed that was set, or None."""
    return _last
