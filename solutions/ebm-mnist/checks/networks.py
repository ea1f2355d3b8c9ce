"""The network that scores an image, layer by layer."""

from autograder.judging.networks.layers import Activation, Conv, Flatten, Linear, Squeeze
from autograder.judging.networks.layers import Layer as _Layer

# What becomes of the last layer's (N, 1).
SQUEEZED: dict[str | None, list[_Layer]] = {
    "the last axis": [Squeeze()],
    "every axis of size 1": [Squeeze(every=True)],
    None: [],
}


def energy_layers(
    hidden_features: int = 32, out_dim: int = 1, *, squeezed: str | None = "the last axis"
) -> list[_Layer]:
    """f: images (N, 1, 28, 28) to scores (N,).

    Convolutions to 16 channels (kernel 5) and to 32, 64 and 64 (kernel 3), all of stride 2, then
    linear layers 256-64-1. Source of the layout: Nijkamp et al. 2019 and Du and Mordatch 2019,
    in the small form that courses use on MNIST.

    squeezed: a key of SQUEEZED.
    """
    swish = Activation(kind="Swish")
    few, some, many = hidden_features // 2, hidden_features, hidden_features * 2
    sizes = (few, 5, 4), (some, 3, 1), (many, 3, 1), (many, 3, 1)
    layers: list[_Layer] = []
    n_in = 1
    for n_out, kernel, padding in sizes:
        convolution = Conv(n_in=n_in, n_out=n_out, kernel=kernel, stride=2, padding=padding)
        layers += [convolution, swish]
        n_in = n_out
    # 2 x 2 pixels are left.
    hidden, score = Linear(n_in=many * 4, n_out=many), Linear(n_in=many, n_out=out_dim)
    return [*layers, Flatten(), hidden, swish, score, *SQUEEZED[squeezed]]
