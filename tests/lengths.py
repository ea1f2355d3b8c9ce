"""Which parameters of a test run in which command: quickly, in their time, or at length."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest


def short_and_long(short, long):
    """Parameters of a test: `short` in make test, `long` in make test-deep."""
    return [short, pytest.param(long, marks=pytest.mark.deep)]


def first_and_rest(values):
    """Parameters of a test: the first of `values` in make test, the others in make test-deep."""
    first, *rest = values
    deep = pytest.mark.deep
    return [first, *(pytest.param(*_parts(value), marks=deep) for value in rest)]


def slow_where(is_slow: Callable[[Any], object], values: Iterable[Any]) -> list[Any]:
    """Parameters of a test: the slow of `values` in make test-slow, the rest in make test."""
    slow = pytest.mark.slow
    return [pytest.param(*_parts(v), marks=slow) if is_slow(v) else v for v in values]


def _parts(value):
    return value if isinstance(value, tuple) else (value,)
