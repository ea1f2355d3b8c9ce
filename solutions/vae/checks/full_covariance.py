"""Part 6: a posterior with a full covariance matrix."""

import torch

from autograder.judging import Exercise, Misconception, Probe, observers
from autograder.judging.estimate import Estimate
from autograder.judging.misconceptions import overwritten
from autograder.judging.probes import kept_probe, together, uniform

from . import oracles
from .losses import CUT

SOURCE = "Kingma and Welling 2019, An Introduction to Variational Autoencoders, section 2.5.1"
CODES = "codes of three numbers", "codes of four numbers"
ONE = "one code of one number"
HALVED = "log_sigma is the logarithm of the deviation, not of the variance: do not halve it."


def _log_sigma(*shape):
    """Deviations well above and well below 1, alternating."""

    def draw(g):
        sizes = uniform(0.3, 0.9, *shape)(g)
        sizes[:, ::2] *= -1
        return sizes

    return draw


def _draws(n, d):
    return {
        "mu": uniform(-0.3, 1.4, n, d),
        "log_sigma": _log_sigma(n, d),
        "L_raw": uniform(0.2, 1.3, n, d, d),
        "eps": uniform(-1.5, 2.5, n, d),
    }


def _probes(*names, how=observers.values_and_gradients, laws=lambda inputs: {}, **others):
    def of(n, d):
        draws = _draws(n, d) | {name: draw(n, d) for name, draw in others.items()}
        return {name: draws[name] for name in names}

    return (
        Probe(CODES[0], together(**of(5, 3)), how, laws),
        Probe(CODES[1], together(**of(4, 4)), how, laws),
        Probe(ONE, together(**of(1, 1)), how, laws),
        kept_probe(**of(2, 3)),
    )


def _wrong(name, sentence, *formulas):
    return Misconception(name, sentence, formulas, on=CODES)


def _apply(L, mu, eps):
    return mu + (L @ eps.unsqueeze(-1)).squeeze(-1)


def _with(make_L):
    """z with another matrix: make_L (log_sigma, L_raw) -> L."""
    return lambda mu, s, L_raw, eps: _apply(make_L(s, L_raw), mu, eps)


def _without_mean(mu, s, L_raw, eps):
    return oracles.full_covariance_sample(0 * mu, s, L_raw, eps)


def _diagonal_kept(s, L_raw):
    return torch.tril(L_raw) + torch.diag_embed(s.exp())


def _kl_of(L, mu):
    """1/2 (tr L L^T + mu.mu - d - log det L L^T) for any L."""
    log_det = 2 * torch.linalg.slogdet(L)[1]
    return ((L**2).sum((-2, -1)) + (mu**2).sum(-1) - mu.shape[-1] - log_det) / 2


full_covariance_sample = Exercise(
    id="vae.full_covariance_sample",
    truth="mu + L eps, L = strictly lower part of L_raw + diag(exp(log_sigma))",
    source=SOURCE,
    points=5,
    on_gpu=False,  # it gets tensors on the CPU
    probes=_probes("mu", "log_sigma", "L_raw", "eps"),
    oracle=oracles.full_covariance_sample,
    misconceptions=(
        _wrong(
            "log σ halved",
            HALVED,
            _with(lambda s, L_raw: oracles.scale_matrix(s / 2, L_raw)),
        ),
        _wrong(
            "the mask keeps the diagonal",
            "L_raw's own diagonal must go: the mask is strictly lower, torch.tril(..., -1).",
            _with(_diagonal_kept),
            _with(lambda s, L_raw: torch.tril(L_raw)),
        ),
        _wrong(
            "the upper triangle",
            "L is lower triangular: what is above the diagonal is masked out.",
            _with(lambda s, L_raw: torch.triu(L_raw, 1) + torch.diag_embed(s.exp())),
        ),
        _wrong(
            "no mask",
            "Only what is below the diagonal of L_raw belongs to L.",
            _with(lambda s, L_raw: L_raw + torch.diag_embed(s.exp())),
        ),
        _wrong(
            "log σ on the diagonal",
            "The diagonal holds the deviations, exp(log_sigma), which are positive.",
            _with(lambda s, L_raw: torch.tril(L_raw, -1) + torch.diag_embed(s)),
        ),
        _wrong(
            "L transposed",
            "z = mu + L eps multiplies the rows of L with eps; eps @ L multiplies its columns.",
            lambda mu, s, L_raw, eps: _apply(oracles.scale_matrix(s, L_raw).mT, mu, eps),
        ),
        _wrong(
            "the covariance L Lᵀ instead of L",
            "L is the factor of the covariance: z = mu + L eps has covariance L L^T already.",
            lambda mu, s, L_raw, eps: _apply(
                oracles.scale_matrix(s, L_raw) @ oracles.scale_matrix(s, L_raw).mT, mu, eps
            ),
        ),
        _wrong(
            "the variance on the diagonal",
            "The diagonal holds the deviations, exp(log_sigma), not their squares.",
            _with(lambda s, L_raw: oracles.scale_matrix(2 * s, L_raw)),
        ),
        _wrong("the mean left out", "z = mu + L eps: mu is missing.", _without_mean),
        _wrong(
            "the gradient is cut",
            CUT,
            lambda *a: oracles.full_covariance_sample(*a).detach(),
            lambda mu, *a: mu + oracles.full_covariance_sample(0 * mu, *a).detach(),
        ),
        _wrong(
            "only the diagonal",
            "Without the lower part of L the numbers of the code stay independent.",
            lambda mu, s, L_raw, eps: mu + s.exp() * eps,
        ),
        overwritten,
    ),
)


def _terms(eps, s):
    return -(0.5 * (eps**2 + oracles.LOG_2PI) + s)


log_q = Exercise(
    id="vae.log_q",
    truth="-sum [1/2 (eps^2 + log 2 pi) + log sigma] over the numbers of the code",
    source=SOURCE,
    points=4,
    on_gpu=False,  # it gets tensors on the CPU
    probes=_probes("eps", "log_sigma"),
    oracle=oracles.log_q,
    misconceptions=(
        _wrong("log σ halved", HALVED, lambda eps, s: oracles.log_q(eps, s / 2)),
        _wrong(
            "plus log σ",
            "A wider distribution is lower: log sigma is subtracted (the change of variables"
            " divides by det L).",
            lambda eps, s: oracles.log_q(eps, -s),
        ),
        _wrong(
            "log σ left out",
            "This is the density of eps; z = mu + L eps is stretched by L, so log det L must be"
            " subtracted.",
            lambda eps, s: oracles.log_q(eps, 0 * s),
        ),
        _wrong(
            "2π forgotten",
            "A density needs its normalisation: 1/2 log(2 pi) for each number of the code.",
            lambda eps, s: -(0.5 * eps**2 + s).sum(-1),
            lambda eps, s: -(0.5 * eps**2 + s).sum(-1) - 0.5 * oracles.LOG_2PI,
        ),
        _wrong(
            "the half missing",
            "Both eps^2 and log(2 pi) carry the factor 1/2.",
            lambda eps, s: -(eps**2 + 0.5 * oracles.LOG_2PI + s).sum(-1),
            lambda eps, s: -(0.5 * eps**2 + oracles.LOG_2PI + s).sum(-1),
            lambda eps, s: -(eps**2 + oracles.LOG_2PI + s).sum(-1),
        ),
        _wrong(
            "negated",
            "This is -log q; the logarithm of a density is asked for.",
            lambda eps, s: -oracles.log_q(eps, s),
        ),
        _wrong(
            "one number for the whole batch",
            "Each row has its own density: sum over the last dimension only.",
            lambda eps, s: _terms(eps, s).sum(),
            lambda eps, s: _terms(eps, s).sum(-1).mean(),
            lambda eps, s: _terms(eps, s).mean(),
        ),
        _wrong(
            "a mean instead of a sum",
            "The logarithms of the factors add up: sum over the code, do not average.",
            lambda eps, s: _terms(eps, s).mean(-1),
        ),
        _wrong(
            "eps² left out",
            "The density is lower far from the mean: eps^2 / 2 is missing.",
            lambda eps, s: oracles.log_q(0 * eps, s),
        ),
        _wrong("the gradient is cut", CUT, lambda *a: oracles.log_q(*a).detach()),
        overwritten,
    ),
)

FEWEST_DRAWS = 10_000


def _estimated(inputs):
    value = oracles.kl_full_covariance(**inputs)
    return {"value": Estimate(value, oracles.kl_deviation(**inputs) / FEWEST_DRAWS**0.5)}


kl_full_covariance = Exercise(
    id="vae.kl_full_covariance",
    truth="1/2 (tr L L^T + mu.mu - d - log det L L^T), or its mean over 10,000 draws",
    source=SOURCE,
    points=4,
    on_gpu=False,  # it gets tensors on the CPU
    # All deviations below 1: where they cancel, an estimate could hide what log det has become.
    probes=_probes(
        "mu",
        "log_sigma",
        "L_raw",
        how=observers.value,  # an estimate has an estimated gradient
        laws=_estimated,
        log_sigma=lambda *shape: uniform(-0.9, -0.4, *shape),
    ),
    oracle=oracles.kl_full_covariance,
    misconceptions=(
        _wrong(
            "log σ halved",
            HALVED + " log det L L^T is twice the sum of log_sigma.",
            lambda mu, s, L_raw: oracles.kl_full_covariance(mu, s, L_raw) + s.sum(-1) / 2,
            lambda mu, s, L_raw: oracles.kl_full_covariance(mu, s / 2, L_raw),
        ),
        _wrong(
            "the mask keeps the diagonal",
            "L_raw's own diagonal must go: the mask is strictly lower, torch.tril(..., -1).",
            lambda mu, s, L_raw: _kl_of(_diagonal_kept(s, L_raw), mu),
            lambda mu, s, L_raw: (
                ((_diagonal_kept(s, L_raw) ** 2).sum((-2, -1)) + (mu**2).sum(-1) - mu.shape[-1]) / 2
                - s.sum(-1)
            ),
        ),
        _wrong(
            "only the diagonal",
            "The trace of L L^T is the sum of the squares of all entries of L, not of its diagonal"
            " alone.",
            lambda mu, s, L_raw: oracles.kl_full_covariance(mu, s, 0 * L_raw),
        ),
        _wrong(
            "σ left out of the trace",
            "sigma belongs to the trace as well: the diagonal of L is exp(log_sigma), and its"
            " squares count.",
            lambda mu, s, L_raw: (
                oracles.kl_full_covariance(mu, s, L_raw) - (2 * s).exp().sum(-1) / 2
            ),
        ),
        _wrong(
            "plus instead of minus",
            "Mind the sign: log det is subtracted, so that a tiny posterior is punished.",
            lambda mu, s, L_raw: oracles.kl_full_covariance(mu, s, L_raw) + 2 * s.sum(-1),
        ),
        _wrong(
            "the half missing",
            "The divergence has a factor 1/2 in front of everything.",
            lambda mu, s, L_raw: 2 * oracles.kl_full_covariance(mu, s, L_raw),
            lambda mu, s, L_raw: oracles.kl_full_covariance(mu, s, L_raw) - s.sum(-1),
        ),
        _wrong(
            "the trace of L instead of L Lᵀ",
            "The covariance is L L^T; its trace is the sum of the squares of L's entries.",
            lambda mu, s, L_raw: (s.exp() + mu**2 - 1 - 2 * s).sum(-1) / 2,
        ),
        _wrong(
            "negated",
            "A divergence is never negative; this is -KL.",
            lambda *a: -oracles.kl_full_covariance(*a),
        ),
        _wrong(
            "the mean left out",
            "A code away from the centre costs, too: mu.mu is missing.",
            lambda mu, s, L_raw: oracles.kl_full_covariance(0 * mu, s, L_raw),
        ),
        _wrong(
            "the d forgotten",
            "Without -d the divergence of N(0, I) from itself is not 0.",
            lambda mu, s, L_raw: oracles.kl_full_covariance(mu, s, L_raw) + mu.shape[-1] / 2,
        ),
        _wrong(
            "1 for d",
            "Each number of the code has a -1 of its own: subtract d, not 1.",
            lambda mu, s, L_raw: oracles.kl_full_covariance(mu, s, L_raw) + (mu.shape[-1] - 1) / 2,
        ),
        _wrong(
            "log det left out",
            "A tiny posterior says a lot and costs a lot: -log det L L^T / 2 is missing.",
            lambda mu, s, L_raw: oracles.kl_full_covariance(mu, s, L_raw) + s.sum(-1),
        ),
        _wrong(
            "a mean instead of a sum",
            "The costs of the numbers of a code add up: no mean over them.",
            lambda mu, s, L_raw: oracles.kl_full_covariance(mu, s, L_raw) / mu.shape[-1],
        ),
        _wrong(
            "one number for the whole batch",
            "Each row has its own divergence.",
            lambda *a: oracles.kl_full_covariance(*a).sum(),
            lambda *a: oracles.kl_full_covariance(*a).mean(),
        ),
        overwritten,
    ),
)
