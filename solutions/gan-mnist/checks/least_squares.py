"""Part 5: least-squares losses."""

from dataclasses import replace

import torch

from autograder.judging import Exercise, Part
from autograder.judging.misconceptions import (
    ONE_SHAPE,
    doubled,
    halved,
    in_halves,
    negated,
    no_mean,
    of_one_half,
    overwritten,
    scaled,
    summed,
    under_no_grad,
    wrong_loss,
)
from autograder.judging.probes import FAKE, HUGE, ORDINARY, REAL, huge_probe, loss_probes
from autograder.oracles.logit_losses import sigmoid, softplus

from . import oracles

HALVES = "The least-squares losses carry a factor 1/2 in front of each mean."
SIGMOID_FIRST = (
    "a sigmoid applied first",
    "Least squares compares the raw scores with 0 and 1; there is no sigmoid.",
)
OTHER_TARGETS = (
    "targets other than 1 and 0",
    "Real scores are pulled to 1 and fake ones to 0, exactly: -1 and smoothed targets such as 0.9"
    " are those of other losses.",
)
SQUARE_OF_MEAN = (
    "the square of a mean",
    "Each score has its own distance: square first, then average.",
)
DISTANCE = ("distances that are not squared", "Least squares: square the distance.")
ENTROPY = (
    "the cross-entropy again",
    "This is the loss of part 3; least squares takes half the mean square of scores.",
)
NEGATED = "A square is made small: the loss is never negative."


def _pull(target):
    return lambda scores: (scores - target).square().mean() / 2


def _half(target, other, targets):
    """The mistakes of one mean; target: the right one. other: that of the other half."""
    right, sign = _pull(target), 2 * target - 1
    return (
        wrong_loss("the halves missing", HALVES, lambda scores: 2 * right(scores)),
        wrong_loss(*SIGMOID_FIRST, lambda scores: right(sigmoid(scores))),
        wrong_loss(
            f"both pulled to {other}",
            "Real scores are pulled to 1 and fake ones to 0.",
            _pull(other),
        ),
        wrong_loss(*OTHER_TARGETS, *map(_pull, targets)),
        wrong_loss(*SQUARE_OF_MEAN, lambda scores: (scores.mean() - target) ** 2 / 2),
        wrong_loss(*DISTANCE, lambda scores: (scores - target).abs().mean() / 2),
        wrong_loss(*ENTROPY, lambda scores: softplus(-sign * scores).mean()),
        *of_one_half(right),
    )


def _also_beside_others(known):
    """Both halves can be missing beside any other mistake."""
    doubles = known.name == "the halves missing"
    return replace(known, transform=scaled(2.0)) if doubles else known


REAL_HALF = _half(1, 0, (0.9, 0.8, 0.95, -1.0))
FAKE_HALF = _half(0, 1, (0.1, 0.2, 0.05, -1.0))

ls_discriminator_loss = Exercise(
    id="gan-mnist.ls_discriminator_loss",
    truth="1/2 mean (r - 1)^2 + 1/2 mean f^2",
    source="Mao et al. 2017, Least Squares GAN, equation 9",
    points=3,
    probes=(
        *loss_probes(scores_real=REAL, scores_fake=FAKE),
        huge_probe(scores_real=HUGE, scores_fake=HUGE.flip(0) * 0.9),
    ),
    oracle=oracles.ls_discriminator_loss,
    parts=(
        Part(
            "the half of the real images",
            shows=("gradient with respect to scores_real",),
            arguments=("scores_real",),
            oracle=_pull(1),
            misconceptions=REAL_HALF,
            on=ORDINARY,
        ),
        Part(
            "the half of the fakes",
            shows=("gradient with respect to scores_fake",),
            arguments=("scores_fake",),
            oracle=_pull(0),
            misconceptions=FAKE_HALF,
            on=ORDINARY,
        ),
    ),
    misconceptions=(
        overwritten,
        wrong_loss(
            "targets swapped",
            "Real scores are pulled to 1 and fake ones to 0, not the other way round.",
            lambda r, f: oracles.ls_discriminator_loss(f, r),
        ),
        *map(_also_beside_others, in_halves(REAL_HALF, FAKE_HALF, (_pull(1), _pull(0)))),
        halved(oracles.ls_discriminator_loss, HALVES, "halved"),
        negated(oracles.ls_discriminator_loss, NEGATED),
        summed(oracles.ls_discriminator_loss),
        no_mean(
            lambda r, f: ((r - 1).square() + f.square()) / 2,
            lambda r, f: (r - 1).square() + f.square(),
            lambda r, f: torch.stack([_pull(1)(r), _pull(0)(f)]),
        ),
        *ONE_SHAPE,
    ),
)

ls_generator_loss = Exercise(
    id="gan-mnist.ls_generator_loss",
    truth="1/2 mean (f - 1)^2",
    source="Mao et al. 2017, Least Squares GAN, equation 9",
    points=2,
    probes=(*loss_probes(scores_fake=FAKE), huge_probe(scores_fake=HUGE)),
    oracle=oracles.ls_generator_loss,
    misconceptions=(
        overwritten,
        doubled(oracles.ls_generator_loss, HALVES, "the half missing"),
        wrong_loss(*SIGMOID_FIRST, lambda f: oracles.ls_generator_loss(sigmoid(f))),
        wrong_loss(
            "trained to look fake",
            "The generator wants a score of 1, the score of real images; this pulls it to 0.",
            _pull(0),
        ),
        wrong_loss(*OTHER_TARGETS, *map(_pull, (0.9, 0.8, 0.95, -1.0))),
        wrong_loss(*SQUARE_OF_MEAN, lambda f: (f.mean() - 1) ** 2 / 2),
        wrong_loss(*DISTANCE, lambda f: (f - 1).abs().mean() / 2),
        wrong_loss(*ENTROPY, lambda f: softplus(-f).mean()),
        under_no_grad(oracles.ls_generator_loss),
        negated(oracles.ls_generator_loss, NEGATED),
        summed(oracles.ls_generator_loss),
        no_mean(lambda f: (f - 1).square() / 2, lambda f: (f - 1).square()),
        *ONE_SHAPE,
    ),
)
