"""Draws and probes that exercises of several assignments share."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Generator, Tensor

from autograder.judging import Probe, Tolerance, observers
from autograder.judging.exercise import Inputs

Draw = Callable[[Generator], Tensor]


def uniform(low: float, high: float, *shape: int) -> Draw:
    """A draw: torch.Generator -> float64 tensor of this shape."""
    return lambda g: low + (high - low) * torch.rand(shape, generator=g, dtype=torch.float64)


def probabilities(*zeros: int) -> Draw:
    """A draw: weights of 8 outcomes that add up to 1; those at the given places are 0."""

    def draw(g):
        p = uniform(0.2, 2.0, 8)(g)
        p[list(zeros)] = 0
        return p / p.sum()

    return draw


def together(**draws: Any) -> Callable[[Generator], Inputs]:
    """Several draws by name; what is not a function is taken as it is."""
    return lambda g: {name: draw(g) if callable(draw) else draw for name, draw in draws.items()}


# Off centre and of different spread, so that no two formulas agree by symmetry.
REAL, FAKE = (-1.0, 4.0), (-3.5, 1.5)
HUGE = torch.tensor([1e4, -1e4, 30.0, -120.0], dtype=torch.float64)
ORDINARY = ("inputs of shape (N,)", "inputs of shape (N, 1)")
LARGE = "numbers of +-10,000"
KEPT = "the caller's own tensors"
FLOAT64 = "inputs in float64"
SHORT = "a last batch that is shorter"


def kept_probe(**draws: Any) -> Probe:
    """Whether the caller finds these inputs as they were."""
    return Probe(KEPT, together(**draws), observers.unchanged)


def float64_probe(**draws: Any) -> Probe:
    """Value and dtype for inputs in float64."""
    return Probe(FLOAT64, together(**draws), observers.in_float64)


def loss_probes(constant: tuple[str, ...] = (), **spans: tuple[float, float]) -> tuple[Probe, ...]:
    """What every loss of a batch is asked: each input is drawn from its (low, high).

    Value and gradients for (N,) and for (N, 1), and whether the caller's tensors stay as they
    were. No batch of one: no notebook has one, and a squeeze() does no harm elsewhere.
    constant: inputs without a gradient, such as targets.
    """

    def draws(*shape):
        return together(**{key: uniform(*span, *shape) for key, span in spans.items()})

    look = partial(observers.value_and_gradients, constant=constant)
    return (
        Probe(ORDINARY[0], draws(7), look),
        Probe(ORDINARY[1], draws(6, 1), look),
        Probe(KEPT, draws(5, 1), observers.unchanged),
    )


def huge_probe(constant: tuple[str, ...] = (), **inputs: Tensor) -> Probe:
    """Value and gradients where log(sigmoid(h)) has no stable value, nor a clamp a right one."""
    look = partial(observers.value_and_gradients, constant=constant)
    return Probe(LARGE, together(**inputs), look)


def known_gradients(g: torch.Generator) -> Tensor:
    """Gradients (38, 4) that tell optimisers apart.

    Six whose sizes and signs change, so that both betas show; a steep place and then gentle ones,
    where AMSGrad stays slow; and a last column of zeros, which only a weight decay moves.
    """
    signs = torch.tensor([[1, -1, 1], [1, 1, -1], [-1, 1, 1], [1, -1, -1], [-1, -1, 1], [1, 1, 1]])
    sizes = torch.tensor([1.0, 3.0, 0.5, 2.0, 0.7, 1.4]).double()[:, None]
    uneven = signs.double() * sizes * uniform(0.6, 1.4, 6, 3)(g)
    gentle = uniform(0.5, 0.7, 31, 3)(g)
    moving = torch.cat([uneven, uniform(35, 45, 1, 3)(g), gentle])
    return torch.cat([moving, torch.zeros(len(moving), 1).double()], dim=1)


# For observers.optimiser; the way travelled is compared, which learning rates make small.
optimiser_inputs = together(start=uniform(0.3, 0.9, 4), gradients=known_gradients)
ADAM_TOLERANCE = Tolerance(rtol=1e-4, atol=5e-7)
