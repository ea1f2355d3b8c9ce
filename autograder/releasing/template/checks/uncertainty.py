"""Part 1: how uncertain a classifier is."""

import math
from collections.abc import Callable

import torch

from autograder.judging import Exercise, Misconception, Probe, observers
from autograder.judging.misconceptions import overwritten
from autograder.judging.probes import HUGE, kept_probe, together, uniform

from . import oracles

# A wrong formula is recognised only if it agrees on both.
ORDINARY = ("a batch of logits (N,)", "a table of logits (N, K)")
LARGE = "logits of +-10,000"
SPAN = (-3.0, 4.0)  # off centre: the entropy is the same for h and -h


def _wrong(
    name: str, sentence: str, formula: Callable[[torch.Tensor], torch.Tensor]
) -> Misconception:
    return Misconception(name, sentence, (formula,), on=ORDINARY)


bernoulli_entropy = Exercise(
    id="NAME.bernoulli_entropy",
    truth="-p log p - (1 - p) log(1 - p) with p = sigmoid(h), in nats, finite for every logit",
    source="Cover and Thomas 2006, Elements of Information Theory, equation 2.5",
    points=60,
    probes=(
        Probe(ORDINARY[0], together(logits=uniform(*SPAN, 9)), observers.value),
        Probe(ORDINARY[1], together(logits=uniform(*SPAN, 4, 3)), observers.value),
        Probe(LARGE, together(logits=HUGE), observers.value),
        kept_probe(logits=uniform(*SPAN, 5)),
    ),
    oracle=oracles.bernoulli_entropy,
    misconceptions=(
        _wrong(
            "the sign",
            "log p is negative, and an entropy never is: it is the mean of -log p.",
            lambda h: -oracles.bernoulli_entropy(h),
        ),
        _wrong(
            "one outcome only",
            "Both outcomes count, each with its own probability: p and 1 - p.",
            lambda h: torch.special.entr(torch.sigmoid(h)),
        ),
        _wrong(
            "in bits",
            "Logarithms are natural here: log2 gives bits, and 1 bit is log 2 nats.",
            lambda h: oracles.bernoulli_entropy(h) / math.log(2),
        ),
        _wrong(
            "averaged over the logits",
            "Each logit has its own entropy: the result has the shape of the logits.",
            lambda h: oracles.bernoulli_entropy(h).mean(),
        ),
        overwritten,
        Misconception(
            "unstable for large logits",
            "The formula is right on paper, but sigmoid(h) becomes 0 or 1 and its logarithm is"
            " infinite: use softplus or logsigmoid.",
            on=ORDINARY,
            fails_on=(LARGE,),
        ),
    ),
)
