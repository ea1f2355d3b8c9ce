"""Random functions: how often a right one fails, and how surely a wrong one does."""

import pytest
import torch
from scipy import stats

from autograder.checks import answers
from autograder.judging import Status, judge
from autograder.judging.distribution import (
    FALSE_ALARM,
    Distribution,
    ScaledByMaximum,
    distance,
    fits,
)
from tests import own_course
from tests.own_course import find

RUNS = 100
NOISE = find("gan-mnist.sample_noise")
BANK = [a for a in own_course.bank("gan-mnist") if a.exercise == NOISE.id]
UNIFORM = Distribution(stats.uniform(-1, 2))


def by_title(answer):
    return answer.title


@pytest.mark.parametrize("answer", [a for a in BANK if a.verdict is Status.RIGHT], ids=by_title)
def test_a_right_answer_is_right_for_any_draw(answer):
    subject = answers.build(answer)
    for run in range(RUNS):
        torch.manual_seed(run)
        assert judge(NOISE, subject).is_right


@pytest.mark.parametrize("answer", [a for a in BANK if a.verdict is Status.WRONG], ids=by_title)
def test_a_wrong_answer_is_wrong_for_any_draw(answer):
    subject = answers.build(answer)
    for run in range(RUNS):
        torch.manual_seed(run)
        verdict = judge(NOISE, subject)
        assert (verdict.status, verdict.misconception) == (Status.WRONG, answer.misconception)


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


@pytest.mark.parametrize("law", [stats.uniform(-1, 2), stats.norm(0, 0.6)])
def test_the_distance_is_scipys(law):
    sample = 2 * torch.rand(30, 7, generator=torch.Generator().manual_seed(0)).double() - 1
    expected = stats.kstest(sample.flatten().numpy(), law.cdf).statistic
    assert distance(sample, law) == pytest.approx(expected)


@pytest.mark.parametrize("per_row", [True, False])
@pytest.mark.parametrize("absolute", [True, False])
def test_normal_noise_divided_by_its_maximum(per_row, absolute):
    law = ScaledByMaximum(stats.norm())
    for run in range(20):
        z = torch.randn(200, 96, generator=torch.Generator().manual_seed(run)).double()
        size = z.abs() if absolute else z
        peak = size.amax(dim=1, keepdim=True) if per_row else size.max()
        assert law.accepts(z / peak)
        assert not law.accepts(z)
        assert not law.accepts(z / 4)


def test_uniform_noise_divided_by_its_maximum_is_not_normal():
    z = 2 * torch.rand(200, 96, generator=torch.Generator().manual_seed(0)).double() - 1
    assert not ScaledByMaximum(stats.norm()).accepts(z / z.abs().max())
