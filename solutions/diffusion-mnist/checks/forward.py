"""Part 1: noise, in one step."""

import torch
from torch import Tensor

from autograder.judging import Exercise, Misconception, Probe, observers
from autograder.judging.misconceptions import overwritten
from autograder.judging.probes import kept_probe, together, uniform

from .at_times import alpha_bars, for_each_column, mistakes, probes, times, wrong
from .observers.at_times import twice
from .oracles import forward as oracles
from .oracles.schedule import at

TWICE = "the same call, twice"


def _noising(shape):
    """x0 beyond [-1, 1], which nothing clamps, and noise."""
    return together(
        x0=uniform(-1.7, 1.2, *shape),
        t=times(shape[0]),
        alpha_bars=alpha_bars,
        noise=uniform(-2, 2.5, *shape),
    )


def _shares(of_image, of_noise):
    """The sum of image and noise with other factors, functions of alpha_bar."""

    def formula(x0: Tensor, t: Tensor, alpha_bars: Tensor, noise: Tensor) -> Tensor:
        left = at(alpha_bars, t, x0)
        return of_image(left) * x0 + of_noise(left) * noise

    return formula


def _root(left):
    return left.sqrt()


def _rest(left):
    return (1 - left).sqrt()


ROOTS = (
    "Variances add up, deviations do not: the image is multiplied by the root of alpha_bar, the"
    " noise by the root of 1 - alpha_bar."
)

q_sample = Exercise(
    id="diffusion-mnist.q_sample",
    truth="sqrt(alpha_bar) x0 + sqrt(1 - alpha_bar) noise, alpha_bar at the time of each row",
    source="Ho et al. 2020, Denoising Diffusion Probabilistic Models, equation 4",
    points=3,
    probes=(
        *probes(_noising),
        Probe(TWICE, _noising((5, 3)), twice),
    ),
    oracle=oracles.q_sample,
    misconceptions=(
        Misconception(
            "noise of its own",
            "The noise is an argument: use it, and draw none.",
            (lambda x0, t, bars, noise: oracles.q_sample(x0, t, bars, torch.randn_like(x0)),),
            on=(TWICE,),
        ),
        wrong("both roots missing", ROOTS, _shares(lambda a: a, lambda a: 1 - a)),
        wrong("the root of alpha_bar missing", ROOTS, _shares(lambda a: a, _rest)),
        wrong("the root of 1 - alpha_bar missing", ROOTS, _shares(_root, lambda a: 1 - a)),
        wrong(
            "1 minus the root",
            f"{ROOTS} First 1 - alpha_bar, then the root.",
            _shares(_root, lambda a: 1 - a.sqrt()),
            _shares(_root, lambda a: (1 - a.sqrt()).sqrt()),
        ),
        wrong("image and noise swapped", ROOTS, _shares(_rest, _root)),
        wrong(
            "the image as large as before",
            "The image shrinks while noise is added, so that the variance stays 1.",
            _shares(lambda a: 1, _rest),
            _shares(lambda a: 1, lambda a: 1),
        ),
        wrong(
            "the noise subtracted",
            "The noise is added. The sign does not matter to the law of x_t, but it does to a"
            " network that is asked for this very noise.",
            _shares(_root, lambda a: -_rest(a)),
        ),
        wrong(
            "the noise returned, too",
            "x_t is right; return it alone: the caller has the noise.",
            lambda x0, t, bars, noise: (oracles.q_sample(x0, t, bars, noise), noise),
        ),
        for_each_column(lambda x0, t, a, noise: a[t].sqrt() * x0 + (1 - a[t]).sqrt() * noise),
        *mistakes(oracles.q_sample, ("x0", "t", "alpha_bars", "noise")),
    ),
)


def _of_ratios(name, sentence, *formulas):
    return Misconception(name, sentence, formulas, on=("alpha_bars", "more alpha_bars"))


signal_to_noise = Exercise(
    id="diffusion-mnist.signal_to_noise",
    truth="alpha_bar / (1 - alpha_bar)",
    source="Kingma et al. 2021, Variational Diffusion Models, equation 3",
    points=1,
    probes=(
        Probe("alpha_bars", together(alpha_bars=alpha_bars), observers.value),
        Probe("more alpha_bars", together(alpha_bars=uniform(0.1, 0.9, 9)), observers.value),
        kept_probe(alpha_bars=uniform(0.1, 0.9, 4)),
    ),
    oracle=oracles.signal_to_noise,
    misconceptions=(
        _of_ratios(
            "the root of the ratio",
            "A ratio of variances is asked for, not of deviations: no root.",
            lambda a: (a / (1 - a)).sqrt(),
            lambda a: a.sqrt() / (1 - a),
            lambda a: a / (1 - a).sqrt(),
        ),
        _of_ratios(
            "inverted",
            "The signal is the numerator, the noise the denominator.",
            lambda a: (1 - a) / a,
        ),
        _of_ratios(
            "its logarithm",
            "The ratio itself is asked for; the picture below takes its logarithm.",
            lambda a: (a / (1 - a)).log(),
            lambda a: 10 * (a / (1 - a)).log10(),
        ),
        _of_ratios(
            "a share instead of a ratio",
            "How much signal for each noise: alpha_bar divided by 1 - alpha_bar.",
            lambda a: a,
            lambda a: a - (1 - a),
        ),
        _of_ratios(
            "squared",
            "alpha_bar and 1 - alpha_bar are variances already: do not square them.",
            lambda a: a**2 / (1 - a) ** 2,
            lambda a: a**2 / (1 - a**2),
        ),
        overwritten,
    ),
)
