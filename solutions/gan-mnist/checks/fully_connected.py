"""Part 2: the two fully connected networks."""

from functools import partial

import torch

from autograder.judging import Exercise, Misconception
from autograder.judging.probes import network_probe, uniform

from . import oracle_networks

_images = uniform(-1, 1, 4, 1, 28, 28)


def _brighter_and_darker(g):
    """Images whose sums have both signs, so that both halves of a LeakyReLU are seen."""
    return _images(g) * 0.5 + torch.tensor([0.3, -0.3, 0.15, -0.1]).double().reshape(4, 1, 1, 1)


def _discriminator(**flaw):
    return partial(oracle_networks.discriminator, **flaw)


def _generator(**flaw):
    return partial(oracle_networks.generator, **flaw)


discriminator = Exercise(
    id="gan-mnist.discriminator",
    truth="784-256-256-1, LeakyReLU 0.01, raw logits; 267,009 parameters",
    source="these layers in float64, every parameter equal to a constant of either sign",
    points=4,
    probes=(
        network_probe(
            "rows of 784 pixels", lambda g: _brighter_and_darker(g).flatten(1), (0.01, -0.01)
        ),
        network_probe("images of shape (N, 1, 28, 28)", _brighter_and_darker, (0.008, -0.012)),
    ),
    oracle=oracle_networks.discriminator,
    misconceptions=(
        Misconception(
            "a sigmoid at the end",
            "The losses expect raw logits and apply the sigmoid themselves; end on the Linear.",
            (_discriminator(output="sigmoid"),),
        ),
        Misconception(
            "the wrong slope of LeakyReLU",
            "The negative half must be multiplied by 0.01 (0 is a plain ReLU, 1 no bend at all).",
            tuple(_discriminator(slope=slope) for slope in (0.0, 0.2, 0.1, 0.3, 0.02, 1.0)),
        ),
        Misconception(
            "no Flatten",
            "It takes rows of 784 but not images of shape (N, 1, 28, 28): flatten them first.",
            (_discriminator(flatten=False),),
        ),
        Misconception(
            "a tanh at the end",
            "Logits are unbounded; a tanh keeps the discriminator from ever being sure.",
            (_discriminator(output="tanh"),),
        ),
    ),
)


def _both_signs(g):
    """Noise (4, 4) in (-1, 1) whose row sums are well away from zero, two of each sign."""
    z = uniform(0.15, 0.9, 4, 4)(g)
    return z * torch.tensor([1.0, -1.0, 1.0, -1.0]).double()[:, None]


generator = Exercise(
    id="gan-mnist.generator",
    truth="noise-1024-1024-784, ReLU, tanh; generator(4) has 1,858,320 parameters",
    source="these layers in float64, every parameter equal to a constant of either sign",
    points=4,
    probes=(
        network_probe("noise_dim 4", _both_signs, (0.005, -0.005), arguments=(4,)),
        network_probe("the default noise_dim of 96", uniform(0, 0.2, 3, 96), (0.002,)),
    ),
    oracle=oracle_networks.generator,
    misconceptions=(
        Misconception(
            "no tanh at the end",
            "Without tanh the pixels are unbounded; real images are in [-1, 1].",
            (_generator(output="identity"),),
        ),
        Misconception(
            "a sigmoid instead of tanh",
            "A sigmoid gives [0, 1]; the images were scaled to [-1, 1], which is tanh's range.",
            (_generator(output="sigmoid"),),
        ),
        Misconception(
            "LeakyReLU instead of ReLU",
            "The generator's hidden layers use ReLU: nothing passes for negative inputs.",
            (_generator(slope=0.01), _generator(slope=0.2)),
        ),
        Misconception(
            "no activation between the layers",
            "Linear layers in a row are one linear layer: put a ReLU after each hidden one.",
            (_generator(slope=1.0),),
        ),
    ),
)
