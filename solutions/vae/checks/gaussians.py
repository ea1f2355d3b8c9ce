"""Part 5: the divergence of two diagonal Gaussians."""

import torch

from autograder.judging import Exercise, Misconception, Probe, observers
from autograder.judging.misconceptions import overwritten
from autograder.judging.probes import kept_probe, together, uniform

from . import oracles
from .losses import CUT

PAIRS = "two Gaussians in three dimensions", "two Gaussians in five dimensions"
ONE = "one row of one number"


def _signs(shape):
    return torch.tensor([1.0, -1.0]).double().repeat(shape[0] * shape[1])[: shape[0] * shape[1]]


def _variances(*shape):
    """Well above and well below 1, alternating."""
    size = uniform(0.6, 1.4, *shape)
    return lambda g: (size(g) * _signs(shape).reshape(shape)).exp()


def _draws(*shape):
    return dict(
        qm=uniform(0.4, 1.8, *shape),
        qv=_variances(*shape),
        pm=uniform(-1.2, 0.3, *shape),
        pv=uniform(0.3, 0.8, *shape),
    )


def _wrong(name, sentence, *formulas):
    return Misconception(name, sentence, formulas, on=PAIRS)


def _terms(qm, qv, pm, pv):
    return (pv.log() - qv.log() + qv / pv + (qm - pm) ** 2 / pv - 1) / 2


def _scaled(name, sentence, factor):
    def scaled(kl):
        return lambda *a: factor * kl(*a)

    return Misconception(name, sentence, (scaled(oracles.kl_normal),), PAIRS, transform=scaled)


HALF = "The divergence has one factor 1/2, in front of everything."

kl_normal = Exercise(
    id="vae.kl_normal",
    truth="1/2 sum (log pv - log qv + qv/pv + (qm - pm)^2/pv - 1) over the last dimension",
    source="Kullback-Leibler divergence of Gaussians; Kingma and Welling 2014, appendix B",
    points=5,
    on_gpu=False,  # it gets tensors on the CPU
    probes=(
        *(
            Probe(name, together(**_draws(*shape)), observers.values_and_gradients)
            for name, shape in (*zip(PAIRS, ((4, 3), (7, 5)), strict=True), (ONE, (1, 1)))
        ),
        kept_probe(**_draws(2, 3)),
    ),
    oracle=oracles.kl_normal,
    misconceptions=(
        _wrong(
            "v as deviation",
            "qv and pv are variances already: do not square them.",
            lambda qm, qv, pm, pv: oracles.kl_normal(qm, qv**2, pm, pv**2),
            lambda qm, qv, pm, pv: (
                (pv.log() - qv.log()) + (qv**2 + (qm - pm) ** 2) / (2 * pv**2) - 0.5
            ).sum(-1),
        ),
        _wrong(
            "a mean instead of a sum",
            "The dimensions are independent, so their divergences add up: sum over the last"
            " dimension.",
            lambda *a: _terms(*a).mean(-1),
        ),
        _wrong(
            "one number for the whole batch",
            "Each row has its own divergence: sum over the last dimension only.",
            lambda *a: _terms(*a).sum(),
            lambda *a: _terms(*a).mean(),
            lambda *a: _terms(*a).sum(-1).mean(),
        ),
        _wrong(
            "not summed",
            "One number for each row is asked for: sum over the last dimension.",
            _terms,
        ),
        _wrong(
            "the KL the wrong way round",
            "This is KL(p || q): the expectation is taken over q, the first two arguments.",
            lambda qm, qv, pm, pv: oracles.kl_normal(pm, pv, qm, qv),
        ),
        _scaled("the half missing", HALF, 2),
        _scaled("the half twice", HALF, 0.5),
        _scaled("negated", "A divergence is never negative; this is -KL.", -1),
        _wrong(
            "v as log variance",
            "qv and pv are the variances themselves: their logarithms are taken, not their exp.",
            lambda qm, qv, pm, pv: oracles.kl_normal(qm, qv.exp(), pm, pv.exp()),
        ),
        _wrong(
            "log σ for log σ²",
            "The logarithms are those of the variances, not of the deviations.",
            lambda qm, qv, pm, pv: (_terms(qm, qv, pm, pv) - (pv.log() - qv.log()) / 4).sum(-1),
            lambda qm, qv, pm, pv: (_terms(qm, qv, pm, pv) + (pv.log() - qv.log()) / 2).sum(-1),
        ),
        _wrong(
            "the squared difference not divided",
            "The squared difference of the means is measured in units of p's deviation: divide it"
            " by pv.",
            lambda qm, qv, pm, pv: (_terms(qm, qv, pm, pv) + (qm - pm) ** 2 * (1 - 1 / pv) / 2).sum(
                -1
            ),
        ),
        _wrong(
            "the squared difference divided by qv",
            "The squared difference of the means is measured in units of p's deviation, not of q's:"
            " divide it by pv.",
            lambda qm, qv, pm, pv: (
                _terms(qm, qv, pm, pv) + (qm - pm) ** 2 * (1 / qv - 1 / pv) / 2
            ).sum(-1),
        ),
        _wrong(
            "the difference not squared",
            "The difference of the means enters squared.",
            lambda qm, qv, pm, pv: (
                _terms(qm, qv, pm, pv) + ((qm - pm) - (qm - pm) ** 2) / pv / 2
            ).sum(-1),
            lambda qm, qv, pm, pv: (
                _terms(qm, qv, pm, pv) + ((qm - pm).abs() - (qm - pm) ** 2) / pv / 2
            ).sum(-1),
        ),
        _wrong(
            "the ratio of the variances inverted",
            "The spread of q is measured in units of p's: qv / pv.",
            lambda qm, qv, pm, pv: (_terms(qm, qv, pm, pv) + (pv / qv - qv / pv) / 2).sum(-1),
        ),
        _wrong("the gradient is cut", CUT, lambda *a: oracles.kl_normal(*a).detach()),
        _wrong(
            "plus instead of minus",
            "Mind the signs: log pv - log qv, then both quotients with a plus, and -1.",
            lambda qm, qv, pm, pv: (
                (qv.log() - pv.log() + qv / pv + (qm - pm) ** 2 / pv - 1).sum(-1) / 2
            ),
            lambda qm, qv, pm, pv: (
                (pv.log() - qv.log() - qv / pv - (qm - pm) ** 2 / pv - 1).sum(-1) / 2
            ),
            lambda qm, qv, pm, pv: (
                (pv.log() - qv.log() + qv / pv - (qm - pm) ** 2 / pv - 1).sum(-1) / 2
            ),
        ),
        _wrong(
            "the 1 forgotten",
            "Without the 1 a Gaussian would not be at divergence 0 from itself.",
            lambda *a: (_terms(*a) + 0.5).sum(-1),
        ),
        _wrong(
            "1 for d",
            "Each number of the code has a -1 of its own: d of them in each row, not one.",
            lambda *a: _terms(*a).sum(-1) + (a[0].shape[-1] - 1) / 2,
        ),
        overwritten,
    ),
)
