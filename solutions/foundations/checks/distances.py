"""Part 4: how far apart are two distributions that hardly meet?"""

import math

import torch

from autograder.judging import Exercise, Misconception, Probe, observers
from autograder.judging.misconceptions import overwritten
from autograder.judging.probes import KEPT, kept_probe, together, uniform

from . import oracles
from .observers import one_by_one

ARJOVSKY = "Arjovsky et al. 2017, Wasserstein Generative Adversarial Networks"

MEANS = "several means and deviations", "one deviation for all"


def _gaussians(eps, *shape, apart=1.0):
    """theta on both sides of theta0."""

    def draw(g):
        theta0 = uniform(-1, 2, *shape)(g)
        side = torch.tensor([1.0, -1.0, 1.0]).double().repeat(4)[: shape[0]]
        side = side.reshape(-1, *[1] * (len(shape) - 1))
        return {
            "theta": theta0 + apart * side * uniform(0.4, 2.2, *shape)(g),
            "theta0": theta0,
            "eps": eps(g),
        }

    return draw


def _wrong_kl(name, sentence, *formulas):
    return Misconception(name, sentence, formulas, on=MEANS)


kl_gaussian = Exercise(
    id="foundations.kl_gaussian",
    truth="(theta - theta0)^2 / (2 eps^2), which grows without bound as eps goes to 0",
    source="Kullback-Leibler divergence of two normal distributions of one variance",
    points=4,
    probes=(
        *(
            Probe(name, draw, observers.value)
            for name, draw in (
                (MEANS[0], _gaussians(uniform(0.3, 2.5, 7), 7)),
                (MEANS[1], _gaussians(uniform(1.3, 2.5), 5)),
                ("a table of means", _gaussians(uniform(0.3, 2.5, 3, 2), 3, 2)),
                ("tiny deviations", _gaussians(uniform(1e-3, 2e-3, 5), 5)),
                ("equal means", _gaussians(uniform(0.3, 2.5, 4), 4, apart=0.0)),
            )
        ),
        Probe(KEPT, _gaussians(uniform(0.3, 2.5, 5), 5), observers.unchanged),
    ),
    oracle=oracles.kl_gaussian,
    misconceptions=(
        _wrong_kl(
            "the half missing",
            "The exponent of a normal density has a factor 1/2, and it stays.",
            lambda t, t0, eps: (t - t0) ** 2 / eps**2,
        ),
        _wrong_kl(
            "eps as a variance",
            "eps is the deviation: the variance in the exponent is its square.",
            lambda t, t0, eps: (t - t0) ** 2 / (2 * eps),
        ),
        _wrong_kl(
            "multiplied by eps² after a division by 2",
            "a / 2 * b is (a / 2) * b: put the denominator 2 eps^2 in parentheses.",
            lambda t, t0, eps: (t - t0) ** 2 / 2 * eps**2,
        ),
        _wrong_kl(
            "the difference not squared",
            "The distance of the means enters squared.",
            lambda t, t0, eps: (t - t0).abs() / (2 * eps**2),
            lambda t, t0, eps: (t - t0) / (2 * eps**2),
            lambda t, t0, eps: (t - t0).abs() / eps,
        ),
        _wrong_kl(
            "the variances added",
            "Both distributions have the variance eps^2; their difference is not asked for.",
            lambda t, t0, eps: (t - t0) ** 2 / (4 * eps**2),
        ),
        _wrong_kl(
            "negated",
            "A divergence is never negative: it is the mean of log(p / q) under p.",
            lambda t, t0, eps: -oracles.kl_gaussian(t, t0, eps),
        ),
        _wrong_kl(
            "a logarithm left over",
            "Both distributions have the same deviation, so the logarithms of their normalisations"
            " cancel.",
            lambda t, t0, eps: oracles.kl_gaussian(t, t0, eps) + eps.log(),
            lambda t, t0, eps: oracles.kl_gaussian(t, t0, eps) - eps.log(),
            lambda t, t0, eps: (
                oracles.kl_gaussian(t, t0, eps) + (eps * math.sqrt(2 * math.pi)).log()
            ),
            lambda t, t0, eps: (
                oracles.kl_gaussian(t, t0, eps) - (eps * math.sqrt(2 * math.pi)).log()
            ),
        ),
        overwritten,
    ),
)

POINTS = "pairs of points"
_APART = {"far apart": 2.5, "close together": -1e-2, "very close": 1e-4, "almost equal": 4e-7}


def _pairs(g):
    theta0 = uniform(0.55, 0.95, 5)(g)
    apart = torch.tensor([*_APART.values(), 0.0], dtype=torch.float64)
    return {"names": (*_APART, "that are equal"), "theta": theta0 + apart, "theta0": theta0}


def _where_apart(value):
    return lambda a, b: (a != b).double() * value if a != b else torch.zeros(()).double()


def _beyond(threshold):
    return lambda a, b: ((a - b).abs() > threshold).double() * math.log(2)


js_point_masses = Exercise(
    id="foundations.js_point_masses",
    truth="log 2 however near the points are, 0 when they are equal",
    source=f"{ARJOVSKY}, example 1",
    points=4,
    probes=(
        Probe(POINTS, _pairs, one_by_one),
        kept_probe(theta=uniform(1, 2), theta0=uniform(3, 4)),
    ),
    oracle=oracles.js_point_masses,
    misconceptions=(
        Misconception(
            "equal points forgotten",
            "A distribution is at divergence 0 from itself.",
            (lambda a, b: torch.tensor(math.log(2)).double(),),
        ),
        Misconception(
            "near taken for equal",
            "However near, two different points share no probability: compare with ==, not with a"
            " tolerance.",
            (_beyond(1e-5), _beyond(1e-6), _beyond(1e-3)),
        ),
        Misconception(
            "in bits",
            "The logarithm has base 2; take the natural one.",
            (_where_apart(1.0),),
        ),
        Misconception(
            "the halves missing",
            "Both divergences to the mixture have the weight 1/2; you added them in full.",
            (_where_apart(2 * math.log(2)),),
        ),
        Misconception(
            "only one of the two divergences",
            "Both divergences to the mixture are log 2 where the points differ; their halves add up"
            " to log 2.",
            (_where_apart(0.5 * math.log(2)), _where_apart(0.25 * math.log(2))),
        ),
        Misconception(
            "the value of the game",
            "-log 4 + 2 JS is the value of the game; JS itself is asked for.",
            (
                lambda a, b: 2 * _where_apart(math.log(2))(a, b) - math.log(4),
                lambda a, b: -_where_apart(math.log(2))(a, b),
            ),
        ),
        Misconception(
            "Kullback-Leibler, not Jensen-Shannon",
            "KL is infinite where the other distribution has no mass; the mixture has some"
            " everywhere, so JS is finite.",
            (_where_apart(math.inf),),
        ),
        Misconception(
            "the distance of the points",
            "The divergence sees only whether the two overlap, not how far apart they are.",
            (lambda a, b: (a - b).abs(), lambda a, b: (a - b) ** 2, lambda a, b: a - b),
        ),
        Misconception(
            "the Jensen-Shannon distance",
            "The distance is the square root of the divergence; do not take the root.",
            (_where_apart(math.sqrt(math.log(2))),),
        ),
        overwritten,
    ),
)

SAMPLES = "two samples of different spread", "two others of different spread"


def _samples(n):
    """x near 0, y on both sides of it, both in no order: the means say little."""

    def draw(g):
        y = torch.cat([uniform(-3, -1, n // 2)(g), uniform(1.2, 4, n - n // 2)(g)])
        return {"x": uniform(-0.6, 0.9, n)(g), "y": y[torch.randperm(n, generator=g)]}

    return draw


def _reordered(g):
    x = uniform(-2, 3, 8)(g)
    return {"x": x, "y": x.roll(3)}


def _wrong_distance(name, sentence, *formulas):
    return Misconception(name, sentence, formulas, on=SAMPLES)


def _moves(x, y):
    return x.sort().values - y.sort().values


wasserstein_1d = Exercise(
    id="foundations.wasserstein_1d",
    truth="mean |sorted x - sorted y|; |theta - theta0| for two points",
    source="Villani 2003, Topics in Optimal Transportation, theorem 2.18",
    points=5,
    probes=(
        Probe(SAMPLES[0], _samples(9), observers.value),
        Probe(SAMPLES[1], _samples(14), observers.value),
        Probe("one point each", together(x=uniform(2, 3, 1), y=uniform(-1, 0, 1)), observers.value),
        Probe("the same points in another order", _reordered, observers.value),
        kept_probe(x=uniform(-1, 1, 7), y=uniform(-2, 3, 7)),
    ),
    oracle=oracles.wasserstein_1d,
    misconceptions=(
        _wrong_distance(
            "unsorted",
            "The order of the samples means nothing: the cheapest way of moving one onto the other"
            " pairs the smallest with the smallest, so sort both.",
            lambda x, y: (x - y).abs().mean(),
            lambda x, y: (x.sort().values - y).abs().mean(),
            lambda x, y: (x - y.sort().values).abs().mean(),
        ),
        _wrong_distance(
            "the moves squared",
            "The cost of a move is its length, not the square of it.",
            lambda x, y: (_moves(x, y) ** 2).mean(),
            lambda x, y: (_moves(x, y) ** 2).mean().sqrt(),
        ),
        _wrong_distance(
            "the distance of the means",
            "Moves to the left and to the right both cost: take the absolute value of each before"
            " the mean.",
            lambda x, y: (x.mean() - y.mean()).abs(),
            lambda x, y: x.mean() - y.mean(),
            lambda x, y: y.mean() - x.mean(),
        ),
        _wrong_distance(
            "summed over the points",
            "Each of the N points carries 1/N of the mass: take the mean.",
            lambda x, y: _moves(x, y).abs().sum(),
        ),
        _wrong_distance(
            "all pairs",
            "Each point moves to one place, not to all of them.",
            lambda x, y: (x[:, None] - y[None]).abs().mean(),
        ),
        _wrong_distance(
            "the longest move only",
            "All moves count, each with its share of the mass.",
            lambda x, y: _moves(x, y).abs().max(),
        ),
        overwritten,
    ),
)
