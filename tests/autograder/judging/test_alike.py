"""Samples at the edges: too few to tell, of another law, and like what a wrong formula draws."""

import math
from dataclasses import FrozenInstanceError

import pytest
import torch
from scipy import stats
from torch.distributions import Bernoulli, Normal, Uniform

from autograder.judging import distribution as d
from autograder.judging.estimate import Estimate


def drawn(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


UNIT = Uniform(0.0, 1.0)


def test_the_bounds_of_a_law():
    assert d.bounds(Uniform(-1.0, 2.0)) == (-1.0, 2.0)
    assert d.bounds(Normal(0.0, 1.0)) == (-math.inf, math.inf)
    shares = d.shares(torch.tensor([-5.0, -1.0, 0.5, 2.0, 9.0]), Uniform(-1.0, 2.0))
    assert shares.tolist() == [0, 0, 0.5, 1, 1] and shares.dtype == torch.float64


def test_the_distance_of_a_sample_is_worked_out_on_both_sides():
    assert d.distance(torch.tensor([0.5]), UNIT) == 0.5
    assert d.distance(torch.tensor([0.1, 0.2]), UNIT) == pytest.approx(0.8)
    assert d.distance(torch.tensor([0.9, 0.8]), UNIT) == pytest.approx(0.8)
    # 2 exp(-2 n e²) is the alarm for one number at e = 0.5 where it is 2 exp(-1/2).
    edge = 2 * math.exp(-0.5)
    assert d.fits(torch.tensor([0.5]), UNIT, edge * 0.999)
    assert not d.fits(torch.tensor([0.5]), UNIT, edge * 1.001)


def test_too_few_numbers_and_counts_tell_nothing():
    line = torch.linspace(0.01, 0.99, 100)
    assert d.dependence(line, UNIT) is not None
    assert d.dependence(line[:-1], UNIT) is None
    assert d.dependence(torch.ones(1000), Bernoulli(0.5)) is None
    assert not d._is_linked(line[:-1]) and d._is_linked(line)
    assert not d._is_linked(drawn(100))


def test_how_far_the_values_go_that_belong_together():
    for lag in (1, 3, 8):
        block = drawn(400, lag)
        twice = torch.stack([block, 0.9 * block + 0.1 * drawn(400, lag, seed=1)], 1).flatten()
        told = d.dependence(twice, UNIT)
        far = "the one before it" if lag == 1 else f"the one {lag} places before it"
        assert told == f"each value depends on {far}"
    alike = drawn(1, 50) + 0.3 * drawn(100, 50, seed=2)
    assert d.dependence(alike / 1.3, UNIT) == "each row looks like the one before it"


def test_values_that_come_back():
    half = torch.cat([drawn(600), drawn(200), drawn(200)])
    told = d.dependence(half[torch.randperm(1000, generator=torch.Generator())], UNIT)
    assert told is not None and "of the values come more than once" in told
    assert d._repeated(torch.tensor([1.0, 1.0, 2.0, 3.0])) == pytest.approx(1 / 3)
    assert d._repeated(torch.arange(11.0).clamp(min=2)) == 0.0  # two in ten, as by chance
    assert d._repeated(torch.arange(11.0).clamp(min=3)) == pytest.approx(0.3)


def test_likeness_is_one_for_equal_samples_and_falls_with_their_distance():
    one = drawn(2000)
    assert d.likeness(one, one) == 1.0
    near, far = (d.likeness(one, drawn(1000, seed=1) + by) for by in (0.02, 0.2))
    assert 1 > near > d.DIFFERENT > far
    # With n m / (n + m) = 50, half of all between them is as rare as this.
    apart = d.likeness(torch.zeros(100), torch.cat([torch.zeros(50), torch.ones(50)]))
    assert apart == pytest.approx(2 * math.exp(-2 * 50 * 0.25), rel=1e-3)


def test_what_a_wrong_formula_drew_is_recognised_by_draws_that_look_alike():
    law = d.Distribution(Normal(0.0, 1.0))
    like = d.LikeSample(law, drawn(20, 50))
    assert like.accepts(drawn(20, 50, seed=1))
    assert not like.accepts(drawn(20, 50, seed=1) + 0.3)
    assert not like.accepts(drawn(1000, seed=1).sort()[0])
    assert like.difference(drawn(3)) == "drawn from another distribution"
    for nothing in (None, "x", torch.tensor([math.nan])):
        assert not d.LikeSample(law, nothing).accepts(drawn(20, 50))


def test_how_a_sample_differs_in_mean_and_deviation():
    law = d.Distribution(Normal(2.0, 0.5))
    g = torch.Generator().manual_seed(0)
    z = torch.randn(4000, generator=g, dtype=torch.float64)
    z = (z - z.mean()) / z.std()
    said = {
        "their mean is too large by 1 of the right deviation": 2.5 + 0.5 * z,
        "their mean is too small by 0.5 of the right deviation": 1.75 + 0.5 * z,
        "their standard deviation is 3 times the right one": 2 + 1.5 * z,
        "their mean is too large by 2 of the right deviation and their standard deviation is "
        "0.5 times the right one": 3 + 0.25 * z,
        "the same number everywhere": 2 + 0 * z,
        "60% of the values come more than once": torch.cat([2.5 + 0 * z[:601], z[:400]]),
    }
    for words, sample in said.items():
        assert law.difference(sample) == words
    other = d.Distribution(Normal(0.0, 1.0))
    two = torch.cat([z[:2000].abs(), -z[:2000].abs()]).sign() + 0.01 * z
    assert other.difference((two - two.mean()) / two.std()) == (
        "the mean and deviation of the right distribution, but another shape"
    )
    far = torch.cat([drawn(400), 2 + drawn(600)])
    assert d.Distribution(UNIT).difference(far) == "60% of the values are outside [0, 1]"


def test_an_estimate_is_right_up_to_seven_deviations():
    estimate = Estimate(torch.tensor([1.0, -2.0]), torch.tensor(0.125))
    assert estimate.accepts(torch.tensor([1.875, -2.0])) and estimate.accepts(
        torch.tensor([1.0, -2.875])
    )
    assert not estimate.accepts(torch.tensor([1.876, -2.0]))
    assert not estimate.accepts(torch.tensor([1.0, -2.876]))
    assert not estimate.accepts(torch.tensor([1.0, -2.0, 0.0]))


def crafted(by, count=1000):
    """Scores of which each goes with the one before it by so much, and with no other."""
    signs = torch.tensor([1.0, 1.0, -1.0, -1.0]).repeat(count // 4).double()
    return torch.stack([0.25 * signs, by * signs], 1).flatten()


def test_how_much_values_may_depend_on_each_other():
    """Four tests of a lag; together they refuse one in 200 million independent samples."""
    once = 2e-8 / 4 / (2 * 2 * 1)
    deviations = math.sqrt(2 * math.log(2 / once))
    edge = deviations / math.sqrt(12 * 1000)
    assert d._linked(crafted(1.001 * edge), {1}) == 1 == d._linked(crafted(-1.001 * edge), {1})
    assert d._linked(crafted(0.999 * edge), {1}) == 0
    # With more lags each is asked for more.
    assert d._linked(crafted(1.001 * edge), {1, 1500}) == 0
    assert d._linked(crafted(1.06 * edge), {1, 1500}) == 1


def test_fewer_than_25_pairs_tell_nothing():
    for length, found in ((50, 1), (49, 0)):
        assert d._linked(torch.full((length,), 0.5).double(), {1}) == found
    assert d._linked(torch.full((80,), 0.5).double(), {30}) == 30
    assert d._linked(torch.full((80,), 0.5).double(), {41}) == 0


def test_the_first_lag_is_told_also_of_values_that_go_together_by_their_size_alone():
    sizes = drawn(1000)
    signs = (drawn(2, 1000, seed=4) > 0.5).double() * 2 - 1
    same = torch.stack([sizes, sizes], 1) * signs.T
    assert d._linked(same.flatten() / 2, {1, 2}) == 1
    assert d._linked(drawn(2000) - 0.5, {1, 2}) == 0
    late = torch.cat([drawn(1), torch.stack([sizes, sizes], 1).flatten()]) - 0.5
    assert d._linked(late, {1}) == 1  # in pairs that begin with the second one


def test_laws_and_samples_are_shared_and_stay_as_they_are():
    law = d.Distribution(UNIT)
    assert law.false_alarm == 4e-7 and law.accepts(drawn(1000))
    assert str(law) == f"draws from {UNIT}"
    for each in (law, d.LikeSample(law, drawn(3)), d.ScaledByMaximum(UNIT)):
        with pytest.raises(FrozenInstanceError):
            each.law = None


def test_a_grid_is_too_even_and_draws_are_not():
    line = (torch.arange(1000).double() + 0.5) / 1000
    order = torch.randperm(1000, generator=torch.Generator().manual_seed(0))
    assert d.dependence(line[order], UNIT).startswith("the values are spread too evenly")
    # The nearest that independent draws come to their law, once in 200 million.
    edge = stats.kstwo(1000).ppf(5e-9)
    assert d._too_near(0.999 * edge, 1000) and not d._too_near(1.001 * edge, 1000)
    assert not d._too_near(0.03, 1000)


def test_rows_are_told_from_the_numbers_of_a_row():
    """As many rows as would be no multiple of their length."""
    alike = (drawn(1, 50) + 0.3 * drawn(101, 50, seed=2)) / 1.3
    assert d.dependence(alike, UNIT) == "each row looks like the one before it"
    assert d.dependence(alike.flatten(), UNIT) != d.dependence(alike, UNIT)
    of_three = (drawn(1, 1, 50) + 0.3 * drawn(101, 3, 50, seed=2)) / 1.3
    assert d.dependence(of_three, UNIT) == "each row looks like the one before it"
    halves = torch.cat([(half := drawn(100, 24)), half + 1e-3 * drawn(100, 24, seed=3)], 1)
    assert d.dependence(halves, UNIT) == "each value depends on the one 24 places before it"


@pytest.mark.parametrize("parts", [2, 3, 4])
def test_parts_of_a_sample_that_are_alike_are_noticed(parts):
    part = drawn(2000)
    near = torch.cat([part + 1e-3 * drawn(2000, seed=n) for n in range(1, parts + 1)])
    told = d.dependence(near.clamp(0, 1), UNIT)
    assert told == "each value depends on the one 2000 places before it"


def test_what_depends_is_said_of_a_sample_that_fits():
    line = (torch.arange(1000).double() + 0.5) / 1000
    order = torch.randperm(1000, generator=torch.Generator().manual_seed(0))
    law = d.Distribution(UNIT)
    assert not law.accepts(line[order])
    assert law.difference(line[order]) == (
        "the values are spread too evenly, as on a grid; draws leave gaps: every number needs its "
        "own draw"
    )
    assert law.alike(drawn(1000), drawn(1000, seed=1))
    assert not law.alike(drawn(1000), drawn(1000, seed=1) + 0.3)


def test_two_samples_are_of_two_laws_when_they_differ_as_one_in_a_million_does():
    law, none = d.Distribution(UNIT), torch.zeros(1000)
    for apart, alike in ((120, True), (121, False)):
        some = torch.cat([torch.zeros(1000 - apart), torch.ones(apart)])
        # Of a thousand each: 2 exp(-2 n (apart / 1000)²) with n = 500.
        chance = 2 * math.exp(-1000 * (apart / 1000) ** 2)
        assert d.likeness(none, some) == pytest.approx(chance, rel=1e-3)
        assert law.alike(none, some) is (chance > 1e-6) is alike


@pytest.mark.parametrize(
    ("shift", "scale", "words"),
    [
        (0.0785, 1.0, "another shape"),
        (0.0796, 1.0, "their mean is too large by 0.08 of the right deviation"),
        (-0.0796, 1.0, "their mean is too small by 0.08 of the right deviation"),
        (0.0, 1.157, "another shape"),
        (0.0, 1.1595, "their standard deviation is 1.2 times the right one"),
        (0.0, 0.8405, "their standard deviation is 0.84 times the right one"),
        (0.0, 0.843, "another shape"),
    ],
)
def test_a_mean_or_a_deviation_is_told_once_chance_does_not_explain_it(shift, scale, words):
    """Of 4000: five deviations of their mean, ten parts in the root of their number."""
    z = torch.randn(4000, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    z = (z - z.mean()) / z.std()
    assert d._how_it_differs(3 + 2 * (shift + scale * z), Normal(3.0, 2.0)).endswith(words)


def test_few_values_outside_are_at_least_one_in_a_hundred():
    sample = torch.cat([drawn(9990), torch.full((10,), 1.5) + torch.arange(10) / 100])
    assert d._how_it_differs(sample, UNIT) == "1% of the values are outside [0, 1]"


def test_rows_that_were_divided_by_their_largest_number_are_of_the_law_and_no_other():
    law = d.ScaledByMaximum(Normal(0.0, 3.0))
    z = 3 * torch.randn(200, 96, generator=torch.Generator().manual_seed(1)).double()
    rows = z / z.abs().amax(1, keepdim=True)
    assert law.accepts(rows) and law.accepts(z / z.max()) and not law.accepts(rows * 0.999)
    assert law.accepts((z / z.max()).flatten())
    other = 2 * drawn(200, 96) - 1
    assert not law.accepts(other / other.abs().max())
