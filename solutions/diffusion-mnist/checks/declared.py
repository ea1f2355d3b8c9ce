"""The networks that the notebook asks for, with the weights that were handed in, computed here.

The U-Net is given, its blocks and its embedding are the student's. A class can give anything, so
what is measured is what the layers of the exercise give with these weights, in this process, where
no student code runs. An honest mistake in a block, which has lost its points where the block is
written, is tried as well.
"""

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from autograder.judging.trained.rejection import Refused
from autograder.judging.trained.student_network import Network
from helpers.diffusion import UNet

BLOCKS = ("down1", "down2", "up2", "up1")
# Outputs that differ by more than rounding, the layers being summed in any order.
SAME = 1e-3
ACTIVATIONS = {"SiLU": F.silu, "ReLU": F.relu, "GELU": F.gelu}


@dataclass(frozen=True)
class Form:
    """What may differ between blocks that have the same weights.

    time: where it is added: "between" the convolutions, as the exercise says, or "nowhere".
    """

    activation: str = "SiLU"
    time: str = "between"
    skip: bool = True


RIGHT = Form()
FORMS = (
    RIGHT,
    *(Form(activation=kind) for kind in ACTIVATIONS if kind != RIGHT.activation),
    Form(time="nowhere"),
    Form(skip=False),
)


class Block(nn.Module):
    """The exercise's ResBlock, or one of the other forms."""

    form = RIGHT

    def __init__(self, in_channels: int, out_channels: int, time_channels: int) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(8, in_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.time = nn.Linear(time_channels, out_channels)
        self.norm2 = nn.GroupNorm(8, out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        same = in_channels == out_channels
        self.skip = nn.Identity() if same else nn.Conv2d(in_channels, out_channels, 1)

    def forward(self, x: Tensor, emb: Tensor) -> Tensor:
        bend = ACTIVATIONS[self.form.activation]
        h = self.conv1(bend(self.norm1(x)))
        if self.form.time == "between":
            h = h + self.time(bend(emb))[:, :, None, None]
        h = self.conv2(bend(self.norm2(h)))
        return h + self.skip(x) if self.form.skip else h


def embedding(t: Tensor, dim: int, *, order: str = "cos sin", last: bool = False) -> Tensor:
    """Sines and cosines (N, dim) of times (N,): Vaswani et al. 2017, section 3.5; dim is even.

    order: of the columns; "mixed" takes turns. last: whether the slowest frequency is 1/10,000
    itself.
    """
    half = dim // 2
    places = torch.arange(half, dtype=torch.float64) / (half - 1 if last else half)
    # Angles up to 1,000 in float32, as a student's are: rounding is then the same.
    rates = torch.exp(-math.log(10_000) * places).float()
    angles = t.float()[:, None] * rates
    waves = [{"cos": angles.cos(), "sin": angles.sin()}[name] for name in order.split()[:2]]
    return torch.stack(waves, 2).flatten(1) if order.endswith("mixed") else torch.cat(waves, 1)


EMBEDDINGS = tuple(
    partial(embedding, order=order, last=last)
    for order in ("cos sin", "sin cos", "sin cos mixed", "cos sin mixed")
    for last in (False, True)
)


# Two mistakes at once are rare: every embedding with the right block, then other blocks.
_LIKELIEST_FIRST = tuple(itertools.product(FORMS, EMBEDDINGS))


def agreed(
    network: Network,
    tensors: Mapping[str, Tensor],
    build: Callable[..., UNet],
    probes: tuple[Tensor, ...],
) -> UNet:
    """The U-Net of the exercise that gives what the student's gives; Refused if there is none.

    tensors: in the order of the network's layers. build: (block, embedding) to the given U-Net.
    probes: what both are asked, images, times and labels.
    """
    got = network.ask(*probes)
    ours = build(Block, EMBEDDINGS[0]).eval().requires_grad_(False)
    for weights in _arrangements(tensors, network.place):
        try:
            ours.load_state_dict(weights)
        except RuntimeError:
            raise Refused(*_another(network.place)) from None
        for form, encode in _LIKELIEST_FIRST:
            ours.embedding = encode
            for name in BLOCKS:
                ours.get_submodule(name).form = form
            if is_same(got, ours(*probes)):
                return ours
    raise Refused(*more_than_layers(network.name))


def is_same(got: Tensor | tuple[Tensor, ...], truth: Tensor) -> bool:
    """Whether the student's rows are those of the truth, but for rounding."""
    truth = truth.flatten(1)
    if not isinstance(got, Tensor) or got.shape != truth.shape:
        return False
    return bool(((got - truth).abs() <= SAME * (1 + truth.abs())).all())


def more_than_layers(name: str) -> tuple[str, str]:
    """The name of the verdict and its sentence."""
    return (
        "more than its layers compute",
        f"{name} of the notebook gives something else than the given U-Net with ResBlock and "
        "timestep_embedding, as the exercises have them, gives with these weights.",
    )


def _another(place):
    return (
        "another network",
        f"{place} does not hold the weights of the given U-Net with the ResBlock of its exercise: "
        "two convolutions, two normalisations and one linear layer in each block, and a "
        "convolution of 1 x 1 where channels differ.",
    )


def _arrangements(tensors, place):
    """State dicts for our names, whatever the student's layers are called and in which order.

    Layers of one kind and size in a block have the order of their definition, or the other.
    """
    for turned in itertools.product((False, True), repeat=2):
        yield _named(tensors, place, *turned)


def _named(tensors, place, turn_convolutions, turn_norms):
    found = {k: v.float() for k, v in tensors.items() if k.partition(".")[0] not in BLOCKS}
    for block in BLOCKS:
        kinds = {"conv": [], "skip": [], "time": [], "norm": []}
        for layer in _layers(tensors, block).values():
            kinds[_kind(layer)].append(layer)
        convolutions, norms = kinds["conv"], kinds["norm"]
        if (len(convolutions), len(norms), len(kinds["time"])) != (2, 2, 1):
            raise Refused(*_another(place))
        _in_order(convolutions, lambda layer: layer["weight"].shape[1], turn_convolutions)
        _in_order(norms, lambda layer: layer["weight"].shape[0], turn_norms)
        names = dict(zip(("conv1", "conv2"), convolutions, strict=True))
        names |= dict(zip(("norm1", "norm2"), norms, strict=True)) | {"time": kinds["time"][0]}
        if kinds["skip"]:
            names["skip"] = kinds["skip"][0]
        for name, layer in names.items():
            found[f"{block}.{name}.weight"] = layer["weight"].float()
            bias = layer.get("bias", torch.zeros(len(layer["weight"])))
            found[f"{block}.{name}.bias"] = bias.float()
    return found


def _layers(tensors, block):
    groups: dict[str, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        path, _, leaf = key.rpartition(".")
        if key.startswith(f"{block}.") and leaf in ("weight", "bias"):
            groups.setdefault(path, {})[leaf] = tensor
    return {path: layer for path, layer in groups.items() if "weight" in layer}


def _kind(layer):
    weight = layer["weight"]
    if weight.dim() == 4:
        return "skip" if weight.shape[-1] == 1 else "conv"
    return "time" if weight.dim() == 2 else "norm"


def _in_order(layers, width, turn):
    """Those of the wider input, up, come first; where both are alike, the definition's order."""
    if width(layers[0]) == width(layers[1]):
        if turn:
            layers.reverse()
    else:
        # Only on the way up do channels differ, and become fewer.
        layers.sort(key=width, reverse=True)
