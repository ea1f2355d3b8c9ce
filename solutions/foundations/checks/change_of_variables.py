"""Part 7: what a change of variables does to a density."""

import math

import torch

from autograder.judging import Exercise, Misconception, Probe, observers
from autograder.judging.misconceptions import overwritten
from autograder.judging.probes import KEPT, together, uniform

from . import oracles
from .oracles import density_uv as _uv
from .oracles import density_xy as _xy

RULE = "the change of variables of multiple integrals"


def _matrix(*rows):
    return lambda: torch.tensor(rows, dtype=torch.float64)


def _number(value):
    return lambda: torch.tensor(value, dtype=torch.float64)


h, r = 0.5, math.sqrt(0.5)

jacobian_xy_uv = Exercise(
    id="foundations.jacobian_xy_uv",
    truth="[[1/2, 1/2], [1/2, -1/2]]",
    source=f"{RULE}, with x = (u + v) / 2 and y = (u - v) / 2",
    points=2,
    probes=(Probe("the matrix", together(), observers.value),),
    oracle=oracles.jacobian_xy_uv,
    misconceptions=(
        Misconception(
            "the other direction",
            "This is d(u, v) / d(x, y), the inverse of the matrix that is asked for.",
            (_matrix([1.0, 1.0], [1.0, -1.0]),),
        ),
        Misconception(
            "its determinant",
            "The whole matrix of the four derivatives is asked for.",
            tuple(_number(value) for value in (-0.5, 0.5, -2.0, 2.0)),
        ),
        Misconception(
            "the minus in the wrong place",
            "x = (u + v) / 2 grows with both; y = (u - v) / 2 falls as v grows: rows are x and y,"
            " columns u and v.",
            (
                _matrix([h, -h], [h, h]),
                _matrix([h, h], [-h, h]),
                _matrix([-h, h], [h, h]),
                _matrix([h, h], [h, h]),
            ),
        ),
        Misconception(
            "a pure rotation",
            "u = x + y and v = x - y also stretch, by the root of 2: their inverse has halves.",
            (_matrix([r, r], [r, -r]),),
        ),
    ),
)

PLACES = "points in a row", "points in a table"


def _probes(*names):
    def draws(*shape):
        return together(**{name: uniform(-1.4, 1.9, *shape) for name in names})

    sizes = zip((*PLACES, "a single point"), ((8,), (3, 4), ()), strict=True)
    return (
        *(Probe(name, draws(*shape), observers.value) for name, shape in sizes),
        Probe(KEPT, draws(5), observers.unchanged),
    )


def _times(factors, density):
    return tuple(lambda a, b, k=k: k * density(a, b) for k in factors)


density_uv = Exercise(
    id="foundations.density_uv",
    truth="exp(-(u^2 + v^2) / 4) / (4 pi): U and V are independent N(0, 2)",
    source=RULE,
    points=4,
    probes=_probes("u", "v"),
    oracle=oracles.density_uv,
    misconceptions=(
        Misconception(
            "the determinant forgotten",
            "Areas in the (x, y) plane are half as large as in the (u, v) plane: multiply by"
            " |det d(x, y) / d(u, v)|, or the density does not integrate to 1.",
            _times((2,), _uv),
        ),
        Misconception(
            "the determinant inverted",
            "|det d(x, y) / d(u, v)| is 1/2, not 2: the (u, v) plane is the stretched one, so its"
            " density is lower.",
            _times((4,), _uv),
        ),
        Misconception(
            "a negative density",
            "The determinant enters with its absolute value.",
            _times((-1, -4), _uv),
        ),
        Misconception(
            "u and v instead of x and y",
            "Evaluate f_XY at the x and y that belong to u and v.",
            _times((1, 0.5, 2), _xy),
        ),
        Misconception(
            "the map the wrong way",
            "x is (u + v) / 2 and y is (u - v) / 2: u + v and u - v are twice as much.",
            _times((1, 0.5, 2), lambda u, v: _xy(u + v, u - v)),
        ),
        Misconception(
            "the variance as deviation",
            "U is the sum of two variables of variance 1: its variance is 2, its deviation the root"
            " of 2.",
            _times((1,), lambda u, v: torch.exp(-(u**2 + v**2) / 8) / (8 * math.pi)),
        ),
        Misconception(
            "not normalised",
            "A density integrates to 1: two standard normal variables have 1 / (2 pi) in front.",
            _times((4 * math.pi, 2 * math.pi, math.sqrt(2 * math.pi), math.sqrt(4 * math.pi)), _uv),
        ),
        Misconception(
            "the logarithm",
            "The density itself is asked for, not its logarithm.",
            (lambda u, v: _uv(u, v).log(),),
        ),
        overwritten,
    ),
)


def _there(x, y):
    return _uv(x + y, x - y)


density_from_inverse = Exercise(
    id="foundations.density_from_inverse",
    truth="2 f_UV(x + y, x - y), which is f_XY(x, y) again",
    source=RULE,
    points=3,
    probes=_probes("x", "y"),
    oracle=oracles.density_from_inverse,
    misconceptions=(
        Misconception(
            "the determinant forgotten",
            "Going back, areas in the (u, v) plane are twice as large: multiply by |det d(u, v) /"
            " d(x, y)|.",
            _times((1,), _there),
        ),
        Misconception(
            "the determinant inverted",
            "On the way back the factor is |det d(u, v) / d(x, y)| = 2, not 1/2.",
            _times((0.5,), _there),
        ),
        Misconception(
            "a negative density",
            "The determinant enters with its absolute value.",
            _times((-2, -0.5), _there),
        ),
        Misconception(
            "x and y instead of u and v",
            "Evaluate f_UV at u = x + y and v = x - y.",
            _times((1, 0.5, 2), _uv),
        ),
        Misconception(
            "the map the wrong way",
            "u is x + y and v is x - y, without halves.",
            _times((1, 0.5, 2), lambda x, y: _uv((x + y) / 2, (x - y) / 2)),
        ),
        Misconception(
            "the logarithm",
            "The density itself is asked for, not its logarithm.",
            (lambda x, y: _xy(x, y).log(),),
        ),
        overwritten,
    ),
)
