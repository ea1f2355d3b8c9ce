"""The numbers of the class report, at their edges."""

import pytest

from autograder.reports.statistics import difficulties, discrimination, histogram, summary


def test_a_histogram_has_ten_bins_and_loses_nobody():
    shares = [-0.01, 0.0, 0.0999, 0.1, 0.55, 0.9, 1.0, 1.2]
    assert histogram(shares) == [3, 1, 0, 0, 0, 1, 0, 0, 0, 3]
    assert histogram([], bins=2) == [0, 0]
    assert histogram([0.49, 0.5], bins=2) == [1, 1]


def test_a_summary_is_mean_median_lowest_highest():
    assert summary([1.0, 2.0, 9.0, 0.0]) == (3.0, 1.5, 0.0, 9.0)
    assert summary([4.0]) == (4.0, 4.0, 4.0, 4.0)


def test_a_correlation_needs_five_students_and_differences():
    own, rest = [0.0, 1.0, 2.0, 3.0, 4.0], [0.0, 1.0, 0.0, 1.0, 3.0]
    totals = [a + b for a, b in zip(own, rest, strict=True)]
    # Of 0, 1, 2, 3, 4 and 0, 1, 0, 1, 3: covariance 6, sums of squares 10 and 6.
    assert discrimination(own, totals) == pytest.approx(6 / 60**0.5)
    assert discrimination(own[:4], totals[:4]) is None
    assert discrimination(own, own) is None
    assert discrimination([1.0] * 5, totals) is None


def test_difficulty_of_what_nobody_did_and_of_what_is_worth_nothing():
    points = {"a": {"x": 1.0, "bonus": 0.0}, "b": {}, "c": {"x": 2.0, "bonus": 0.0}}
    states = {"a": {"x": "wrong"}, "c": {"x": "right"}}
    x, bonus, never = difficulties(
        ["x", "bonus", "never"], {"x": 2.0, "bonus": 0.0, "never": 3.0}, points, states
    )
    assert (x.name, x.most, x.students, x.success) == ("x", 2.0, 3, 0.5)
    assert x.states == {"wrong": 1, "right": 1} and x.discrimination is None
    assert (bonus.success, never.success, never.states) == (0.0, 0.0, {})
    (nobody,) = difficulties(["x"], {"x": 2.0}, {}, {})
    assert (nobody.students, nobody.success) == (0, 0.0)


def test_difficulty_says_how_an_exercise_goes_with_the_others():
    own = [0.0, 0.0, 1.0, 1.0, 1.0]
    points = {str(n): {"x": each, "y": 3 * each} for n, each in enumerate(own)}
    x, y = difficulties(["x", "y"], {"x": 1.0, "y": 3.0}, points, {})
    assert x.discrimination == pytest.approx(1.0) and y.discrimination == pytest.approx(1.0)
    assert x.success == y.success == pytest.approx(0.6)
