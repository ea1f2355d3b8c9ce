"""Lend an oracle to student code, for one judgement and within limits."""

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

from torch import Tensor

from autograder.judging.time_limit import time_limit

# A right answer of a probe takes far less.
SECONDS = 20.0
# Numbers that combining two arguments may give; larger tables could use up the grader's memory.
MOST_NUMBERS = 20_000_000
OVER = "this object belongs to a test that has ended"


class Lent:
    """An oracle that student code may call until it is taken back.

    Args:
        oracle: of an exercise whose verdict is final.
        name: of the student's function that it stands in for.
        seconds_left: how long a call may take at most, in s.

    Attributes:
        over: whether it was taken back.
    """

    def __init__(
        self, oracle: Callable[..., Any], name: str, seconds_left: Callable[[], float]
    ) -> None:
        self._oracle, self._seconds_left = oracle, seconds_left
        self.__name__, self.over = name, False

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """What the oracle gives.

        Raises:
            RuntimeError: it was taken back.
            ValueError: the arguments are too large together.
            TimedOut: it takes too long.
        """
        if self.over:
            raise RuntimeError(OVER)
        _check_sizes([*_shapes((arguments, keywords))])
        with time_limit(max(0.01, min(SECONDS, self._seconds_left()))):
            return self._oracle(*arguments, **keywords)


def _check_sizes(shapes: list[tuple[int, ...]]) -> None:
    for first, second in itertools.combinations(shapes, 2):
        sides = itertools.zip_longest(reversed(first), reversed(second), fillvalue=1)
        if math.prod(map(max, sides)) > MOST_NUMBERS:
            raise ValueError(f"arguments of shapes {first} and {second} are too large")


def _shapes(value: Any) -> Iterator[tuple[int, ...]]:
    if isinstance(value, Tensor):
        yield tuple(value.shape)
    elif isinstance(value, dict):
        yield from _shapes([*value.values()])
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _shapes(part)
