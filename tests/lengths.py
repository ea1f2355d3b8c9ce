"""How often a test repeats itself: a little in every run of the tests, at length when asked to."""

import pytest


def short_and_long(short, long):
    """Parameters of a test: `short` in make test, `long` in make test-deep."""
    return [short, pytest.param(long, marks=pytest.mark.deep)]
