"""The network that scores an image, in float64."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from . import oracles

# What becomes of the last layer's (N, 1).
SQUEEZED: dict[str, Callable[[Tensor], Tensor]] = {
    "the last axis": lambda f: f.squeeze(-1),
    "every axis of size 1": torch.squeeze,
    "none": lambda f: f,
}


def identity(h: Tensor) -> Tensor:
    return h


class EnergyNetwork(nn.Module):
    """f: images (N, 1, 28, 28) to scores (N,), with at most one flaw.

    Convolutions to 16 channels (kernel 5) and to 32, 64 and 64 (kernel 3), all of stride 2, then
    linear layers 256-64-1. Source of the layout: Nijkamp et al. 2019 and Du and Mordatch 2019,
    in the small form that courses use on MNIST.

    activation: between the layers. last: behind the last one. padding: of the first convolution,
    0 to 4. squeezed: a key of SQUEEZED.
    """

    def __init__(
        self,
        activation: Callable[[Tensor], Tensor] = oracles.swish,
        last: Callable[[Tensor], Tensor] = identity,
        padding: int = 4,
        squeezed: str = "the last axis",
    ) -> None:
        super().__init__()
        self.activation, self.last, self.squeeze = activation, last, SQUEEZED[squeezed]
        self.convolutions = nn.ModuleList(
            [
                nn.Conv2d(1, 16, 5, stride=2, padding=padding),
                nn.Conv2d(16, 32, 3, stride=2, padding=1),
                nn.Conv2d(32, 64, 3, stride=2, padding=1),
                nn.Conv2d(64, 64, 3, stride=2, padding=1),
            ]
        )
        # 2 x 2 pixels are left, whatever the padding.
        self.linears = nn.ModuleList([nn.Linear(64 * 2 * 2, 64), nn.Linear(64, 1)])
        self.double()

    def forward(self, x: Tensor) -> Tensor:
        h = x.double()
        for convolution in self.convolutions:
            h = self.activation(convolution(h))
        hidden, score = self.linears
        return self.squeeze(self.last(score(self.activation(hidden(h.flatten(1))))))
