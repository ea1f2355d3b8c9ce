"""Part 5: the negative evidence lower bound of any model with an encoder and a decoder."""

import torch

from autograder.judging import Exercise, Misconception, Probe
from autograder.judging.noise import DEVIATIONS, WithinError, none
from autograder.judging.probes import uniform

from . import oracles
from .observers import bounds
from .observers.bounds import Bound

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


def _parts(model, x):
    """KL and reconstruction of each image: (N,), (N,). A gradient passes z as it passes m."""
    m, v = model.enc(x)
    kl = oracles.kl_normal(m, v, torch.zeros_like(m), torch.ones_like(v))
    return kl, oracles.bernoulli_nll(_logits(model, m), x)


def _logits(model, m):
    return model.logits + (m - m.detach()) @ model.B.T


def _bound(kl, rec, **how):
    return Bound(kl + rec, kl, rec, **how)


def _means(**how):
    def formula(model, x):
        kl, rec = _parts(model, x)
        return _bound(kl.mean(), rec.mean(), **how)

    return formula


def _estimated(model, x):
    """With log q(z) - log p(z) of the one z drawn for each image in place of the KL."""
    kl, rec = _parts(model, x)
    with torch.no_grad():
        m, v = model.enc(x)
        off_diagonal = torch.zeros(len(m), m.shape[1], m.shape[1], dtype=m.dtype)
        deviation = oracles.kl_deviation(m, v.log() / 2, off_diagonal)
        error = DEVIATIONS * (deviation**2).mean().sqrt() / len(m) ** 0.5
    return Bound(
        WithinError((kl + rec).mean().detach(), error=error),
        WithinError(kl.mean().detach(), error=error),
        rec.mean(),
    )


def _kl_with_deviations(model, x):
    m, v = model.enc(x)
    return oracles.kl_normal(m, v**2, torch.zeros_like(m), torch.ones_like(v)).mean()


def _v_as_deviation(where):
    def formula(model, x):
        kl, rec = (part.mean() for part in _parts(model, x))
        kl = _kl_with_deviations(model, x) if "kl" in where else kl
        scale = (lambda m: m.b.detach().exp().sqrt()) if "codes" in where else None
        return _bound(kl, rec, scale=scale)

    return formula


def _changed(change):
    """change: (kl (N,), rec (N,), model, x) -> Bound."""
    return lambda model, x: change(*_parts(model, x), model, x)


def _three(nelbo, kl, rec):
    consistent = bool((nelbo - kl - rec).abs() < 1e-6 * nelbo.abs())
    return Bound(nelbo, kl, rec, is_sum=consistent)


def _of_probabilities(kl, rec, model, x):
    """The logits taken for probabilities, or through the sigmoid twice."""
    p = torch.sigmoid(_logits(model, model.enc(x)[0]))
    return _bound(kl.mean(), oracles.bernoulli_nll(p, x).mean())


negative_elbo_bound = Exercise(
    id="vae.negative_elbo_bound",
    truth="(kl + rec, kl, rec), means over the batch; z drawn from N(m, v) enters the decoder",
    source="Kingma and Welling 2014, Auto-Encoding Variational Bayes, equation 7;"
    " Kolmogorov-Smirnov test with a false-alarm rate of 2e-7 for each of four columns",
    points=7,
    probes=tuple(Probe(name, _draw, bounds.parts) for name in MODELS),
    oracle=_means(),
    also_right=(_estimated,),
    misconceptions=(
        Misconception(
            "summed over the batch",
            "All three are means over the batch: sum over pixels and over the code, then average.",
            (_changed(lambda kl, rec, *_: _bound(kl.sum(), rec.sum())),),
        ),
        Misconception(
            "a mean where the sum belongs",
            "Pixels and the numbers of the code add up; only the batch is averaged.",
            (
                _changed(lambda kl, rec, m, x: _bound(kl.mean(), rec.mean() / x.shape[1])),
                _changed(lambda kl, rec, m, x: _bound(kl.mean() / m.z_dim, rec.mean())),
                _changed(
                    lambda kl, rec, m, x: _bound(kl.mean() / m.z_dim, rec.mean() / x.shape[1])
                ),
            ),
        ),
        Misconception(
            "the KL subtracted",
            "The negative bound is kl + rec: both are costs.",
            (_changed(lambda kl, rec, *_: _three((rec - kl).mean(), kl.mean(), rec.mean())),),
        ),
        Misconception(
            "the bound, not its negative",
            "nelbo is what an optimiser makes small: -log p(x|z) + KL, not its negative.",
            (
                _changed(lambda kl, rec, *_: _three(-(kl + rec).mean(), kl.mean(), rec.mean())),
                _changed(lambda kl, rec, *_: _three(-(kl + rec).mean(), kl.mean(), -rec.mean())),
                _changed(lambda kl, rec, *_: _three((kl - rec).mean(), kl.mean(), -rec.mean())),
            ),
        ),
        Misconception(
            "v as deviation",
            "enc() gives a variance: the deviation of the code is its root, and the KL takes v as"
            " it is.",
            tuple(_v_as_deviation(where) for where in (("codes",), ("kl",), ("codes", "kl"))),
        ),
        Misconception(
            "the mean decoded, not a sample",
            "The bound is an expectation over q(z|x): draw z, do not decode its mean.",
            (_means(codes=none),),
        ),
        Misconception(
            "the KL the wrong way round",
            "KL(q || p): the posterior comes first, the prior second.",
            (
                _changed(
                    lambda kl, rec, model, x: _bound(_reversed_kl(model, x).mean(), rec.mean())
                ),
            ),
        ),
        Misconception(
            "sigmoid applied twice",
            "binary_cross_entropy_with_logits contains the sigmoid: hand it what dec() returns.",
            (_changed(_of_probabilities),),
        ),
        Misconception(
            "returned in another order",
            "Return (nelbo, kl, rec), in this order.",
            (
                _changed(lambda kl, rec, *_: _three((kl + rec).mean(), rec.mean(), kl.mean())),
                _changed(lambda kl, rec, *_: _three(kl.mean(), rec.mean(), (kl + rec).mean())),
                _changed(lambda kl, rec, *_: _three(rec.mean(), kl.mean(), (kl + rec).mean())),
            ),
        ),
        Misconception(
            "the gradient is cut",
            "The encoder learns through z: no .detach() and no torch.no_grad() on the way from m"
            " and v to the code.",
            (_changed(lambda kl, rec, *_: _bound(kl.mean(), rec.mean().detach())),),
        ),
    ),
)


def _reversed_kl(model, x):
    m, v = model.enc(x)
    return oracles.kl_normal(torch.zeros_like(m), torch.ones_like(v), m, v)
