"""Part 4: contrastive divergence and its regulariser."""

import torch

from autograder.judging import Exercise, Misconception, Probe, observers
from autograder.judging.misconceptions import overwritten, wrong_loss
from autograder.judging.probes import ORDINARY, kept_probe, together, uniform

from . import oracles

# Off centre and of different spread, so that no two formulas agree by symmetry.
REAL, FAKE = (-1.0, 4.0), (-3.5, 1.5)


def _pair_probes(**more):
    """Value and gradients for f of shape (N,) and (N, 1)."""

    def probe(name, *shape):
        draws = {"f_real": uniform(*REAL, *shape), "f_fake": uniform(*FAKE, *shape)}
        return Probe(name, together(**draws, **more), _observed)

    return probe(ORDINARY[0], 7), probe(ORDINARY[1], 6, 1)


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
        kept_probe(f_real=uniform(*REAL, 7), f_fake=uniform(*FAKE, 7)),
    ),
    oracle=oracles.contrastive_divergence_loss,
    misconceptions=(
        Misconception(
            "the sign",
            "f = -E must rise on real images and fall on samples; a loss is minimised, so it is"
            " mean f_fake - mean f_real.",
            (lambda r, f: r.mean() - f.mean(),),
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
        Misconception(
            "averaged, not subtracted in full",
            "The two means are subtracted, without a factor 1/2.",
            (lambda r, f: oracles.contrastive_divergence_loss(r, f) / 2,),
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
        Misconception(
            "summed over the batch",
            "The loss is a mean over the batch; a sum makes the learning rate depend on its size.",
            (lambda r, f: len(r) * oracles.contrastive_divergence_loss(r, f),),
        ),
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
        Misconception(
            "no gradient",
            "The value is right, but no gradient flows through it: .item(), .detach(), float() and"
            " NumPy cut the graph.",
            (lambda r, f: oracles.contrastive_divergence_loss(r, f).detach(),),
        ),
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
        kept_probe(f_real=uniform(*REAL, 7), f_fake=uniform(*FAKE, 7)),
    ),
    oracle=oracles.regularization_loss,
    misconceptions=(
        wrong_loss(
            "halved",
            "The mean over real and generated images together is half of what is asked: add the two"
            " means.",
            _regulariser(lambda r, f, a: oracles.regularization_loss(r, f, a) / 2),
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
        wrong_loss(
            "summed over the batch",
            "The loss is a mean over the batch; a sum makes the weight depend on its size.",
            _regulariser(lambda r, f, a: len(r) * oracles.regularization_loss(r, f, a)),
        ),
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
        wrong_loss(
            "no gradient",
            "The value is right, but no gradient flows through it: .item(), .detach(), float() and"
            " NumPy cut the graph.",
            _regulariser(lambda r, f, a: oracles.regularization_loss(r, f, a).detach()),
        ),
        overwritten,
    ),
)
