"""Part 3: the losses of the two players."""

import math

import torch
from torch.nn import functional

from autograder.judging import Exercise, Part, logit_mistakes
from autograder.judging.logit_mistakes import (
    FAKE_HALF,
    GENERATOR,
    REAL_HALF,
    also,
    fake_half,
    real_half,
)
from autograder.judging.misconceptions import (
    AS_PROBABILITY,
    BCE_OF_LOGITS,
    ONE_OF_TWO,
    ONE_SHAPE,
    doubled,
    fixed_batch,
    halved,
    negated,
    no_mean,
    overwritten,
    summed,
    under_no_grad,
    unstable,
    wrong_loss,
)
from autograder.judging.probes import FAKE, HUGE, ORDINARY, REAL, huge_probe, loss_probes
from autograder.oracles import logit_losses
from autograder.oracles.logit_losses import sigmoid, softplus

GOODFELLOW = "Goodfellow et al. 2014, Generative Adversarial Nets"
FACTOR = "The loss is the plain mean over the batch, without a factor in front of it."


def _entropy(p, t):
    return -(t * p.log() + (1 - t) * (1 - p).log()).mean()


def _table(h, t):
    """What (N, 1) with (N,) broadcasts to when nobody checks the shapes."""
    return (softplus(h) - t * h).mean()


def _negated(formula):
    return lambda f: -formula(f)


bce_loss = Exercise(
    id="gan-mnist.bce_loss",
    truth="mean of softplus(h) - t h; finite at h = +-10,000",
    source="cross-entropy of Bernoulli(t) and Bernoulli(sigmoid(h))",
    points=4,
    probes=(
        *loss_probes(("target",), input=FAKE, target=(0.1, 0.9)),
        huge_probe(("target",), input=HUGE, target=torch.tensor([0.0, 1.0, 1.0, 0.0]).double()),
    ),
    oracle=logit_losses.bce_loss,
    misconceptions=(
        overwritten,
        wrong_loss(
            "the product of two means",
            "Every logit has met every target: the means were taken before multiplying, or (N, 1)"
            " was combined with (1, N).",
            lambda h, t: softplus(h).mean() - t.mean() * h.mean(),
        ),
        wrong_loss(
            "a table of all pairs",
            "With only one of the two squeezed, (N, 1) and (N,) silently broadcast to an (N, N)"
            " table, and F.binary_cross_entropy_with_logits refuses them: give both the same"
            " shape.",
            lambda h, t: _table(h, t.squeeze()),
            lambda h, t: _table(h.squeeze(), t),
            lambda h, t: functional.binary_cross_entropy_with_logits(h.reshape(-1), t),
            lambda h, t: functional.binary_cross_entropy_with_logits(h, t.reshape(-1)),
        ),
        wrong_loss(
            "log of a raw score",
            "The input is a logit, any real number; it becomes a probability only through the"
            " sigmoid.",
            _entropy,
            *(
                lambda h, t, e=e: _entropy(logit_mistakes.clamped(h, e), t)
                for e in logit_mistakes.CLAMPS
            ),
        ),
        wrong_loss(*BCE_OF_LOGITS, functional.binary_cross_entropy),
        wrong_loss(
            *logit_mistakes.TWICE,
            lambda h, t: logit_losses.bce_loss(sigmoid(h), t),
        ),
        wrong_loss(
            "labels swapped",
            "The target is the probability of class 1: it weights log(sigmoid(h)).",
            lambda h, t: logit_losses.bce_loss(h, 1 - t),
        ),
        wrong_loss(
            ONE_OF_TWO[1],
            "Both terms count: t log(sigmoid(h)) and (1 - t) log(1 - sigmoid(h)).",
            lambda h, t: (t * softplus(-h)).mean(),
            lambda h, t: ((1 - t) * softplus(h)).mean(),
        ),
        wrong_loss(
            ONE_OF_TWO[0],
            "Both terms carry a minus: one of them has the wrong sign.",
            lambda h, t: (t * softplus(-h) - (1 - t) * softplus(h)).mean(),
            lambda h, t: ((1 - t) * softplus(h) - t * softplus(-h)).mean(),
        ),
        wrong_loss(
            "softplus taken apart wrongly",
            "softplus(h) is max(h, 0) + log(1 + exp(-|h|)): mind the maximum, the logarithm, the"
            " minus and the absolute value.",
            *(
                lambda h, t, of=of: (of(h) - t * h).mean()
                for of in (
                    lambda h: h.relu() + softplus(-h),
                    lambda h: h.relu() + softplus(h),
                    lambda h: h.relu() + softplus(h.abs()),
                    lambda h: h.relu(),
                    lambda h: h + softplus(-h.abs()),
                    lambda h: softplus(-h.abs()),
                    lambda h: h.abs() + softplus(-h.abs()),
                    lambda h: h.relu() - softplus(-h.abs()),
                )
            ),
        ),
        wrong_loss(
            "the term with the target wrong",
            "One softplus and one product are left: softplus(h) - t h.",
            lambda h, t: (softplus(h) + t * h).mean(),
            lambda h, t: softplus(h).mean(),
            lambda h, t: (softplus(h) - t).mean(),
            lambda h, t: (softplus(-h) - t * h).mean(),
        ),
        wrong_loss(
            *logit_mistakes.SQUARED,
            lambda h, t: (sigmoid(h) - t).square().mean(),
            lambda h, t: (h - t).square().mean(),
            lambda h, t: (sigmoid(h) - t).square().mean() / 2,
            lambda h, t: (h - t).square().mean() / 2,
        ),
        wrong_loss(
            *logit_mistakes.PROBABILITY,
            lambda h, t: -(t * sigmoid(h) + (1 - t) * sigmoid(-h)).mean(),
        ),
        wrong_loss(
            *logit_mistakes.BASE,
            *(
                lambda h, t, base=base: logit_losses.bce_loss(h, t) / math.log(base)
                for base in (2, 10)
            ),
        ),
        under_no_grad(logit_losses.bce_loss),
        negated(
            logit_losses.bce_loss, "Cross-entropy is minus the log-likelihood, and never negative."
        ),
        halved(logit_losses.bce_loss, FACTOR),
        summed(logit_losses.bce_loss),
        no_mean(lambda h, t: softplus(h) - t * h),
        *ONE_SHAPE,
        unstable(lambda h, t: _entropy(sigmoid(h), t)),
    ),
)


HALVES = (
    Part(
        "the half of the real images",
        shows=("gradient with respect to logits_real",),
        arguments=("logits_real",),
        oracle=real_half,
        misconceptions=REAL_HALF,
        on=ORDINARY,
    ),
    Part(
        "the half of the fakes",
        shows=("gradient with respect to logits_fake",),
        arguments=("logits_fake",),
        oracle=fake_half,
        misconceptions=FAKE_HALF,
        on=ORDINARY,
    ),
)

discriminator_loss = Exercise(
    id="gan-mnist.discriminator_loss",
    truth="mean softplus(-r) + mean softplus(f); log 4 at zero logits",
    source=f"{GOODFELLOW}, equation 1",
    points=4,
    probes=(
        *loss_probes(logits_real=REAL, logits_fake=FAKE),
        huge_probe(logits_real=HUGE, logits_fake=HUGE.flip(0) * 0.9),
    ),
    oracle=logit_losses.discriminator_loss,
    parts=HALVES,
    misconceptions=(
        overwritten,
        wrong_loss(
            "labels swapped",
            "Real images must get label 1 and fakes label 0; this trains D to be wrong.",
            lambda r, f: softplus(r).mean() + softplus(-f).mean(),
        ),
        *also(
            logit_mistakes.whole(),
            AS_PROBABILITY,
            lambda r, f: -r.mean() - (1 - f).mean(),
        ),
        wrong_loss(*BCE_OF_LOGITS, logit_mistakes.refused),
        halved(
            logit_losses.discriminator_loss,
            "The real half and the fake half are added; you took their average.",
            "averaged instead of added",
        ),
        negated(
            logit_losses.discriminator_loss,
            "This is the value to be maximised; an optimiser minimises, so change the sign.",
        ),
        summed(logit_losses.discriminator_loss),
        no_mean(
            lambda r, f: softplus(-r) + softplus(f),
            lambda r, f: torch.cat([softplus(-r), softplus(f)]),
            lambda r, f: torch.stack([real_half(r), fake_half(f)]),
        ),
        *ONE_SHAPE,
        fixed_batch(logit_mistakes.labelled),
        unstable(lambda r, f: -sigmoid(r).log().mean() - (1 - sigmoid(f)).log().mean()),
    ),
)

generator_loss = Exercise(
    id="gan-mnist.generator_loss",
    truth="mean softplus(-f); gradient -(1 - sigmoid(f)) / N",
    source=f"{GOODFELLOW}, section 3 (the non-saturating form)",
    points=4,
    probes=(*loss_probes(logits_fake=FAKE), huge_probe(logits_fake=HUGE)),
    oracle=logit_losses.generator_loss,
    misconceptions=(
        overwritten,
        wrong_loss(
            "the minimax form",
            "Minimising log(1 - D(G(z))) saturates while D wins; minimise -log D(G(z)) instead.",
            logit_losses.minimax_generator_loss,
        ),
        wrong_loss(
            "trained to look fake",
            "With label 0 the generator learns to be recognised; it wants label 1.",
            lambda f: softplus(f).mean(),
        ),
        under_no_grad(logit_losses.generator_loss),
        *also(
            GENERATOR,
            AS_PROBABILITY,
            lambda f: softplus(f - 1).mean(),
        ),
        wrong_loss(*BCE_OF_LOGITS, logit_mistakes.refused),
        negated(
            logit_losses.generator_loss,
            "The sign is wrong: minimising this makes the discriminator more certain that fakes"
            " are fake.",
        ),
        halved(logit_losses.generator_loss, FACTOR),
        summed(logit_losses.generator_loss),
        no_mean(lambda f: softplus(-f)),
        *ONE_SHAPE,
        fixed_batch(logit_mistakes.labelled),
        unstable(lambda f: -sigmoid(f).log().mean()),
    ),
)

minimax_generator_loss = Exercise(
    id="gan-mnist.minimax_generator_loss",
    truth="mean log(1 - sigmoid(f)), never positive; gradient -sigmoid(f) / N",
    source=f"{GOODFELLOW}, equation 1",
    points=4,
    probes=(*loss_probes(logits_fake=FAKE), huge_probe(logits_fake=HUGE)),
    oracle=logit_losses.minimax_generator_loss,
    misconceptions=(
        overwritten,
        negated(
            logit_losses.minimax_generator_loss,
            "The sign is lost: minimising +softplus(f) helps the discriminator; the generator"
            " minimises log(1 - D(G(z))), which is never positive.",
            "cross-entropy against label 0, reported positive",
        ),
        wrong_loss(
            "the non-saturating form",
            "This is -log D(G(z)), the exercise before; here log(1 - D(G(z))) is asked for.",
            logit_losses.generator_loss,
        ),
        wrong_loss(
            "log D instead of log(1 - D)",
            "The mean of log D(G(z)) is minimised when every fake is recognised.",
            lambda f: -logit_losses.generator_loss(f),
        ),
        under_no_grad(logit_losses.minimax_generator_loss),
        # Minus the half of the fakes in the discriminator's loss.
        *(
            wrong_loss(known.name, known.sentence, *map(_negated, known.formulas))
            for known in FAKE_HALF
            if known.name in {other.name for other in GENERATOR}
        ),
        wrong_loss(*BCE_OF_LOGITS, _negated(logit_mistakes.refused)),
        halved(logit_losses.minimax_generator_loss, FACTOR),
        doubled(logit_losses.minimax_generator_loss, FACTOR),
        summed(logit_losses.minimax_generator_loss),
        no_mean(lambda f: -softplus(f)),
        *ONE_SHAPE,
        fixed_batch(logit_mistakes.labelled),
        unstable(lambda f: (1 - sigmoid(f)).log().mean()),
    ),
)
