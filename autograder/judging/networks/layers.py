"""A network as a list of layers, computed with the weights of a seed.

An oracle is such a list, in float64, and so is each wrong network: the list with a change, in
float32, since it only has to be recognised. All share one copy of the weights, and what the layers
before the change have made of an input.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from autograder.judging.networks.recent import Recent
from autograder.judging.student_module import FillsItself
from helpers.random_weights import Numbers, Place

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "ReLU": torch.relu,
    "Tanh": torch.tanh,
    "Sigmoid": torch.sigmoid,
    "Swish": F.silu,
    "GELU": F.gelu,
    "ELU": F.elu,
    "Softplus": F.softplus,
    "Softmax": lambda x: x.softmax(1),
}


class Weights:
    """The weights of one seed, and what networks with these weights have computed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._numbers = Numbers(seed)
        self._known = Recent()
        self.computed = Recent()

    def at(self, place: Place, dtype: torch.dtype) -> Tensor:
        """The tensor for a place."""
        found = self._known.get((place, dtype))
        if found is None:
            found = self._known.keep((place, dtype), self._numbers.at(place).to(dtype))
        return found


class Equal:
    """Parameters that are all one number, and statistics as a new network has them."""

    def __init__(self, constant: float) -> None:
        self.constant = constant
        self.computed = Recent()

    def at(self, place: Place, dtype: torch.dtype) -> Tensor:
        """The tensor for a place."""
        fresh = {"mean": 0.0, "variance": 1.0}
        number = fresh.get(place.role, self.constant)
        return torch.tensor(number, dtype=dtype).expand(place.shape)


@dataclass(frozen=True)
class Layer:
    """One layer. number: how many of the same shape come before it. again: it was used before."""

    number: int = 0
    again: bool = False

    @property
    def shape(self) -> tuple[int, ...] | None:
        """Shape of its weight, for a layer that has one."""
        return None

    def places(self) -> list[Place]:
        """Of its parameters."""
        return []

    def apply(self, x: Tensor, weights: Weights | Equal, training: bool) -> Tensor:
        """What it makes of x, in the dtype of x."""
        raise NotImplementedError

    def __str__(self) -> str:
        return type(self).__name__.lower()


@dataclass(frozen=True)
class _Matrix(Layer):
    bias: bool = True

    def _outputs(self) -> int:
        raise NotImplementedError

    def places(self) -> list[Place]:
        assert self.shape is not None
        weight = Place(self.shape, "weight", self.shape, self.number)
        bias = Place((self._outputs(),), "bias", self.shape, self.number)
        return [weight, bias][: 1 + self.bias]

    def _tensors(self, weights: Weights | Equal, dtype: torch.dtype) -> list[Any]:
        return [*(weights.at(place, dtype) for place in self.places()), None][:2]


@dataclass(frozen=True)
class Linear(_Matrix):
    """n_in to n_out numbers."""

    n_in: int = 1
    n_out: int = 1

    @property
    def shape(self) -> tuple[int, ...]:
        return self.n_out, self.n_in

    def _outputs(self) -> int:
        return self.n_out

    def apply(self, x: Tensor, weights: Weights | Equal, training: bool) -> Tensor:
        return F.linear(x, *self._tensors(weights, x.dtype))

    def __str__(self) -> str:
        return "linear layer"


@dataclass(frozen=True)
class Conv(_Matrix):
    """n_in to n_out channels."""

    n_in: int = 1
    n_out: int = 1
    kernel: int = 3
    stride: int = 1
    padding: int = 0

    @property
    def shape(self) -> tuple[int, ...]:
        return self.n_out, self.n_in, self.kernel, self.kernel

    def _outputs(self) -> int:
        return self.n_out

    def apply(self, x: Tensor, weights: Weights | Equal, training: bool) -> Tensor:
        weight, bias = self._tensors(weights, x.dtype)
        return F.conv2d(x, weight, bias, self.stride, self.padding)

    def __str__(self) -> str:
        return "convolution"


@dataclass(frozen=True)
class ConvTranspose(Conv):
    """n_in to n_out channels, each side `stride` times as long."""

    @property
    def shape(self) -> tuple[int, ...]:
        return self.n_in, self.n_out, self.kernel, self.kernel

    def apply(self, x: Tensor, weights: Weights | Equal, training: bool) -> Tensor:
        weight, bias = self._tensors(weights, x.dtype)
        return F.conv_transpose2d(x, weight, bias, self.stride, self.padding)

    def __str__(self) -> str:
        return "transposed convolution"


@dataclass(frozen=True)
class Norm(Layer):
    """Batch normalisation. always: with the statistics of the batch in evaluation mode, too."""

    width: int = 1
    eps: float = 1e-5
    affine: bool = True
    always: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.width,)

    def _place(self, role: str) -> Place:
        return Place(self.shape, role, self.shape, self.number)

    def places(self) -> list[Place]:
        return [self._place(role) for role in ("scale", "bias")] if self.affine else []

    def apply(self, x: Tensor, weights: Weights | Equal, training: bool) -> Tensor:
        known = (weights.at(place, x.dtype) for place in self.places())
        scale, bias = [*known, None, None][:2]
        if training or self.always:
            return F.batch_norm(x, None, None, scale, bias, True, eps=self.eps)
        mean, variance = (weights.at(self._place(role), x.dtype) for role in ("mean", "variance"))
        return F.batch_norm(x, mean, variance, scale, bias, eps=self.eps)

    def __str__(self) -> str:
        return "batch normalisation"


@dataclass(frozen=True)
class Activation(Layer):
    """kind: a name in ACTIVATIONS, or "LeakyReLU" with a slope."""

    kind: str = "ReLU"
    slope: float = 0.01

    def apply(self, x: Tensor, weights: Weights | Equal, training: bool) -> Tensor:
        if self.kind == "LeakyReLU":
            return F.leaky_relu(x, self.slope)
        return ACTIVATIONS[self.kind](x)

    def __str__(self) -> str:
        return f"LeakyReLU({self.slope:g})" if self.kind == "LeakyReLU" else self.kind


@dataclass(frozen=True)
class Pool(Layer):
    """kind: "max" or "average"."""

    kind: str = "max"
    size: int = 2
    stride: int = 2
    padding: int = 0

    def apply(self, x: Tensor, weights: Weights | Equal, training: bool) -> Tensor:
        pool = F.max_pool2d if self.kind == "max" else F.avg_pool2d
        return pool(x, self.size, self.stride, self.padding)

    def __str__(self) -> str:
        return f"{self.kind} pooling"


@dataclass(frozen=True)
class Flatten(Layer):
    """(N, C, H, W) to rows. order: of the axes; (0, 2, 3, 1) is channels last."""

    order: tuple[int, ...] = ()

    def apply(self, x: Tensor, weights: Weights | Equal, training: bool) -> Tensor:
        return (x.permute(self.order) if self.order else x).flatten(1)


@dataclass(frozen=True)
class Unflatten(Layer):
    """Rows to (N, *sizes), then with the axes in another order if there is one."""

    sizes: tuple[int, ...] = ()
    order: tuple[int, ...] = ()

    def apply(self, x: Tensor, weights: Weights | Equal, training: bool) -> Tensor:
        x = x.unflatten(1, self.sizes)
        return x.permute(self.order).contiguous() if self.order else x


@dataclass(frozen=True)
class Squeeze(Layer):
    """Without the last axis, or without every axis of size 1."""

    every: bool = False

    def apply(self, x: Tensor, weights: Weights | Equal, training: bool) -> Tensor:
        return x.squeeze() if self.every else x.squeeze(-1)


@dataclass(frozen=True)
class Dropout(Layer):
    """always: in evaluation mode, too."""

    share: float = 0.3
    always: bool = False

    def apply(self, x: Tensor, weights: Weights | Equal, training: bool) -> Tensor:
        return F.dropout(x, self.share, training or self.always)


Layers = tuple[Layer, ...]


def numbered(layers: Sequence[Layer]) -> Layers:
    """The layers, each with its number among those of the same shape."""
    count: Counter[Any] = Counter()
    result = []
    for layer in layers:
        if layer.shape is not None and not layer.again:
            key = type(layer) is Norm, layer.shape
            layer = replace(layer, number=count[key])
            count[key] += 1
        result.append(layer)
    return tuple(result)


def size(layers: Sequence[Layer]) -> int:
    """How many numbers the parameters hold."""
    places = [place for layer in layers if not layer.again for place in layer.places()]
    return sum(math.prod(place.shape) for place in places)


def run(layers: Layers, x: Tensor, weights: Weights | Equal, training: bool) -> Tensor:
    """What numbered layers make of x, in its dtype."""
    h = x
    # Training mode makes no difference to other layers.
    training = training and any(isinstance(one, (Norm, Dropout)) for one in layers)
    source = (training, h.dtype, h.shape, hashlib.sha256(h.numpy().tobytes()).digest())
    known = weights.computed
    # What is random is computed anew each time, and so is all behind it.
    fixed = next((i for i, one in enumerate(layers) if isinstance(one, Dropout)), len(layers))
    first = next((i for i in range(fixed, 0, -1) if (source, layers[:i]) in known), 0)
    found = known.get((source, layers[:first]))
    h = h if found is None else found
    for i in range(first, len(layers)):
        h = layers[i].apply(h, weights, training)
        if i < fixed:
            known.keep((source, layers[: i + 1]), h)
    return h


class Net(FillsItself):
    """A network of these layers. seed: of its weights, until it is given others."""

    def __init__(
        self,
        layers: Sequence[Layer],
        seed: int | None = None,
        dtype: torch.dtype = torch.float64,
    ) -> None:
        self.layers, self.dtype, self.training = numbered(layers), dtype, True
        self.weights: Weights | Equal = Weights(seed or 0)

    def parameter_count(self) -> int:
        """How many numbers the parameters hold."""
        return size(self.layers)

    def fill_parameters(self, constant: float) -> None:
        """Set every parameter to one number."""
        self.weights = Equal(constant)

    def draw_parameters(self, weights: Weights) -> None:
        """Take these random weights."""
        self.weights = weights

    def train(self, mode: bool = True) -> "Net":
        """As a module's."""
        self.training = mode
        return self

    def eval(self) -> "Net":
        """As a module's."""
        return self.train(False)

    def __call__(self, x: Tensor) -> Tensor:
        """What the layers make of x."""
        return run(self.layers, x.to(self.dtype), self.weights, self.training)
