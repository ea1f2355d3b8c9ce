"""Part 6: DDIM, from any step to any earlier one."""

from dataclasses import replace
from typing import Any

import torch

from autograder.judging import Exercise, Misconception, Part, Probe
from autograder.judging.misconceptions import OVERWRITTEN, only_for

from . import draws
from . import step_mistakes as mistakes
from .observers import steps
from .oracles import sampling as oracles
from .oracles.sampling import rows
from .step_mistakes import BEFORE_FIRST, CLAMPED, MIXED, TWICE, complaining

SONG = "Song et al. 2021, Denoising Diffusion Implicit Models"


DETERMINISTIC, HALF, FULL = "a stride with eta = 0", "a stride with eta = 1/2", "a stride, eta = 1"
ONE_STEP, BY_DEFAULT = "one step with eta = 1", "eta left at 0"
CLEAN = "the step to s = -1", "the step to s = -1 with eta = 1"
INSIDE = (DETERMINISTIC, HALF, FULL, ONE_STEP)

# Probes of rows, and of images.
ROWS = (DETERMINISTIC, FULL, ONE_STEP, CLEAN[1], MIXED, BY_DEFAULT, TWICE)
IMAGES = HALF, CLEAN[0]


def _of_schedule(A, S, *rest):
    """The right sigma of eta = 1."""
    return ((1 - S) / (1 - A) * (1 - A / S)).sqrt()


def _ddim(
    sigma=lambda eta, one: eta * one, of_one=_of_schedule, at=oracles.alpha_bar_at,
    x0=lambda x, eps, A: (x - (1 - A).sqrt() * eps) / A.sqrt(),
    mean=lambda x0, eps, S, sigma, A: S.sqrt() * x0 + (1 - S - sigma**2).sqrt() * eps,
    noise=lambda sigma: sigma, swapped=False, usual=0.0,
):  # fmt: skip
    """ddim_step with at most one flaw.

    sigma: of eta and the sigma of eta = 1, which is of_one(A, S, alpha_bar at t-1). at: alpha_bar
    at an index. x0: the prediction. mean: of x_s. noise: what stands before the noise.
    swapped: t and s. usual: eta by default.
    """

    def ddim_step(x_t, eps, t, s, alpha_bars, eta=usual, z=None):
        now, then = (s, t) if swapped else (t, s)
        A, S = at(alpha_bars, now, x_t), at(alpha_bars, then, x_t)
        deviation = sigma(eta, of_one(A, S, oracles.alpha_bar_at(alpha_bars, t - 1, x_t)))
        moved = mean(x0(x_t, eps, A), eps, S, deviation, A)
        return moved + noise(deviation) * (0 if z is None else z)

    return ddim_step


def _never_negative(A, S, *rest):
    """The same with a clamp under the root, which hides that S is below A."""
    return ((1 - S) / (1 - A) * (1 - A / S).clamp(min=0)).sqrt()


def _single_step(A, S, before):
    return _of_schedule(A, before)


def _single_beta(A, S, before):
    return (1 - A / before).sqrt()


_FACTOR = "another factor in sigma"
# Formulas of sigma, as arguments of _ddim.
_SIGMAS: tuple[tuple[str, str, tuple[dict[str, Any], ...]], ...] = (
    (
        "eta itself as sigma",
        "eta is a share: sigma is eta times the deviation that the schedule gives, sqrt((1 -"
        " alpha_bar_s) / (1 - alpha_bar_t)) sqrt(1 - alpha_bar_t / alpha_bar_s).",
        ({"sigma": lambda eta, one: eta * torch.ones_like(one)},),
    ),
    (
        "eta not used",
        "With eta = 0 no noise is added: sigma is proportional to eta.",
        ({"sigma": lambda eta, one: one},),
    ),
    (
        "a power of eta",
        "sigma is proportional to eta itself, neither to its square nor to its root.",
        ({"sigma": lambda eta, one: eta**2 * one}, {"sigma": lambda eta, one: eta**0.5 * one}),
    ),
    (
        "sigma of a single step",
        "The step goes from t to s, which may be far apart: sigma depends on alpha_bar at s, not at"
        " t-1.",
        ({"of_one": _single_step}, {"of_one": _single_beta}),
    ),
    (
        "beta for beta tilde",
        "sqrt(1 - alpha_bar_t / alpha_bar_s) is the root of the step's beta; sigma has the factor"
        " sqrt((1 - alpha_bar_s) / (1 - alpha_bar_t)) before it, so that eta = 1 gives beta tilde.",
        ({"of_one": lambda A, S, *rest: (1 - A / S).sqrt()},),
    ),
    (
        "the root of sigma missing",
        "This is sigma squared: the deviation is the root of (1 - alpha_bar_s) / (1 - alpha_bar_t)"
        " (1 - alpha_bar_t / alpha_bar_s), both factors, and then times eta.",
        (
            {"of_one": lambda *given: _of_schedule(*given) ** 2},
            {"of_one": lambda A, S, *rest: (1 - S) / (1 - A) * (1 - A / S).sqrt()},
            {"of_one": lambda A, S, *rest: ((1 - S) / (1 - A)).sqrt() * (1 - A / S)},
            {"sigma": lambda eta, one: (eta * one) ** 2},
        ),
    ),
    (
        "the root taken twice",
        "The formula for sigma has its root already.",
        (
            {"of_one": lambda *given: _of_schedule(*given).sqrt()},
            {"sigma": lambda eta, one: (eta * one) ** 0.5},
        ),
    ),
    (
        _FACTOR,
        "sigma = eta sqrt((1 - alpha_bar_s) / (1 - alpha_bar_t)) sqrt(1 - alpha_bar_t /"
        " alpha_bar_s): each factor, and which of the two is the numerator.",
        (
            {"of_one": lambda A, S, *rest: ((1 - S) / (1 - A)).sqrt()},
            {"of_one": lambda A, S, *rest: ((1 - A) / (1 - S) * (1 - A / S)).sqrt()},
            {"of_one": lambda A, S, *rest: ((1 - S) / (1 - A) * (1 - A)).sqrt()},
            {"of_one": lambda A, S, *rest: ((1 - S) / (1 - A) * A / S).sqrt()},
            {"of_one": lambda A, S, *rest: (1 - S).sqrt()},
        ),
    ),
)


def _no_direction(x0, eps, S, sigma, A):
    return S.sqrt() * x0


def _no_sigma(x0, eps, S, sigma, A):
    return S.sqrt() * x0 + (1 - S).sqrt() * eps


# Formulas of the mean, as arguments of _ddim.
_MEANS: tuple[tuple[str, str, tuple[dict[str, Any], ...]], ...] = (
    (
        "the direction dropped",
        "x_s is not only the predicted x0, scaled: it has noise of deviation sqrt(1 - alpha_bar_s),"
        " and what sigma does not bring comes from the predicted noise, sqrt(1 - alpha_bar_s -"
        " sigma^2) eps.",
        ({"mean": _no_direction},),
    ),
    (
        "the predicted x0",
        "This goes all the way to the predicted x0, whatever s is.",
        ({"mean": lambda x0, eps, S, sigma, A: x0},),
    ),
    (
        "sigma left out of the direction",
        "The noise of x_s has the variance 1 - alpha_bar_s in all: sigma^2 of it is new, so 1 -"
        " alpha_bar_s - sigma^2 is left for the predicted noise.",
        ({"mean": _no_sigma},),
    ),
    (
        "sigma for its square in the direction",
        "Variances are added, not deviations: 1 - alpha_bar_s - sigma^2 is under the root.",
        (
            {"mean": lambda x0, eps, S, sigma, A: S.sqrt() * x0 + (1 - S - sigma).sqrt() * eps},
            {"mean": lambda x0, eps, S, sigma, A: S.sqrt() * x0 + ((1 - S).sqrt() - sigma) * eps},
        ),
    ),
    (
        "the sign of sigma squared",
        "sigma^2 is taken from 1 - alpha_bar_s, not added.",
        ({"mean": lambda x0, eps, S, sigma, A: S.sqrt() * x0 + (1 - S + sigma**2).sqrt() * eps},),
    ),
    (
        "no root in the direction",
        "The predicted noise is multiplied by the root, sqrt(1 - alpha_bar_s - sigma^2).",
        ({"mean": lambda x0, eps, S, sigma, A: S.sqrt() * x0 + (1 - S - sigma**2) * eps},),
    ),
    (
        "alpha_bar of the wrong step",
        "x0 is predicted with alpha_bar_t; what it is noised with again are the numbers of step s.",
        (
            {"mean": lambda x0, eps, S, sigma, A: A.sqrt() * x0 + (1 - S - sigma**2).sqrt() * eps},
            {"mean": lambda x0, eps, S, sigma, A: S.sqrt() * x0 + (1 - A - sigma**2).sqrt() * eps},
        ),
    ),
    (
        "no root of alpha_bar",
        "The predicted x0 is multiplied by sqrt(alpha_bar_s), and x_t is divided by"
        " sqrt(alpha_bar_t) to predict it.",
        (
            {"mean": lambda x0, eps, S, sigma, A: S * x0 + (1 - S - sigma**2).sqrt() * eps},
            {"x0": lambda x, eps, A: (x - (1 - A).sqrt() * eps) / A},
        ),
    ),
    (
        "the predicted x0 not scaled",
        "At step s the image is still scaled: sqrt(alpha_bar_s) times the predicted x0.",
        ({"mean": lambda x0, eps, S, sigma, A: x0 + (1 - S - sigma**2).sqrt() * eps},),
    ),
    (
        "another x0 predicted",
        "The predicted x0 is (x_t - sqrt(1 - alpha_bar_t) eps) / sqrt(alpha_bar_t).",
        (
            {"x0": lambda x, eps, A: x - (1 - A).sqrt() * eps},
            {"x0": lambda x, eps, A: (x - (1 - A) * eps) / A.sqrt()},
            {"x0": lambda x, eps, A: (x - eps) / A.sqrt()},
            {"x0": lambda x, eps, A: x / A.sqrt() - (1 - A).sqrt() * eps},
            {"x0": lambda x, eps, A: (x - (1 - A).sqrt() * eps) * A.sqrt()},
        ),
    ),
    (
        "the sign of the predicted noise",
        "The predicted noise is taken out of x_t to predict x0, and put back with a plus.",
        (
            {"x0": lambda x, eps, A: (x + (1 - A).sqrt() * eps) / A.sqrt()},
            {"mean": lambda x0, eps, S, sigma, A: S.sqrt() * x0 - (1 - S - sigma**2).sqrt() * eps},
        ),
    ),
    (*CLAMPED, ({"x0": lambda x, eps, A: ((x - (1 - A).sqrt() * eps) / A.sqrt()).clamp(-1, 1)},)),
)


def _mean_alone(formula):
    """The mean of a whole formula, with the arguments that it depends on."""
    return lambda x_t, eps, t, s, alpha_bars, eta: formula(x_t, eps, t, s, alpha_bars, eta)


def _noise_alone(formula):
    """What a formula without a mean adds."""

    def added(t, s, alpha_bars, eta, noise):
        zero = torch.zeros_like(noise)
        return formula(zero, zero, t, s, alpha_bars, eta, noise)

    return added


def _named(name, sentence, *formulas, on=()):
    return Misconception(name, sentence, formulas, on=on)


def _from(rows, change=lambda formula: formula, **more):
    """A misconception of each row, of its formulas, changed."""
    return tuple(
        _named(name, sentence, *(change(_ddim(**each, **more)) for each in given))
        for name, sentence, given in rows
    )


_NOISE_NOT_USED = (
    "no noise",
    "With eta above 0, sigma times the given noise is added.",
    ({"noise": lambda sigma: 0 * sigma},),
)
_NOISE_SCALED = (
    "the variance for the deviation",
    "The noise has deviation 1 and is multiplied by sigma, the deviation, as it is.",
    ({"noise": lambda sigma: sigma**2}, {"noise": lambda sigma: sigma.sqrt()}),
)
_NOISE_AS_IT_IS = (
    "noise of deviation 1",
    "The given noise is multiplied by sigma, which is 0 for eta = 0.",
    (
        {"noise": torch.ones_like},
        {"noise": lambda sigma: (sigma > 0) * torch.ones_like(sigma)},
    ),
)


def _ddim_probe(name, ways, eta, *shape):
    """ways: (t, s) of each row."""

    def draw(g):
        x_t, eps, noise = draws.batch(g, len(ways), *shape).values()
        t, s = (draws.times(*each) for each in zip(*ways, strict=True))
        alpha_bars = draws.schedule(6)(g)["alpha_bars"]
        given = {"x_t": x_t, "eps": eps, "t": t, "s": s}
        return {**given, "alpha_bars": alpha_bars, "eta": eta, "noise": noise}

    return Probe(name, draw, steps.step)


def _default_probe(ways, *shape):
    whole = _ddim_probe(BY_DEFAULT, ways, 0.0, *shape)

    def draw(g):
        inputs = whole.draw(g)
        return {key: inputs[key] for key in ("x_t", "eps", "t", "s", "alpha_bars")}

    return Probe(BY_DEFAULT, draw, steps.step_by_default)


def _end_of_list(alpha_bars, t, like):
    return rows(alpha_bars, t, like)


def _decided(decide, lowest):
    """alpha_bar of all rows 1, or of none. decide: of s < 0. lowest: the index for s = -1."""

    def at(alpha_bars, k, like):
        found = rows(alpha_bars, k.clamp(min=lowest), like)
        return torch.ones_like(found) if decide(k < 0) else found

    return at


_DECISIONS = tuple(
    (decide, lowest)
    for decide in (torch.any, torch.all, lambda clean: clean[0])
    for lowest in (-1, 0)
)


def _clamped_again(x_t, eps, t, s, alpha_bars, *rest):
    """The predicted x0 clamped, and the noise predicted from it anew."""
    A = oracles.alpha_bar_at(alpha_bars, t, x_t)
    x0 = ((x_t - (1 - A).sqrt() * eps) / A.sqrt()).clamp(-1, 1)
    again = (x_t - A.sqrt() * x0) / (1 - A).sqrt()
    return oracles.ddim_step(x_t, again, t, s, alpha_bars, *rest)


def _first_way(step, pick):
    return mistakes.first_for_all(mistakes.first_for_all(step, 2, pick), 3, pick)


def _own_ddim_noise(x_t, eps, t, s, alpha_bars, eta=0.0, noise=None):
    return oracles.ddim_step(x_t, eps, t, s, alpha_bars, eta, torch.randn_like(x_t))


ddim_step = Exercise(
    id="diffusion-mnist.ddim_step",
    truth="sqrt(A_s) x0 + sqrt(1 - A_s - sigma^2) eps + sigma noise, x0 predicted from x_t and eps",
    source=f"{SONG}, equations 12 and 16",
    points=4,
    probes=(
        _ddim_probe(DETERMINISTIC, ((5, 2), (4, 2), (3, 1), (5, 3), (4, 1)), 0.0, 5),
        _ddim_probe(HALF, ((5, 2), (4, 2), (3, 1), (5, 3), (4, 2), (5, 2)), 0.5, 1, 6, 6),
        _ddim_probe(FULL, ((4, 1), (3, 1), (5, 3), (4, 2)), 1.0, 3),
        _ddim_probe(ONE_STEP, ((3, 2), (5, 4), (2, 1)), 1.0, 2),
        _ddim_probe(CLEAN[0], ((2, -1), (0, -1), (1, -1)), 0.0, 1, 4, 4),
        _ddim_probe(CLEAN[1], ((1, -1), (0, -1), (3, -1), (2, -1)), 1.0, 2),
        _ddim_probe(MIXED, ((4, 2), (2, -1), (5, 1), (0, -1), (1, 0)), 0.5, 2),
        _default_probe(((4, 2), (5, 1), (3, 2), (2, -1)), 3),
        replace(_ddim_probe(TWICE, ((4, 2), (5, 3)), 0.7, 4), observe=steps.repeated_step),
    ),
    oracle=oracles.ddim_step,
    parts=(
        Part(
            "the mean",
            (steps.MEAN,),
            ("x_t", "eps", "t", "s", "alpha_bars", "eta"),
            oracles.ddim_mean,
            _from((*_MEANS, *_SIGMAS), _mean_alone),
            on=INSIDE,
        ),
        Part(
            "the noise",
            (steps.NOISE,),
            ("t", "s", "alpha_bars", "eta", "noise"),
            oracles.ddim_noise,
            _from(
                (_NOISE_NOT_USED, _NOISE_SCALED, *_SIGMAS, _NOISE_AS_IT_IS),
                _noise_alone,
                mean=lambda x0, *rest: 0 * x0,
            ),
            on=INSIDE,
        ),
    ),
    misconceptions=(
        # With another factor, sigma^2 may be all of 1 - alpha_bar_s at eta = 1, and a root of 0.
        *(
            replace(known, on=INSIDE[:2] if known.name == _FACTOR else INSIDE)
            for known in _from(_SIGMAS)
        ),
        *(replace(known, on=INSIDE) for known in _from(_MEANS[:-1])),
        _named(
            "the ratio upside down",
            "The noisier step is the numerator in 1 - alpha_bar_t / alpha_bar_s: upside down, or"
            " with t and s swapped, it is negative, and its root nan.",
            _ddim(swapped=True),
            _ddim(of_one=lambda A, S, *rest: ((1 - S) / (1 - A) * (1 - S / A)).sqrt()),
            on=INSIDE,
        ),
        _named(
            "t and s swapped",
            "The image is at step t and goes to s: x0 is predicted with alpha_bar_t, and noised"
            " again with alpha_bar_s.",
            _ddim(swapped=True, of_one=lambda A, S, *rest: _of_schedule(S, A, *rest)),
            on=(DETERMINISTIC,),
        ),
        _named(
            "a step too early",
            "t counts from 0: x_t belongs to alpha_bars[t].",
            lambda x_t, eps, t, *rest: oracles.ddim_step(x_t, eps, t - 1, *rest),
            on=INSIDE[:3],
        ),
        _named(*CLAMPED, _ddim(**_MEANS[-1][2][0]), _clamped_again, on=INSIDE),
        _named(
            "s not used",
            "The step goes to s, which may be further back than t-1.",
            lambda x_t, eps, t, s, *rest: oracles.ddim_step(x_t, eps, t, t - 1, *rest),
            on=INSIDE,
        ),
        _named(
            "DDPM's step",
            "This is one step of DDPM, whatever s and eta are.",
            *(
                lambda x_t, eps, t, s, alpha_bars, eta=0.0, noise=None, z=z: mistakes.with_noise(
                    oracles.step_mean
                )(x_t, eps, t, z * noise, _betas(alpha_bars), alpha_bars)
                for z in (0, 1)
            ),
            on=INSIDE,
        ),
        Misconception(*mistakes.OWN_NOISE, (_own_ddim_noise,), on=(TWICE,)),
        Misconception(*OVERWRITTEN, (mistakes.overwriting(oracles.ddim_step),), on=(TWICE,)),
        Misconception(*mistakes.NUMBER, mistakes.NOT_A_NUMBER),
        Misconception(
            *mistakes.WRONG_AXIS,
            (mistakes.unshaped(oracles.ddim_step, 2),),
            on=(DETERMINISTIC, HALF),
        ),
        Misconception(
            *mistakes.ONE_FOR_ALL,
            tuple(_first_way(oracles.ddim_step, pick) for pick in mistakes.ONE_TIME[:1]),
            on=(DETERMINISTIC, HALF),
        ),
        Misconception(
            "the end of the list at s = -1",
            "alpha_bars[-1] is the last number of the schedule, nearly all noise; at s = -1 the"
            " image is clean, and alpha_bar is 1.",
            (
                _ddim(at=_end_of_list),
                _ddim(at=_end_of_list, mean=_no_direction),
                _ddim(at=_end_of_list, mean=_no_sigma),
                _ddim(at=_end_of_list, mean=_no_sigma, of_one=_never_negative),
                _ddim(at=_end_of_list, of_one=_never_negative),
            ),
            fails_on=(*CLEAN, MIXED, BY_DEFAULT),
        ),
        Misconception(
            *BEFORE_FIRST,
            (
                _ddim(at=mistakes.never_before),
                _ddim(at=mistakes.never_before, mean=_no_direction),
                _ddim(at=mistakes.never_before, mean=_no_sigma),
            ),
            fails_on=(*CLEAN, MIXED, BY_DEFAULT),
        ),
        Misconception(
            "clean rows decided for the whole batch",
            "Rows with s = -1 end clean, others do not, even within one batch: decide row by row,"
            " with torch.where.",
            tuple(_ddim(at=_decided(*each)) for each in _DECISIONS),
            on=(*INSIDE, *CLEAN),
            fails_on=(MIXED, BY_DEFAULT),
        ),
        Misconception(
            "the noise needed at eta = 0",
            "With eta = 0 no noise is given: noise is None then.",
            (
                complaining(TypeError, "unsupported operand type(s) for *"),
                complaining(AttributeError, "'NoneType' object has no attribute"),
                complaining(TypeError, "unsupported operand type(s) for +"),
                complaining(TypeError, "must be Tensor, not NoneType"),
            ),
            fails_on=(BY_DEFAULT,),
        ),
        Misconception(
            "another eta by default",
            "eta is 0 by default: a step without noise.",
            (_ddim(usual=1.0), _ddim(usual=0.5)),
            fails_on=(BY_DEFAULT,),
        ),
        only_for(ROWS, IMAGES, "(N, d)"),
        only_for(IMAGES, ROWS, "(N, 1, 28, 28)"),
    ),
)


def _betas(alpha_bars):
    return 1 - alpha_bars / torch.cat([torch.ones_like(alpha_bars[:1]), alpha_bars[:-1]])
