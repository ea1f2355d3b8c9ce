"""The four networks of gan-mnist in float64, right or with a known flaw.

Each function has the student's signature; keywords after it are the flaws. Parameters are left
uninitialised: an observer fills them.

Source of the convolutional ones: after Radford et al. 2016, in the small form that courses use.
"""

import torch
from torch import Tensor, nn
from torch.nn.utils import skip_init

OUTPUTS = {"identity": nn.Identity, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}


class InFloat64(nn.Sequential):
    """Layers that take inputs of any dtype and compute in float64.

    In evaluation mode no row depends on another: of equal ones, which fill the large batches of
    the probes, one is computed.
    """

    def forward(self, x: Tensor) -> Tensor:
        rows, places = x.double().unique(dim=0, return_inverse=True)
        return super().forward(rows)[places]


class OnlyBatchesOf(nn.Module):
    """A network for n rows, which refuses others.

    The error has no text: what torch says depends on the reshape that a student has written.
    """

    def __init__(self, n: int, net: nn.Module) -> None:
        super().__init__()
        self.n, self.net = n, net

    def forward(self, x: Tensor) -> Tensor:
        if len(x) != self.n:
            raise RuntimeError
        return self.net(x)


def _layer(kind, *sizes):
    """A layer of uninitialised parameters, which costs only their memory."""
    return skip_init(kind, *sizes, dtype=torch.float64)


def discriminator(
    seed: int | None = None,
    *,
    slope: float = 0.01,
    output: str = "identity",
    flatten: bool = True,
) -> nn.Module:
    """784-256-256-1 with LeakyReLU: (N, 784) or (N, 1, 28, 28) -> (N, 1).

    slope: 0 is ReLU, 1 no activation at all. output: a name in OUTPUTS. flatten: whether it takes
    images, too.
    """
    return InFloat64(
        nn.Flatten() if flatten else nn.Identity(),
        _layer(nn.Linear, 784, 256),
        nn.LeakyReLU(slope),
        _layer(nn.Linear, 256, 256),
        nn.LeakyReLU(slope),
        _layer(nn.Linear, 256, 1),
        OUTPUTS[output](),
    )


def generator(
    noise_dim: int = 96, seed: int | None = None, *, slope: float = 0.0, output: str = "tanh"
) -> nn.Module:
    """noise_dim-1024-1024-784 with LeakyReLU: (N, noise_dim) -> (N, 784).

    slope and output as in discriminator().
    """
    return InFloat64(
        _layer(nn.Linear, noise_dim, 1024),
        nn.LeakyReLU(slope),
        _layer(nn.Linear, 1024, 1024),
        nn.LeakyReLU(slope),
        _layer(nn.Linear, 1024, 784),
        OUTPUTS[output](),
    )


def build_dc_classifier(
    *,
    slope: float = 0.01,
    output: str = "identity",
    pooled: bool = True,
    batch: int | None = None,
) -> nn.Module:
    """conv32k5-pool-conv64k5-pool-1024-1 with LeakyReLU: (N, 1, 28, 28) -> (N, 1).

    slope and output as in discriminator(). pooled: with 2 x 2 max pooling. batch: the only N that
    it takes.
    """
    pool = nn.MaxPool2d(2) if pooled else nn.Identity()
    side = 4 if pooled else 20
    net = InFloat64(
        _layer(nn.Conv2d, 1, 32, 5),
        nn.LeakyReLU(slope),
        pool,
        _layer(nn.Conv2d, 32, 64, 5),
        nn.LeakyReLU(slope),
        pool,
        nn.Flatten(),
        _layer(nn.Linear, 64 * side * side, 1024),
        nn.LeakyReLU(slope),
        _layer(nn.Linear, 1024, 1),
        OUTPUTS[output](),
    )
    return net if batch is None else OnlyBatchesOf(batch, net)


def build_dc_generator(
    noise_dim: int = 96,
    *,
    output: str = "tanh",
    norm: bool = True,
    norm_first: bool = False,
    batch: int | None = None,
) -> nn.Module:
    """1024-6272-(128, 7, 7)-convT64-convT1, k4 s2 p1: (N, noise_dim) -> (N, 1, 28, 28).

    ReLU and batch norm follow each layer but the last. output and batch as in
    build_dc_classifier(). norm: with batch norm; norm_first: before ReLU, as in the paper.
    """

    def activation(batch_norm, width):
        if not norm:
            return nn.ReLU()
        both = nn.ReLU(), batch_norm(width, dtype=torch.float64)
        return nn.Sequential(*(reversed(both) if norm_first else both))

    net = InFloat64(
        _layer(nn.Linear, noise_dim, 1024),
        activation(nn.BatchNorm1d, 1024),
        _layer(nn.Linear, 1024, 6272),
        activation(nn.BatchNorm1d, 6272),
        nn.Unflatten(1, (128, 7, 7)),
        _layer(nn.ConvTranspose2d, 128, 64, 4, 2, 1),
        activation(nn.BatchNorm2d, 64),
        _layer(nn.ConvTranspose2d, 64, 1, 4, 2, 1),
        OUTPUTS[output](),
    )
    return net if batch is None else OnlyBatchesOf(batch, net)
