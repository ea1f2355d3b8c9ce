"""Part 9: what the bound on log p(x0) consists of, beside the simple loss."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from autograder.judging import Exercise, Misconception, Probe, Tolerance, observers
from autograder.judging.misconceptions import doubled, negated, overwritten, scaled, transformed
from autograder.judging.probes import KEPT, kept_probe, together, uniform

from .at_times import STEPS, alpha_bars, some_betas, times
from .observers import at_times
from .oracles import bound as oracles
from .oracles.schedule import linear_schedule, products

HO = "Ho et al. 2020, Denoising Diffusion Probabilistic Models"
ROWS, IMAGES, REAL = "rows (N, d)", "images (N, 1, 28, 28)", "images after 1,000 steps"
SHORT = ROWS, IMAGES


def _1000_steps(g):
    return linear_schedule(1000)[1]


def _wrong_kl(name, sentence, *formulas):
    return Misconception(name, sentence, formulas, on=SHORT)


def _summed(pixel: Callable[[Tensor, Tensor], Tensor], place: int = -1) -> Callable:
    """The sum over the pixels of pixel(x0, alpha_bar), with the alpha_bar of a step."""

    def formula(x0, alpha_bars):
        each = pixel(x0, alpha_bars[place])
        return each.expand_as(x0).flatten(1).sum(1)

    return formula


def _pixel(
    mean: Callable[[Tensor], Tensor] = torch.sqrt,
    variance: Callable[[Tensor], Tensor] | None = None,
) -> Callable:
    """KL(N(mean(A) x0, variance(A)), N(0, 1)) of a pixel; variance: 1 - A."""

    def divergence(x0, left):
        v = 1 - left if variance is None else variance(left)
        return ((mean(left) * x0) ** 2 + v - 1 - v.log()) / 2

    return divergence


def _reverse(x0, left):
    v = 1 - left
    return ((1 + left * x0**2) / v - 1 + v.log()) / 2


def _averaged(kl):
    """The mean over the pixels instead of their sum."""

    def formula(x0, alpha_bars):
        return kl(x0, alpha_bars) / x0[0].numel()

    return formula


prior_kl = Exercise(
    id="diffusion-mnist.prior_kl",
    truth="KL(N(sqrt(A) x0, 1 - A), N(0, I)) with A = alpha_bars[-1], for each image, in nats",
    source=f"{HO}, equation 5",
    points=2,
    # After 1,000 steps float32 leaves 2e-5 of 1 - A - 1 - log(1 - A), summed over 784 pixels.
    tolerance=Tolerance(rtol=1e-4, atol=1e-4),
    probes=(
        Probe(
            ROWS,
            together(x0=uniform(-1.5, 1, 7, 3), alpha_bars=alpha_bars),
            observers.value,
        ),
        Probe(
            IMAGES,
            together(x0=uniform(-1, 0.8, 5, 1, 28, 28), alpha_bars=alpha_bars),
            observers.value,
        ),
        Probe(
            REAL,
            together(x0=uniform(-1, 0.8, 3, 1, 28, 28), alpha_bars=_1000_steps),
            observers.value,
        ),
        kept_probe(x0=uniform(-1, 0.8, 4, 1, 28, 28), alpha_bars=alpha_bars),
    ),
    oracle=oracles.prior_kl,
    misconceptions=(
        transformed(
            "in bits",
            "Nats are asked for: the natural logarithm, with no division by log 2.",
            scaled(1 / math.log(2)),
            oracles.prior_kl,
            on=SHORT,
        ),
        transformed(
            "averaged over the pixels",
            "The pixels are independent, so their divergences add up: a sum, not a mean.",
            _averaged,
            oracles.prior_kl,
            on=SHORT,
        ),
        _wrong_kl(
            "one number for the whole batch",
            "A number for each image is asked for, (N,): sum over its pixels, not over the batch.",
            lambda x0, alpha_bars: oracles.prior_kl(x0, alpha_bars).mean(),
            lambda x0, alpha_bars: oracles.prior_kl(x0, alpha_bars).sum(),
            lambda x0, alpha_bars: _averaged(oracles.prior_kl)(x0, alpha_bars).mean(),
        ),
        _wrong_kl(
            "a number for each pixel",
            "A number for each image is asked for, (N,): sum over all of its pixels.",
            lambda x0, alpha_bars: _pixel()(x0, alpha_bars[-1]),
        ),
        _wrong_kl(
            "not at the last step",
            "x_T is the image after all T steps: its alpha_bar is the last one, alpha_bars[-1].",
            *(_summed(_pixel(), place) for place in (0, 1, -2)),
            lambda x0, alpha_bars: oracles.prior_kl(x0, alpha_bars.prod()[None]),
        ),
        _wrong_kl(
            "alpha_bar and 1 - alpha_bar swapped",
            "alpha_bar is the share of the image that is left, 1 - alpha_bar is the noise's"
            " variance.",
            _summed(_pixel(lambda left: (1 - left).sqrt(), lambda left: left)),
        ),
        _wrong_kl(
            "the square of the mean",
            "The mean of x_T is sqrt(alpha_bar) x0; it enters squared, as alpha_bar x0^2.",
            _summed(_pixel(lambda left: left)),
            _summed(_pixel(lambda left: left**0.25)),
            _summed(_pixel(torch.ones_like)),
            _summed(
                lambda x0, left: (left.sqrt() * x0 - left - (1 - left).log()) / 2,
            ),
            _summed(
                lambda x0, left: ((left.sqrt() * x0).abs() - left - (1 - left).log()) / 2,
            ),
        ),
        _wrong_kl(
            "the deviation for the variance",
            "1 - alpha_bar is the variance of x_T already: neither its root nor its square enters.",
            _summed(_pixel(variance=lambda left: (1 - left).sqrt())),
            _summed(_pixel(variance=lambda left: (1 - left) ** 2)),
            _summed(_pixel(variance=lambda left: 1 - left.sqrt())),
        ),
        _wrong_kl(
            "the logarithm of the deviation",
            "-log sigma is -1/2 log(sigma^2), and sigma^2 is 1 - alpha_bar: inside the bracket with"
            " the half in front, the logarithm of the variance has the factor 1.",
            _summed(lambda x0, left: (left * x0**2 - left - (1 - left).log() / 2) / 2),
            _summed(lambda x0, left: (left * x0**2 - left) / 2 - (1 - left).log()),
        ),
        _wrong_kl(
            "the logarithm's sign",
            "The logarithm of the variance is subtracted: narrow distributions cost more, not"
            " less.",
            _summed(lambda x0, left: (left * x0**2 - left + (1 - left).log()) / 2),
        ),
        _wrong_kl(
            "the -1 missing",
            "With the variance 1 and the mean 0 the divergence is 0: there is a -1 for each pixel.",
            _summed(lambda x0, left: (left * x0**2 + 1 - left - (1 - left).log()) / 2),
            _summed(lambda x0, left: (left * x0**2 + 2 - left - (1 - left).log()) / 2),
            lambda x0, alpha_bars: oracles.prior_kl(x0, alpha_bars) + (x0[0].numel() - 1) / 2,
        ),
        _wrong_kl(
            "the image left out",
            "q(x_T | x0) still depends on the image a little: its mean enters, sqrt(alpha_bar) x0.",
            _summed(_pixel(torch.zeros_like)),
        ),
        _wrong_kl(
            "the variance left out",
            "The variance of x_T is 1 - alpha_bar, not 1: its terms belong to the divergence, too.",
            _summed(lambda x0, left: left * x0**2 / 2),
            _summed(lambda x0, left: (left * x0**2 - left) / 2),
            _summed(lambda x0, left: (left * x0**2 - (1 - left).log()) / 2 - 0 * left),
        ),
        _wrong_kl(
            "the other direction",
            "This is KL(N(0, I), q); the mean is taken under q(x_T | x0), which comes first.",
            _summed(_reverse),
        ),
        doubled(oracles.prior_kl, "The half in front of the sum is missing.", on=SHORT),
        negated(oracles.prior_kl, "A divergence is never negative: the sign is wrong.", on=SHORT),
        Misconception(
            "only for images",
            "Right for images (N, 1, H, W) and for no other data: flatten(1) takes rows, too.",
            on=(IMAGES, REAL),
            fails_on=(ROWS,),
        ),
        Misconception(
            "only for rows",
            "Right for rows (N, d); of an image (1, 28, 28) all axes are summed: flatten(1) first.",
            on=(ROWS,),
            fails_on=(IMAGES, REAL),
        ),
        overwritten,
    ),
)

FEW, MANY = f"{STEPS} steps", "1,000 steps"


def _steps(betas, t):
    def draw(g):
        drawn = betas(g)
        return {"t": t(g), "betas": drawn, "alpha_bars": products(drawn)}

    return draw


def _real_betas(g):
    return linear_schedule(1000)[0]


def _real_times(g):
    return torch.tensor([999.0, 0, 1, 2, 400, 0], dtype=torch.float64)


def _wrong_weight(name, sentence, *formulas):
    return Misconception(name, sentence, formulas, on=(FEW,))


def _weight(formula: Callable[[Tensor, Tensor], Tensor]) -> Callable:
    """formula(beta_t, A_t)."""
    return lambda t, betas, alpha_bars: formula(betas[t], alpha_bars[t])


def _with_before(formula: Callable[[Tensor, Tensor, Tensor], Tensor], first=1.0) -> Callable:
    """formula(beta_t, A_t, A_{t-1}); first: alpha_bar before the first step, None to go around."""

    def weight(t, betas, alpha_bars):
        start = alpha_bars[-1:] if first is None else torch.full_like(alpha_bars[:1], first)
        if first == 0:  # clamped at the first step
            start = alpha_bars[:1]
        return formula(betas[t], alpha_bars[t], torch.cat([start, alpha_bars[:-1]])[t])

    return weight


def _posterior(b, left, before):
    return b / (2 * (1 - b) * (1 - before))


def _of_snr(b, left, before):
    return (before / (1 - before) - left / (1 - left)) / 2


_STARTS = (1.0, 0, None)

elbo_weight = Exercise(
    id="diffusion-mnist.elbo_weight",
    truth="beta_t^2 / (2 sigma_t^2 (1 - beta_t) (1 - A_t)) with sigma_t^2 = beta_t",
    source=f"{HO}, equation 12",
    points=1,
    # 1 - A_0 = 1e-4 has an error of 3e-4 in float32.
    tolerance=Tolerance(rtol=1e-4, atol=1e-3),
    probes=(
        Probe(FEW, _steps(some_betas, times(9)), at_times.value),
        Probe(MANY, _steps(_real_betas, _real_times), at_times.value),
        Probe(KEPT, _steps(some_betas, times(9)), at_times.unchanged),
    ),
    oracle=oracles.elbo_weight,
    misconceptions=(
        _wrong_weight(
            "the posterior's variance",
            "The step's variance is beta_t here, not that of the posterior; with the latter the"
            " weight is infinite at t = 0.",
            *(_with_before(_posterior, first) for first in _STARTS),
        ),
        _wrong_weight(
            "the weight of the image's error",
            "Half the drop of the signal-to-noise ratio weighs the error of the predicted image;"
            " here the error of the predicted noise is weighed.",
            *(_with_before(_of_snr, first) for first in _STARTS),
            _weight(lambda b, left: b * left / (2 * (1 - b) * (1 - left) ** 2)),
        ),
        _wrong_weight(
            "the variance left out",
            "The squared distance of two means is divided by twice their variance, beta_t.",
            _weight(lambda b, left: b**2 / (2 * (1 - b) * (1 - left))),
            _weight(lambda b, left: b**2 / ((1 - b) * (1 - left))),
        ),
        _wrong_weight(
            "the deviation for the variance",
            "Twice the variance is in the denominator: beta_t, neither its root nor its square.",
            _weight(lambda b, left: b**1.5 / (2 * (1 - b) * (1 - left))),
            _weight(lambda b, left: 1 / (2 * (1 - b) * (1 - left))),
        ),
        _wrong_weight(
            "not squared",
            "The difference of the means is beta_t / (sqrt(alpha_t) sqrt(1 - alpha_bar_t)) times"
            " that of the noises, and its square enters, all of it.",
            _weight(lambda b, left: b / (2 * b * (1 - b).sqrt() * (1 - left).sqrt())),
            _weight(lambda b, left: b / (2 * (1 - b).sqrt() * (1 - left).sqrt())),
            _weight(lambda b, left: b / (2 * (1 - b) * (1 - left).sqrt())),
            _weight(lambda b, left: b / (2 * (1 - b).sqrt() * (1 - left))),
        ),
        _wrong_weight(
            "alpha left out",
            "The mean of a step has 1 / sqrt(alpha_t) in front of the bracket: its square, 1 /"
            " alpha_t, belongs to the weight.",
            _weight(lambda b, left: b / (2 * (1 - left))),
        ),
        _wrong_weight(
            "alpha_bar for alpha",
            "In front of the bracket there is alpha_t = 1 - beta_t of this step, not the product of"
            " all.",
            _weight(lambda b, left: b / (2 * left * (1 - left))),
        ),
        _wrong_weight(
            "alpha for alpha_bar",
            "The noise in x_t is that of all the steps: 1 - alpha_bar_t, not beta_t.",
            _weight(lambda b, left: 1 / (2 * (1 - b))),
            _weight(lambda b, left: b / (2 * left * b)),
        ),
        _wrong_weight(
            "1 - alpha_bar left out",
            "In the mean of a step the noise is divided by sqrt(1 - alpha_bar_t): its square"
            " belongs to the weight.",
            _weight(lambda b, left: b / (2 * (1 - b))),
        ),
        _wrong_weight(
            "upside down",
            "This is 1 divided by the weight.",
            _weight(lambda b, left: 2 * (1 - b) * (1 - left) / b),
        ),
        _wrong_weight(
            "a step too early",
            "Time is an index, 0 for the first step: betas[t] and alpha_bars[t], not t - 1.",
            lambda t, betas, alpha_bars: oracles.elbo_weight(t - 1, betas, alpha_bars),
        ),
        _wrong_weight(
            "not at the time t",
            "The weights of the given times are asked for, (N,): take betas[t] and alpha_bars[t].",
            lambda t, betas, alpha_bars: oracles.elbo_weight(
                torch.arange(len(betas)), betas, alpha_bars
            ),
        ),
        _wrong_weight(
            "one number for the whole batch",
            "A weight for each time is asked for, (N,), not their mean or sum.",
            lambda *given: oracles.elbo_weight(*given).mean(),
            lambda *given: oracles.elbo_weight(*given).sum(),
        ),
        _wrong_weight(
            "times the number of steps",
            "The weight of one step is asked for; T comes in where a mean over the times stands for"
            " their sum.",
            lambda t, betas, alpha_bars: len(betas) * oracles.elbo_weight(t, betas, alpha_bars),
            lambda t, betas, alpha_bars: oracles.elbo_weight(t, betas, alpha_bars) / len(betas),
        ),
        doubled(
            oracles.elbo_weight,
            "The half is missing: the divergence of two normal distributions is |difference of the"
            " means|^2 over twice the variance.",
            on=(FEW,),
        ),
        Misconception(
            "the caller's tensor overwritten",
            overwritten.sentence,
            (lambda t, betas, alpha_bars: betas.mul_(2),),
            on=(KEPT,),
        ),
    ),
)
