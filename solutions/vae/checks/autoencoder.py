"""Part 2: the encoder and the decoder."""

from functools import partial

import torch

from autograder.judging import Exercise, Misconception, Probe
from autograder.judging.probes import uniform

from .observers import autoencoders
from .oracles import VAE as Network

# One number for each layer. With the first set all hidden units are active; in the second one
# fc1 and fc5 see negative numbers only. The log variance is so low that forward() is certain.
ACTIVE = {"fc1": 0.003, "fc2": 0.004, "fc31": -0.004, "fc32": -0.12}
ACTIVE |= {"fc4": -0.02, "fc5": 0.05, "fc6": -0.004}
HALF_DEAD = {"fc1": -0.003, "fc2": 0.4, "fc31": 0.01, "fc32": -0.4}
HALF_DEAD |= {"fc4": 0.02, "fc5": -0.001, "fc6": 0.5}
ENCODER = "the encoder", "the encoder with negative weights"
DECODER = "the decoder", "the decoder with negative weights"
FORWARD = "images", "images, with negative weights"


def _about(constants, **draws):
    def draw(g):
        scale = 0.9 + 0.2 * torch.rand(7, generator=g, dtype=torch.float64)
        numbers = zip(constants.items(), scale.tolist(), strict=True)
        return {
            "constants": {name: number * s for (name, number), s in numbers},
            **{name: each(g) for name, each in draws.items()},
        }

    return draw


def _codes(g):
    """Codes (4, 2) with sums of both signs, away from -1, where fc4 gives 0."""
    return uniform(0.7, 1.6, 4, 2)(g) * torch.tensor([1, -1, 1, -1]).double()[:, None]


def _probes():
    pixels, images = uniform(0, 0.6, 4, 784), uniform(0, 0.6, 3, 1, 28, 28)
    sets = ACTIVE, HALF_DEAD
    return tuple(
        Probe(name, _about(constants, **draws), how)
        for names, how, draws in (
            (ENCODER, autoencoders.encoder, {"x": pixels}),
            (DECODER, autoencoders.decoder, {"z": _codes}),
            (FORWARD, autoencoders.forward, {"x": images}),
        )
        for name, constants in zip(names, sets, strict=True)
    )


VAE = Exercise(
    id="vae.VAE",
    truth="784-512-256-(2, 2) and 2-256-512-784, ReLU, sigmoid at the end; 1,068,820 parameters",
    source="output in closed form when the parameters of each layer equal a constant",
    points=7,
    probes=_probes(),
    oracle=Network,
    misconceptions=(
        Misconception(
            "no sigmoid at the end",
            "The decoder gives the probability of ink in each pixel: end on a sigmoid.",
            (partial(Network, output="identity"),),
            on=DECODER,
        ),
        Misconception(
            "tanh instead of the sigmoid",
            "The images lie in [0, 1], as a sigmoid's values do; tanh goes down to -1.",
            (partial(Network, output="tanh"),),
            on=DECODER,
        ),
        Misconception(
            "an activation on mu or log_var",
            "mu and log_var may have either sign: fc31 and fc32 are not followed by an activation.",
            (
                partial(Network, heads="relu"),
                partial(Network, heads="tanh"),
                partial(Network, heads="sigmoid"),
            ),
            on=ENCODER,
        ),
        Misconception(
            "one layer for mu and log_var",
            "fc31 gives the mean and fc32 the log variance; yours come from the same layer.",
            (partial(Network, twice=True),),
            on=ENCODER,
        ),
        Misconception(
            "mu and log_var swapped",
            "encoder returns (mu, log_var) in this order: fc31 first, then fc32.",
            (partial(Network, swapped=True),),
            on=ENCODER,
        ),
        Misconception(
            "an activation other than ReLU",
            "Each hidden layer, of the encoder and of the decoder, is followed by a ReLU.",
            tuple(partial(Network, slope=slope) for slope in (1.0, 0.01, 0.2)),
            on=(*ENCODER, *DECODER),
        ),
    ),
)
