"""Part 0: how much noise each step adds."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, cumprod, cumsum

from autograder.judging import Alias, Exercise, Misconception, Part, Probe, Tolerance
from autograder.judging.probes import together

from .observers.schedules import LESS_THAN_1, OF_THE_BETAS, RESULTS, clipped_schedule, schedule
from .oracles import schedule as oracles

FEW = "a few steps", "some more steps"
SHIFTED = "50 steps", "80 steps"
DEFAULT = "1,000 steps, the rest by default"
# Each result is right or wrong by itself.
BOTH = tuple(Part(name, (name,)) for name in RESULTS)
PRODUCT = "alpha_bars[t] is the product of 1 - betas[0], ..., 1 - betas[t]: torch.cumprod"
ROOT_OF_IT = "The product itself is asked for; its root is taken where an image is noised."
IN_ORDER = "The betas come first, then the alpha_bars."
BEFORE = (
    "a step before the first",
    "alpha_bars[t] is what is left after the step t, so alpha_bars[0] is 1 - betas[0]: the 1 before"
    " the first step is no part of it, and there are T numbers.",
)


def _number(low, high):
    return lambda g: low + (high - low) * torch.rand((), generator=g).item()


def _ends(g):
    """A beta_1 near 0.05 and a beta_T near 0.5: so steep that each factor shows."""
    return _number(0.03, 0.07)(g), _number(0.4, 0.6)(g)


def _by_name(g):
    return dict(zip(("beta_1", "beta_T"), _ends(g), strict=True))


def _wrong(name, sentence, *formulas):
    return Misconception(name, sentence, formulas, on=FEW)


def _made_of(schedule: Callable, change: Callable[[Tensor], Tensor]) -> Callable:
    """The betas of a schedule, and something else than their products."""

    def formula(*arguments, **keywords):
        betas, _ = schedule(*arguments, **keywords)
        return betas, change(betas)

    return formula


def _no_products(name, sentence, *changes, schedule=oracles.linear_schedule, on=FEW):
    """Something else than products of 1 - beta, made of the right betas or of wrong ones."""
    return Misconception(
        name,
        sentence,
        tuple(_made_of(schedule, change) for change in changes),
        on=on,
        transform=lambda schedule: _made_of(schedule, changes[0]),
    )


def _cosine_draws(T):
    """s from 0.09 to 0.3 that makes no angle a right one too early: float32 rounds too much there.

    It would be one at t = T (1 - s) / 2 for angles twice as large, at T (1 - s) without the
    division by 1 + s.
    """

    def named(g):
        steps = torch.randint(T // 20, 3 * T // 20, (), generator=g).item()
        return {"s": (steps + _number(0.3, 0.4)(g)) / (T / 2)}

    return together(T=T, named=named)


def _other_betas(make: Callable[[int, float, float], Tensor]) -> Callable:
    """Other betas, and their right products."""

    def formula(T, beta_1=1e-4, beta_T=0.02):
        betas = make(T, beta_1, beta_T).double()
        return betas, oracles.products(betas)

    return formula


def _line(low, high, steps):
    return torch.linspace(low, high, steps, dtype=torch.float64)


def _with_one(betas):
    return torch.cat([torch.ones(1).double(), oracles.products(betas)])


def _with_products(betas):
    """(betas, alpha_bars) for a function that returns the betas alone."""
    return betas, cumprod(1 - betas, 0)


linear_schedule = Exercise(
    id="diffusion-mnist.linear_schedule",
    truth="T betas in equal steps from beta_1 to beta_T; products of 1 - beta",
    source="Ho et al. 2020, Denoising Diffusion Probabilistic Models, sections 2 and 4",
    points=2,
    probes=(
        Probe(FEW[0], together(T=6, positional=_ends), schedule),
        Probe(FEW[1], together(T=9, named=_by_name), schedule),
        Probe(DEFAULT, together(T=1000), schedule),
    ),
    oracle=oracles.linear_schedule,
    parts=BOTH,
    aliases=(
        Alias(
            "linear_beta_schedule",
            lambda theirs: (
                lambda T, beta_1=1e-4, beta_T=0.02: _with_products(theirs(T, beta_1, beta_T))
            ),
            "public notebooks, which return the betas",
        ),
    ),
    misconceptions=(
        _wrong(
            "an end left out",
            "The first beta is beta_1 and the last of the T is beta_T, with T - 1 equal steps"
            " between them.",
            _other_betas(lambda T, a, b: _line(a, b, T + 1)[:-1]),
            _other_betas(lambda T, a, b: _line(a, b, T + 1)[1:]),
            _other_betas(lambda T, a, b: _line(a, b, T + 2)[1:-1]),
            _other_betas(lambda T, a, b: _line(0, b, T)),
            _other_betas(lambda T, a, b: _line(0, b, T + 1)[1:]),
        ),
        _wrong(
            "one number too many",
            "There are T steps, and one number for each.",
            _other_betas(lambda T, a, b: _line(a, b, T + 1)),
        ),
        _wrong(
            "the roots in equal steps",
            "Here the betas themselves grow in equal steps, not their roots.",
            _other_betas(lambda T, a, b: _line(a**0.5, b**0.5, T) ** 2),
        ),
        _no_products(
            "a sum instead of a product",
            f"What is left after several steps is multiplied, not added. {PRODUCT}.",
            lambda betas: 1 - cumsum(betas, 0),
            lambda betas: cumsum(1 - betas, 0),
        ),
        _no_products(
            "no product",
            f"1 - beta is what one step leaves of the variance; alpha_bar is what all steps so far"
            f" leave. {PRODUCT}.",
            lambda betas: 1 - betas,
        ),
        _no_products(
            "the noise instead of what is left",
            f"alpha_bar is the share of the image that is left: near 1 at first, near 0 at the end."
            f" {PRODUCT}.",
            lambda betas: 1 - oracles.products(betas),
            lambda betas: cumprod(betas, 0),
        ),
        _no_products(
            "the root of alpha_bar",
            ROOT_OF_IT,
            lambda betas: oracles.products(betas).sqrt(),
        ),
        _no_products(
            *BEFORE,
            lambda betas: _with_one(betas)[:-1],
            _with_one,
        ),
        _wrong(
            "alphas instead of betas",
            "The first result is beta, the variance of the noise that a step adds, not 1 - beta.",
            lambda *a, **k: (
                1 - oracles.linear_schedule(*a, **k)[0],
                oracles.linear_schedule(*a, **k)[1],
            ),
        ),
        _wrong(
            "in the other order",
            IN_ORDER,
            lambda *a, **k: oracles.linear_schedule(*a, **k)[::-1],
        ),
        _wrong(
            "the ends not used",
            "beta_1 and beta_T are arguments with a default: use what the caller says.",
            lambda T, beta_1=0, beta_T=0: oracles.linear_schedule(T),
        ),
    ),
)


def _cosine(
    *,
    power: float = 2,
    angle: float = math.pi / 2,
    past: bool = False,
    divided: bool = True,
    steps: Callable[[int], Tensor] = lambda T: torch.arange(T + 1).double() / T,
    clip: tuple[float, float] = (-math.inf, oracles.CLIP),
    result: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]] = lambda b, bars: (
        b,
        oracles.products(b),
    ),
) -> Callable:
    """The schedule with another curve f, another clip, or other results.

    result: betas and the curve f(t) / f(0) of the T steps -> what is returned. past: without the
    division by 1 + s. divided: by f(0). steps: T -> the T + 1 places at which f is taken.
    """

    def formula(T, s=0.008):
        inside = (steps(T) + s) / (1 if past else 1 + s) * angle
        f = torch.cos(inside) ** power
        betas = (1 - f[1:] / f[:-1]).clamp(*clip)
        return result(betas, f[1:] / f[0] if divided else f[1:])

    return formula


def _wrong_cosine(name, sentence, *formulas, on=SHIFTED):
    return Misconception(name, sentence, formulas, on=on)


def _no_cosine_products(name, sentence, *changes):
    return _no_products(name, sentence, *changes, schedule=oracles.cosine_schedule, on=SHIFTED)


cosine_schedule = Exercise(
    id="diffusion-mnist.cosine_schedule",
    truth="beta_t = 1 - f(t + 1) / f(t), at most 0.999, f a squared cosine; products of 1 - beta",
    source="Nichol and Dhariwal 2021, Improved Denoising Diffusion, equation 17",
    points=3,
    # Near a right angle float32 rounds the cosine by some 1e-4 of itself.
    tolerance=Tolerance(rtol=3e-4, atol=2e-5),
    probes=(
        Probe(SHIFTED[0], _cosine_draws(50), clipped_schedule),
        Probe(SHIFTED[1], _cosine_draws(80), clipped_schedule),
        Probe(DEFAULT, together(T=1000), clipped_schedule),
    ),
    oracle=oracles.cosine_schedule,
    parts=(
        Part("betas", ("betas", LESS_THAN_1)),
        Part("alpha_bars", ("alpha_bars", OF_THE_BETAS)),
    ),
    aliases=(
        Alias(
            "cosine_beta_schedule",
            lambda theirs: lambda T, s=0.008: _with_products(theirs(T, s)),
            "public notebooks, which return the betas",
        ),
    ),
    misconceptions=(
        _wrong_cosine(
            "no clip",
            "The cosine is 0 at the end, so the last beta would be 1 and nothing could be"
            " predicted from x_T: clip the betas at 0.999.",
            _cosine(clip=(-math.inf, math.inf)),
            _cosine(clip=(-math.inf, math.inf), result=lambda b, bars: (b, bars)),
        ),
        _wrong_cosine(
            "alpha_bars from before the clip",
            "The betas are clipped, and alpha_bars are the products of what is left of them; f(T)"
            " itself is 0, and later you will divide by its root.",
            _cosine(result=lambda b, bars: (b, bars)),
        ),
        _wrong_cosine(
            "clipped from below, too",
            "The first steps are small on purpose: clip at 0.999 from above alone.",
            *(_cosine(clip=(low, high)) for low in (1e-4, 1e-3) for high in (0.999, 0.9999)),
            on=(DEFAULT,),
        ),
        _wrong_cosine(
            "the cosine not squared",
            "alpha_bar is a variance: the cosine squared.",
            _cosine(power=1),
        ),
        _wrong_cosine(
            "the whole half wave",
            "The angle goes from nearly 0 to pi / 2, where the cosine is 0, not to pi.",
            _cosine(angle=math.pi),
        ),
        _wrong_cosine(
            "not divided by 1 + s",
            "Without the division by 1 + s the angle goes past pi / 2, where the cosine is 0.",
            _cosine(past=True),
            _cosine(past=True, clip=(0, oracles.CLIP)),
        ),
        _wrong_cosine(
            "s not used",
            "s is an argument with a default: use what the caller says.",
            lambda T, s=0.008: oracles.cosine_schedule(T),
            lambda T, s=0.008: oracles.cosine_schedule(T, 0),
        ),
        _wrong_cosine(
            "T steps instead of T + 1 places",
            "T steps have T + 1 ends, 0, 1/T, ..., 1: beta_t compares f at the two ends of the step"
            " t.",
            _cosine(steps=lambda T: torch.arange(T + 1).double() / (T + 1)),
            _cosine(steps=lambda T: torch.linspace(0, T, T + 1).double() / (T + 1)),
            _cosine(steps=lambda T: torch.arange(1, T + 2).double() / (T + 1)),
            _cosine(steps=lambda T: torch.arange(T + 1).double() / (T - 1)),
        ),
        _no_cosine_products(
            "the root of alpha_bar", ROOT_OF_IT, lambda b: (1 - b).cumprod(0) ** 0.5
        ),
        _no_cosine_products(*BEFORE, lambda betas: _with_one(betas)[:-1]),
        _wrong_cosine(
            "in the other order",
            IN_ORDER,
            lambda *a, **k: oracles.cosine_schedule(*a, **k)[::-1],
        ),
    ),
)
