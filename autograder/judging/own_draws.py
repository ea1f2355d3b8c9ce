"""What oracles and wrong formulas draw: the same each time, and nothing that others would draw."""

import contextlib
import random
from collections.abc import Iterator
from contextvars import ContextVar

import numpy
import torch

SEED = 1729
_inside = ContextVar("inside own_draws()", default=False)


@contextlib.contextmanager
def own_draws() -> Iterator[None]:
    """Draws on the CPU start anew inside, and go on afterwards as if nothing had been drawn.

    Inside another one they only start anew: to keep and restore all states takes ten times as long.
    """
    if _inside.get():
        start_anew()
        yield
        return
    token = _inside.set(True)
    python, numbers = random.getstate(), numpy.random.get_state()
    tensors = torch.get_rng_state()
    try:
        start_anew()
        yield
    finally:
        _inside.reset(token)
        random.setstate(python)
        numpy.random.set_state(numbers)
        torch.set_rng_state(tensors)


def start_anew() -> None:
    """Inside own_draws(), for another formula."""
    random.seed(SEED)
    numpy.random.seed(SEED)
    # torch.manual_seed() also seeds every other device, a hundred times as slowly.
    torch.default_generator.manual_seed(SEED)
