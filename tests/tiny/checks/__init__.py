"""The checks of the tiny assignment that tests and benchmarks grade."""

from functools import partial

from autograder.checks import Checks
from autograder.judging import Exercise, Probe, observers
from autograder.judging.misconceptions import logit_as_probability, summed, unstable, wrong_loss
from autograder.judging.probes import FAKE, HUGE, ORDINARY, REAL, together, uniform
from autograder.oracles.logit_losses import bce_loss as right
from autograder.oracles.logit_losses import sigmoid


def _entropy(p, t):
    return -(t * p.log() + (1 - t) * (1 - p).log()).mean()


def _probe(name, span, *shape):
    draws = together(logits=uniform(*span, *shape), targets=uniform(0.1, 0.9, *shape))
    return Probe(name, draws, partial(observers.value_and_gradients, constant=("targets",)))


bce_loss = Exercise(
    id="tiny.bce_loss",
    truth="mean of softplus(h) - t h; finite at h = +-10,000",
    source="cross-entropy of Bernoulli(t) and Bernoulli(sigmoid(h))",
    points=5,
    probes=(
        _probe(ORDINARY[0], REAL, 7),
        _probe(ORDINARY[1], FAKE, 6, 1),
        Probe(
            "logits of +-10,000",
            together(logits=HUGE, targets=HUGE.new_tensor([0.0, 1.0, 1.0, 0.0])),
            observers.value,
        ),
    ),
    oracle=right,
    misconceptions=(
        logit_as_probability(_entropy),
        summed(right),
        wrong_loss(
            "labels swapped",
            "The target is the probability of class 1: it weights log(sigmoid(h)).",
            lambda h, t: right(h, 1 - t),
        ),
        wrong_loss(
            "negated",
            "Cross-entropy is minus the log-likelihood, and never negative.",
            lambda h, t: -right(h, t),
        ),
        unstable(lambda h, t: _entropy(sigmoid(h), t)),
    ),
)

CHECKS = Checks(prefix="tiny", exercises=(bce_loss,))
