"""Parts 1 and 2: the ratio of two densities, and the loss that it makes."""

from dataclasses import replace

import torch

from autograder.judging import Exercise, Misconception, Probe, observers
from autograder.judging.misconceptions import (
    logit_as_probability,
    overwritten,
    summed,
    under_no_grad,
    unstable,
    wrong_loss,
)
from autograder.judging.probes import (
    FAKE,
    HUGE,
    huge_probe,
    kept_probe,
    loss_probes,
    together,
    uniform,
)
from autograder.oracles import logit_losses

from . import oracles

GOODFELLOW = "Goodfellow et al. 2014, Generative Adversarial Nets"
CURVES = "log densities at some points", "log densities at other points"
ONE = "log densities at one point"
FAR = "log densities far below zero"


def _densities(*shape):
    return dict(
        log_p_data=_first_positive(uniform(-6, 1, *shape)),
        log_p_model=_first_positive(uniform(-4, 2, *shape)),
    )


def _first_positive(densities):
    """Where all logarithms of log densities are nan, nothing tells where they come from."""

    def draw(g):
        drawn = densities(g)
        drawn.flatten()[0].abs_()
        return drawn

    return draw


def _far(g):
    """Quarters, which float32 holds exactly: their difference has no error of rounding."""
    return (4 * uniform(-1010, -990, 6)(g)).round() / 4


def _wrong(name, sentence, *formulas):
    return Misconception(name, sentence, formulas, on=CURVES)


logit_from_densities = Exercise(
    id="foundations.logit_from_densities",
    truth="log p_data - log p_model, finite however small the densities are",
    source=f"{GOODFELLOW}, proposition 1",
    points=4,
    probes=(
        *(
            Probe(name, together(**_densities(*shape)), observers.value)
            for name, shape in (*zip(CURVES, ((9,), (4, 3)), strict=True), (ONE, (1,)))
        ),
        Probe(
            FAR,
            together(log_p_data=_far, log_p_model=_far),
            observers.value,
        ),
        kept_probe(**_densities(5)),
    ),
    oracle=oracles.logit_from_densities,
    misconceptions=(
        _wrong(
            "the sign",
            "The logit is positive where the data are more likely than the model's samples.",
            lambda a, b: b - a,
        ),
        _wrong(
            "the probability, not its logit",
            "D* is the sigmoid of the answer; the logit itself is asked for.",
            lambda a, b: torch.sigmoid(a - b),
        ),
        _wrong(
            "the ratio, not its logarithm",
            "p_data / p_model is the exponential of the logit.",
            lambda a, b: torch.exp(a - b),
        ),
        _wrong(
            "log D*, not its logit",
            "This is log D*; the logit is log D* - log(1 - D*), in which the sum of the two"
            " densities cancels.",
            lambda a, b: a - torch.logaddexp(a, b),
            lambda a, b: torch.logaddexp(a, b) - a,
        ),
        _wrong(
            "the ratio of the logarithms",
            "The logarithm of a quotient is a difference of logarithms, not their quotient.",
            lambda a, b: a / b,
        ),
        _wrong(
            "the logarithm taken again",
            "The arguments are logarithms already.",
            lambda a, b: a.log() - b.log(),
            lambda a, b: (a / b).log(),
        ),
        overwritten,
        Misconception(
            "unstable for small densities",
            "The formula is right on paper, but exp(-1000) is 0 and log(0 / 0) is nan: subtract the"
            " logarithms as they are.",
            (lambda a, b: (a.exp() / b.exp()).log(),),
            on=CURVES,
        ),
    ),
)

kl_generator_loss = Exercise(
    id="foundations.kl_generator_loss",
    truth="mean of log(1 - D) - log D = -h; at D* it is KL(p_model || p_data)",
    source=f"the sum of both generator losses of {GOODFELLOW}, section 3; Huszar 2016",
    points=6,
    probes=(
        *loss_probes(logits=FAKE),
        Probe("one logit", together(logits=uniform(*FAKE, 1, 1)), observers.value_and_gradients),
        huge_probe(logits=HUGE),
    ),
    oracle=oracles.kl_generator_loss,
    misconceptions=(
        wrong_loss(
            "the sign",
            "A generator that makes this small is recognised more and more surely: its logits"
            " should grow.",
            lambda h: h.mean(),
        ),
        wrong_loss(
            "only one of the two losses",
            "Add the minimax loss, log(1 - D), and the non-saturating one, -log D.",
            logit_losses.generator_loss,
            logit_losses.minimax_generator_loss,
        ),
        wrong_loss(
            "subtracted instead of added",
            "The two losses are log(1 - D) and -log D; their sum is log((1 - D) / D).",
            lambda h: logit_losses.minimax_generator_loss(h) - logit_losses.generator_loss(h),
            lambda h: logit_losses.generator_loss(h) - logit_losses.minimax_generator_loss(h),
        ),
        wrong_loss(
            "averaged instead of added",
            "The two losses are added; you took their average.",
            lambda h: -h.mean() / 2,
        ),
        summed(oracles.kl_generator_loss),
        under_no_grad(oracles.kl_generator_loss),
        wrong_loss(
            "the sigmoid of the logit",
            "In the sum of the two losses the sigmoid cancels: what is left is the logit.",
            lambda h: -logit_losses.sigmoid(h).mean(),
            lambda h: (1 - logit_losses.sigmoid(h)).mean(),
            lambda h: (1 - 2 * logit_losses.sigmoid(h)).mean(),
        ),
        logit_as_probability(
            lambda h: ((1 - h).log() - h.log()).mean(),
            lambda h: ((1 - h + 1e-8).log() - (h + 1e-8).log()).mean(),
            lambda h: (1 - h).log().mean() - h.log().mean(),
            lambda h: ((1 - h) / h).log().mean(),
        ),
        overwritten,
        replace(
            unstable(
                lambda h: (
                    (1 - logit_losses.sigmoid(h)).log() - logit_losses.sigmoid(h).log()
                ).mean()
            ),
            sentence="For large logits the sigmoid is 0 or 1 and its logarithm infinite: simplify"
            " the sum of the two losses on paper until no sigmoid is left.",
        ),
    ),
)
