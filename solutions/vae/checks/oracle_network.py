"""The variational auto-encoder, layer by layer, right or with a flaw in one of its halves."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from autograder.judging.networks.layers import Activation, Linear, Net, numbered, run, size
from autograder.judging.networks.layers import Layer as _Layer
from autograder.judging.networks.recent import Recent
from autograder.judging.student_module import FillsItself

_RELU = Activation(kind="ReLU")


def encoder_layers(
    x_dim: int = 784, h_dim1: int = 512, h_dim2: int = 256, z_dim: int = 2
) -> list[_Layer]:
    """fc1, fc2 and fc31: (N, x_dim) -> (N, z_dim). fc32 is like the last one."""
    return [
        Linear(n_in=x_dim, n_out=h_dim1),
        _RELU,
        Linear(n_in=h_dim1, n_out=h_dim2),
        _RELU,
        Linear(n_in=h_dim2, n_out=z_dim),
    ]


def decoder_layers(
    x_dim: int = 784, h_dim1: int = 512, h_dim2: int = 256, z_dim: int = 2
) -> list[_Layer]:
    """fc4, fc5 and fc6: (N, z_dim) -> (N, x_dim)."""
    return [
        Linear(n_in=z_dim, n_out=h_dim2),
        _RELU,
        Linear(n_in=h_dim2, n_out=h_dim1),
        _RELU,
        Linear(n_in=h_dim1, n_out=x_dim),
        Activation(kind="Sigmoid"),
    ]


class Network(FillsItself):
    """784-512-256-(2, 2) and 2-256-512-784, ReLU, sigmoid at the end.

    encoding, decoding: the layers of a half, where they are other ones. of_log_var: a layer behind
    fc32 alone. twice: fc31 serves for the log variance as well. swapped: the log variance comes
    first. own_names: the layers have other names than fc31, ...
    """

    def __init__(
        self,
        *sizes: int,
        encoding: Sequence[_Layer] | None = None,
        decoding: Sequence[_Layer] | None = None,
        of_log_var: _Layer | None = None,
        twice: bool = False,
        swapped: bool = False,
        own_names: bool = False,
        dtype: torch.dtype = torch.float64,
    ) -> None:
        first = list(encoding or encoder_layers(*sizes))
        head = max(i for i, one in enumerate(first) if isinstance(one, Linear))
        second = list(first)
        second[head] = replace(first[head], number=0 if twice else 1)
        if of_log_var is not None:
            second.append(of_log_var)
        self._mean, self._log_var = numbered(first), (*numbered(first)[:head], *second[head:])
        self._decoding = numbered(decoding or decoder_layers(*sizes))
        self._head, self._swapped, self._own_names = first[head], swapped, own_names
        self._dtype, self._weights, self.training = dtype, Net([]).weights, True

    def parameter_count(self) -> int:
        """How many numbers the parameters hold."""
        return size([*self._mean, self._head, *self._decoding])

    def parameter_sizes(self) -> dict[str, tuple[int, ...]]:
        """Names and shapes of the weights."""
        return {} if self._own_names else self._sizes()

    def _sizes(self):
        names = ("fc1", "fc2", "fc31", "fc4", "fc5", "fc6")
        shapes = [one.shape for one in (*self._mean, *self._decoding) if one.shape]
        known = {f"{name}.weight": shape for name, shape in zip(names, shapes, strict=False)}
        return known | {"fc32.weight": known["fc31.weight"]}

    def draw_parameters(self, weights: Any) -> None:
        """Take these random weights."""
        self._weights = weights

    def take_constants(self, constants: Mapping[str, float]) -> None:
        """One number for each layer, by its name."""
        self._weights = _Constants(constants, self._sizes())

    def train(self, mode: bool = True) -> "Network":
        """As a module's."""
        self.training = mode
        return self

    def eval(self) -> "Network":
        """As a module's."""
        return self.train(False)

    def _run(self, layers, x):
        return run(layers, x.to(self._dtype), self._weights, self.training)

    def encoder(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """x (N, x_dim) or images of as many pixels -> mu, log_var: (N, z_dim) each."""
        mu, log_var = (self._run(half, x.flatten(1)) for half in (self._mean, self._log_var))
        return (log_var, mu) if self._swapped else (mu, log_var)

    def decoder(self, z: Tensor) -> Tensor:
        """z (N, z_dim) -> (N, x_dim)."""
        return self._run(self._decoding, z)

    def __call__(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """x as for encoder() -> decoded (N, x_dim), mu, log_var."""
        mu, log_var = self.encoder(x)
        z = mu + (log_var / 2).exp() * torch.randn_like(mu)
        return self.decoder(z), mu, log_var


class _Constants:
    """Weights that are one number in each layer."""

    def __init__(self, constants, shapes):
        self.computed = Recent()
        self._known = {}
        for name, number in constants.items():
            shape = shapes[f"{name}.weight"]
            self._known[shape, int(name == "fc32")] = number

    def at(self, place, dtype):
        number = self._known[place.layer, place.number]
        return torch.tensor(number, dtype=dtype).expand(place.shape)
