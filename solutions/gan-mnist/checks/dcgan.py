"""Part 6: convolutional networks."""

import torch

from autograder.judging import Exercise, Misconception
from autograder.judging.probes import network_probe, uniform
from autograder.oracles.networks import ConstantConvClassifier, ConstantDCGenerator

BAKED_IN = "It works for one batch size only; reshape with -1 or flatten(1), never with a number."


def _grey_images(n):
    """Each image one grey value, of both signs."""
    return lambda g: (
        (uniform(0.3, 0.9, n)(g) * torch.tensor([1.0, -1.0]).double().repeat(n)[:n])
        .reshape(n, 1, 1, 1)
        .expand(n, 1, 28, 28)
        .contiguous()
    )


def _classifier_probe(n):
    return network_probe(f"{n} images", _grey_images(n), (0.004, -0.006), or_flat=True)


def _classifier(**flaw):
    return lambda: ConstantConvClassifier(**flaw)


build_dc_classifier = Exercise(
    id="gan-mnist.build_dc_classifier",
    truth="conv32k5-pool-conv64k5-pool-1024-1, LeakyReLU 0.01; 1,102,721 parameters",
    source="after Radford et al. 2016; closed form on constant images and constant parameters",
    points=4,
    probes=(_classifier_probe(5), _classifier_probe(100), _classifier_probe(128)),
    oracle=_classifier(),
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
            "another slope of LeakyReLU",
            "The negative half must be multiplied by 0.01 after both convolutions and the first"
            " Linear.",
            tuple(_classifier(slope=slope) for slope in (0.0, 0.2, 0.1, 1.0)),
        ),
        Misconception(
            "no pooling",
            "Each convolution is followed by a 2 x 2 max pooling: 24 to 12, and 8 to 4.",
            (_classifier(pooled=False),),
        ),
    ),
)


def _dc_probe(n):
    draw = uniform(0.1, 0.6, n, 4)
    signs = torch.tensor([1.0, -0.5]).double()
    return network_probe(
        f"{n} rows of noise", lambda g: draw(g) * signs.repeat(n)[:n, None], (0.03,), arguments=(4,)
    )


def _dc_generator(**options):
    return lambda noise_dim=96: ConstantDCGenerator(noise_dim, **options)


build_dc_generator = Exercise(
    id="gan-mnist.build_dc_generator",
    truth="1024-BN-6272-BN-(128,7,7)-convT64-BN-convT1-tanh; with noise 4, 6,580,801 parameters",
    source="after Radford et al. 2016; closed form at constant parameters in evaluation mode",
    points=4,
    probes=(
        _dc_probe(5),
        _dc_probe(100),
        _dc_probe(128),
        network_probe("the default noise_dim of 96", uniform(0, 0.05, 3, 96), (0.02,)),
    ),
    oracle=_dc_generator(),
    also_right=(_dc_generator(norm_first=True),),
    misconceptions=(
        Misconception(
            "no tanh at the end",
            "Without tanh the pixels are unbounded; real images lie in [-1, 1].",
            (_dc_generator(output="identity"), _dc_generator(output="identity", norm_first=True)),
        ),
        Misconception(
            "a batch size baked in",
            BAKED_IN,
            tuple(_dc_generator(batch=batch) for batch in (100, 128, 5)),
        ),
        Misconception(
            "a sigmoid in place of tanh",
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
