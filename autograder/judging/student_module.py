"""The network that judged code returns: its parameters counted and filled, inputs fed to it.

A network in the sandbox and one in this process, an oracle's among them, are treated alike.
"""

from typing import Any, Protocol

import torch
from torch import Tensor, nn

from helpers.random_weights import set_random_weights


class Weights(Protocol):
    """Random weights, as networks.layers.Weights. seed: of helpers.random_weights."""

    seed: int


class FillsItself:
    """A network that counts and fills its parameters itself.

    One in a sandbox does: millions of numbers stay there. One of an oracle does, too.
    """

    def parameter_count(self) -> int:
        raise NotImplementedError

    def fill_parameters(self, constant: float) -> None:
        raise NotImplementedError

    def draw_parameters(self, weights: Any) -> None:
        raise NotImplementedError


def parameter_count(net: nn.Module) -> int:
    """How many numbers the parameters hold; ValueError before a lazy layer has its size."""
    if isinstance(net, FillsItself):
        return net.parameter_count()
    return sum(parameter.numel() for parameter in net.parameters())


def fill(net: nn.Module, constant: float) -> None:
    """Set every parameter to one number."""
    if isinstance(net, FillsItself):
        net.fill_parameters(constant)
        return
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.fill_(constant)


def draw(net: nn.Module, weights: Weights) -> None:
    """Give the parameters and running statistics these random weights."""
    if isinstance(net, FillsItself):
        net.draw_parameters(weights)
    else:
        set_random_weights(net, weights.seed)


def feed(net: nn.Module, x: Tensor) -> object:
    """What net makes of a copy of x, in evaluation mode and without gradients."""
    net.eval()
    with torch.no_grad():
        return net(x.clone())
