"""The residual block against the layers of torch, with the same random weights."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from autograder.judging.networks.layers import Weights
from autograder.judging.student_module import draw
from helpers.random_weights import set_random_weights

from ..oracles import network


class OfTorch(nn.Module):
    def __init__(self, n_in, n_out, n_time, swapped=False):
        super().__init__()
        self.norms = nn.ModuleList([nn.GroupNorm(8, n_in), nn.GroupNorm(8, n_out)])
        sizes = [(n_in, n_out), (n_out, n_out)]
        self.convolutions = nn.ModuleList(
            nn.Conv2d(*pair, 3, padding=1) for pair in (sizes[::-1] if swapped else sizes)
        )
        self.swapped = swapped
        self.time = nn.Sequential(nn.SiLU(), nn.Linear(n_time, n_out))
        self.skip = nn.Conv2d(n_in, n_out, 1) if n_in != n_out else nn.Identity()

    def forward(self, x, emb):
        first, second = self.convolutions[::-1] if self.swapped else self.convolutions
        h = first(F.silu(self.norms[0](x)))
        h = h + self.time(emb).unflatten(1, (-1, 1, 1))
        return self.skip(x) + second(F.silu(self.norms[1](h)))


def agree(build, other, sizes, side):
    g = torch.Generator().manual_seed(side)
    x = torch.randn(3, sizes[0], side, side, generator=g)
    emb = torch.randn(3, sizes[2], generator=g)
    one, block = other(*sizes), build(*sizes)
    assert block.parameter_count() == sum(each.numel() for each in one.parameters())
    set_random_weights(one, 5)
    draw(block, Weights(5))
    with torch.no_grad():
        return torch.allclose(one(x, emb).double(), block(x, emb), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    ("sizes", "side"), [((16, 24, 20), 28), ((24, 8, 6), 14), ((16, 16, 5), 7)]
)
def test_it_is_the_block_of_torch(sizes, side):
    assert agree(network.Block, OfTorch, sizes, side)


def test_layers_of_one_shape_may_be_made_in_any_order():
    def swapped(*sizes):
        return OfTorch(*sizes, swapped=True)

    assert not agree(network.Block, swapped, (16, 16, 5), 7)

    def other_way_round(*sizes):
        return network.Block(*sizes, form=network.Form(convolutions=(1, 0)))

    assert agree(other_way_round, swapped, (16, 16, 5), 7)
