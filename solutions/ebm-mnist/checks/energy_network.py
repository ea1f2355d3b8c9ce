"""Parts 1 and 2: the activation and the network that scores an image."""

import torch

from autograder.judging import Exercise, Misconception, Probe
from autograder.judging.probes import together, uniform

from . import networks, oracles
from .observers import energies


def _activation(formula):
    return lambda: formula


Swish = Exercise(
    id="ebm-mnist.Swish",
    truth="x sigmoid(x): slope 1/2 at 0, smallest value -0.27846 at -1.27846",
    source="Ramachandran, Zoph and Le 2017, section 2 (Swish-1, also called SiLU)",
    points=3,
    probes=(
        Probe(
            "a batch of rows",
            together(x=uniform(-6, 5, 6, 7), weights=uniform(0.3, 2, 6, 7)),
            energies.activation,
        ),
        Probe(
            "feature maps (N, C, H, W)",
            together(x=uniform(-3, 4, 2, 3, 4, 4), weights=uniform(0.3, 2, 2, 3, 4, 4)),
            energies.activation,
        ),
    ),
    oracle=_activation(oracles.swish),
    misconceptions=(
        Misconception(
            "ReLU",
            "ReLU is 0 for every negative input and has a corner; Swish is x times sigmoid(x).",
            (_activation(torch.relu),),
        ),
        Misconception(
            "the sigmoid alone",
            "sigmoid(x) is in (0, 1); multiply it by x, so that large inputs pass unchanged.",
            (_activation(torch.sigmoid),),
        ),
        Misconception(
            "x tanh(x)",
            "The gate is a sigmoid, between 0 and 1; with tanh the function is even.",
            (_activation(lambda x: x * torch.tanh(x)),),
        ),
        Misconception(
            "another smooth activation",
            "GELU, softplus and ELU look alike from afar, but none of them is x sigmoid(x).",
            (
                _activation(torch.nn.functional.gelu),
                _activation(torch.nn.functional.softplus),
                _activation(torch.nn.functional.elu),
            ),
        ),
    ),
)

_pixels = uniform(-1, 1, 4, 1, 28, 28)


def _images(g):
    """Images whose sums have both signs, so that both halves of the activation are seen."""
    return _pixels(g) * 0.6 + torch.tensor([0.3, -0.3, 0.15, -0.1]).double().reshape(4, 1, 1, 1)


def _network(**flaw):
    return lambda: networks.EnergyNetwork(**flaw)


CNNModel = Exercise(
    id="ebm-mnist.CNNModel",
    truth="conv16k5s2p4, conv32/64/64 k3s2p1, 256-64-1 with Swish; 76,993 parameters; (N,)",
    source="output in closed form when every parameter equals a constant of either sign",
    points=6,
    probes=(
        Probe(
            "4 images and 1 image",
            together(x=_images, constants=(0.02, -0.03), arguments=()),
            energies.energy_network,
        ),
    ),
    oracle=_network(),
    also_right=(_network(squeezed="none"),),
    misconceptions=(
        Misconception(
            "squeezed wrongly at N = 1",
            "squeeze() also removes the axis of the batch when there is one image: use squeeze(-1)"
            " or flatten, so that (1, 1) becomes (1,) and not ().",
            (_network(squeezed="every axis of size 1"),),
        ),
        Misconception(
            "ReLU instead of Swish",
            "Your Swish goes between the layers; ReLU has a gradient of 0 for half of its inputs,"
            " and the sampler needs that gradient.",
            (_network(activation=torch.relu), _network(activation=torch.relu, squeezed="none")),
        ),
        Misconception(
            "a sigmoid at the end",
            "f is any real number, not a probability: end on the Linear layer.",
            (_network(last=torch.sigmoid), _network(last=torch.sigmoid, squeezed="none")),
        ),
        Misconception(
            "the wrong padding in the first layer",
            "The first convolution has padding 4, so that 28 x 28 becomes 16 x 16.",
            tuple(_network(padding=padding) for padding in (0, 1, 2, 3)),
        ),
        Misconception(
            "no activation between the layers",
            "Convolutions in a row are one convolution: put a Swish after each, and after the"
            " first Linear.",
            (
                _network(activation=networks.identity),
                _network(activation=networks.identity, squeezed="none"),
            ),
        ),
        Misconception(
            "a Swish after the last layer",
            "f must be free to be very negative; after the last Linear, Swish cuts it off at"
            " -0.28.",
            (_network(last=oracles.swish), _network(last=oracles.swish, squeezed="none")),
        ),
    ),
)
