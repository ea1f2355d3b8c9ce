"""Random functions: how often a right one fails, and how surely a wrong one does."""

import pytest
import torch
from scipy import stats
from torch.distributions import Normal, Uniform

from autograder.checks import answers
from autograder.judging import Status, judge
from autograder.judging.distribution import (
    FALSE_ALARM,
    Distribution,
    ScaledByMaximum,
    dependence,
    distance,
    fits,
    likeness,
)
from tests import own_course
from tests.lengths import short_and_long
from tests.own_course import find

RUNS = short_and_long(10, 100)
NOISE = find("gan-mnist.sample_noise")
BANK = [a for a in own_course.bank("gan-mnist") if a.exercise == NOISE.id]
UNIFORM = Distribution(Uniform(-1.0, 1.0))


def by_title(answer):
    return answer.title


@pytest.mark.parametrize("runs", RUNS)
@pytest.mark.parametrize("answer", [a for a in BANK if a.verdict is Status.RIGHT], ids=by_title)
def test_a_right_answer_is_right_for_any_draw(answer, runs):
    subject = answers.build(answer)
    for run in range(runs):
        torch.manual_seed(run)
        assert judge(NOISE, subject).is_right


@pytest.mark.parametrize("runs", RUNS)
@pytest.mark.parametrize("answer", [a for a in BANK if a.verdict is Status.WRONG], ids=by_title)
def test_a_wrong_answer_is_wrong_for_any_draw(answer, runs):
    subject = answers.build(answer)
    for run in range(runs):
        torch.manual_seed(run)
        verdict = judge(NOISE, subject)
        assert (verdict.status, verdict.misconception) == (Status.WRONG, answer.misconception)


@pytest.mark.parametrize("shift", [0.0, 0.02, 0.1, 3.0])
def test_the_likeness_of_two_samples_is_scipys(shift):
    g = torch.Generator().manual_seed(3)
    one, two = (torch.randn(n, generator=g, dtype=torch.float64) for n in (4000, 6000))
    theirs = stats.ks_2samp(one, two + shift, method="asymp").pvalue
    assert likeness(one, two + shift) == pytest.approx(theirs, rel=0.1, abs=1e-12)


def test_the_false_alarm_rate_is_the_stated_one():
    """Evenly spread samples, shifted by almost and by more than the critical distance.

    They would be refused as a grid, so the distance is looked at alone.
    """
    size = 19_200
    grid = torch.linspace(-1, 1, size + 1, dtype=torch.float64)
    middles = (grid[1:] + grid[:-1]) / 2
    critical = stats.kstwo(size).isf(FALSE_ALARM)
    assert FALSE_ALARM <= 1e-6
    assert fits(middles + 2 * 0.98 * critical, UNIFORM.law, FALSE_ALARM)
    assert not fits(middles + 2 * 1.02 * critical, UNIFORM.law, FALSE_ALARM)


@pytest.mark.parametrize("law", [Uniform(-1.0, 1.0), Normal(0.0, 0.6)])
def test_the_distance_is_scipys(law):
    sample = 2 * torch.rand(30, 7, generator=torch.Generator().manual_seed(0)).double() - 1
    found = stats.kstest(sample.flatten(), lambda x: law.cdf(torch.from_numpy(x)).numpy())
    assert distance(sample, law) == pytest.approx(found.statistic)


@pytest.mark.parametrize("per_row", [True, False])
@pytest.mark.parametrize("absolute", [True, False])
def test_normal_noise_divided_by_its_maximum(per_row, absolute):
    law = ScaledByMaximum(Normal(0.0, 1.0))
    for run in range(20):
        z = torch.randn(200, 96, generator=torch.Generator().manual_seed(run)).double()
        size = z.abs() if absolute else z
        peak = size.amax(dim=1, keepdim=True) if per_row else size.max()
        assert law.accepts(z / peak)
        assert not law.accepts(z)
        assert not law.accepts(z / 4)


def test_uniform_noise_divided_by_its_maximum_is_not_normal():
    z = 2 * torch.rand(200, 96, generator=torch.Generator().manual_seed(0)).double() - 1
    assert not ScaledByMaximum(Normal(0.0, 1.0)).accepts(z / z.abs().max())


LAWS = {
    "normal": (Normal(0.0, 1.0), torch.randn),
    "uniform": (UNIFORM.law, lambda *shape, **g: 2 * torch.rand(*shape, **g) - 1),
}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("shape", [(200, 96), (10_000,), (300, 2), (11, 10)])
def test_independent_draws_are_independent(law, shape):
    """The bound is 2e-8; what can be seen here is that none of 30 is near to it."""
    right, draw = LAWS[law]
    for run in range(30):
        drawn = draw(*shape, generator=torch.Generator().manual_seed(run))
        assert dependence(drawn.double(), right) is None


def _grid(n):
    return (torch.arange(n).double() + 0.5) / n


def _shuffled(values, seed=0):
    order = torch.randperm(values.numel(), generator=torch.Generator().manual_seed(seed))
    return values.flatten()[order].reshape(values.shape)


def _uniform(*shape):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(1)).double()


ROWS, COLUMNS = 200, 96
N = ROWS * COLUMNS
DEPENDENT = {
    "a sorted grid": (_grid(N), "depends on the one before it"),
    "sorted draws": (_uniform(N).sort()[0], "depends on the one before it"),
    "a shuffled grid": (_shuffled(_grid(N)), "too evenly"),
    "one draw in each cell": (_shuffled((torch.arange(N) + _uniform(N)) / N), "too evenly"),
    "every row twice": (_uniform(ROWS // 2, COLUMNS).repeat_interleave(2, 0), "more than once"),
    "pairs": (torch.cat([(u := _uniform(ROWS // 2, COLUMNS)), 1 - u]), "places before it"),
    "shuffled pairs": (_shuffled(torch.cat([u, 1 - u])), "pairs of opposite ones"),
    "neighbours": ((_uniform(N + 1)[:-1] + _uniform(N + 1)[1:]) / 2, ""),
    "rows that drift": ((_uniform(COLUMNS)[None] + _grid(ROWS)[:, None] * 1e-3) % 1, ""),
}


@pytest.mark.parametrize("name", DEPENDENT)
@pytest.mark.parametrize("law", LAWS)
def test_the_right_law_without_independence_is_refused(name, law):
    values, words = DEPENDENT[name]
    right, _ = LAWS[law]
    sample = right.icdf(values)
    told = Distribution(right)
    assert not told.accepts(sample)
    assert words in told.difference(sample)


@pytest.mark.parametrize(
    "sample, words",
    [
        (torch.zeros(N), "the same number everywhere"),
        (_uniform(N) / 2, "their mean is too large by"),
        (_uniform(N) - 0.5, "their standard deviation is 0.5 times the right one"),
        (4 * _uniform(N) - 2, "of the values are outside [-1, 1]"),
        ((2 * _uniform(N) - 1).sign() * 3**-0.5, "more than once"),
        (2 * stats.beta(0.5, 0.5).ppf(_uniform(N)) - 1, "times the right one"),
    ],
)
def test_how_another_distribution_differs_is_said(sample, words):
    sample = torch.as_tensor(sample)
    assert not UNIFORM.accepts(sample) and words in UNIFORM.difference(sample)
