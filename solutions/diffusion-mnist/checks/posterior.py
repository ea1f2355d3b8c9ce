"""Part 2: one step back if the image is known, and three names for one answer."""

from collections.abc import Callable

import torch
from torch import Tensor

from autograder.judging import Exercise, Part
from autograder.judging.misconceptions import negated
from autograder.judging.probes import together, uniform

from .at_times import (
    ORDINARY,
    alpha_bars,
    for_each_column,
    mistakes,
    probes,
    some_betas,
    times,
    wrong,
)
from .observers.posteriors import MEAN, VARIANCE, mean_and_variance
from .oracles import posterior as oracles
from .oracles.schedule import at, before, products

FIRST = (
    "Before the first step alpha_bar is 1, so at t = 0 the mean is x0 and the variance 0:"
    " alpha_bars[t - 1] would be the last one there, and a clamp takes alpha_bars[0]."
)
BEFORE = (
    "The step back leads to x_{t-1}: in one coefficient, and in the variance, alpha_bar is that of"
    " the step before."
)


def _step_back(shape):
    def draw(g):
        betas = some_betas(g)
        batch = together(
            x0=uniform(-1.7, 1.2, *shape), x_t=uniform(-2, 2.5, *shape), t=times(shape[0])
        )
        return {**batch(g), "betas": betas, "alpha_bars": products(betas)}

    return draw


def _posterior(
    *,
    before: Callable[[Tensor], Tensor] = before,
    of_x0: Callable | None = None,
    of_x_t: Callable | None = None,
    variance: Callable | None = None,
) -> Callable:
    """A step back with other coefficients: functions of beta_t, A_t and A_{t-1}."""

    def formula(x0, x_t, t, betas, alpha_bars):
        b, a, last = (at(values, t, x0) for values in (betas, alpha_bars, before(alpha_bars)))
        first = (of_x0 or _of_x0)(b, a, last)
        second = (of_x_t or _of_x_t)(b, a, last)
        return first * x0 + second * x_t, (variance or _variance)(b, a, last)

    return formula


def _of_x0(b, a, last):
    return last.sqrt() * b / (1 - a)


def _of_x_t(b, a, last):
    return (1 - b).sqrt() * (1 - last) / (1 - a)


def _variance(b, a, last):
    return b * (1 - last) / (1 - a)


def _unshaped(x0, x_t, t, betas, alpha_bars):
    b, a, last = betas[t], alpha_bars[t], before(alpha_bars)[t]
    return _of_x0(b, a, last) * x0 + _of_x_t(b, a, last) * x_t, _variance(b, a, last)


q_posterior = Exercise(
    id="diffusion-mnist.q_posterior",
    truth="mean (sqrt(A_{t-1}) beta x0 + sqrt(1 - beta) (1 - A_{t-1}) x_t) / (1 - A_t), variance"
    " beta (1 - A_{t-1}) / (1 - A_t); x0 and 0 at the first step",
    source="Ho et al. 2020, Denoising Diffusion Probabilistic Models, equations 6 and 7",
    points=5,
    probes=probes(_step_back, mean_and_variance),
    oracle=oracles.q_posterior,
    parts=(Part("the mean", (MEAN,)), Part("the variance", (VARIANCE,))),
    misconceptions=(
        wrong(
            "alpha_bar before the first step",
            FIRST,
            _posterior(before=lambda bars: bars.roll(1)),
            _posterior(before=lambda bars: torch.cat([bars[:1], bars[:-1]])),
        ),
        # Before the next one, which gives the same variance.
        wrong(
            "beta as the variance",
            "beta is the variance where nothing is known of x0. Whoever knows x0 is surer: beta"
            " (1 - alpha_bar of the step before) / (1 - alpha_bar).",
            _posterior(variance=lambda b, a, last: b),
        ),
        wrong(
            "alpha_bar of the wrong step",
            BEFORE,
            _posterior(before=lambda bars: bars),
            _posterior(of_x0=lambda b, a, last: a.sqrt() * b / (1 - a)),
            _posterior(of_x_t=lambda b, a, last: (1 - b).sqrt()),
            _posterior(
                of_x0=lambda b, a, last: last.sqrt() * b / (1 - last).clamp(min=1e-20),
                of_x_t=lambda b, a, last: (1 - b).sqrt() * (1 - a) / (1 - last).clamp(min=1e-20),
            ),
            _posterior(variance=lambda b, a, last: b * (1 - a) / (1 - last)),
        ),
        wrong(
            "the coefficients swapped",
            "At the first step the mean is x0 and x_t has no say: that is how to tell the two"
            " coefficients apart.",
            _posterior(of_x0=_of_x_t, of_x_t=_of_x0),
        ),
        wrong(
            "a root missing",
            "Both coefficients have a root: that of alpha_bar before the step, for x0, and that of"
            " 1 - beta, for x_t.",
            _posterior(of_x0=lambda b, a, last: last * b / (1 - a)),
            _posterior(of_x_t=lambda b, a, last: (1 - b) * (1 - last) / (1 - a)),
            _posterior(
                of_x0=lambda b, a, last: last * b / (1 - a),
                of_x_t=lambda b, a, last: (1 - b) * (1 - last) / (1 - a),
            ),
        ),
        wrong(
            "the root of alpha_bar for that of alpha",
            "The coefficient of x_t has the root of 1 - beta, of this one step.",
            _posterior(of_x_t=lambda b, a, last: a.sqrt() * (1 - last) / (1 - a)),
        ),
        wrong(
            "not divided by 1 - alpha_bar",
            "Both coefficients, and the variance, are divided by 1 - alpha_bar of the step t.",
            _posterior(
                of_x0=lambda b, a, last: last.sqrt() * b,
                of_x_t=lambda b, a, last: (1 - b).sqrt() * (1 - last),
            ),
            _posterior(variance=lambda b, a, last: b * (1 - last)),
        ),
        wrong(
            "the deviation returned",
            "The variance is asked for, not its root.",
            _posterior(variance=lambda b, a, last: _variance(b, a, last).sqrt()),
        ),
        wrong(
            "the logarithm of the variance returned",
            "The variance itself is asked for; at t = 0 it is 0 and has no logarithm.",
            _posterior(variance=lambda b, a, last: _variance(b, a, last).log()),
            _posterior(variance=lambda b, a, last: _variance(b, a, last).clamp(min=1e-20).log()),
        ),
        wrong(
            "in the other order",
            "The mean comes first, then the variance.",
            lambda *a: oracles.q_posterior(*a)[::-1],
        ),
        for_each_column(_unshaped),
        *mistakes(oracles.q_posterior, ("x0", "x_t", "t", "betas", "alpha_bars")),
    ),
)


def _from_eps(shape):
    return together(
        x_t=uniform(-3, 2.5, *shape),
        eps=uniform(-2, 2.5, *shape),
        t=times(shape[0]),
        alpha_bars=alpha_bars,
    )


def _of_both(formula):
    """formula(x_t, eps, A_t), A_t of a shape that fits the batch."""
    return lambda x_t, eps, t, bars: formula(x_t, eps, at(bars, t, x_t))


def _of_both_unshaped(formula):
    return lambda x_t, eps, t, bars: formula(x_t, eps, bars[t])


def _x0(x, eps, a):
    return (x - (1 - a).sqrt() * eps) / a.sqrt()


def _v(x, eps, a):
    return a.sqrt() * eps - (1 - a).sqrt() * _x0(x, eps, a)


SOLVE = "x_t = sqrt(alpha_bar) x0 + sqrt(1 - alpha_bar) eps: solve it for x0."

predict_x0 = Exercise(
    id="diffusion-mnist.predict_x0",
    truth="(x_t - sqrt(1 - alpha_bar) eps) / sqrt(alpha_bar)",
    source="Ho et al. 2020, Denoising Diffusion Probabilistic Models, equation 15",
    points=2,
    probes=probes(_from_eps),
    oracle=oracles.predict_x0,
    misconceptions=(
        wrong(
            "the noise added",
            f"The noise is in x_t already, so it is subtracted. {SOLVE}",
            _of_both(lambda x, e, a: (x + (1 - a).sqrt() * e) / a.sqrt()),
        ),
        wrong(
            "a root missing",
            f"Both factors are roots. {SOLVE}",
            _of_both(lambda x, e, a: (x - (1 - a).sqrt() * e) / a),
            _of_both(lambda x, e, a: (x - (1 - a) * e) / a.sqrt()),
            _of_both(lambda x, e, a: (x - (1 - a) * e) / a),
            _of_both(lambda x, e, a: (x - (1 - a.sqrt()) * e) / a.sqrt()),
        ),
        wrong(
            "not all divided by the root of alpha_bar",
            f"What is left when the noise is gone was shrunk: divide all of it. {SOLVE}",
            _of_both(lambda x, e, a: x - (1 - a).sqrt() * e),
            _of_both(lambda x, e, a: x - (1 - a).sqrt() * e / a.sqrt()),
            _of_both(lambda x, e, a: x / a.sqrt() - (1 - a).sqrt() * e),
        ),
        wrong(
            "multiplied by the root of alpha_bar",
            f"The image was shrunk on the way to x_t: divide. {SOLVE}",
            _of_both(lambda x, e, a: (x - (1 - a).sqrt() * e) * a.sqrt()),
        ),
        wrong(
            "the roots swapped",
            f"The noise has the root of 1 - alpha_bar. {SOLVE}",
            _of_both(lambda x, e, a: (x - a.sqrt() * e) / (1 - a).sqrt()),
        ),
        wrong(
            "the predicted x0 clamped",
            "The prediction is asked for as it is, without a clamp to [-1, 1].",
            _of_both(lambda x, e, a: _x0(x, e, a).clamp(-1, 1)),
        ),
        for_each_column(_of_both_unshaped(_x0)),
        *mistakes(oracles.predict_x0, ("x_t", "eps", "t", "alpha_bars")),
    ),
)


def _eps_alone(shape):
    return together(eps=uniform(-2, 2.5, *shape), t=times(shape[0]), alpha_bars=alpha_bars)


def _of_eps(formula):
    return lambda eps, t, bars: formula(eps, at(bars, t, eps))


def _negated(oracle, sentence):
    return negated(oracle, sentence, name="the sign", on=ORDINARY)


score_from_eps = Exercise(
    id="diffusion-mnist.score_from_eps",
    truth="-eps / sqrt(1 - alpha_bar)",
    source="Song et al. 2021, Score-Based Generative Modeling through SDEs, section 3",
    points=2,
    probes=probes(_eps_alone),
    oracle=oracles.score_from_eps,
    misconceptions=(
        _negated(
            oracles.score_from_eps,
            "The score points to where the density grows: away from the noise, so with a minus.",
        ),
        wrong(
            "the variance instead of the deviation",
            "eps has variance 1 already: one deviation of the noise, the root of 1 - alpha_bar, is"
            " in the denominator, not two.",
            _of_eps(lambda e, a: -e / (1 - a)),
        ),
        wrong(
            "multiplied instead of divided",
            "The less noise, the steeper the log density: divide by the deviation.",
            _of_eps(lambda e, a: -e * (1 - a).sqrt()),
            _of_eps(lambda e, a: -e * (1 - a)),
        ),
        wrong(
            "alpha_bar for 1 - alpha_bar",
            "The variance of the noise in x_t is 1 - alpha_bar.",
            _of_eps(lambda e, a: -e / a.sqrt()),
            _of_eps(lambda e, a: -e / a),
        ),
        wrong(
            "1 minus the root",
            "The variance of the noise is 1 - alpha_bar; take the root of that.",
            _of_eps(lambda e, a: -e / (1 - a.sqrt())),
            _of_eps(lambda e, a: -e / (1 - a.sqrt()).sqrt()),
        ),
        wrong(
            "not scaled",
            "eps has variance 1 whatever the time; the score does not.",
            _of_eps(lambda e, a: -e),
        ),
        for_each_column(lambda eps, t, bars: -eps / (1 - bars[t]).sqrt()),
        *mistakes(oracles.score_from_eps, ("eps", "t", "alpha_bars")),
    ),
)


def _velocity(name, sentence, *formulas):
    return wrong(name, sentence, *map(_of_both, formulas))


velocity_from_eps = Exercise(
    id="diffusion-mnist.velocity_from_eps",
    truth="sqrt(alpha_bar) eps - sqrt(1 - alpha_bar) x0, x0 from x_t and eps",
    source="Salimans and Ho 2022, Progressive Distillation, section 4 and appendix D",
    points=2,
    probes=probes(_from_eps),
    oracle=oracles.velocity_from_eps,
    misconceptions=(
        _negated(
            oracles.velocity_from_eps,
            "v = sqrt(alpha_bar) eps - sqrt(1 - alpha_bar) x0: the image has the minus.",
        ),
        _velocity(
            "x_t for x0",
            "The image enters without its noise: predict x0 from x_t and eps first.",
            lambda x, e, a: a.sqrt() * e - (1 - a).sqrt() * x,
        ),
        _velocity(
            "the roots swapped",
            "The root of alpha_bar goes with the noise here, and that of 1 - alpha_bar with the"
            " image: the other way round than in x_t.",
            lambda x, e, a: (1 - a).sqrt() * e - a.sqrt() * _x0(x, e, a),
        ),
        _velocity(
            "a sum",
            "With a plus this is x_t, or something like it: v is a difference.",
            lambda x, e, a: a.sqrt() * e + (1 - a).sqrt() * _x0(x, e, a),
        ),
        _velocity(
            "a root missing",
            "Both factors are roots.",
            lambda x, e, a: a * e - (1 - a) * _x0(x, e, a),
            lambda x, e, a: a * e - (1 - a).sqrt() * _x0(x, e, a),
            lambda x, e, a: a.sqrt() * e - (1 - a) * _x0(x, e, a),
        ),
        _velocity(
            "the difference alone",
            "The two are weighted; eps - x0 is the velocity of straight lines, up to its sign.",
            lambda x, e, a: e - _x0(x, e, a),
            lambda x, e, a: _x0(x, e, a) - e,
        ),
        for_each_column(_of_both_unshaped(_v)),
        *mistakes(oracles.velocity_from_eps, ("x_t", "eps", "t", "alpha_bars")),
    ),
)
