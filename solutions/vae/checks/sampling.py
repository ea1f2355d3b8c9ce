"""Parts 1 and 5: draws that a gradient can pass."""

from functools import partial

import torch
from scipy import stats

from autograder.judging import Exercise, Misconception, Probe, noise, observers
from autograder.judging.misconceptions import overwritten
from autograder.judging.probes import KEPT, uniform

from .observers import draws

KINGMA = "Kingma and Welling 2014, Auto-Encoding Variational Bayes"
TEST = "Kolmogorov-Smirnov test with a false-alarm rate of 2e-7 for each of two columns"
DRAWS, OFTEN, GRADIENTS = "20,000 draws", "rows, columns and calls", "gradients of the draws"
SHAPES = (
    stats.uniform(0, 1),
    stats.uniform(-1, 2),
    stats.uniform(-0.5, 1),
    stats.uniform(-(3**0.5), 2 * 3**0.5),
)


def _probes(names, spread, deviation, slope):
    """spread: a draw (2,). deviation, slope: of the right answer, functions of the spread."""

    def draw(rows, g):
        at = spread(g)
        signs = torch.tensor([1.0, -1.0], dtype=torch.float64)
        return {
            "mean": uniform(0.6, 1.5, 2)(g) * signs,
            "spread": at,
            "rows": rows,
            "deviation": deviation(at),
            "slope": slope(at),
            "names": names,
        }

    def tables(g):
        inputs = draw(5, g)
        return {name: inputs[name].expand(5, -1).clone() for name in ("mean", "spread")}

    return (
        Probe(DRAWS, partial(draw, 10_000), draws.columns),
        Probe(OFTEN, partial(draw, 300), draws.independence),
        Probe(GRADIENTS, partial(draw, 300), draws.gradients),
        Probe(KEPT, tables, observers.unchanged),
    )


def _law(deviation, **how):
    return lambda mean, spread: draws.Drawn(deviation, **how)


def _from(law):
    """Noise of another law, multiplied by a scale."""
    (start, width) = law.args
    return noise.uniform(start, start + width)


def _misconceptions(names, right, *others):
    """What goes wrong with mean + right(spread) * noise, and others before it."""
    return (
        *others,
        Misconception(
            "uniform noise",
            "The noise comes from a uniform distribution (torch.rand, rand_like); take a standard"
            " normal one (randn, randn_like).",
            tuple(_law(right, noise=_from(law)) for law in SHAPES),
            on=(DRAWS,),
        ),
        Misconception(
            "the noise is not used",
            f"Every draw is {names[0]} itself: add the deviation times the noise.",
            (_law(right, noise=noise.none),),
            on=(DRAWS,),
        ),
        Misconception(
            "one noise for several draws",
            "Each number needs noise of its own: the shape of the noise is that of the mean, and"
            " no seed is set inside.",
            tuple(
                _law(right, differs=differs)
                for differs in (
                    ("column", "call"),
                    ("row", "call"),
                    ("row", "column"),
                    ("call",),
                    (),
                )
            ),
            on=(OFTEN,),
        ),
        Misconception(
            "the gradient is cut",
            f"No gradient reaches {' or '.join(names)}: draw the noise first, then compute with"
            " tensors; .detach(), .item(), .data, torch.no_grad() and torch.normal cut it off.",
            tuple(_law(right, reaches=reaches) for reaches in ((), ("mean",), ("spread",))),
            on=(DRAWS, GRADIENTS),
        ),
        overwritten,
    )


def _log_variance(g):
    return torch.cat([uniform(-2.2, -1.5, 1)(g), uniform(1.0, 1.6, 1)(g)])


def _half(log_var):
    return (log_var / 2).exp()


sampling = Exercise(
    id="vae.sampling",
    truth="mu + exp(log_var / 2) * noise, standard normal; its gradient reaches mu and log_var",
    source=f"{KINGMA}, section 2.4; {TEST}",
    points=7,
    probes=_probes(("mu", "log_var"), _log_variance, _half, lambda s: _half(s) / 2),
    oracle=_law(_half),
    misconceptions=_misconceptions(
        ("mu", "log_var"),
        _half,
        Misconception(
            "exp(log_var) as deviation",
            "exp(log_var) is the variance; the deviation is its root, exp(log_var / 2).",
            (_law(torch.exp),),
            on=(DRAWS,),
        ),
        Misconception(
            "log_var itself as deviation",
            "log_var is a logarithm and may be negative: the deviation is exp(log_var / 2).",
            (_law(lambda s: s.abs()), _law(lambda s: s.abs() / 2)),
            on=(DRAWS,),
        ),
    ),
)


def _variance(g):
    return torch.cat([uniform(0.12, 0.3, 1)(g), uniform(2.5, 4, 1)(g)])


sample_gaussian = Exercise(
    id="vae.sample_gaussian",
    truth="m + sqrt(v) * noise, standard normal; its gradient reaches m and v",
    source=f"{KINGMA}, section 2.4; {TEST}",
    points=4,
    probes=_probes(("m", "v"), _variance, torch.sqrt, lambda v: 0.5 / v.sqrt()),
    oracle=_law(torch.sqrt),
    misconceptions=_misconceptions(
        ("m", "v"),
        torch.sqrt,
        Misconception(
            "v as deviation",
            "v is a variance; the noise is multiplied by the deviation, its root.",
            (_law(lambda v: v), _law(lambda v: v**2)),
            on=(DRAWS,),
        ),
        Misconception(
            "v as log variance",
            "v is the variance itself, not its logarithm: no exp is needed, only a root.",
            (_law(_half), _law(torch.exp)),
            on=(DRAWS,),
        ),
    ),
)
