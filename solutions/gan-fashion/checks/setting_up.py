"""The optimisers of both networks, and the labels of a sheet with one column for each class."""

import torch

from autograder.exercises.gan_mnist.training import get_optimizer
from autograder.exercises.probes import together
from autograder.judging import Exercise, Misconception, Probe
from autograder.judging.adversarial import parts
from autograder.oracles import fashion


def _both(of_discriminator, of_generator=None):
    return lambda g, d: (of_discriminator(d), (of_generator or of_discriminator)(g))


def _same_mistake(known):
    """A mistake of one optimiser, made for both."""
    return Misconception(known.name, known.sentence, tuple(map(_both, known.formulas)))


def _swapped(g, d):
    return get_optimizer.oracle(g), get_optimizer.oracle(d)


class _Together:
    """One optimiser that moves both networks."""

    def __init__(self, *solvers):
        self.solvers = solvers

    def step(self):
        for solver in self.solvers:
            solver.step()


def _one_for_both(g, d):
    return (_Together(get_optimizer.oracle(g), get_optimizer.oracle(d)),) * 2


def _one_each_for_both(g, d):
    def both():
        return _Together(get_optimizer.oracle(g), get_optimizer.oracle(d))

    return both(), both()


build_optimizers = Exercise(
    id="fashion.build_optimizers",
    truth="(d_optimizer, g_optimizer): Adam with lr 1e-3 and betas (0.5, 0.999), one for each",
    source=get_optimizer.source,
    points=4,
    probes=(
        Probe(
            "four steps of each under known gradients",
            get_optimizer.probes[0].draw,
            parts.optimisers,
        ),
    ),
    oracle=_both(get_optimizer.oracle),
    tolerance=get_optimizer.tolerance,
    misconceptions=(
        *map(_same_mistake, get_optimizer.misconceptions),
        Misconception(
            "the two in the wrong order",
            "Return (d_optimizer, g_optimizer), the discriminator's first.",
            (_swapped,),
        ),
        Misconception(
            "one optimiser for both networks",
            "Each optimiser gets the parameters of one network only; otherwise the generator also"
            " moves when the discriminator learns.",
            (_one_for_both, _one_each_for_both),
        ),
    ),
)


def _labels(formula):
    return lambda rows, classes: formula(rows, classes)


column_labels = Exercise(
    id="fashion.column_labels",
    truth="0, 1, ..., classes - 1, repeated rows times",
    source="a grid is filled row by row, so image i lands in column i mod classes",
    points=3,
    probes=(
        Probe("3 rows of 10", together(rows=3, classes=10), parts.whole_numbers),
        Probe("5 rows of 4", together(rows=5, classes=4), parts.whole_numbers),
    ),
    oracle=_labels(fashion.column_labels),
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
            (_labels(lambda rows, classes: fashion.column_labels(rows, 10)),),
        ),
        Misconception(
            "labels counted from 1",
            "Labels start at 0, as in the data.",
            (_labels(lambda rows, classes: fashion.column_labels(rows, classes) + 1),),
        ),
        Misconception(
            "one row only",
            "One label is needed for each image, rows times classes in all.",
            (_labels(lambda rows, classes: fashion.column_labels(1, classes)),),
        ),
    ),
)
