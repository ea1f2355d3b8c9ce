"""Parts 1 and 2: the activation and the network that scores an image."""

import torch

from autograder.judging import Exercise, Misconception, Probe
from autograder.judging.networks import flaws
from autograder.judging.networks.flaws import Flaws
from autograder.judging.networks.layers import Net
from autograder.judging.networks.observers import (
    FUNCTION,
    SIZE,
    batches_probe,
    function_probe,
    size_probe,
)
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
            "the sign in the exponent",
            "sigmoid(x) is 1 / (1 + exp(-x)): large inputs pass, very negative ones do not.",
            (
                _activation(lambda x: x * torch.sigmoid(-x)),
                _activation(lambda x: -x * torch.sigmoid(x)),
                _activation(lambda x: -x * torch.sigmoid(-x)),
            ),
        ),
        Misconception(
            "cut off below 0",
            "No relu or clamp: between -5 and 0 Swish is below 0, and has a slope there.",
            (
                _activation(lambda x: x.relu() * torch.sigmoid(x)),
                _activation(lambda x: x * torch.sigmoid(x.relu())),
            ),
        ),
        Misconception(
            "another smooth activation",
            "GELU, Mish, softplus, ELU and Hardswish look alike from afar, but none of them is x"
            " sigmoid(x).",
            (
                _activation(torch.nn.functional.gelu),
                _activation(torch.nn.functional.softplus),
                _activation(torch.nn.functional.elu),
                _activation(torch.nn.functional.mish),
                _activation(torch.nn.functional.hardswish),
            ),
        ),
    ),
)

_images = uniform(-1, 1, 4, 1, 28, 28)
BATCH, SIZES = "4 images and 1 image", "hidden_features = 8 and out_dim = 3"
SWISH = "Your Swish goes between the layers, after each convolution and after the first Linear."
_of = Flaws(networks.energy_layers)


def _network(**options):
    return lambda *sizes: Net(networks.energy_layers(*sizes, **options))


CNNModel = Exercise(
    id="ebm-mnist.CNNModel",
    truth="conv16k5s2p4, conv32/64/64 k3s2p1, 256-64-1 with Swish; 76,993 parameters; (N,)",
    source="these layers in float64, with the same random weights",
    points=6,
    open=(SIZE,),
    probes=(
        function_probe(FUNCTION, _images),
        Probe(BATCH, batches_probe(_images).draw, energies.batch_axis),
        size_probe(SIZES, (8, 3)),
    ),
    oracle=_network(),
    misconceptions=(
        Misconception(
            "squeezed wrongly at N = 1",
            "squeeze() also removes the axis of the batch when there is one image: use squeeze(-1)"
            " or flatten, so that (1, 1) becomes (1,) and not ().",
            (_network(squeezed="every axis of size 1"),),
            on=(FUNCTION, BATCH),
        ),
        _of.family(
            "ReLU instead of Swish",
            f"{SWISH} ReLU has a gradient of 0 for half of its inputs, and the sampler needs that"
            " gradient.",
            flaws.activation(*flaws.kinds("ReLU")),
        ),
        _of.family(
            "a sigmoid at the end",
            "f is any real number, not a probability: end on the Linear layer.",
            flaws.output("Sigmoid"),
            beside=True,
        ),
        _of.family(
            "the wrong padding in the first layer",
            "The first convolution has padding 4, so that 28 x 28 becomes 16 x 16.",
            flaws.padding(0, 1, 2, 3, 5),
        ),
        _of.family("no activation between the layers", SWISH, flaws.no_activation),
        _of.family(
            "a Swish after the last layer",
            "f must be free to be very negative; after the last Linear, Swish cuts it off at"
            " -0.28.",
            flaws.output("Swish"),
            beside=True,
        ),
        _of.family(
            "a tanh at the end",
            "f is unbounded: end on the Linear layer.",
            flaws.output("Tanh"),
        ),
        _of.family(
            "another activation",
            SWISH,
            flaws.activation(
                *flaws.leaky(0.01, 0.2),
                *flaws.kinds("Tanh", "Sigmoid", "ELU", "GELU", "Softplus"),
            ),
        ),
        _of.family(
            "channels flattened in another order",
            "Flatten (N, 64, 2, 2) as it is, with no permute or transpose before.",
            flaws.order,
        ),
        _of.dropout_added(),
        _of.no_bias(),
        _of.another_width(
            "With hidden_features = 32 the convolutions have 16, 32, 64 and 64 channels, the linear"
            " layers 64 and 1 outputs."
        ),
        _of.one_batch_size(),
        Misconception(
            "hidden_features or out_dim ignored",
            "Both are arguments: half of hidden_features is the first convolution's number of"
            " channels, twice as many are the last ones'; out_dim is the last layer's.",
            (
                lambda hidden=32, out=1: Net(networks.energy_layers()),
                lambda hidden=32, out=1: Net(networks.energy_layers(hidden)),
                lambda hidden=32, out=1: Net(networks.energy_layers(32, out)),
            ),
            on=(SIZES,),
        ),
    ),
)
