"""How often a test repeats itself: a little in every run of the tests, at length when asked to."""

import pytest


def short_and_long(short, long):
    """Parameters of a test: `short` in make test, `long` in make test-deep."""
    return [short, pytest.param(long, marks=pytest.mark.deep)]


def first_and_rest(values):
    """Parameters of a test: the first of `values` in make test, the others in make test-deep."""
    first, *rest = values
    deep = pytest.mark.deep
    return [first, *(pytest.param(*_parts(value), marks=deep) for value in rest)]


def _parts(value):
    return value if isinstance(value, tuple) else (value,)
