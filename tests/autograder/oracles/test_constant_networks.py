"""The energy network in closed form against the same network in torch, in float64."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from autograder.oracles.networks import ConstantEnergyNetwork, leaky


@pytest.mark.parametrize("constant", [0.02, -0.03])
def test_energy_network(constant):
    layers, inputs = [], 1
    for outputs, kernel, pad in ((16, 5, 4), (32, 3, 1), (64, 3, 1), (64, 3, 1)):
        layers += [nn.Conv2d(inputs, outputs, kernel, 2, pad), nn.SiLU()]
        inputs = outputs
    head = nn.Flatten(), nn.Linear(256, 64), nn.SiLU(), nn.Linear(64, 1), nn.Flatten(0)
    net = nn.Sequential(*layers, *head).double()
    x = torch.rand(3, 1, 28, 28, generator=torch.Generator().manual_seed(0)).double()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.fill_(constant)
        torch.testing.assert_close(ConstantEnergyNetwork().forward_at(constant, x), net(x))


@pytest.mark.parametrize("slope", [0.0, 0.01, 1.0])
def test_leaky(slope):
    h = torch.linspace(-1, 1, 41, dtype=torch.float64)
    torch.testing.assert_close(leaky(h, slope), functional.leaky_relu(h, slope))
