"""Part 5: the negative evidence lower bound of any model with an encoder and a decoder."""

import torch

from autograder.judging import Exercise, Misconception, Probe
from autograder.judging.estimate import Estimate
from autograder.judging.probes import uniform

from . import oracles
from .noise import STANDARD_NORMAL, NoNoise, by_column
from .observers import bounds

ROWS = 10_000
MODELS = "a decoder that ignores its code", "another decoder that ignores its code"


def _draw(g):
    logits = uniform(0.5, 2.5, 6)(g)
    logits[::2] *= -1
    return {
        "A": uniform(-0.6, 0.6, 2, 6)(g),
        "a": uniform(0.5, 1.0, 2)(g) * torch.tensor([1.0, -1.0]).double(),
        "b": torch.cat([uniform(-2.4, -1.8, 1)(g), uniform(0.4, 0.7, 1)(g)]),
        "B": uniform(0.3, 1.2, 6, 2)(g),
        "logits": logits,
        "x": uniform(0, 1, ROWS, 6)(g).round(),
    }


def _laws(inputs):
    """The codes are drawn. The KL may be, too: log q(z) - log p(z) of one z for each image."""
    m, v = _posterior(**inputs)
    of_one = oracles.kl_deviation(m, v.log() / 2, torch.zeros_like(m).diag_embed())
    deviation = (of_one**2).mean().sqrt() / len(m) ** 0.5
    kl = _kl(m, v).mean()
    rec = oracles.bernoulli_nll(inputs["logits"], inputs["x"]).mean()
    estimates = {"kl": Estimate(kl, deviation), "nelbo": Estimate(kl + rec, deviation)}
    return estimates | by_column(STANDARD_NORMAL, bounds.CODES)


def _posterior(A, a, b, x, **_):
    return x @ A.T + a, b.exp().expand(len(x), -1)


def _kl(m, v):
    return oracles.kl_normal(m, v, torch.zeros_like(m), torch.ones_like(v))


def _kl_with_deviations(m, v):
    return _kl(m, v**2)


def _reversed_kl(m, v):
    return oracles.kl_normal(torch.zeros_like(m), torch.ones_like(v), m, v)


def _code(m, v):
    return m + v.sqrt() * torch.randn_like(m)


def _code_with_deviations(m, v):
    return m + v * torch.randn_like(m)


def _three(kl, rec):
    kl, rec = kl.mean(), rec.mean()
    return kl + rec, kl, rec


def _bound(three=_three, *, kl=_kl, code=_code, rec=oracles.bernoulli_nll):
    """negative_elbo_bound as students write it, with at most one flaw.

    three: (kl (N,), rec (N,)) -> what is returned. kl: (m, v) -> (N,). code: (m, v) -> (N, d).
    rec: (logits, x) -> (N,).
    """

    def negative_elbo_bound(model, x):
        m, v = model.enc(x)
        return three(kl(m, v), rec(model.dec(code(m, v)), x))

    return negative_elbo_bound


def _of_means(three):
    """three: (kl, rec), the means -> what is returned."""
    return _bound(lambda kl, rec: three(kl.mean(), rec.mean()))


def _mean_kl(m, v):
    return _kl(m, v) / m.shape[1]


def _mean_nll(logits, x):
    return oracles.bernoulli_nll(logits, x) / x.shape[1]


negative_elbo_bound = Exercise(
    id="vae.negative_elbo_bound",
    truth="(kl + rec, kl, rec), means over the batch; z drawn from N(m, v) enters the decoder",
    source="Kingma and Welling 2014, Auto-Encoding Variational Bayes, equation 7;"
    " Kolmogorov-Smirnov test with a false-alarm rate of 2e-7 for each of four columns",
    points=7,
    probes=tuple(Probe(name, _draw, bounds.parts, laws=_laws) for name in MODELS),
    oracle=_bound(),
    misconceptions=(
        Misconception(
            "summed over the batch",
            "All three are means over the batch: sum over pixels and over the code, then average.",
            (_bound(lambda kl, rec: (kl.sum() + rec.sum(), kl.sum(), rec.sum())),),
        ),
        Misconception(
            "a mean instead of a sum",
            "Pixels and the numbers of the code add up; only the batch is averaged.",
            (
                _bound(rec=_mean_nll),
                _bound(kl=_mean_kl),
                _bound(kl=_mean_kl, rec=_mean_nll),
            ),
        ),
        Misconception(
            "the KL subtracted",
            "The negative bound is kl + rec: both are costs.",
            (_of_means(lambda kl, rec: (rec - kl, kl, rec)),),
        ),
        Misconception(
            "the bound, not its negative",
            "nelbo is what an optimiser minimises: -log p(x|z) + KL, not its negative.",
            (
                _of_means(lambda kl, rec: (-(kl + rec), kl, rec)),
                _of_means(lambda kl, rec: (-(kl + rec), kl, -rec)),
                _of_means(lambda kl, rec: (kl - rec, kl, -rec)),
            ),
        ),
        Misconception(
            "v as deviation",
            "enc() gives a variance: the deviation of the code is its root, and the KL takes v as"
            " it is.",
            (
                _bound(code=_code_with_deviations),
                _bound(kl=_kl_with_deviations),
                _bound(code=_code_with_deviations, kl=_kl_with_deviations),
            ),
        ),
        Misconception(
            "the mean decoded, not a sample",
            "The bound is an expectation over q(z|x): draw z, do not decode its mean.",
            (_bound(code=lambda m, v: m),),
            laws=by_column(NoNoise(), bounds.CODES),
        ),
        Misconception(
            "the KL the wrong way round",
            "KL(q || p): the posterior comes first, the prior second.",
            (_bound(kl=_reversed_kl),),
        ),
        Misconception(
            "sigmoid applied twice",
            "binary_cross_entropy_with_logits contains the sigmoid: pass it what dec() returns.",
            (_bound(rec=lambda logits, x: oracles.bernoulli_nll(torch.sigmoid(logits), x)),),
        ),
        Misconception(
            "returned in the wrong order",
            "Return (nelbo, kl, rec), in this order.",
            (
                _of_means(lambda kl, rec: (kl + rec, rec, kl)),
                _of_means(lambda kl, rec: (kl, rec, kl + rec)),
                _of_means(lambda kl, rec: (rec, kl, kl + rec)),
            ),
        ),
        Misconception(
            "the gradient is cut",
            "The encoder learns through z: no .detach() and no torch.no_grad() on the way from m"
            " and v to the code.",
            (_bound(code=lambda m, v: _code(m, v).detach()),),
        ),
    ),
)
