"""Part 6: the bound of a model whose likelihood is known."""

from functools import partial

import torch

from autograder.judging import Exercise, Misconception, Probe, observers
from autograder.judging.misconceptions import overwritten
from autograder.judging.probes import KEPT, uniform

from . import oracles
from .losses import CUT

POSTERIOR = "the exact posterior"
OTHERS = "another q", "another q, in three dimensions"
# V is symmetric: its gradient depends on which of its two halves the answer reads.
_value_and_gradients = partial(observers.value_and_gradients, constant=("x", "V"))


def _model(g, big, small):
    """x (D,), W (D, d), sigma ()."""
    W = uniform(-1.2, 1.5, big, small)(g)
    sigma = uniform(0.55, 0.75, 1)(g).reshape(())
    return {"x": uniform(-1, 2.5, big)(g), "W": W, "sigma": sigma}


def _exact(g):
    model = _model(g, 5, 2)
    m, V = oracles.linear_gaussian_posterior(**model)
    return {**model, "m": m, "V": V}


def _other(big, small):
    def draw(g):
        model = _model(g, big, small)
        m, _ = oracles.linear_gaussian_posterior(**model)
        L = torch.tril(uniform(0.2, 0.6, small, small)(g)) + 0.2 * torch.eye(small).double()
        return {**model, "m": m + uniform(0.3, 0.7, small)(g), "V": L @ L.T}

    return draw


def _wrong(name, sentence, *formulas):
    return Misconception(name, sentence, formulas, on=(POSTERIOR, *OTHERS))


def _reversed(m, V):
    """KL(N(0, I) || N(m, V))."""
    inverse = torch.linalg.inv(V)
    return (torch.trace(inverse) + m @ inverse @ m - len(m) + torch.logdet(V)) / 2


def _fit(x, W, sigma, m, V):
    return oracles.expected_log_likelihood(x, W, sigma, m, V)


def _parts(x, W, variance, m, V):
    """(normalisation, error of the mean, spread) of E_q log N(x; W z, variance I)."""
    error, spread = ((x - W @ m) ** 2).sum(), torch.trace(W @ V @ W.T)
    return -len(x) / 2 * (oracles.LOG_2PI + variance.log()), error, spread


def _sigma_for_variance(where):
    def formula(x, W, sigma, m, V):
        normalised = _parts(x, W, sigma if "log" in where else sigma**2, m, V)[0]
        _, error, spread = _parts(x, W, sigma, m, V)
        scale = sigma if "fit" in where else sigma**2
        return normalised - (error + spread) / (2 * scale) - oracles.kl_to_standard(m, V)

    return formula


linear_gaussian_elbo = Exercise(
    id="vae.linear_gaussian_elbo",
    truth="E_q log N(x; Wz, s^2 I) - KL(q || N(0, I)); log N(x; 0, WW^T + s^2 I) at the posterior",
    source="Tipping and Bishop 1999, Probabilistic Principal Component Analysis, equations 2 to 6",
    points=6,
    on_gpu=False,  # it gets tensors on the CPU
    probes=(
        Probe(POSTERIOR, _exact, _value_and_gradients),
        Probe(OTHERS[0], _other(5, 2), _value_and_gradients),
        Probe(OTHERS[1], _other(6, 3), _value_and_gradients),
        Probe("one pixel, one number", _other(1, 1), _value_and_gradients),
        Probe(KEPT, _other(4, 2), observers.unchanged),
    ),
    oracle=oracles.linear_gaussian_elbo,
    misconceptions=(
        _wrong(
            "the KL the wrong way round",
            "KL(q || prior), with the expectation over q: the prior is the second argument.",
            lambda x, W, s, m, V: _fit(x, W, s, m, V) - _reversed(m, V),
        ),
        _wrong(
            "the KL added",
            "The divergence is subtracted: a bound from below loses what q costs.",
            lambda x, W, s, m, V: _fit(x, W, s, m, V) + oracles.kl_to_standard(m, V),
        ),
        _wrong(
            "the spread of q forgotten",
            "The expectation over q of |x - W z|^2 is |x - W m|^2 plus the trace of W V W^T.",
            lambda x, W, s, m, V: _fit(x, W, s, m, 0 * V) - oracles.kl_to_standard(m, V),
        ),
        _wrong(
            "σ for σ²",
            "sigma is a deviation: the variance of the pixels is its square, in the logarithm and"
            " below the squares.",
            *(_sigma_for_variance(where) for where in (("log",), ("fit",), ("log", "fit"))),
        ),
        _wrong(
            "the negative bound",
            "This is the loss; the bound itself is asked for, which touches log p(x) from below.",
            lambda *a: -oracles.linear_gaussian_elbo(*a),
        ),
        _wrong(
            "log p(x), whatever q is",
            "The bound depends on m and V, and is below log p(x) unless q is the posterior.",
            lambda x, W, s, m, V: oracles.linear_gaussian_log_likelihood(x, W, s),
        ),
        _wrong(
            "the normalisation forgotten",
            "A density needs its normalisation: -D/2 log(2 pi sigma^2), for D pixels.",
            lambda x, W, s, m, V: (
                _fit(x, W, s, m, V) - _parts(x, W, s**2, m, V)[0] - oracles.kl_to_standard(m, V)
            ),
            lambda x, W, s, m, V: (
                oracles.linear_gaussian_elbo(x, W, s, m, V) + len(x) / 2 * oracles.LOG_2PI
            ),
            lambda x, W, s, m, V: oracles.linear_gaussian_elbo(x, W, s, m, V) + len(x) * s.log(),
            lambda x, W, s, m, V: (
                oracles.linear_gaussian_elbo(x, W, s, m, V)
                - (1 - len(x)) / 2 * (oracles.LOG_2PI + 2 * s.log())
            ),
        ),
        _wrong(
            "only the variances of q",
            "V is a full matrix: log det V is not the sum of the logarithms of its diagonal.",
            lambda x, W, s, m, V: (
                _fit(x, W, s, m, V)
                - (torch.trace(V) + m @ m - len(m) - V.diagonal().log().sum()) / 2
            ),
            lambda x, W, s, m, V: oracles.linear_gaussian_elbo(
                x, W, s, m, torch.diag(V.diagonal())
            ),
        ),
        _wrong(
            "the half missing",
            "Three halves are needed: of D log(2 pi sigma^2), of the squares over sigma^2, and of"
            " the divergence.",
            lambda x, W, s, m, V: _fit(x, W, s, m, V) - 2 * oracles.kl_to_standard(m, V),
            lambda x, W, s, m, V: 2 * _fit(x, W, s, m, V) - oracles.kl_to_standard(m, V),
            lambda x, W, s, m, V: 2 * oracles.linear_gaussian_elbo(x, W, s, m, V),
            lambda x, W, s, m, V: (
                2 * _fit(x, W, s, m, V) - _parts(x, W, s**2, m, V)[0] - oracles.kl_to_standard(m, V)
            ),
        ),
        _wrong(
            "the KL left out",
            "This is E_q log p(x|z) alone: subtract what q costs.",
            _fit,
        ),
        _wrong("the gradient is cut", CUT, lambda *a: oracles.linear_gaussian_elbo(*a).detach()),
        overwritten,
    ),
)
