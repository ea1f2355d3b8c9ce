"""Part 6: convolutional networks."""

from dataclasses import replace
from functools import partial

import torch

from autograder.judging import Exercise, Misconception
from autograder.judging.exercise import Tolerance
from autograder.judging.networks import flaws
from autograder.judging.networks.flaws import Flaws
from autograder.judging.networks.layers import Net, Pool
from autograder.judging.networks.observers import (
    FUNCTION,
    batches_probe,
    function_probe,
    size_probe,
)
from autograder.judging.probes import uniform

from . import oracle_networks
from .fully_connected import BEFORE_TANH, DEFAULT, LEAKY

_images = uniform(-1, 1, 4, 1, 28, 28)
_of_d = Flaws(oracle_networks.classifier_layers)


def _resized(**sizes):
    return lambda: Net(oracle_networks.classifier_layers(**sizes), dtype=torch.float32)


build_dc_classifier = Exercise(
    id="gan-mnist.build_dc_classifier",
    truth="conv32k5-pool-conv64k5-pool-1024-1, LeakyReLU 0.01; 1,102,721 parameters",
    source="after Radford et al. 2016; in float64, with the same random weights",
    points=4,
    open=("number of parameters",),
    # A sum of 1,024 products may come near 0.
    tolerance=Tolerance(rtol=1e-4, atol=1e-4),
    probes=(
        function_probe(FUNCTION, _images, or_flat=True),
        batches_probe(_images, or_flat=True),
    ),
    oracle=oracle_networks.build_dc_classifier,
    misconceptions=(
        _of_d.one_batch_size(),
        _of_d.family(
            "a sigmoid at the end",
            "The losses expect raw logits; end on the Linear layer.",
            flaws.output("Sigmoid"),
            beside=True,
        ),
        _of_d.family(
            "the wrong slope of LeakyReLU",
            "The negative half must be multiplied by 0.01 after both convolutions and the first"
            " Linear.",
            flaws.activation(*flaws.kinds("ReLU"), *flaws.leaky(0.2, 0.1, 0.3)),
        ),
        _of_d.missing_activation(),
        _of_d.family(
            "another pooling",
            "Each convolution is followed by the maximum over windows of 2 x 2.",
            flaws.pooling(
                Pool(size=1), Pool(kind="average"), Pool(size=3, padding=1), Pool(size=3)
            ),
        ),
        Misconception(
            "no pooling",
            "Each convolution is followed by a 2 x 2 max pooling: 24 to 12, and 8 to 4.",
            tuple(_resized(pooled=each) for each in ((False, False), (True, False), (False, True))),
            on=(FUNCTION,),
        ),
        Misconception(
            "padding",
            "No convolution is padded: each takes 4 off a side, 28 to 24, and 12 to 8.",
            tuple(
                _resized(padding=each) for each in ((2, 2), (1, 1), (2, 0), (0, 2), (1, 0), (0, 1))
            ),
            on=(FUNCTION,),
        ),
        _of_d.family(
            "batch norm added",
            "The table of layers has none: an image's logit must not depend on its batch.",
            flaws.norms_added(32, 64, 1024),
        ),
        _of_d.family(
            "channels flattened in another order",
            "Flatten (N, 64, 4, 4) as it is, with no permute or transpose before.",
            flaws.order,
        ),
        _of_d.family(
            "another activation",
            LEAKY,
            flaws.activation(*flaws.kinds("Tanh", "ELU", "GELU", "Swish")),
        ),
        _of_d.dropout_added(),
        _of_d.no_bias(),
        _of_d.another_width(
            "The convolutions have 32 and 64 channels, the linear layers 1024 and 1 outputs."
        ),
        _of_d.family("the hidden layer missing", "It has 1024 units.", flaws.layer_missing),
    ),
)

_noise, _long_noise = uniform(-1, 1, 4, 4), uniform(-1, 1, 4, 96)
_norm_first = partial(oracle_networks.dc_generator_layers, norm_first=True)
_of_g = Flaws(oracle_networks.dc_generator_layers, _norm_first)
_of_either = Flaws(oracle_networks.dc_generator_layers)

build_dc_generator = Exercise(
    id="gan-mnist.build_dc_generator",
    truth="1024-BN-6272-BN-(128,7,7)-convT64-BN-convT1-tanh; with noise 4, 6,580,801 parameters",
    source="after Radford et al. 2016; in float64, with the same random weights",
    points=4,
    open=("number of parameters",),
    probes=(
        # Among its pixels are always some of either sign.
        replace(
            function_probe(FUNCTION, _noise, arguments=(4,), otherwise=_long_noise), tells=None
        ),
        batches_probe(_noise, arguments=(4,)),
        size_probe(DEFAULT),
    ),
    oracle=oracle_networks.build_dc_generator,
    # Batch norm with an eps of 1e-3, another library's default, moves pixels by up to 6e-4.
    tolerance=Tolerance(rtol=1e-3, atol=2e-3),
    also_right=(partial(oracle_networks.build_dc_generator, norm_first=True),),
    misconceptions=(
        _of_g.family(
            "no tanh at the end",
            "Without tanh the pixels are unbounded; real images are in [-1, 1].",
            flaws.output(None),
            beside=True,
        ),
        _of_g.one_batch_size(),
        _of_g.family(
            "a sigmoid instead of tanh",
            "A sigmoid gives [0, 1]; the images were scaled to [-1, 1], which is tanh's range.",
            flaws.output("Sigmoid"),
            beside=True,
        ),
        _of_g.missing_activation(),
        _of_g.family(
            "an activation before the tanh",
            BEFORE_TANH,
            flaws.before_output(*flaws.kinds("ReLU"), *flaws.leaky(0.01, 0.2)),
        ),
        _of_g.family(
            "LeakyReLU instead of ReLU",
            "The hidden layers of the generator use ReLU: nothing passes for negative inputs.",
            flaws.activation(*flaws.leaky(0.01, 0.2)),
        ),
        _of_either.family(
            "no batch norm",
            "Batch norm follows both Linear layers and the first transposed convolution.",
            flaws.no_norm,
        ),
        _of_either.family(
            "batch norm before some activations, after others",
            "Batch norm follows each ReLU (or comes before each, as in the paper).",
            flaws.moved_norm,
        ),
        _of_g.family(
            "another eps in batch norm",
            "The second argument of BatchNorm is eps, a number to be tiny; momentum is the third.",
            flaws.norm(eps=0.8),
            flaws.norm(eps=0.9),
        ),
        _of_g.family(
            "batch norm without scale and shift",
            "Batch norm has a scale and a shift for each unit, which the table counts.",
            flaws.norm(affine=False),
        ),
        _of_g.family(
            "batch norm on the image too",
            "The last transposed convolution is followed by Tanh alone.",
            flaws.extra_norm(1),
        ),
        _of_g.family(
            "the statistics of the batch in evaluation mode",
            "In evaluation mode batch norm uses its running statistics; otherwise an image depends"
            " on the rest of its batch.",
            flaws.norm(always=True),
        ),
        _of_g.family(
            "maps filled in another order",
            "Reshape the row of 6272 to (128, 7, 7) as it is, with no permute or transpose.",
            flaws.order,
        ),
        _of_g.dropout_added(),
        _of_g.no_bias(),
        _of_g.another_width(
            "The linear layers have 1024 and 6272 outputs, the transposed convolutions 64 channels"
            " and 1."
        ),
        _of_g.argument_ignored("noise_dim", 96),
    ),
)
