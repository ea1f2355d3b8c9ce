"""An estimate of a number is right near the truth, and nowhere else."""

from dataclasses import FrozenInstanceError

import pytest
import torch
from scipy import special

from autograder.judging import Tolerance
from autograder.judging.compare import mismatches
from autograder.judging.distribution import FALSE_ALARM
from autograder.judging.estimate import DEVIATIONS, Estimate

ESTIMATE = Estimate(torch.tensor([1.0, 2.0]), torch.tensor([0.1, 0.2]) / DEVIATIONS)


def test_it_is_accepted_within_its_error_only():
    assert ESTIMATE.accepts(torch.tensor([[1.09], [1.81]]))
    assert not ESTIMATE.accepts(torch.tensor([1.11, 2.0]))
    assert not ESTIMATE.accepts(torch.tensor([1.0, 2.21]))
    assert not ESTIMATE.accepts(torch.tensor([1.0, float("nan")]))
    assert not ESTIMATE.accepts(torch.tensor([1.0]))


def sentence(got):
    found = mismatches({"kl": got}, {"kl": ESTIMATE}, Tolerance())
    return found[0].sentence if found else None


def test_what_is_worked_out_is_compared_as_any_number_is():
    exact = Estimate(torch.tensor([1.0, 2.0]), torch.zeros(()))
    assert not mismatches({"kl": torch.tensor([1.00001, 2.0])}, {"kl": exact}, Tolerance())
    assert sentence(torch.tensor([1.09, 1.81])) is None
    assert sentence(torch.tensor([2.0, 4.0])) == "kl: 2 times the right one"
    assert sentence(torch.tensor(1.0)) == "kl: shape () where (2,) is right"
    assert sentence(None) == "kl: None (is a return missing?)"
    assert sentence("1") == "kl: a number is expected, not '1'"


def test_an_estimate_is_shared_and_stays_as_it_is():
    assert ESTIMATE.accepts(ESTIMATE.value)
    with pytest.raises(FrozenInstanceError):
        ESTIMATE.value = torch.zeros(2)


def test_a_mean_of_draws_is_refused_far_less_often_than_a_right_sample():
    assert 2 * special.ndtr(-DEVIATIONS) < FALSE_ALARM / 1000
