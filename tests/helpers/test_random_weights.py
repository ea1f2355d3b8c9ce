"""Random weights: the same for the same layers, however they are written."""

import pytest
import torch
from torch import nn

from helpers import random_weights
from helpers.errors import CourseError
from helpers.random_weights import CYCLE, Numbers, Place, set_random_weights

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


def numbers(shape, role, layer=None):
    return Numbers(0).at(Place(shape, role, layer or shape, 0)).double()


def test_each_role_has_numbers_of_its_size():
    """Of a uniform number u with mean 0 and variance 1, at most the root of 3."""
    most = 3**0.5
    variance = numbers((4000,), "variance")
    assert 4 <= variance.min() < 4.01 and 15.9 < variance.max() <= 16
    assert variance.mean().item() == pytest.approx(8, rel=0.05)  # 4 + 4 u²
    scale = numbers((4000,), "scale")
    assert 1.5 <= scale.abs().min() < 1.51 and 1.5 + most - 0.01 < scale.abs().max() <= 1.5 + most
    assert 0.4 < (scale > 0).double().mean() < 0.6
    for role in ("bias", "mean"):
        bias = numbers((4000,), role)
        assert bias.std().item() == pytest.approx(0.5, rel=0.05)
        assert most / 2 - 0.01 < bias.abs().max() <= most / 2


@pytest.mark.parametrize(
    ("shape", "deviation"),
    [
        ((64, 64), 1.5 / 8),
        ((16, 256), 1.5 / 8),
        ((256, 16), 1.5 / 8),
        ((64, 64, 3, 3), 1.5 / 24),
    ],
)
def test_weights_neither_blow_up_nor_extinguish(shape, deviation):
    made = numbers(shape, "weight")
    assert made.shape == shape and made.std().item() == pytest.approx(deviation, rel=0.03)
    assert abs(made.mean()) < deviation / 10


def test_a_tensor_longer_than_the_cycle_goes_around_and_short_ones_are_what_they_were():
    made = Numbers(3)
    short = Place((10,), "bias", (10,), 0)
    before = made.at(short)
    long = made.at(Place((3 * CYCLE + 5,), "bias", (1,), 0))
    assert torch.equal(long[:CYCLE], long[CYCLE : 2 * CYCLE]) and len(long) == 3 * CYCLE + 5
    assert torch.equal(made.at(short), before) and torch.equal(Numbers(3).at(short), before)
    assert not torch.equal(Numbers(4).at(short), before)


def places(net):
    return {place: tensor for tensor, place in random_weights._places(net)}


def test_a_norm_without_weights_has_statistics():
    net = nn.Sequential(nn.BatchNorm1d(8, affine=False), nn.BatchNorm1d(8, affine=False))
    found = places(net)
    assert set(found) == {
        Place((8,), role, (8,), number) for role in ("mean", "variance") for number in (0, 1)
    }
    assert found[Place((8,), "mean", (8,), 1)] is net[1].running_mean
    set_random_weights(net, 5)
    for number, norm in enumerate(net):
        wanted = Numbers(5).at(Place((8,), "variance", (8,), number))
        assert torch.equal(norm.running_var, wanted)


def test_where_each_tensor_of_a_network_is():
    net = nn.Sequential(
        nn.Conv2d(2, 3, 5), nn.GroupNorm(1, 3), nn.LayerNorm(3, bias=False), nn.Linear(4, 3)
    )
    net.extra = nn.Parameter(torch.zeros(7))
    net.bare = nn.GroupNorm(1, 3, affine=False)  # has nothing to set
    assert set(places(net)) == {
        Place((3, 2, 5, 5), "weight", (3, 2, 5, 5)),
        Place((3,), "bias", (3, 2, 5, 5)),
        Place((3,), "scale", (3,), 0),
        Place((3,), "bias", (3,), 0),
        Place((3,), "scale", (3,), 1),
        Place((3, 4), "weight", (3, 4)),
        Place((3,), "bias", (3, 4)),
        Place((7,), "bias", (7,)),
    }


def test_a_norm_of_ones_own_is_known_by_its_statistics():
    class Own(nn.Module):
        def __init__(self, more=()):
            super().__init__()
            self.gamma, self.beta = (nn.Parameter(torch.zeros(4)) for _ in range(2))
            self.register_buffer("running_mean", torch.zeros(4))
            self.register_buffer("running_var", torch.zeros(4))
            for name in more:
                self.register_parameter(name, nn.Parameter(torch.zeros(4)))

    roles = [place.role for place in places(Own())]
    assert roles == ["scale", "bias", "mean", "variance"]
    assert [place.role for place in places(Own(["third"]))] == ["bias"] * 3


def test_matrices_outside_layers_go_with_the_vectors_of_their_size():
    net = nn.Module()
    net.a, net.b = nn.Parameter(torch.zeros(2, 5)), nn.Parameter(torch.zeros(5, 3))
    net.c, net.d, net.e = (nn.Parameter(torch.zeros(n)) for n in (5, 3, 4))
    found = places(net)
    # Inputs come first in them, as the vectors show.
    assert found[Place((5, 2), "weight", (5, 2))].data_ptr() == net.a.data_ptr()
    assert found[Place((5, 2), "weight", (5, 2))].shape == (5, 2)
    assert found[Place((5,), "bias", (5, 2))] is net.c
    assert found[Place((3,), "bias", (3, 5))] is net.d
    assert found[Place((4,), "bias", (4,))] is net.e and len(found) == 5
    del net.b, net.d, net.e
    net.a = nn.Parameter(torch.zeros(5, 2))  # outputs first
    assert places(net)[Place((5, 2), "weight", (5, 2))] is net.a
