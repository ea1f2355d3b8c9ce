"""Part 3: the discriminator that gets the class label."""

import torch

from autograder.judging import Exercise, Misconception, Probe, observers
from autograder.judging.misconceptions import overwritten
from autograder.judging.probes import kept_probe, together, uniform

from . import oracles

SIZES = "three features, four classes", "two features, three classes"


def _draws(n, d, k):
    return dict(
        phi=uniform(-1, 2, n, d), mu=uniform(0.3, 1.6, k, d), mu_hat=uniform(-1.5, 0.6, k, d)
    )


def _wrong(name, sentence, *formulas):
    return Misconception(name, sentence, formulas, on=SIZES)


def _with(offset):
    """A phi + offset(mu, mu_hat)."""
    return lambda phi, mu, mu_hat: phi @ (mu - mu_hat).T + offset(mu, mu_hat)


def _right_offset(mu, mu_hat):
    return ((mu_hat**2).sum(1) - (mu**2).sum(1)) / 2


projection_logits = Exercise(
    id="foundations.projection_logits",
    truth="A_y phi + b_y with A_y = mu_y - mu_hat_y, b_y = (|mu_hat_y|^2 - |mu_y|^2) / 2",
    source="Miyato and Koyama 2018, cGANs with Projection Discriminator, section 3",
    points=7,
    probes=(
        *(
            Probe(name, together(**_draws(*sizes)), observers.values_and_gradients)
            for name, sizes in (
                *zip(SIZES, ((6, 3, 4), (5, 2, 3)), strict=True),
                ("one point", (1, 3, 4)),
                ("one feature, one class", (4, 1, 1)),
                ("as many points as features and classes", (3, 3, 3)),
            )
        ),
        kept_probe(**_draws(3, 2, 4)),
    ),
    oracle=oracles.projection_logits,
    misconceptions=(
        _wrong(
            "data and model swapped",
            "mu belongs to the data: the logit is log p_data - log p_model, so A_y = mu_y -"
            " mu_hat_y.",
            lambda *a: -oracles.projection_logits(*a),
        ),
        _wrong(
            "the half in b missing",
            "The exponent of a normal density has a factor 1/2: in the term with phi the 2 of the"
            " square cancels it, in b it stays.",
            _with(lambda mu, mu_hat: 2 * _right_offset(mu, mu_hat)),
        ),
        _wrong(
            "the sign of b",
            "Write out -|phi - mu|^2 / 2 + |phi - mu_hat|^2 / 2: the square of mu comes with a"
            " minus.",
            _with(lambda mu, mu_hat: -_right_offset(mu, mu_hat)),
        ),
        _wrong(
            "b forgotten",
            "The logit is 0 halfway between the two means, not at phi = 0.",
            _with(lambda mu, mu_hat: 0),
        ),
        _wrong(
            "lengths not squared",
            "b_y is half a difference of squared lengths.",
            _with(lambda mu, mu_hat: (mu_hat.norm(dim=1) - mu.norm(dim=1)) / 2),
            _with(lambda mu, mu_hat: mu_hat.norm(dim=1) - mu.norm(dim=1)),
        ),
        _wrong(
            "the square of the difference",
            "|mu_hat|^2 - |mu|^2 is not |mu_hat - mu|^2, nor its negative.",
            _with(lambda mu, mu_hat: -((mu - mu_hat) ** 2).sum(1) / 2),
            _with(lambda mu, mu_hat: ((mu - mu_hat) ** 2).sum(1) / 2),
        ),
        _wrong(
            "one b for all classes",
            "Every class has its own b: sum over the features only, dim=1.",
            _with(lambda mu, mu_hat: _right_offset(mu, mu_hat).sum()),
            _with(lambda mu, mu_hat: _right_offset(mu, mu_hat).mean()),
        ),
        _wrong(
            "a probability, not a logit",
            "The logits are asked for, before any sigmoid; and classes do not compete here, so no"
            " softmax either.",
            lambda *a: torch.sigmoid(oracles.projection_logits(*a)),
            lambda *a: torch.softmax(oracles.projection_logits(*a), 1),
            lambda *a: torch.log_softmax(oracles.projection_logits(*a), 1),
        ),
        _wrong(
            "classes in rows",
            "Rows are points and columns are classes: (N, K).",
            lambda *a: oracles.projection_logits(*a).T,
        ),
        overwritten,
    ),
)
