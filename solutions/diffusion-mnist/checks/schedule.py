"""Part 0: how much noise each step adds."""

from collections.abc import Callable

import torch
from torch import Tensor, cumprod, cumsum

from autograder.judging import Alias, Exercise, Misconception, Part, Probe
from autograder.judging.probes import together

from .observers.schedules import RESULTS, schedule
from .oracles import schedule as oracles

FEW = "a few steps", "some more steps"
DEFAULT = "1,000 steps, the rest by default"
# Each result is right or wrong by itself.
BOTH = tuple(Part(name, (name,)) for name in RESULTS)
PRODUCT = "alpha_bars[t] is the product of 1 - betas[0], ..., 1 - betas[t]: torch.cumprod"
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


def _no_products(name, sentence, *changes):
    """Something else than products of 1 - beta, made of the right betas or of wrong ones."""
    return Misconception(
        name,
        sentence,
        tuple(_made_of(oracles.linear_schedule, change) for change in changes),
        on=FEW,
        transform=lambda schedule: _made_of(schedule, changes[0]),
    )


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


def _betas_alone(theirs):
    """A function that returns the betas alone -> one that returns their products, too."""

    def ours(T, beta_1=1e-4, beta_T=0.02):
        betas = theirs(T, beta_1, beta_T)
        return betas, cumprod(1 - betas, 0)

    return ours


linear_schedule = Exercise(
    id="diffusion.linear_schedule",
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
        Alias("linear_beta_schedule", _betas_alone, "public notebooks, which return the betas"),
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
            "The product itself is asked for; its root is taken where an image is noised.",
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
            "The betas come first, then the alpha_bars.",
            lambda *a, **k: oracles.linear_schedule(*a, **k)[::-1],
        ),
        _wrong(
            "the ends not used",
            "beta_1 and beta_T are arguments with a default: use what the caller says.",
            lambda T, beta_1=0, beta_T=0: oracles.linear_schedule(T),
        ),
    ),
)
