"""Ordinary test cells earn what nbgrader alone gives them: right, wrong and blank answers."""

import pytest

from autograder.sandbox import isolation
from tests.autograder.beside import courses
from tests.autograder.beside.battery import DIFFERENCES, GROUPS
from tests.lengths import first_and_rest

pytestmark = pytest.mark.sandbox


# The first has the most that can differ: tests that give some of their points.
@pytest.mark.slow
@pytest.mark.parametrize("group", first_and_rest(sorted(GROUPS, key=lambda g: g != "partial")))
def test_the_same_points_cell_by_cell(tmp_path, group):
    if not isolation.best().sandboxed:
        pytest.skip("no isolation here")
    cases = {group: GROUPS[group]}
    ours = courses.points_of_kit(tmp_path / "kit", cases)
    stock = courses.points_of_nbgrader(tmp_path / "stock", cases)
    assert ours.keys() == stock.keys()
    assert len(ours) == len(GROUPS[group]) * len(courses.ANSWERS)
    other = {row for row in stock if stock[row] != ours[row]}
    expected = {row for row in DIFFERENCES if row[0] == group}
    assert other == expected, {row: (stock[row], ours[row]) for row in other ^ expected}


@pytest.mark.parametrize("group", GROUPS)
def test_the_wrong_answers_differ(group):
    for case in GROUPS[group]:
        assert case.right != case.wrong, case.name
