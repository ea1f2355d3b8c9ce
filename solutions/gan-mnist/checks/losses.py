"""Part 3: the losses of the two players."""

from functools import partial

import torch
from torch.nn import functional

from autograder.judging import Exercise, Probe, observers
from autograder.judging.misconceptions import logit_as_probability, summed, unstable, wrong_loss
from autograder.judging.probes import (
    FAKE,
    HUGE,
    ORDINARY,
    REAL,
    huge_probe,
    loss_probes,
    together,
    uniform,
)
from autograder.oracles import logit_losses

GOODFELLOW = "Goodfellow et al. 2014, Generative Adversarial Nets"


def _entropy(p, t):
    return -(t * p.log() + (1 - t) * (1 - p).log()).mean()


def _table(h, t):
    """What (N, 1) with (N,) broadcasts to when nobody checks the shapes."""
    return (logit_losses.softplus(h) - t * h).mean()


bce_loss = Exercise(
    id="gan-mnist.bce_loss",
    truth="mean of softplus(h) - t h; finite at h = +-10,000",
    source="cross-entropy of Bernoulli(t) and Bernoulli(sigmoid(h))",
    points=4,
    probes=(
        *loss_probes(("target",), input=FAKE, target=(0.1, 0.9)),
        huge_probe(
            ("target",), input=HUGE, target=torch.tensor([0.0, 1.0, 1.0, 0.0]).double()
        ),
    ),
    oracle=logit_losses.bce_loss,
    misconceptions=(
        wrong_loss(
            "a table of all pairs",
            "With only one of the two squeezed, (N, 1) and (N,) silently broadcast to an (N, N)"
            " table: give both the same shape.",
            lambda h, t: _table(h, t.squeeze()),
            lambda h, t: _table(h.squeeze(), t),
        ),
        wrong_loss(
            "log of a raw score",
            "The input is a logit, any real number; it becomes a probability only through the"
            " sigmoid.",
            _entropy,
            functional.binary_cross_entropy,
        ),
        wrong_loss(
            "sigmoid applied twice",
            "binary_cross_entropy_with_logits contains the sigmoid: pass it the logits.",
            lambda h, t: logit_losses.bce_loss(logit_losses.sigmoid(h), t),
        ),
        summed(logit_losses.bce_loss),
        wrong_loss(
            "labels swapped",
            "The target is the probability of class 1: it weights log(sigmoid(h)).",
            lambda h, t: logit_losses.bce_loss(h, 1 - t),
        ),
        wrong_loss(
            "negated",
            "Cross-entropy is minus the log-likelihood, and never negative.",
            lambda h, t: -logit_losses.bce_loss(h, t),
        ),
        unstable(lambda h, t: _entropy(logit_losses.sigmoid(h), t)),
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
    misconceptions=(
        wrong_loss(
            "averaged instead of added",
            "The real half and the fake half are added; you took their average.",
            lambda r, f: logit_losses.discriminator_loss(r, f) / 2,
        ),
        wrong_loss(
            "labels swapped",
            "Real images must get label 1 and fakes label 0; this trains D to be wrong.",
            lambda r, f: logit_losses.discriminator_loss(-r, -f),
        ),
        summed(logit_losses.discriminator_loss),
        logit_as_probability(
            lambda r, f: logit_losses.softplus(-r).mean() + logit_losses.softplus(f - 1).mean(),
            lambda r, f: logit_losses.softplus(-r).mean() + logit_losses.softplus(1 - f).mean(),
            lambda r, f: -r.log().mean() - (1 - f).log().mean(),
            lambda r, f: -(r + 1e-8).log().mean() - (1 - f + 1e-8).log().mean(),
            lambda r, f: -r.mean() - (1 - f).mean(),
        ),
        wrong_loss(
            "both halves labelled real",
            "Fakes need label 0 (softplus(f)); both halves are pushed towards 1.",
            lambda r, f: logit_losses.softplus(-r).mean() + logit_losses.softplus(-f).mean(),
        ),
        wrong_loss(
            "only one half",
            "The discriminator learns from real and fake images: one of the two terms is missing.",
            lambda r, f: logit_losses.softplus(-r).mean() + 0 * f.sum(),
            lambda r, f: logit_losses.softplus(f).mean() + 0 * r.sum(),
        ),
        wrong_loss(
            "negated",
            "This is the value to be maximised; an optimiser minimises, so change the sign.",
            lambda r, f: -logit_losses.discriminator_loss(r, f),
        ),
        unstable(
            lambda r, f: (
                -logit_losses.sigmoid(r).log().mean() - (1 - logit_losses.sigmoid(f)).log().mean()
            )
        ),
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
        wrong_loss(
            "the minimax form",
            "Minimising log(1 - D(G(z))) saturates while D wins; minimise -log D(G(z)) instead.",
            logit_losses.minimax_generator_loss,
        ),
        wrong_loss(
            "negated",
            "The sign is wrong: minimising this makes the discriminator more certain that fakes"
            " are fake.",
            lambda f: -logit_losses.generator_loss(f),
        ),
        wrong_loss(
            "trained to look fake",
            "With label 0 the generator learns to be recognised; it wants label 1.",
            lambda f: logit_losses.softplus(f).mean(),
        ),
        summed(logit_losses.generator_loss),
        logit_as_probability(
            lambda f: -f.log().mean(),
            lambda f: -(f + 1e-8).log().mean(),
            lambda f: logit_losses.softplus(-(1 - f)).mean(),
            lambda f: -f.mean(),
        ),
        unstable(lambda f: -logit_losses.sigmoid(f).log().mean()),
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
        wrong_loss(
            "cross-entropy against label 0, reported positive",
            "The sign is lost: minimising +softplus(f) helps the discriminator; the generator"
            " minimises log(1 - D(G(z))), which is never positive.",
            lambda f: logit_losses.softplus(f).mean(),
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
        summed(logit_losses.minimax_generator_loss),
        logit_as_probability(
            lambda f: (1 - f).log().mean(),
            lambda f: (1 - f + 1e-8).log().mean(),
            lambda f: -logit_losses.softplus(-(1 - f)).mean(),
            lambda f: (1 - f).mean(),
        ),
        unstable(lambda f: (1 - logit_losses.sigmoid(f)).log().mean()),
    ),
)
