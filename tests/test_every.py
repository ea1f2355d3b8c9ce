"""A test of many cases fails with every case that fails, by its name."""

import pytest

from tests.every import every


def test_all_are_tried_and_each_that_fails_is_named():
    tried = []
    with pytest.raises(AssertionError) as failure, every() as case:
        for number in range(4):
            with case(f"case {number}"):
                tried.append(number)
                assert number % 2 == 0, "odd"
        with case("another"):
            raise KeyError("missing")
    assert tried == [0, 1, 2, 3]
    told = str(failure.value)
    assert told.startswith("3 failed:\ncase 1\n") and "case 3\n" in told and "odd" in told
    assert "another\n" in told and "KeyError: 'missing'" in told
    assert "case 0" not in told


def test_nothing_is_said_where_nothing_fails():
    with every() as case:
        with case("right"):
            assert True
