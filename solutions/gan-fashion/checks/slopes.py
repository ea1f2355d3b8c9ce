"""Part 4: how steep a critic is, and the ways to get that wrong."""

from functools import partial

import torch

from autograder.judging import Exercise, Misconception, Probe
from autograder.judging.probes import together, uniform

from . import oracles
from .observers import parts
from .observers.parts import Slopes

GULRAJANI = "Gulrajani et al. 2017, Improved Training of Wasserstein GANs, equation 3, algorithm 1"
norms = oracles.gradient_norms


# Wrong lengths: (N, D) slopes at images of `side` x `side` pixels -> any shape.
def _per_pixel(slopes):
    return slopes.abs()


def _per_row(slopes, side=28):
    return slopes.reshape(len(slopes), side, side).norm(dim=2)


def _whole_batch(slopes):
    return slopes.norm()


def _of_batch_mean(slopes):
    return norms(slopes) / len(slopes)


def _of_image(slopes):
    return norms(torch.ones_like(slopes))


def _squared(slopes):
    return slopes.square().sum(1)


def _root_mean_square(slopes):
    return slopes.square().mean(1).sqrt()


# (name, sentence, wrong lengths) of the mistakes that show in the lengths and in the penalty.
LENGTHS = (
    (
        "norm per pixel",
        "Each image has one norm, over all its pixels: flatten the gradient to (N, 784) first, or"
        " take the norm over dim=(1, 2, 3).",
        (_per_pixel, _per_row),
    ),
    (
        "one norm over the whole batch",
        "Each image has its own norm: sum the squares over the pixels, not over the images.",
        (_whole_batch,),
    ),
    (
        "gradient of a batch mean",
        "The gradient of D(x).mean() is N times too small for each image: take that of D(x).sum(),"
        " or give ones as grad_outputs.",
        (_of_batch_mean,),
    ),
    (
        "gradient of the image instead of D(image)",
        "outputs of torch.autograd.grad is D(image), a score for each image; the gradient of the"
        " image with respect to itself is 1 everywhere.",
        (_of_image,),
    ),
    (
        "the root left out",
        "The norm is the root of the sum of squares.",
        (_squared,),
    ),
    (
        "a mean of squares in the norm",
        "The Euclidean norm sums the squares; their mean makes it 28 times too small.",
        (_root_mean_square,),
    ),
)


def _lengths(name, sentence, wrong):
    formulas = []
    for each in wrong:
        each = partial(_per_row, side=4) if each is _per_row else each
        formulas += [Slopes(each), Slopes(each, cut=True)]
    return Misconception(name, sentence, tuple(formulas))


def _slope_probe(n, stiffness):
    return Probe(
        f"{n} image(s), a bowl",
        together(
            x=uniform(-1, 1.4, n, 1, 4, 4),
            center=uniform(-0.5, 0.3, 1, 4, 4),
            stiffness=uniform(*stiffness, 1),
            weights=uniform(0.4, 1.9, n),
        ),
        parts.slope_lengths,
    )


gradient_norms = Exercise(
    id="gan-fashion.gradient_norms",
    truth="the Euclidean norm of the gradient of D at each image: s |x - c| for a bowl",
    source=GULRAJANI,
    points=7,
    probes=(_slope_probe(5, (0.6, 0.9)), _slope_probe(3, (1.7, 2.4))),
    oracle=Slopes(norms),
    misconceptions=(
        *(_lengths(*about) for about in LENGTHS),
        Misconception(
            "the penalty's graph cut",
            "The critic learns from the norms, so they must stay on the graph:"
            " torch.autograd.grad(..., create_graph=True).",
            (Slopes(norms, cut=True),),
        ),
    ),
)
