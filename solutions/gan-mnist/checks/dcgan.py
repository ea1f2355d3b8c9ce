"""Part 6: convolutional networks."""

from functools import partial

import torch

from autograder.judging import Exercise, Misconception
from autograder.judging.probes import network_probe, uniform

from . import oracle_networks

DIFFERENT = 5  # rows in a large batch: it is there for its size
BAKED_IN = "It works for one batch size only; reshape with -1 or flatten(1), never with a number."


def _repeated(rows, n):
    """n rows: the given ones, over and over."""
    return rows[torch.arange(n) % len(rows)]


def _grey_images(g):
    """Each image one grey value, of both signs."""
    signs = torch.tensor([1.0, -1.0]).double()
    values = uniform(0.3, 0.9, DIFFERENT)(g) * _repeated(signs, DIFFERENT)
    return values.reshape(-1, 1, 1, 1).expand(-1, 1, 28, 28)


def _classifier_probe(n):
    return network_probe(
        f"{n} images", lambda g: _repeated(_grey_images(g), n), (0.004, -0.006), or_flat=True
    )


def _classifier(**flaw):
    return partial(oracle_networks.build_dc_classifier, **flaw)


build_dc_classifier = Exercise(
    id="gan-mnist.build_dc_classifier",
    truth="conv32k5-pool-conv64k5-pool-1024-1, LeakyReLU 0.01; 1,102,721 parameters",
    source="after Radford et al. 2016; in float64, on grey images, all parameters equal",
    points=4,
    probes=(_classifier_probe(5), _classifier_probe(100), _classifier_probe(128)),
    oracle=oracle_networks.build_dc_classifier,
    misconceptions=(
        Misconception(
            "a batch size baked in",
            BAKED_IN,
            tuple(_classifier(batch=batch) for batch in (100, 128, 5)),
        ),
        Misconception(
            "a sigmoid at the end",
            "The losses expect raw logits; end on the Linear layer.",
            (_classifier(output="sigmoid"),),
        ),
        Misconception(
            "the wrong slope of LeakyReLU",
            "The negative half must be multiplied by 0.01 after both convolutions and the first"
            " Linear.",
            tuple(_classifier(slope=slope) for slope in (0.0, 0.2, 0.1, 1.0)),
        ),
        Misconception(
            "no pooling",
            "Each convolution is followed by a 2 x 2 max pooling: 24 to 12, and 8 to 4.",
            (_classifier(pooled=False),),
            on=("5 images",),  # 26 million parameters: once is enough
        ),
    ),
)


def _noise(g):
    """Rows of 4 numbers of one sign; the negative ones are smaller."""
    signs = torch.tensor([1.0, -0.5]).double()
    return uniform(0.1, 0.6, DIFFERENT, 4)(g) * _repeated(signs, DIFFERENT)[:, None]


def _dc_probe(n):
    return network_probe(
        f"{n} rows of noise", lambda g: _repeated(_noise(g), n), (0.03,), arguments=(4,)
    )


def _dc_generator(**options):
    return partial(oracle_networks.build_dc_generator, **options)


build_dc_generator = Exercise(
    id="gan-mnist.build_dc_generator",
    truth="1024-BN-6272-BN-(128,7,7)-convT64-BN-convT1-tanh; with noise 4, 6,580,801 parameters",
    source="after Radford et al. 2016; in float64, in evaluation mode, all parameters equal",
    points=4,
    probes=(
        _dc_probe(5),
        _dc_probe(100),
        _dc_probe(128),
        network_probe("the default noise_dim of 96", uniform(0, 0.05, 3, 96), (0.02,)),
    ),
    oracle=oracle_networks.build_dc_generator,
    also_right=(_dc_generator(norm_first=True),),
    misconceptions=(
        Misconception(
            "no tanh at the end",
            "Without tanh the pixels are unbounded; real images are in [-1, 1].",
            (_dc_generator(output="identity"), _dc_generator(output="identity", norm_first=True)),
        ),
        Misconception(
            "a batch size baked in",
            BAKED_IN,
            tuple(_dc_generator(batch=batch) for batch in (100, 128, 5)),
        ),
        Misconception(
            "a sigmoid instead of tanh",
            "A sigmoid gives [0, 1]; the images were scaled to [-1, 1], which is tanh's range.",
            (_dc_generator(output="sigmoid"), _dc_generator(output="sigmoid", norm_first=True)),
        ),
        Misconception(
            "no batch norm",
            "Batch norm follows both Linear layers and the first transposed convolution.",
            (_dc_generator(norm=False),),
        ),
    ),
)
