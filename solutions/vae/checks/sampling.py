"""Parts 1 and 5: draws that a gradient can pass."""

from functools import partial

import torch

from autograder.judging import Alias, Exercise, Misconception, Probe, observers
from autograder.judging.misconceptions import overwritten
from autograder.judging.probes import KEPT, uniform

from .noise import STANDARD_NORMAL, NoNoise, by_column
from .observers import draws

KINGMA = "Kingma and Welling 2014, Auto-Encoding Variational Bayes"
TEST = "Kolmogorov-Smirnov tests with a false-alarm rate of 2e-7 for each of four columns"
WIDE = "deviations above 1"
DRAWS, OFTEN, GRADIENTS = "20,000 draws", "rows, columns and calls", "gradients of the draws"


def _probes(names, spread, wide, deviation, slope):
    """spread, wide: draws (2,). deviation, slope: of the right answer, functions of the spread."""

    def draw(rows, g, spread=spread):
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

    def several(g):
        sizes = (1, 1), (4,), (2, 3, 4)
        means = [uniform(-1, 1, *size)(g) for size in sizes]
        return {"means": means, "spreads": [mean.abs() + 0.5 for mean in means]}

    return (
        Probe(
            DRAWS,
            partial(draw, 10_000),
            draws.columns,
            laws=lambda inputs: by_column(STANDARD_NORMAL, draws.COLUMN),
        ),
        Probe(
            WIDE,
            partial(draw, 20_000, spread=wide),
            draws.columns,
            laws=lambda inputs: by_column(STANDARD_NORMAL, draws.COLUMN),
        ),
        Probe(OFTEN, partial(draw, 300), draws.independence),
        Probe(GRADIENTS, partial(draw, 300), draws.gradients),
        Probe("tensors of any shape", several, draws.shapes),
        Probe(KEPT, tables, observers.unchanged),
    )


def _sampler(deviation, noise=torch.randn_like, cut=()):
    """mean + deviation(spread) * noise(mean), as students write it, with at most one flaw.

    cut: places of the arguments that no gradient reaches.
    """

    def sample(*arguments):
        mean, spread = (x.detach() if place in cut else x for place, x in enumerate(arguments))
        return mean + deviation(spread) * noise(mean)

    return sample


def _uniform(low, high):
    return lambda mean: low + (high - low) * torch.rand_like(mean)


def _shared(*, rows=False, columns=False, calls=False):
    """Noise that several rows, columns or calls have in common."""

    def noise(mean):
        generator = torch.Generator().manual_seed(0) if calls else None
        shape = 1 if rows else mean.shape[0], 1 if columns else mean.shape[1]
        return torch.randn(shape, generator=generator, dtype=mean.dtype)

    return noise


def _scaled_noise(factor):
    return lambda mean: factor * torch.randn_like(mean)


UNIFORM = tuple(_uniform(*ends) for ends in ((0, 1), (-1, 1), (-0.5, 0.5), (-(3**0.5), 3**0.5)))
SHARED = (
    _shared(rows=True),
    _shared(columns=True),
    _shared(calls=True),
    _shared(rows=True, columns=True),
    _shared(rows=True, columns=True, calls=True),
)


def _misconceptions(names, right, *others):
    """What goes wrong with mean + right(spread) * noise, and others before it."""
    return (
        *others,
        Misconception(
            "uniform noise",
            "The noise comes from a uniform distribution (torch.rand, rand_like); take a standard"
            " normal one (randn, randn_like).",
            tuple(_sampler(right, noise) for noise in UNIFORM),
            on=(DRAWS,),
        ),
        Misconception(
            "the noise is not used",
            f"Every draw is {names[0]} itself: add the deviation times the noise.",
            (_sampler(right, torch.zeros_like),),
            on=(DRAWS,),
            laws=by_column(NoNoise(), draws.COLUMN),
        ),
        Misconception(
            "noise of another deviation",
            "The noise itself has the deviation 1: yours is scaled.",
            tuple(_sampler(right, _scaled_noise(by)) for by in (0.01, 0.1, 0.5, 2)),
            on=(DRAWS, WIDE),
        ),
        Misconception(
            "the deviation is not used",
            f"The noise has the deviation 1 in every draw: multiply it by that of {names[1]}.",
            (_sampler(torch.ones_like),),
            on=(DRAWS,),
        ),
        Misconception(
            "the mean is not used",
            f"The draws are centred at 0: add {names[0]}.",
            (lambda *both: _sampler(right)(*both) - both[0],),
            on=(DRAWS,),
        ),
        Misconception(
            "one noise for several draws",
            "Each number needs its own noise: the shape of the noise is that of the mean, and no"
            " seed is set inside.",
            tuple(_sampler(right, noise) for noise in SHARED),
            on=(OFTEN,),
        ),
        Misconception(
            "the gradient is cut",
            f"No gradient reaches {' or '.join(names)}: draw the noise first, then compute with"
            " tensors; .detach(), .item(), .data, torch.no_grad() and torch.normal cut it off.",
            tuple(_sampler(right, cut=cut) for cut in ((0, 1), (1,), (0,))),
            on=(DRAWS, GRADIENTS),
        ),
        overwritten,
    )


def _log_variance(g):
    return torch.cat([uniform(-2.2, -1.5, 1)(g), uniform(1.0, 1.6, 1)(g)])


def _positive(g):
    """Far enough apart for the root of a logarithm to be told from any share of the deviation."""
    return torch.cat([uniform(0.15, 0.25, 1)(g), uniform(0.9, 1.1, 1)(g)])


def _half(log_var):
    return (log_var / 2).exp()


def _as_it_is(sample):
    return sample


def _of_deviation(sample):
    """One that takes the deviation, as a function of log_var."""
    return lambda mu, log_var: sample(mu, _half(log_var))


sampling = Exercise(
    id="vae.sampling",
    truth="mu + exp(log_var / 2) * noise, standard normal; its gradient reaches mu and log_var",
    source=f"{KINGMA}, section 2.4; {TEST}",
    points=7,
    probes=_probes(("mu", "log_var"), _log_variance, _positive, _half, lambda s: _half(s) / 2),
    oracle=_sampler(_half),
    aliases=(
        Alias("reparametrize", _as_it_is, "CS231n"),
        Alias("reparameterize", _as_it_is, "PyTorch's example of a VAE", ("mu", "logvar")),
        Alias("reparameterize", _as_it_is, "PyTorch's example of a VAE", ("mu", "log_var")),
        Alias(
            "sample_reparameterize",
            _of_deviation,
            "UvA's deep learning course, which gives the deviation",
            ("mean", "std"),
        ),
    ),
    misconceptions=_misconceptions(
        ("mu", "log_var"),
        _half,
        Misconception(
            "exp(log_var) as deviation",
            "exp(log_var) is the variance; the deviation is its root, exp(log_var / 2).",
            (_sampler(torch.exp),),
            on=(DRAWS,),
        ),
        Misconception(
            "log_var doubled",
            "exp(2 log_var) is the square of the variance; the deviation is its root,"
            " exp(log_var / 2).",
            (_sampler(lambda s: (2 * s).exp()),),
            on=(DRAWS,),
        ),
        Misconception(
            "log_var itself as deviation",
            "log_var is a logarithm and may be negative: the deviation is exp(log_var / 2).",
            (
                _sampler(lambda s: s.abs()),
                _sampler(lambda s: s.abs() / 2),
                _sampler(torch.nn.functional.softplus),
            ),
            on=(DRAWS,),
        ),
        Misconception(
            "log_var taken for the variance",
            "log_var is the logarithm of the variance, and may be negative: its root is no"
            " deviation; exp(log_var / 2) is.",
            (_sampler(lambda s: s.sqrt()),),
            on=(WIDE,),
        ),
        Misconception(
            "the root taken twice",
            "log_var / 2 in the exponent is the root already.",
            (_sampler(lambda s: (s / 4).exp()),),
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
    probes=_probes(("m", "v"), _variance, uniform(1.3, 4, 2), torch.sqrt, lambda v: 0.5 / v.sqrt()),
    oracle=_sampler(torch.sqrt),
    misconceptions=_misconceptions(
        ("m", "v"),
        torch.sqrt,
        Misconception(
            "v as deviation",
            "v is a variance; the noise is multiplied by the deviation, its root.",
            (_sampler(lambda v: v),),
            on=(DRAWS,),
        ),
        Misconception(
            "the square for the root",
            "v is a variance; the deviation is its root, not its square.",
            (_sampler(lambda v: v**2),),
            on=(DRAWS,),
        ),
        Misconception(
            "v as log variance",
            "v is the variance itself, not its logarithm: no exp is needed, only a root.",
            (_sampler(_half), _sampler(torch.exp)),
            on=(DRAWS,),
        ),
    ),
)
