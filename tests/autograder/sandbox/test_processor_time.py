"""What a kernel's threads had of the processors is added up, those that have ended included."""

import pytest

from autograder.sandbox.inside import processor_time
from autograder.sandbox.inside.processor_time import MOST_ROWS, ProcessorTime, since

SECOND = 10**9


@pytest.fixture
def clock(monkeypatch):
    """Each look is a second after the last."""
    ticks = iter(range(10**6))
    monkeypatch.setattr(processor_time.time, "monotonic", lambda: float(next(ticks)))


def test_threads_that_have_ended_count(clock):
    noted = ProcessorTime()
    noted.note({1: (2 * SECOND, SECOND), 2: (3 * SECOND, 0)})
    noted.note({1: (4 * SECOND, SECOND)})
    noted.note({})
    assert noted.rows == [(0, 0, 0), (1, 5, 1), (2, 7, 1), (3, 7, 1)]


def test_a_number_is_given_again(clock):
    noted = ProcessorTime()
    noted.note({1: (5 * SECOND, 2 * SECOND)})
    noted.note({1: (SECOND, 0)})
    noted.note({1: (SECOND, SECOND)})
    assert noted.rows[1:] == [(1, 5, 2), (2, 6, 2), (3, 6, 3)]


def test_rows_are_thinned_the_first_and_the_last_stay(clock):
    noted = ProcessorTime()
    for second in range(1, 3 * MOST_ROWS):
        noted.note({1: (second * SECOND, 2 * second * SECOND)})
        assert len(noted.rows) <= MOST_ROWS
        assert noted.rows[0] == (0, 0, 0) and noted.rows[-1] == (second, second, 2 * second)
    gaps = {after[0] - before[0] for before, after in zip(noted.rows, noted.rows[1:], strict=False)}
    assert max(gaps) <= 16  # of 1,536 looks
    assert since(noted.rows, 0) == (3 * MOST_ROWS - 1, 2 * (3 * MOST_ROWS - 1))


def test_what_it_had_since_a_moment():
    rows = [(10.0, 0.0, 0.0), (11.0, 0.5, 0.5), (12.0, 1.5, 0.5), (14.0, 2.0, 2.0)]
    assert since(rows, 14.0) == (0, 0)
    assert since(rows, 12.0) == since(rows, 13.9) == (0.5, 1.5)
    assert since(rows, 11.5) == (1.5, 1.5)
    assert since(rows, 3.0) == since(rows, 10.0) == (2.0, 2.0)
    assert since([], 3.0) == (0, 0)
