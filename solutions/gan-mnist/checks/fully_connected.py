"""Part 2: the two fully connected networks."""

from dataclasses import replace

from autograder.judging import Exercise, Misconception, Remark
from autograder.judging.networks import flaws
from autograder.judging.networks.flaws import Flaws
from autograder.judging.networks.layers import Net
from autograder.judging.networks.observers import (
    FUNCTION,
    NO_SEED,
    batches_probe,
    function_probe,
    seeds_probe,
    size_probe,
)
from autograder.judging.probes import uniform

from . import oracle_networks

_images = uniform(-1, 1, 4, 1, 28, 28)
NO_SEED_TAKEN = Remark(NO_SEED, "Yet the notebook's function takes a seed, which yours does not.")
DEFAULT = "the default noise_dim of 96"
LEAKY = "Each hidden layer is followed by LeakyReLU with the slope 0.01."
RELU = "Each hidden layer is followed by a ReLU."
BEFORE_TANH = "The last layer is followed by the tanh alone: with a ReLU no pixel is below 0."

_of_d = Flaws(oracle_networks.discriminator_layers)


def _without_flatten(seed=None):
    return Net(oracle_networks.discriminator_layers()[1:])


discriminator = Exercise(
    id="gan-mnist.discriminator",
    truth="784-256-256-1, LeakyReLU 0.01, raw logits; 267,009 parameters",
    source="these layers in float64, with the same random weights",
    points=4,
    open=("number of parameters",),
    probes=(
        function_probe(FUNCTION, _images),
        batches_probe(_images),
        seeds_probe(_images),
    ),
    oracle=oracle_networks.discriminator,
    misconceptions=(
        _of_d.family(
            "a sigmoid at the end",
            "The losses expect raw logits and apply the sigmoid themselves; end on the Linear.",
            flaws.output("Sigmoid"),
            beside=True,
        ),
        _of_d.family(
            "the wrong slope of LeakyReLU",
            "The negative half must be multiplied by 0.01.",
            flaws.activation(*flaws.kinds("ReLU"), *flaws.leaky(0.2, 0.1, 0.3, 0.02, 0.001)),
        ),
        _of_d.missing_activation(),
        Misconception(
            "no Flatten",
            "It takes rows of 784 but not images of shape (N, 1, 28, 28): flatten them first.",
            (_without_flatten,),
        ),
        _of_d.family(
            "a tanh at the end",
            "Logits are unbounded; a tanh keeps the discriminator from ever being sure.",
            flaws.output("Tanh"),
        ),
        _of_d.family(
            "another activation",
            LEAKY,
            flaws.activation(*flaws.kinds("Tanh", "Sigmoid", "ELU", "GELU", "Swish")),
        ),
        _of_d.family(
            "an activation after the last layer",
            "Logits are raw: nothing follows the last Linear.",
            flaws.output("ReLU", "Swish"),
            lambda layers: [([*layers, flaws.leaky(slope)[0]], "") for slope in (0.01, 0.2)],
        ),
        _of_d.family(
            "batch norm added",
            "The table of layers has none: an image's logit must not depend on its batch.",
            flaws.norms_added(256, 256),
        ),
        _of_d.dropout_added(),
        _of_d.no_bias(),
        _of_d.another_width("The layers have 256, 256 and 1 outputs."),
        _of_d.family("a hidden layer missing", "There are two of 256 units.", flaws.layer_missing),
        _of_d.family(
            "a hidden layer too many",
            "There are two of 256 units.",
            flaws.layer_doubled,
            flaws.layer_again,
        ),
        _of_d.one_batch_size(),
        _of_d.seed_ignored(),
    ),
    remarks=(NO_SEED_TAKEN,),
)

_of_g = Flaws(oracle_networks.generator_layers)
_noise, _long_noise = uniform(-1, 1, 4, 4), uniform(-1, 1, 4, 96)

generator = Exercise(
    id="gan-mnist.generator",
    truth="noise-1024-1024-784, ReLU, tanh; generator(4) has 1,858,320 parameters",
    source="these layers in float64, with the same random weights",
    points=4,
    open=("number of parameters",),
    probes=(
        # Among its pixels are always some of either sign.
        replace(
            function_probe(FUNCTION, _noise, arguments=(4,), otherwise=_long_noise), tells=None
        ),
        batches_probe(_noise, arguments=(4,)),
        seeds_probe(_noise, arguments=(4,)),
        size_probe(DEFAULT),
    ),
    oracle=oracle_networks.generator,
    misconceptions=(
        _of_g.family(
            "no tanh at the end",
            "Without tanh the pixels are unbounded; real images are in [-1, 1].",
            flaws.output(None),
            beside=True,
        ),
        _of_g.family(
            "a sigmoid instead of tanh",
            "A sigmoid gives [0, 1]; the images were scaled to [-1, 1], which is tanh's range.",
            flaws.output("Sigmoid"),
            beside=True,
        ),
        _of_g.family(
            "an activation before the tanh",
            BEFORE_TANH,
            flaws.before_output(*flaws.kinds("ReLU"), *flaws.leaky(0.01, 0.2)),
        ),
        _of_g.family(
            "LeakyReLU instead of ReLU",
            "The generator's hidden layers use ReLU: nothing passes for negative inputs.",
            flaws.activation(*flaws.leaky(0.01, 0.2, 0.1)),
        ),
        _of_g.missing_activation(),
        _of_g.family(
            "another activation",
            RELU,
            flaws.activation(*flaws.kinds("Tanh", "Sigmoid", "ELU", "GELU", "Swish")),
        ),
        _of_g.family(
            "batch norm added",
            "It belongs to the convolutional generator of part 6.",
            flaws.norms_added(1024, 1024),
        ),
        _of_g.dropout_added(),
        _of_g.no_bias(),
        _of_g.another_width("The layers have 1024, 1024 and 784 outputs."),
        _of_g.family("a hidden layer missing", "There are two of 1024 units.", flaws.layer_missing),
        _of_g.family(
            "a hidden layer too many",
            "There are two of 1024 units.",
            flaws.layer_doubled,
            flaws.layer_again,
        ),
        _of_g.argument_ignored("noise_dim", 96),
        _of_g.one_batch_size(),
        _of_g.seed_ignored(),
    ),
    remarks=(NO_SEED_TAKEN,),
)
