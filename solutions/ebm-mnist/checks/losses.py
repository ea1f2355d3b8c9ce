"""Part 4: contrastive divergence and its regulariser."""

import torch

from autograder.judging import Exercise, Misconception, Probe, observers
from autograder.judging.misconceptions import (
    ONLY_COLUMNS,
    ONLY_ROWS,
    float32_only,
    full_batches_only,
    halved,
    negated,
    overwritten,
    summed,
    under_no_grad,
    wrong_loss,
)
from autograder.judging.probes import ORDINARY, SHORT, float64_probe, kept_probe, together, uniform

from . import oracles

# Off centre and of different spread, so that no two formulas agree by symmetry.
REAL, FAKE = (-1.0, 4.0), (-3.5, 1.5)


def _pair_probes(**more):
    """Value and gradients for f of shape (N,) and (N, 1)."""

    def probe(name, *shape):
        draws = {"f_real": uniform(*REAL, *shape), "f_fake": uniform(*FAKE, *shape)}
        return Probe(name, together(**draws, **more), _observed)

    return probe(ORDINARY[0], 7), probe(ORDINARY[1], 6, 1)


def _sister_probes():
    """What any loss of f is asked besides: a shorter batch, float64, the caller's tensors."""
    pair = {"f_real": uniform(*REAL, 7), "f_fake": uniform(*FAKE, 7)}
    short = {"f_real": uniform(*REAL, 3), "f_fake": uniform(*FAKE, 3)}
    return Probe(SHORT, together(**short), _observed), float64_probe(**pair), kept_probe(**pair)


def _observed(call, inputs):
    """Value and gradients; a further "alpha" is passed on as a number."""
    tensors = {name: one for name, one in inputs.items() if name != "alpha"}
    more = {name: inputs[name] for name in ("alpha",) if name in inputs}
    return observers.value_and_gradients(lambda *given: call(*given, **more), tensors)


contrastive_divergence_loss = Exercise(
    id="ebm-mnist.contrastive_divergence_loss",
    truth="mean f_fake - mean f_real; adding a constant to f changes nothing",
    source="Hinton 2002, equation 5; Du and Mordatch 2019, equation 3",
    points=5,
    probes=(
        *_pair_probes(),
        Probe(
            "samples that score above the real images",
            together(f_real=uniform(*FAKE, 7), f_fake=uniform(*REAL, 7)),
            _observed,
        ),
        *_sister_probes(),
    ),
    oracle=oracles.contrastive_divergence_loss,
    misconceptions=(
        negated(
            oracles.contrastive_divergence_loss,
            "f = -E must rise on real images and fall on samples; a loss is minimised, so it is"
            " mean f_fake - mean f_real.",
            name="the sign",
            on=(),
        ),
        Misconception(
            "only one side",
            "Raising f on real images alone is no contrast: it can rise everywhere. Both means are"
            " needed.",
            (
                lambda r, f: -r.mean() + 0 * f.mean(),
                lambda r, f: f.mean() + 0 * r.mean(),
            ),
        ),
        Misconception(
            "the absolute difference",
            "The sign of the difference carries the message; an absolute value also punishes a"
            " model that is right.",
            (
                lambda r, f: (f.mean() - r.mean()).abs(),
                lambda r, f: (f - r).abs().mean(),
            ),
        ),
        Misconception(
            "the squared difference",
            "A square pulls the two means together, and the model learns that real images and"
            " samples are equal.",
            (
                lambda r, f: (f.mean() - r.mean()) ** 2,
                lambda r, f: ((f - r) ** 2).mean(),
            ),
        ),
        halved(
            oracles.contrastive_divergence_loss,
            "The two means are subtracted, without a factor 1/2.",
            name="averaged, not subtracted in full",
            on=(),
        ),
        Misconception(
            "the loss of a GAN",
            "softplus belongs to a discriminator's probabilities; here f enters as it is.",
            (
                lambda r, f: (
                    torch.nn.functional.softplus(-r).mean() + torch.nn.functional.softplus(f).mean()
                ),
            ),
        ),
        summed(oracles.contrastive_divergence_loss, on=()),
        Misconception(
            "the mean is missing",
            "A loss is one number: take the mean of f over each batch.",
            (lambda r, f: f - r, lambda r, f: r - f),
        ),
        Misconception(
            "the regulariser added",
            "The price on large values is another loss, regularization_loss: leave it out here.",
            (lambda r, f: _with_price(r, f, 0.1), lambda r, f: _with_price(r, f, 1.0)),
        ),
        under_no_grad(oracles.contrastive_divergence_loss),
        ONLY_ROWS,
        ONLY_COLUMNS,
        float32_only,
        full_batches_only,
        overwritten,
    ),
)


def _with_price(f_real, f_fake, alpha):
    price = oracles.regularization_loss(f_real, f_fake, alpha)
    return oracles.contrastive_divergence_loss(f_real, f_fake) + price


def _regulariser(formula):
    return lambda r, f, alpha=0.1: formula(r, f, alpha)


regularization_loss = Exercise(
    id="ebm-mnist.regularization_loss",
    truth="alpha mean(f_real^2 + f_fake^2)",
    source="Du and Mordatch 2019, section 3.3 (L2 on the energies)",
    points=4,
    probes=(
        *_pair_probes(),
        Probe(
            "alpha = 0.25",
            together(f_real=uniform(*REAL, 7), f_fake=uniform(*FAKE, 7), alpha=0.25),
            _observed,
        ),
        *_sister_probes(),
    ),
    oracle=oracles.regularization_loss,
    misconceptions=(
        halved(
            oracles.regularization_loss,
            "The mean over real and generated images together is half of what is asked for: add the"
            " two means.",
        ),
        wrong_loss(
            "only one side",
            "Both the real and the generated side are kept near 0.",
            _regulariser(lambda r, f, a: a * (r**2).mean() + 0 * f.mean()),
            _regulariser(lambda r, f, a: a * (f**2).mean() + 0 * r.mean()),
        ),
        wrong_loss(
            "the square of the mean",
            "Values +5 and -5 have the mean 0: square first, then average.",
            _regulariser(lambda r, f, a: a * (r.mean() ** 2 + f.mean() ** 2)),
        ),
        wrong_loss(
            "subtracted",
            "The squares are added; a difference rewards large values on one side.",
            _regulariser(lambda r, f, a: a * ((r**2).mean() - (f**2).mean())),
            _regulariser(lambda r, f, a: a * ((f**2).mean() - (r**2).mean())),
        ),
        wrong_loss(
            "added before squaring",
            "The square of a sum has a product in it, under which scores that cancel cost"
            " nothing: square each, then add.",
            _regulariser(lambda r, f, a: a * ((r + f) ** 2).mean()),
            _regulariser(lambda r, f, a: a * ((r - f) ** 2).mean()),
        ),
        wrong_loss(
            "absolute values",
            "The penalty is a square, gentle near 0 and strong far away.",
            _regulariser(lambda r, f, a: a * (r.abs().mean() + f.abs().mean())),
        ),
        wrong_loss(
            "alpha left out",
            "The sum of the two means must be multiplied by alpha.",
            _regulariser(lambda r, f, a: oracles.regularization_loss(r, f, 1.0)),
        ),
        Misconception(
            "alpha fixed at 0.1",
            "0.1 is only the default: use the argument alpha.",
            (_regulariser(lambda r, f, a: oracles.regularization_loss(r, f, 0.1)),),
        ),
        summed(oracles.regularization_loss),
        wrong_loss(
            "the mean is missing",
            "A loss is one number: take the mean of the squares over the batch.",
            _regulariser(lambda r, f, a: a * (r**2 + f**2)),
        ),
        wrong_loss(
            "a norm, not its square",
            "The price is the mean of the squares; a norm is the root of their sum.",
            _regulariser(lambda r, f, a: a * (r.norm() + f.norm())),
            _regulariser(lambda r, f, a: a * ((r**2).mean().sqrt() + (f**2).mean().sqrt())),
        ),
        under_no_grad(oracles.regularization_loss),
        ONLY_ROWS,
        ONLY_COLUMNS,
        float32_only,
        full_batches_only,
        overwritten,
    ),
)
