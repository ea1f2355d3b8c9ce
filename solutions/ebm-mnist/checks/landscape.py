"""Part 3: an energy in one dimension, where the normalising constant can be computed."""

import torch

from autograder.judging import Exercise, Misconception, Probe, observers
from autograder.judging.exercise import Tolerance
from autograder.judging.misconceptions import overwritten
from autograder.judging.probes import KEPT, kept_probe, together, uniform

from . import oracles

ORDINARY, SHIFTED = "a landscape with two valleys", "the same landscape, 300 higher"
_GRID = torch.linspace(-4.0, 4.5, 341, dtype=torch.float64)


def _valleys(g):
    """Two valleys of different depth and place; high at both ends of the grid."""
    a, b, depth = (uniform(low, high, 1)(g) for low, high in ((-1.9, -1.2), (1.1, 1.8), (0.3, 0.9)))
    return 1.6 * ((_GRID - a) * (_GRID - b)) ** 2 / 4 + depth * _GRID


def _landscape(height=0.0):
    return together(energy=lambda g: _valleys(g) + height, grid=lambda g: _GRID.clone())


def _wrong(name, sentence, *formulas):
    return Misconception(name, sentence, formulas, on=(ORDINARY,))


def _weights(energy):
    return torch.exp(energy.min() - energy)


def _unstable(energy, grid):
    e = torch.exp(-energy.float()).double()
    return e / torch.trapezoid(e, grid)


normalized_density = Exercise(
    id="ebm-mnist.normalized_density",
    truth="exp(-E(x)) / Z with Z the integral over the grid, for energies of any height",
    source="LeCun et al. 2006, A Tutorial on Energy-Based Learning, equation 2",
    points=4,
    on_gpu=False,  # it gets tensors on the CPU
    probes=(
        Probe(ORDINARY, _landscape(), observers.value),
        Probe(SHIFTED, _landscape(300.0), observers.value),
        Probe("deep below zero", _landscape(-300.0), observers.value),
        kept_probe(energy=_valleys, grid=lambda g: _GRID.clone()),
    ),
    oracle=oracles.normalized_density,
    # Energies around 300 have an error of 3e-5 in float32, and so have their exponentials.
    tolerance=Tolerance(rtol=5e-4, atol=1e-5),
    misconceptions=(
        _wrong(
            "exp(+E)",
            "Low energy means high probability: the density is exp(-E) / Z.",
            lambda energy, grid: oracles.normalized_density(-energy, grid),
            # E is largest at the ends of the grid, where sum and trapezoid differ.
            lambda energy, grid: torch.softmax(energy, 0) / (grid[1] - grid[0]),
        ),
        _wrong(
            "probabilities, not a density",
            "The values add up to 1, but a density has an integral of 1: the width of the grid's"
            " cells is missing.",
            lambda energy, grid: torch.softmax(-energy, 0),
        ),
        _wrong(
            "not normalised",
            "exp(-E) must be divided by its integral over the grid.",
            lambda energy, grid: torch.exp(-energy),
            lambda energy, grid: _weights(energy),
            lambda energy, grid: (
                oracles.normalized_density(energy, grid)
                / oracles.normalized_density(energy, grid).max()
            ),
        ),
        _wrong(
            "the mean instead of the integral",
            "The mean over the grid is the integral divided by its length: multiply by the width of"
            " a cell, not by 1/K.",
            lambda energy, grid: _weights(energy) / _weights(energy).mean(),
        ),
        Misconception(
            "unstable for large energies",
            "exp(-E) is 0 or infinite when all energies are far from 0. Only differences of energy"
            " count: subtract the smallest one first (or use torch.softmax, logsumexp).",
            (_unstable,),
            on=(ORDINARY, KEPT),
        ),
        overwritten,
    ),
)
