"""The network that judged code returns: its parameters counted and filled, inputs fed to it.

A network in the sandbox and one in this process, an oracle's among them, are treated alike.
"""

import torch
from torch import Tensor, nn


class InSandbox:
    """A network in another process, which counts and fills: millions of numbers stay there."""

    def parameter_count(self) -> int:
        raise NotImplementedError

    def fill_parameters(self, constant: float) -> None:
        raise NotImplementedError


def parameter_count(net: nn.Module) -> int:
    """How many numbers the parameters hold; ValueError before a lazy layer has its size."""
    if isinstance(net, InSandbox):
        return net.parameter_count()
    return sum(parameter.numel() for parameter in net.parameters())


def fill(net: nn.Module, constant: float) -> None:
    """Set every parameter to one number."""
    if isinstance(net, InSandbox):
        net.fill_parameters(constant)
        return
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.fill_(constant)


def feed(net: nn.Module, x: Tensor) -> object:
    """What net makes of a copy of x, in evaluation mode and without gradients."""
    net.eval()
    with torch.no_grad():
        return net(x.clone())
