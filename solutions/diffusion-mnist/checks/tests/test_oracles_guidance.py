"""Guidance against the score of p(x | y) p(y | x)^w, and the share of labels that are dropped."""

import pytest
import torch
from torch.distributions import Normal

from ..oracles import guidance


@pytest.mark.parametrize("w", [-1.0, 0.0, 0.5, 3.0])
def test_guidance_is_the_score_of_the_sharpened_density(w):
    """Two classes in one dimension; a score is minus eps over the deviation, which cancels."""
    x = torch.linspace(-3, 3, 25, dtype=torch.float64, requires_grad=True)
    classes = Normal(torch.tensor([-1.0, 1.0]).double(), torch.tensor([0.5, 0.8]).double())
    log_joint = classes.log_prob(x[:, None]) + torch.tensor([0.3, 0.7]).double().log()
    log_x = log_joint.logsumexp(dim=1)
    log_class = log_joint[:, 1] - log_x

    def eps(log_density):
        return -torch.autograd.grad(log_density.sum(), x, retain_graph=True)[0]

    sharpened = eps(log_joint[:, 1] + w * log_class)
    torch.testing.assert_close(guidance.guided(eps(log_joint[:, 1]), eps(log_x), w), sharpened)


@pytest.mark.parametrize("p", [0.0, 0.1, 0.75, 1.0])
def test_labels_are_dropped_with_probability_p(p):
    torch.manual_seed(0)
    y = torch.arange(10).repeat(20_000)
    dropped = guidance.drop_labels(y, p, 10)
    gone = dropped == 10
    assert gone.double().mean().item() == pytest.approx(p, abs=0.005)
    assert (dropped == y)[~gone].all()
    # As often beside one that is dropped as beside any other.
    both = (gone[::2] & gone[1::2]).double().mean().item()
    assert both == pytest.approx(p * p, abs=0.008)
