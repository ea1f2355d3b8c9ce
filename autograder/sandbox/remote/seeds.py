"""Seeds that a test sets here, so that they can be set in the sandbox too."""

import functools

import torch

_set = {"count": 0, "seed": None}


def watch():
    """From now on, count the calls of torch.manual_seed (once per process)."""
    if hasattr(torch.manual_seed, "watched"):
        return
    original = torch.manual_seed

    @functools.wraps(original)
    def manual_seed(seed):
        generator = original(seed)
        _set.update(count=_set["count"] + 1, seed=generator.initial_seed())
        return generator

    manual_seed.watched = True
    torch.manual_seed = torch.random.manual_seed = manual_seed


def count():
    """How many times a seed has been set."""
    return _set["count"]


def last():
    """The last seed that was set."""
    return _set["seed"]
