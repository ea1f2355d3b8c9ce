"""Mistakes in losses of logits: in the half of real images, in that of fakes, in a generator's.

Every formula takes logits (N,) or (N, 1) and returns what the wrong term would be. The right terms
are mean softplus(-r) for real images, mean softplus(f) for fakes, and mean softplus(-f) for the
generator (autograder.oracles.logit_losses).
"""

import math
from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy, binary_cross_entropy_with_logits

from autograder.judging import Misconception
from autograder.judging.misconceptions import (
    AS_PROBABILITY,
    NO_GRADIENT,
    ONE_OF_TWO,
    PLUS_MINUS,
    SMOOTHED,
    SQUARED,
    in_halves,
    of_one_half,
    wrong_loss,
)
from autograder.oracles.logit_losses import sigmoid, softplus

Term = Callable[[Tensor], Tensor]
Halves = tuple[Misconception, ...]

EPSILON = 1e-8
CLAMPS = (1e-7, 1e-6, 1e-5, 1e-4, 1e-3)


def real_half(r: Tensor) -> Tensor:
    """mean softplus(-r), the loss of real images with the label 1."""
    return softplus(-r).mean()


def fake_half(f: Tensor) -> Tensor:
    """mean softplus(f), the loss of fakes with the label 0."""
    return softplus(f).mean()


def clamped(h: Tensor, epsilon: float) -> Tensor:
    """Raw logits cut to between 0 and 1 as if they were probabilities, as float32 does it."""
    return h.float().clamp(epsilon, 1 - epsilon).to(h.dtype)


def _labelled_with(label: float) -> Term:
    return lambda h: (softplus(h) - label * h).mean()


TWICE = (
    "sigmoid applied twice",
    "logsigmoid and binary_cross_entropy_with_logits take logits and apply the sigmoid themselves.",
)
CRITIC = (
    "the loss of a Wasserstein critic",
    "A mean of raw scores is what a critic is trained with; here scores are logits: use softplus,"
    " logsigmoid or binary_cross_entropy_with_logits.",
)
HINGE = (
    "the hinge loss",
    "max(0, 1 - h) is another loss of scores; the cross-entropy has softplus in its place.",
)
PROBABILITY = (
    "a probability, not its logarithm",
    "This averages probabilities; the loss averages their logarithms.",
)
LOG_OF_MEAN = (
    "the logarithm of a mean",
    "The mean stands outside: take the logarithm for each image, then average.",
)
BASE = ("a logarithm with another base", "log is the natural logarithm: neither log10 nor log2.")
REAL_HALF = (
    wrong_loss(
        "both halves labelled fake",
        "Real images need label 1 (softplus(-r)); both halves are pushed towards 0.",
        lambda r: softplus(r).mean(),
    ),
    wrong_loss(*SMOOTHED, *map(_labelled_with, (0.9, 0.8, 0.7, 0.95))),
    wrong_loss(*PLUS_MINUS, _labelled_with(-1.0)),
    wrong_loss(*TWICE, lambda r: real_half(sigmoid(r))),
    wrong_loss(
        *AS_PROBABILITY,
        lambda r: -r.log().mean(),
        lambda r: -(r + EPSILON).log().mean(),
        *(lambda r, e=e: -clamped(r, e).log().mean() for e in CLAMPS),
    ),
    wrong_loss(
        *SQUARED,
        lambda r: (sigmoid(r) - 1).square().mean(),
        lambda r: (r - 1).square().mean(),
        lambda r: (sigmoid(r) - 1).square().mean() / 2,
        lambda r: (r - 1).square().mean() / 2,
    ),
    wrong_loss(*CRITIC, lambda r: -r.mean()),
    wrong_loss(*HINGE, lambda r: (1 - r).clamp_min(0).mean()),
    wrong_loss(*PROBABILITY, lambda r: -sigmoid(r).mean(), lambda r: sigmoid(-r).mean()),
    wrong_loss(*LOG_OF_MEAN, lambda r: -sigmoid(r).mean().log(), lambda r: softplus(-r.mean())),
    wrong_loss(*BASE, *(lambda r, base=base: real_half(r) / math.log(base) for base in (2, 10))),
    *of_one_half(real_half),
)
FAKE_HALF = (
    wrong_loss(
        "both halves labelled real",
        "Fakes need label 0 (softplus(f)); both halves are pushed towards 1.",
        lambda f: softplus(-f).mean(),
    ),
    wrong_loss(*SMOOTHED, *map(_labelled_with, (0.1, 0.2, 0.3, 0.05))),
    wrong_loss(*PLUS_MINUS, _labelled_with(-1.0)),
    wrong_loss(*TWICE, lambda f: fake_half(sigmoid(f))),
    wrong_loss(
        *AS_PROBABILITY,
        lambda f: -(1 - f).log().mean(),
        lambda f: -(1 - f + EPSILON).log().mean(),
        *(lambda f, e=e: -(1 - clamped(f, e)).log().mean() for e in CLAMPS),
        lambda f: softplus(f - 1).mean(),
        lambda f: softplus(1 - f).mean(),
    ),
    wrong_loss(
        *SQUARED,
        lambda f: sigmoid(f).square().mean(),
        lambda f: f.square().mean(),
        lambda f: sigmoid(f).square().mean() / 2,
        lambda f: f.square().mean() / 2,
    ),
    wrong_loss(*CRITIC, lambda f: f.mean()),
    wrong_loss(*HINGE, lambda f: (1 + f).clamp_min(0).mean()),
    wrong_loss(*PROBABILITY, lambda f: -sigmoid(-f).mean(), lambda f: sigmoid(f).mean()),
    wrong_loss(*LOG_OF_MEAN, lambda f: -sigmoid(-f).mean().log(), lambda f: softplus(f.mean())),
    wrong_loss(*BASE, *(lambda f, base=base: fake_half(f) / math.log(base) for base in (2, 10))),
    *of_one_half(fake_half),
)
# A generator wants its fakes to have the label 1, as real images have.
_OF_TWO_HALVES = {"both halves labelled fake", *ONE_OF_TWO, NO_GRADIENT[0]}
GENERATOR = tuple(known for known in REAL_HALF if known.name not in _OF_TWO_HALVES)


def also(halves: Halves, about: tuple[str, str], *formulas: Callable[..., Tensor]) -> Halves:
    """The mistakes, with further formulas for the one that is called about[0]."""
    return tuple(
        replace(known, formulas=(*known.formulas, *formulas)) if known.name == about[0] else known
        for known in halves
    )


def whole() -> Halves:
    """Those of the discriminator's loss: made in either half, or in both."""
    return in_halves(REAL_HALF, FAKE_HALF, (real_half, fake_half))


def refused(logits: Tensor, *others: Tensor) -> Tensor:
    """What nn.BCELoss says to logits: it raises."""
    return binary_cross_entropy(logits, torch.ones_like(logits))


def labelled(logits: Tensor, labels: Tensor) -> Tensor:
    """What torch says to labels of another shape: it raises."""
    return binary_cross_entropy_with_logits(logits, labels)
