"""Random weights of both signs for a network, the same for every way of writing its layers.

Two networks with the same layers get the same numbers, whether the layers are in a Sequential or
are attributes, in whatever order they were made, so the outputs of both can be compared.
"""

import functools
import math
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from helpers.errors import CourseError

# Each tensor is a stretch of one cycle of random numbers. Its length is prime, so that no row of a
# matrix repeats another.
CYCLE = 65_537
_NORMS = (nn.modules.batchnorm._NormBase, nn.GroupNorm, nn.LayerNorm)
_MATRICES = (nn.Linear, nn.modules.conv._ConvNd)


@dataclass(frozen=True)
class Place:
    """Where a tensor is in a network.

    shape: of the tensor; a matrix is (outputs, inputs). role: "weight", "bias", "mean", "variance",
    or "scale" of a normalisation. layer: shape of the layer's weight. number: how many layers of
    the same shape come before this one.
    """

    shape: tuple[int, ...]
    role: str
    layer: tuple[int, ...]
    number: int = 0


@functools.lru_cache(maxsize=8)
def _cycle(seed: int) -> Tensor:
    order = torch.Generator().manual_seed(seed)
    # Mean 0, variance 1, and no outliers.
    return (2 * torch.rand(CYCLE, generator=order) - 1) * math.sqrt(3)


class Numbers:
    """The random numbers of one seed, for a tensor in any place."""

    def __init__(self, seed: int) -> None:
        self._cycle = _cycle(seed)

    def at(self, place: Place) -> Tensor:
        """The tensor for this place, in float32.

        Weights are of a size that neither blows up nor extinguishes what passes through several
        layers; the size is the same for a matrix and its transpose. Running variances are from 4
        to 16, beside which a small eps does not count.
        """
        start = zlib.crc32(repr(place).encode()) % CYCLE
        numbers = self._from(start, math.prod(place.shape)).reshape(place.shape)
        if place.role == "weight":
            sides, kernel = math.prod(place.shape[:2]), math.prod(place.shape[2:])
            return numbers * (1.5 / (kernel * math.sqrt(sides)) ** 0.5)
        if place.role == "variance":
            return 4 + 4 * numbers**2
        if place.role == "scale":
            return numbers.sign() * (1.5 + numbers.abs())
        return numbers / 2

    def _from(self, start, count):
        # Not kept: for a large tensor the repeated ones take as much memory as that.
        times = -(-(start + count) // CYCLE)
        cycles = self._cycle.repeat(times) if times > 1 else self._cycle
        return cycles[start : start + count]


@torch.no_grad()
def set_random_weights(net: nn.Module, seed: int = 0) -> nn.Module:
    """Give all parameters and running statistics random values; returns the network.

    Afterwards it is in evaluation mode.

    Raises:
        CourseError: a lazy layer has no size yet.
    """
    if hasattr(type(net), "draw_random_weights"):  # in another process, which draws them itself
        net.draw_random_weights(seed)
        return net.eval()
    if any(nn.parameter.is_lazy(parameter) for parameter in net.parameters()):
        raise CourseError("a lazy layer has no size before its first input: call the network once.")
    numbers = Numbers(seed)
    for tensor, place in _places(net):
        values = numbers.at(place)
        tensor.copy_(values)
    return net.eval()


def _places(net: nn.Module) -> Iterator[tuple[Tensor, Place]]:
    count: Counter[tuple[str, tuple[int, ...]]] = Counter()
    loose = []
    for module in net.modules():
        own = [parameter for parameter in module._parameters.values() if parameter is not None]
        if _is_norm(module, own):
            scale = tuple(own[0].shape) if own else tuple(module.running_mean.shape)
            tensors = dict(zip(("scale", "bias"), own, strict=False))
            tensors |= {"mean": module._buffers.get("running_mean")}
            tensors |= {"variance": module._buffers.get("running_var")}
            yield from _layer("norm", scale, tensors, count)
        elif isinstance(module, _MATRICES):
            tensors = {"weight": module.weight, "bias": module.bias}
            yield from _layer("matrix", tuple(module.weight.shape), tensors, count)
        else:
            loose += own
    yield from _loose(loose, count)


def _is_norm(module, own):
    """Whether it is a normalisation of torch's, or one that keeps the same statistics."""
    if isinstance(module, _NORMS):
        return bool(own) or module._buffers.get("running_mean") is not None
    return module._buffers.get("running_mean") is not None and len(own) <= 2


def _layer(kind, layer, tensors, count):
    number = count[kind, layer]
    count[kind, layer] += 1
    for role, tensor in tensors.items():
        if tensor is not None:
            # The bias of a layer has as many entries as it has outputs.
            shape = layer if role == "weight" else tuple(tensor.shape)
            yield tensor, Place(shape, role, layer, number)


def _loose(parameters, count):
    """Parameters outside torch's layers: a matrix, in either direction, and the vector after it."""
    matrices = [[parameter, None] for parameter in parameters if parameter.dim() >= 2]
    rest = []
    for vector in (parameter for parameter in parameters if parameter.dim() < 2):
        for pair in matrices:
            if pair[1] is None and vector.numel() in pair[0].shape[:2]:
                pair[1] = vector
                break
        else:
            rest.append(vector)
    inputs_first = any(
        bias is not None and matrix.dim() == 2 and len(bias) != matrix.shape[0]
        for matrix, bias in matrices
    )
    for matrix, bias in matrices:
        turned = inputs_first and matrix.dim() == 2
        shape = tuple(matrix.shape[::-1] if turned else matrix.shape)
        for tensor, place in _layer("matrix", shape, {"weight": matrix, "bias": bias}, count):
            # A square matrix does not tell by its shape that it has to be turned.
            yield (matrix.T if turned and tensor is matrix else tensor), place
    for vector in rest:
        yield from _layer("vector", tuple(vector.shape), {"bias": vector}, count)
