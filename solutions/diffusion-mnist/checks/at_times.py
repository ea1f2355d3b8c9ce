"""Probes and mistakes that all functions share in which each row has a time of its own."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Generator, Tensor

from autograder.judging import Misconception, Probe
from autograder.judging.exercise import Inputs
from autograder.judging.misconceptions import only_for, overwritten
from autograder.judging.probes import KEPT, Draw, uniform

from .observers import at_times as observers
from .oracles.schedule import alphas, before, products

ROWS = "rows (N, d)", "as many rows as columns"
IMAGES = "images (N, 1, 28, 28)", "28 images"
ORDINARY = (*ROWS, *IMAGES)
ONE = "one row"
SHAPES = dict(zip(ORDINARY, ((6, 3), (5, 5), (6, 1, 28, 28), (28, 1, 28, 28)), strict=True))
# So short and steep that each factor shows, and 1 - alpha_bar does not cancel in float32.
STEPS = 6
ALPHA_BAR = (
    "alpha_bars[t] is what all steps up to t leave; 1 - betas[t] is what the step t alone leaves."
)


def some_betas(g: Generator) -> Tensor:
    """(T,) from 0.05 to 0.5 in no order, so that no step can be taken for another."""
    return uniform(0.05, 0.5, STEPS)(g)


def alpha_bars(g: Generator) -> Tensor:
    return products(some_betas(g))


def times(rows: int) -> Draw:
    """A draw of times, one for each row: 0, the last, 2, 1, then at random."""
    start = torch.tensor([0, STEPS - 1, 2, 1])

    def draw(g):
        more = torch.randint(STEPS, (rows,), generator=g)
        return torch.cat([start, more])[:rows].double()

    return draw


def probes(
    of_shape: Callable[[tuple[int, ...]], Callable[[Generator], Inputs]],
    observe: Callable = observers.value,
) -> tuple[Probe, ...]:
    """The ordinary probes, one row, and whether the caller's tensors are left alone.

    of_shape: shape of a batch -> a draw of the arguments, in their order.
    """
    shaped = {**SHAPES, ONE: (1, 4)}
    return (
        *(Probe(name, of_shape(shape), observe) for name, shape in shaped.items()),
        Probe(KEPT, of_shape((4, 3)), observers.unchanged),
    )


def wrong(name: str, sentence: str, *formulas: Callable) -> Misconception:
    """Known from batches of ordinary shapes."""
    return Misconception(name, sentence, formulas, on=ORDINARY)


def of_times(
    oracle: Callable, names: Sequence[str], on: tuple[str, ...] = ORDINARY
) -> tuple[Misconception, ...]:
    """What goes wrong with times in any function of them.

    names: of its arguments, among them "t" and "alpha_bars".
    """
    t, bars = names.index("t"), names.index("alpha_bars")

    def of(name, sentence, place, *changes):
        return Misconception(
            name,
            sentence,
            tuple(_changed(oracle, place, change) for change in changes),
            on=on,
            transform=lambda formula: _changed(formula, place, changes[0]),
        )

    return (
        of("alpha for alpha_bar", ALPHA_BAR, bars, alphas),
        of(
            "the index off by one",
            "Time is an index, 0 for the first step: alpha_bars[t], not alpha_bars[t - 1].",
            bars,
            before,
            lambda values: values.roll(1),
            lambda values: torch.cat([values[:1], values[:-1]]),
        ),
        of(
            "one time for the whole batch",
            "Each row has a time of its own, t[n] for the row n.",
            t,
            lambda times: times[:1].expand(len(times)),
            lambda times: times[-1:].expand(len(times)),
        ),
        # Not every argument is a tensor.
        replace(overwritten, formulas=(lambda first, *rest: first.add_(1),)),
    )


def mistakes(oracle: Callable, names: Sequence[str]) -> tuple[Misconception, ...]:
    """of_times, and code for one shape of a batch alone: those that probes() shows."""
    return (
        *of_times(oracle, names),
        only_for(ROWS, IMAGES, "(N, d)"),
        only_for(IMAGES, (*ROWS, ONE), "(N, 1, 28, 28)"),
    )


def _changed(formula, place, change):
    """The formula with another argument in this place."""

    def with_another(*arguments):
        given = list(arguments)
        given[place] = change(given[place])
        return formula(*given)

    return with_another


def for_each_column(*formulas: Callable, on: tuple[str, ...] = ORDINARY) -> Misconception:
    """formulas: with alpha_bars[t] as it is, (N,), beside a batch (N, ...)."""
    return Misconception(
        "a time for each column",
        "alpha_bars[t] has the shape (N,), and beside a batch its numbers go to the last dimension,"
        " silently where that is N long: give it the shape (N, 1, ..., 1) first.",
        formulas,
        on=on,
    )
