"""Points: what counts, what waits, what lateness takes off."""

from types import SimpleNamespace

import pytest

from autograder.reports import points
from autograder.reports.points import Mark, Marks


@pytest.mark.parametrize(
    ("mark", "counted", "waits"),
    [
        (Mark(2.0, 3.0), 2.0, False),
        (Mark(0.0, 3.0), 0.0, False),
        (Mark(None, 3.0), 0.0, True),
        (Mark(None, 3.0, extra=0.5), 0.5, True),
        (Mark(2.0, 3.0, extra=0.5, by_hand=True), 2.5, False),
        # More than the maximum counts, unless the maximum was lowered afterwards.
        (Mark(4.0, 3.0, by_hand=True), 4.0, False),
        (Mark(4.0, 3.0, by_hand=True, outdated=True), 3.0, True),
        (Mark(2.0, 3.0, extra=1.0, by_hand=True, outdated=True), 3.0, True),
    ],
)
def test_what_a_mark_counts(mark, counted, waits):
    assert (mark.counted, mark.waits) == (counted, waits)


def marks(*own, penalty=0.0):
    return Marks("ada", "", {str(n): mark for n, mark in enumerate(own)}, {}, penalty)


def test_a_penalty_is_taken_off_and_no_total_is_below_zero():
    three = Mark(2.0, 3.0), Mark(None, 5.0), Mark(1.0, 1.0, extra=0.5)
    assert (marks(*three).total, marks(*three).most, marks(*three).waiting) == (3.5, 9.0, 1)
    assert marks(*three, penalty=1.5).total == 2.0
    assert marks(*three, penalty=1.5).most == 9.0
    assert marks(*three, penalty=4.0).total == 0.0
    assert (marks().total, marks().most, marks().waiting) == (0.0, 0.0, 0)


def test_a_cell_without_a_maximum_has_none():
    rows = [("a", 2), ("b", 0.0), ("c", None)]
    database = SimpleNamespace(query=lambda *columns: rows)
    kind = SimpleNamespace(id=None, max_score=None)
    assert points._maxima(database, kind) == {"a": 2.0, "b": 0.0, "c": 0.0}
