"""The optimisers of both networks, and the labels of a sheet with one column for each class."""

import torch

from autograder.judging import Exercise, Misconception, Probe
from autograder.judging.misconceptions import WRONG_ADAM
from autograder.judging.probes import ADAM_TOLERANCE, optimiser_inputs, together
from autograder.oracles.optimisers import adam

from . import oracles
from .observers import parts


def _both(of_discriminator, of_generator=None):
    return lambda g, d: (of_discriminator(d), (of_generator or of_discriminator)(g))


def _same_mistake(known):
    """A mistake of one optimiser, made for both."""
    return Misconception(known.name, known.sentence, tuple(map(_both, known.formulas)))


def _swapped(g, d):
    return adam()(g), adam()(d)


class _Together:
    """One optimiser that moves both networks."""

    def __init__(self, *solvers):
        self.solvers = solvers

    def step(self):
        for solver in self.solvers:
            solver.step()


def _one_for_both(g, d):
    return (_Together(adam()(g), adam()(d)),) * 2


def _one_each_for_both(g, d):
    def both():
        return _Together(adam()(g), adam()(d))

    return both(), both()


def _one_of_two_for_both():
    """One of the two optimisers moves both networks, the other one its own."""

    def both(g, d):
        return _Together(adam()(g), adam()(d))

    return (lambda g, d: (both(g, d), adam()(g))), (lambda g, d: (adam()(d), both(g, d)))


build_optimizers = Exercise(
    id="gan-fashion.build_optimizers",
    truth="(d_optimizer, g_optimizer): Adam with lr 1e-3 and betas (0.5, 0.999), one for each",
    source="Kingma and Ba 2015, algorithm 1; Radford et al. 2016 (beta1 = 0.5)",
    points=4,
    probes=(
        Probe(
            "38 steps of each under known gradients",
            optimiser_inputs,
            parts.optimisers,
        ),
    ),
    oracle=_both(adam()),
    tolerance=ADAM_TOLERANCE,
    misconceptions=(
        *map(_same_mistake, WRONG_ADAM),
        Misconception(
            "the two in the wrong order",
            "Return (d_optimizer, g_optimizer), the discriminator's first.",
            (_swapped,),
        ),
        Misconception(
            "both optimisers move the same network",
            "The second optimiser gets the parameters of the generator.",
            (lambda g, d: (adam()(d), adam()(d)), lambda g, d: (adam()(g), adam()(g))),
        ),
        Misconception(
            "one of the two is set otherwise",
            "Both are Adam with learning rate 1e-3 and betas (0.5, 0.999).",
            (
                *(_both(adam(lr=lr), adam()) for lr in (2e-4, 1e-4, 4e-4, 5e-4)),
                *(_both(adam(), adam(lr=lr)) for lr in (2e-4, 1e-4, 4e-4, 5e-4)),
                _both(adam(beta1=0.9), adam()),
                _both(adam(), adam(beta1=0.9)),
            ),
        ),
        Misconception(
            "one optimiser for both networks",
            "Each optimiser gets the parameters of one network only; otherwise the generator also"
            " moves when the discriminator learns.",
            (_one_for_both, _one_each_for_both, *_one_of_two_for_both()),
        ),
    ),
)


def _labels(formula):
    return lambda rows, classes: formula(rows, classes)


column_labels = Exercise(
    id="gan-fashion.column_labels",
    truth="0, 1, ..., classes - 1, repeated rows times",
    source="a grid is filled row by row, so image i lands in column i mod classes",
    points=3,
    probes=(
        Probe("3 rows of 10", together(rows=3, classes=10), parts.whole_numbers),
        Probe("5 rows of 4", together(rows=5, classes=4), parts.whole_numbers),
    ),
    oracle=_labels(oracles.column_labels),
    misconceptions=(
        Misconception(
            "one row for each class",
            "The grid is filled row by row: 0, 0, 0, 1, 1, 1, ... gives a row to each class. Repeat"
            " the whole sequence instead.",
            (_labels(lambda rows, classes: torch.arange(rows * classes) // rows),),
        ),
        Misconception(
            "ten classes, whatever is asked for",
            "The number of classes is an argument.",
            (_labels(lambda rows, classes: oracles.column_labels(rows, 10)),),
        ),
        Misconception(
            "labels counted from 1",
            "Labels start at 0, as in the data.",
            (_labels(lambda rows, classes: oracles.column_labels(rows, classes) + 1),),
        ),
        Misconception(
            "a table of labels",
            "A flat tensor (rows * classes,) is asked for: repeat(rows), not repeat(rows, 1).",
            (_labels(lambda r, c: oracles.column_labels(r, c).reshape(r, c)),),
        ),
        Misconception(
            "labels that are not whole numbers",
            "Labels pick rows and are int64: torch.arange of whole numbers gives that by itself.",
            (_labels(lambda r, c: oracles.column_labels(r, c).float()),),
        ),
        Misconception(
            "one row only",
            "One label is needed for each image, rows times classes in all.",
            (_labels(lambda rows, classes: oracles.column_labels(1, classes)),),
        ),
    ),
)
