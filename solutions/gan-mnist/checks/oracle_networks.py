"""The four networks of gan-mnist, layer by layer, right or with a known flaw.

Source of the convolutional ones: after Radford et al. 2016, in the small form that courses use.
"""

from autograder.judging.networks.layers import (
    Activation,
    Conv,
    ConvTranspose,
    Flatten,
    Linear,
    Net,
    Norm,
    Pool,
    Unflatten,
)
from autograder.judging.networks.layers import Layer as _Layer

_RELU, _LEAKY = Activation(kind="ReLU"), Activation(kind="LeakyReLU", slope=0.01)
_TANH = Activation(kind="Tanh")


def discriminator_layers(seed: int | None = None) -> list[_Layer]:
    """784-256-256-1 with LeakyReLU: (N, 1, 28, 28) -> (N, 1)."""
    return [
        Flatten(),
        Linear(n_in=784, n_out=256),
        _LEAKY,
        Linear(n_in=256, n_out=256),
        _LEAKY,
        Linear(n_in=256, n_out=1),
    ]


def generator_layers(noise_dim: int = 96, seed: int | None = None) -> list[_Layer]:
    """noise_dim-1024-1024-784 with ReLU: (N, noise_dim) -> (N, 784)."""
    return [
        Linear(n_in=noise_dim, n_out=1024),
        _RELU,
        Linear(n_in=1024, n_out=1024),
        _RELU,
        Linear(n_in=1024, n_out=784),
        _TANH,
    ]


def classifier_layers(
    pooled: tuple[bool, bool] = (True, True), padding: tuple[int, int] = (0, 0)
) -> list[_Layer]:
    """conv32k5-pool-conv64k5-pool-1024-1 with LeakyReLU: (N, 1, 28, 28) -> (N, 1).

    pooled: whether a pooling follows the first convolution, and the second. padding: of each.
    """
    first, second = ([Pool()] if each else [] for each in pooled)
    side = 28
    for pad, pool in zip(padding, (first, second), strict=True):
        side += 2 * pad - 4
        side = side // 2 if pool else side
    return [
        Conv(n_in=1, n_out=32, kernel=5, padding=padding[0]),
        _LEAKY,
        *first,
        Conv(n_in=32, n_out=64, kernel=5, padding=padding[1]),
        _LEAKY,
        *second,
        Flatten(),
        Linear(n_in=64 * side * side, n_out=1024),
        _LEAKY,
        Linear(n_in=1024, n_out=1),
    ]


def dc_generator_layers(noise_dim: int = 96, norm_first: bool = False) -> list[_Layer]:
    """1024-6272-(128, 7, 7)-convT64-convT1, k4 s2 p1: (N, noise_dim) -> (N, 1, 28, 28).

    ReLU and batch norm follow each layer but the last. norm_first: batch norm before ReLU, as in
    the paper.
    """

    def both(width):
        pair = _RELU, Norm(width=width)
        return reversed(pair) if norm_first else pair

    return [
        Linear(n_in=noise_dim, n_out=1024),
        *both(1024),
        Linear(n_in=1024, n_out=6272),
        *both(6272),
        Unflatten(sizes=(128, 7, 7)),
        ConvTranspose(n_in=128, n_out=64, kernel=4, stride=2, padding=1),
        *both(64),
        ConvTranspose(n_in=64, n_out=1, kernel=4, stride=2, padding=1),
        _TANH,
    ]


def discriminator(seed: int | None = None) -> Net:
    """The network of discriminator_layers()."""
    return Net(discriminator_layers(), seed)


def generator(noise_dim: int = 96, seed: int | None = None) -> Net:
    """The network of generator_layers()."""
    return Net(generator_layers(noise_dim), seed)


def build_dc_classifier() -> Net:
    """The network of classifier_layers()."""
    return Net(classifier_layers())


def build_dc_generator(noise_dim: int = 96, *, norm_first: bool = False) -> Net:
    """The network of dc_generator_layers()."""
    return Net(dc_generator_layers(noise_dim, norm_first))
