"""Part 6: ridge regression whose bias is free."""

import torch

from autograder.judging import Exercise, Misconception, Probe, observers
from autograder.judging.misconceptions import overwritten
from autograder.judging.probes import KEPT, uniform

from . import oracles

TALL = "more rows than columns", "many more rows than columns"


def _table(n, d, lam):
    """Rows (1, features); targets far from 0, so that the bias matters."""

    def draw(g):
        features = uniform(-1.2, 1.8, n, d)(g)
        Z = torch.cat([torch.ones(n, 1).double(), features], 1)
        slopes = uniform(0.8, 2.0, d)(g) * torch.tensor([1.0, -1.0]).double().repeat(d)[:d]
        y = 3 + features @ slopes + uniform(-0.3, 0.3, n)(g)
        return {"Z": Z, "y": y, "lam": torch.tensor(lam, dtype=torch.float64)}

    return draw


def _wrong(name, sentence, *formulas):
    return Misconception(name, sentence, formulas, on=TALL)


def _sparing(place, scale):
    """The penalty scale(n) lam on all columns but one (on all, when `place` is None)."""

    def fit(Z, y, lam):
        penalised = torch.ones(Z.shape[1]).to(Z)
        if place is not None:
            penalised[place] = 0
        return oracles.ridge_with(Z, y, scale(len(Z)) * lam * penalised)

    return fit


def _one_sided(Z, y, lam):
    return len(Z) * oracles.ridge(Z, y, lam)


ridge = Exercise(
    id="foundations.ridge",
    truth="(Z^T Z + n lam A)^-1 Z^T y, A the identity with a 0 for the bias",
    source="Hoerl and Kennard 1970, Ridge Regression, equation 2.1, with a free intercept",
    points=7,
    probes=(
        Probe(TALL[0], _table(9, 3, 0.3), observers.value),
        Probe(TALL[1], _table(40, 2, 0.7), observers.value),
        Probe("fewer rows than columns", _table(4, 6, 0.4), observers.value),
        Probe("one row", _table(1, 1, 0.5), observers.value),
        Probe(KEPT, _table(6, 2, 0.3), observers.unchanged),
    ),
    oracle=oracles.ridge,
    misconceptions=(
        _wrong(
            "the bias penalised",
            "A penalised bias pulls every prediction towards 0; leave w_0 out of the penalty: A has"
            " a 0 there.",
            _sparing(None, lambda n: n),
            _sparing(None, lambda n: 1),
        ),
        _wrong(
            "n forgotten",
            "The squared errors are averaged, so setting the gradient to 0 multiplies lam by n.",
            _sparing(0, lambda n: 1),
            _sparing(0, lambda n: 1 / n),
        ),
        _wrong(
            "the columns counted instead of the rows",
            "n is the number of rows, over which the squared errors are averaged.",
            lambda Z, y, lam: _sparing(0, lambda n: Z.shape[1])(Z, y, lam),
            lambda Z, y, lam: _sparing(0, lambda n: Z.shape[1] - 1)(Z, y, lam),
        ),
        _wrong(
            "a half slipped in",
            "The objective has no 1/2 anywhere: both derivatives have the same factor 2, which"
            " cancels.",
            _sparing(0, lambda n: n / 2),
            _sparing(0, lambda n: 2 * n),
        ),
        _wrong(
            "no penalty",
            "This is plain least squares: lam is not used.",
            lambda Z, y, lam: oracles.ridge_with(Z, y, 0 * lam),
        ),
        _wrong(
            "the wrong column spared",
            "The column of ones is the first one: A has its 0 at [0, 0].",
            _sparing(-1, lambda n: n),
            _sparing(-1, lambda n: 1),
        ),
        _wrong(
            "n on one side only",
            "Dividing Z^T Z by n calls for dividing Z^T y by n as well.",
            _one_sided,
            lambda Z, y, lam: oracles.ridge(Z, y, lam) / len(Z),
        ),
        overwritten,
    ),
)
