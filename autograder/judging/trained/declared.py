"""The network that an exercise asks for, computed here with the weights that were handed in.

A class can give anything: a score by hand, a real image that it has read and bent a little. So
what is measured is what the layers of the exercise give with these weights, in this process, where
no student code runs; the student's class has to give the same.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from autograder.judging.networks import layers as ls
from autograder.judging.networks.layers import Layer
from autograder.judging.trained.rejection import Refused
from autograder.judging.trained.student_network import BATCH
from helpers.random_weights import Place

Layout = Callable[[], Sequence[Layer]]
# Outputs that differ by more than rounding, the layers being summed in any order.
SAME = 1e-3
SOME = 64
SLOPES = (0.01, 0.1, 0.2)
ROLES = {"running_mean": "mean", "running_var": "variance", "weight": "scale", "bias": "bias"}
PLAIN = {
    **{kind: kind for kind in ("ReLU", "Tanh", "Sigmoid", "GELU", "ELU", "Softplus")},
    "SiLU": "Swish",
}


class HandedIn:
    """The tensors of a state_dict by their places, as layers.Weights; layers without a name fit.

    tensors: in the order of the network's layers.
    """

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        self._known: dict[Place, Tensor] = {}
        groups: dict[str, dict[str, Tensor]] = {}
        for key, tensor in tensors.items():
            path, _, name = key.rpartition(".")
            groups.setdefault(path, {})[name] = tensor.float()
        count: Counter[Any] = Counter()
        for group in groups.values():
            is_norm = "running_mean" in group
            layer = next(
                (each.shape for each in group.values() if is_norm == (each.dim() == 1)), None
            )
            if layer is None:
                continue
            number = count[is_norm, layer]
            count[is_norm, layer] += 1
            for name, tensor in group.items():
                role = ROLES.get(name, "") if is_norm else ("bias", "weight")[tensor.dim() > 1]
                place = Place(tuple(tensor.shape), role, tuple(layer), number)
                self._known.setdefault(place, tensor)

    def at(self, place: Place, dtype: torch.dtype) -> Tensor:
        """The tensor for a place. Raises KeyError if none was handed in for it."""
        return self._known[place].to(dtype)


def outputs(layers: Sequence[Layer], weights: Any, x: Tensor) -> Tensor:
    """(N, K): what the layers make of x (N, ...), in evaluation mode.

    Raises KeyError or RuntimeError if the weights do not fit the layers, or the layers x.
    """
    plain = [each for each in ls.numbered(layers) if not isinstance(each, ls.Dropout)]
    parts = []
    for part in x.float().split(BATCH):
        for layer in plain:
            part = layer.apply(part, weights, False)
        parts.append(part.reshape(len(part), -1))
    return torch.cat(parts)


def agreed(
    layouts: Sequence[Layout],
    module: Any,
    tensors: Mapping[str, Tensor],
    x: Tensor,
    got: Tensor,
) -> Tensor | None:
    """What the layers of the exercise give for x; None if `got`, of the class, is something else.

    An honest mistake has lost its points where the network is written: layers with other hidden
    activations are tried as well, and those that the module consists of.

    layouts: the layers, in as many ways as are right. module: the student's, here or remote.
    tensors: its weights in the order of its layers. got: (N, K).
    """
    weights = HandedIn(tensors)
    for layers in _candidates(layouts, module):
        try:
            if equal(got[:SOME], outputs(layers, weights, x[:SOME])):
                ours = outputs(layers, weights, x)
                return ours if equal(got, ours) else None
        except (KeyError, RuntimeError):  # these weights belong to other layers
            continue
    return None


def require(what: str, ours: Tensor | None) -> Tensor:
    """`ours`, of agreed(); Refused if it is None. what: who gives something else."""
    if ours is None:
        raise Refused(
            "more than its layers compute",
            f"{what} of the notebook gives something else than its layers, as the exercise has "
            "them, give with these weights.",
        )
    return ours


def equal(got: Tensor, truth: Tensor) -> bool:
    """Whether two outputs differ by rounding at most."""
    if got.shape != truth.shape:
        return False
    return bool(((got - truth).abs() <= SAME * (1 + truth.abs())).all())


def _candidates(layouts: Sequence[Layout], module: Any) -> Iterator[Sequence[Layer]]:
    declared = [tuple(layout()) for layout in layouts]
    yield from declared
    if own := _leaves(module):
        yield own
    others = [ls.Activation(kind=kind) for kind in ls.ACTIVATIONS if kind != "Softmax"]
    others += [ls.Activation(kind="LeakyReLU", slope=slope) for slope in SLOPES]
    for layers in declared:
        for other in others:
            yield tuple(
                other if isinstance(each, ls.Activation) and each is not layers[-1] else each
                for each in layers
            )


def _leaves(module: Any) -> list[Layer] | None:
    """The layers of torch's that a module consists of, in their order; None if it has others."""
    if hasattr(type(module), "look"):
        module.look()
    found = []
    for each in module.modules():
        if next(each.children(), None) is None:
            layer = _layer(each)
            if layer is None:
                return None
            found.append(layer)
    return found


def _layer(module: nn.Module) -> Layer | None:
    """One of torch's layers as a Layer; what a description lacks makes it another network."""
    # Of a module in the sandbox the tensors are not here, and its parameters are all None.
    try:
        if isinstance(module, nn.Linear):
            return ls.Linear(n_in=module.in_features, n_out=module.out_features)
        if isinstance(module, nn.ConvTranspose2d | nn.Conv2d):
            convolution = ls.ConvTranspose if isinstance(module, nn.ConvTranspose2d) else ls.Conv
            return convolution(
                n_in=module.in_channels,
                n_out=module.out_channels,
                kernel=_side(module.kernel_size),
                stride=_side(module.stride),
                padding=_side(module.padding),
            )
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            return ls.Norm(width=module.num_features, eps=module.eps)
        if isinstance(module, nn.MaxPool2d | nn.AvgPool2d):
            how = "max" if isinstance(module, nn.MaxPool2d) else "average"
            return ls.Pool(kind=how, size=_side(module.kernel_size), stride=_side(module.stride))
        if isinstance(module, nn.Unflatten):
            return ls.Unflatten(sizes=tuple(module.unflattened_size))
        if isinstance(module, nn.LeakyReLU):
            return ls.Activation(kind="LeakyReLU", slope=module.negative_slope)
    except (AttributeError, TypeError, ValueError):
        return None
    if isinstance(module, nn.Flatten):
        return ls.Flatten()
    if isinstance(module, nn.Dropout):
        return ls.Dropout()
    kinds = (kind for name, kind in PLAIN.items() if isinstance(module, getattr(nn, name)))
    kind = next(kinds, None)
    return ls.Activation(kind=kind) if kind else None


def _side(sides: Any) -> int:
    """One number for both axes. Raises ValueError for two."""
    (side,) = {sides} if isinstance(sides, int) else set(sides)
    return int(side)
