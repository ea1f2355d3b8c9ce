"""Random weights: the same for the same layers, however they are written."""

import pytest
import torch
from torch import nn

from helpers.errors import CourseError
from helpers.random_weights import set_random_weights

X = torch.linspace(-1, 1, 3 * 6).reshape(3, 6)


def layers():
    return nn.Sequential(
        nn.Linear(6, 8), nn.ReLU(), nn.BatchNorm1d(8), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 2)
    )


class Backwards(nn.Module):
    """The same layers, made in another order."""

    def __init__(self):
        super().__init__()
        self.c, self.norm = nn.Linear(8, 2), nn.BatchNorm1d(8)
        self.b, self.a = nn.Linear(8, 8), nn.Linear(6, 8)

    def forward(self, x):
        return self.c(self.b(self.norm(self.a(x).relu())).relu())


class Loose(nn.Module):
    """Parameters outside layers, the inputs of each matrix first; a square one among them."""

    def __init__(self):
        super().__init__()
        sizes = 6, 8, 8, 2
        pairs = list(zip(sizes, sizes[1:], strict=False))
        self.matrices = nn.ParameterList(torch.zeros(n_in, n_out) for n_in, n_out in pairs)
        self.vectors = nn.ParameterList(torch.zeros(n_out) for _, n_out in pairs)
        self.norm = nn.BatchNorm1d(8)

    def forward(self, x):
        (a, b, c), (d, e, f) = self.matrices, self.vectors
        return (self.norm((x @ a + d).relu()) @ b + e).relu() @ c + f


@pytest.mark.parametrize("kind", [Backwards, Loose])
def test_the_same_function(kind):
    with torch.no_grad():
        wanted = set_random_weights(layers(), 3)(X)
        torch.testing.assert_close(set_random_weights(kind(), 3)(X), wanted)
        assert not torch.allclose(set_random_weights(layers(), 4)(X), wanted)


def test_both_signs_everywhere_and_positive_variances():
    net = set_random_weights(layers())
    assert all(p.min() < 0 < p.max() for p in net.parameters() if p.numel() > 2)
    assert net[2].running_var.min() >= 4 and net[2].running_mean.min() < 0
    assert not net.training


def test_a_lazy_layer_needs_a_size():
    with pytest.raises(CourseError, match="no size before its first input"):
        set_random_weights(nn.Sequential(nn.LazyLinear(2)))
