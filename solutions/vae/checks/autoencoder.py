"""Part 2: the encoder and the decoder."""

from dataclasses import replace
from functools import partial

import torch

from autograder.judging import Exercise, Misconception, Probe
from autograder.judging.networks import flaws
from autograder.judging.networks.flaws import Flaws
from autograder.judging.networks.layers import Activation, Weights
from autograder.judging.networks.observers import BATCHES, SIZE, function_probe
from autograder.judging.probes import uniform

from .observers import autoencoders
from .oracle_network import Network, decoder_layers, encoder_layers

# One number for each layer. With the first set all hidden units are active; in the second one
# fc1 and fc5 see negative numbers only. The log variance is so low that forward() is certain.
ACTIVE = {"fc1": 0.003, "fc2": 0.004, "fc31": -0.004, "fc32": -0.12}
ACTIVE |= {"fc4": -0.02, "fc5": 0.05, "fc6": -0.004}
HALF_DEAD = {"fc1": -0.003, "fc2": 0.4, "fc31": 0.01, "fc32": -0.4}
HALF_DEAD |= {"fc4": 0.02, "fc5": -0.001, "fc6": 0.5}
ENCODER, DECODER, SIZES = "the encoder", "the decoder", "other sizes"
HALVES = ENCODER, DECODER
FORWARD = "images", "images, with negative weights"
RELU = "Each hidden layer, of the encoder and of the decoder, is followed by a ReLU."


def _constants(numbers):
    def draw(g):
        scale = 0.9 + 0.2 * torch.rand(7, generator=g, dtype=torch.float64)
        scaled = zip(numbers.items(), scale.tolist(), strict=True)
        constants = {name: number * s for (name, number), s in scaled}
        return {"constants": constants, "x": uniform(0, 0.6, 3, 1, 28, 28)(g)}

    return draw


def _halves(arguments, x_dim, z_dim):
    def draw(g):
        return {
            "arguments": arguments,
            "x": uniform(0, 1, 4, x_dim)(g),
            "z": uniform(-2, 2, 4, z_dim)(g),
            "weights": Weights(int(torch.randint(2**31, (), generator=g))),
        }

    return draw


def _half_probe(name, x, observe, tells=None):
    return replace(function_probe(name, x), observe=observe, tells=tells)


_net = partial(Network, dtype=torch.float32)
_of_encoder = Flaws(encoder_layers, on=HALVES, net=lambda layers, seed=None: _net(encoding=layers))
_of_decoder = Flaws(decoder_layers, on=HALVES, net=lambda layers, seed=None: _net(decoding=layers))


def _in_either(name, sentence, *changes, both=()):
    """A mistake in one of the halves; both: changes that are made in each at once, too."""

    def in_both(change, number):
        def changed(layers):
            return list(change(tuple(layers)))[number][0]

        return lambda: _net(encoding=changed(encoder_layers()), decoding=changed(decoder_layers()))

    of_encoder = _of_encoder.family(name, sentence, *changes)
    of_decoder = _of_decoder.family(name, sentence, *changes)
    for half, known in (("encoder", of_encoder), ("decoder", of_decoder)):
        for formula in known.formulas:
            if formula.where:  # "the first linear layer" of which one
                formula.where = f"In the {half}: {formula.where[0].lower()}{formula.where[1:]}"
    formulas = tuple(in_both(change, number) for change, number in both)
    return replace(of_encoder, formulas=(*formulas, *of_encoder.formulas, *of_decoder.formulas))


def _heads(*kinds):
    """An activation behind both heads, or behind one."""
    layers = [Activation(kind=kind) for kind in kinds]
    both = [partial(_net, encoding=[*encoder_layers(), one]) for one in layers]
    return (*both, *(partial(_net, of_log_var=one) for one in layers))


_others = flaws.activation(*flaws.leaky(0.01, 0.2), *flaws.kinds("Tanh", "Sigmoid", "Swish", "ELU"))

VAE = Exercise(
    id="vae.VAE",
    truth="784-512-256-(2, 2) and 2-256-512-784, ReLU, sigmoid at the end; 1,068,820 parameters",
    source="these layers in float64, with the same random weights",
    points=7,
    open=(SIZE,),
    probes=(
        _half_probe(ENCODER, uniform(0, 1, 4, 784), autoencoders.encoder, autoencoders.heads_tell),
        replace(_half_probe(DECODER, uniform(-2, 2, 4, 2), autoencoders.decoder), glance=None),
        *(
            Probe(name, _constants(numbers), autoencoders.forward)
            for name, numbers in zip(FORWARD, (ACTIVE, HALF_DEAD), strict=True)
        ),
        Probe(SIZES, _halves((20, 12, 8, 3), 20, 3), autoencoders.sizes),
        Probe(BATCHES, _halves((), 784, 2), autoencoders.any_batch),
    ),
    oracle=Network,
    # Under names of their own, either head may be the mean's.
    also_right=(partial(Network, swapped=True, own_names=True),),
    misconceptions=(
        _of_decoder.family(
            "no sigmoid at the end",
            "The decoder gives the probability of ink in each pixel: end on a sigmoid.",
            flaws.output(None),
        ),
        _of_decoder.family(
            "tanh instead of the sigmoid",
            "The images lie in [0, 1], as a sigmoid's values do; tanh goes down to -1.",
            flaws.output("Tanh"),
        ),
        _of_decoder.family(
            "ReLU at the end",
            "A probability is at most 1: end on a sigmoid.",
            flaws.output("ReLU"),
        ),
        Misconception(
            "an activation on mu or log_var",
            "mu and log_var may have either sign: fc31 and fc32 are not followed by an activation.",
            _heads("ReLU", "Tanh", "Sigmoid", "Softplus"),
            on=(ENCODER,),
        ),
        Misconception(
            "one layer for mu and log_var",
            "fc31 gives the mean and fc32 the log variance; yours come from the same layer.",
            (partial(_net, twice=True),),
            on=(ENCODER,),
        ),
        Misconception(
            "mu and log_var swapped",
            "encoder returns (mu, log_var) in this order: fc31 first, then fc32.",
            (partial(_net, swapped=True),),
            on=(ENCODER,),
        ),
        _in_either(
            "an activation missing",
            RELU,
            flaws.no_activation,
            both=[(flaws.no_activation, 0)],
        ),
        _in_either(
            "an activation other than ReLU",
            RELU,
            _others,
            both=[(_others, 3 * number) for number in range(6)],
        ),
        _in_either(
            "a Dropout added",
            "It is not in the table of layers: it makes the output noisy during training.",
            flaws.dropout,
        ),
        _in_either("no bias", "Each layer has a bias, which the table counts.", flaws.no_bias),
        Misconception(
            "the sizes ignored",
            "x_dim, h_dim1, h_dim2 and z_dim are arguments: use them, not numbers.",
            (lambda *sizes: Network(),),
            fails_on=(SIZES,),
        ),
    ),
)
