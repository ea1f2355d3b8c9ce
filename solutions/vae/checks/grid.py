"""Part 4: a grid of codes, each standing for an equal share of the prior."""

from itertools import product

import torch

from autograder.judging import Exercise, Misconception, Probe

from . import oracles

SIZES = 5, 8


def _probe(n):
    return Probe(f"n = {n}", lambda g: {"n": n}, _value)


def _value(call, inputs):
    return {"codes": call(inputs["n"])}


def _pairs(line):
    return torch.cartesian_prod(line, line)


def _every_way(grid):
    """The grid read in the other directions: either axis first, each up or down."""

    def turned(swap, up_and_down):
        def formula(n):
            codes = grid(n) * torch.tensor(up_and_down).double()
            return codes.flip(1) if swap else codes

        return formula

    return tuple(turned(s, (a, b)) for s, a, b in product((False, True), (1, -1), (1, -1)))


def _quantiles(u):
    return torch.special.ndtri(u)


def _line(n, start, end):
    return torch.linspace(start, end, n, dtype=torch.float64)


def _wrong(name, sentence, *grids):
    return Misconception(name, sentence, tuple(way for g in grids for way in _every_way(g)))


_MARGINS = (0.05, 0.01, 0.1, 0.02, 0.001)

latent_grid = Exercise(
    id="vae.latent_grid",
    truth="all pairs of standard normal quantiles at (i + 1/2) / n, i = 0 ... n - 1",
    source="Kingma and Welling 2014, Auto-Encoding Variational Bayes, appendix A",
    points=3,
    on_gpu=False,  # it gets tensors on the CPU
    probes=tuple(map(_probe, SIZES)),
    oracle=oracles.latent_grid,
    also_right=_every_way(oracles.latent_grid)[1:],
    misconceptions=(
        _wrong(
            "evenly spaced codes",
            "The levels (i + 1/2) / n are shares of probability: the inverse of the normal"
            " distribution function turns them into codes.",
            lambda n: _pairs((torch.arange(n).double() + 0.5) / n),
            *(lambda n, a=a: _pairs(_line(n, -a, a)) for a in (1.0, 2.0, 3.0, 4.0)),
        ),
        _wrong(
            "the distribution function, not its inverse",
            "cdf takes a code to its share of probability; the way back is its inverse"
            " (icdf, ppf, ndtri).",
            lambda n: _pairs(torch.special.ndtr((torch.arange(n).double() + 0.5) / n)),
        ),
        _wrong(
            "the root of 2 forgotten",
            "The inverse error function belongs to a deviation of 1 / sqrt(2):"
            " the quantile is sqrt(2) erfinv(2 u - 1).",
            lambda n: oracles.latent_grid(n) / 2**0.5,
            lambda n: _pairs(torch.erfinv((torch.arange(n).double() + 0.5) / n)),
            lambda n: 2**0.5 * _pairs(torch.erfinv((torch.arange(n).double() + 0.5) / n)),
        ),
        _wrong(
            "infinite codes at the edge",
            "The quantiles of 0 and 1 are infinite: use the middle of each share, (i + 1/2) / n.",
            lambda n: _pairs(_quantiles(_line(n, 0, 1))),
            lambda n: _pairs(_quantiles(torch.arange(n).double() / n)),
        ),
        _wrong(
            "other levels",
            "The levels are (i + 1/2) / n: every code then stands for the same share of the prior.",
            *(lambda n, e=e: _pairs(_quantiles(_line(n, e, 1 - e))) for e in _MARGINS),
            lambda n: _pairs(_quantiles((torch.arange(n).double() + 1) / (n + 1))),
        ),
    ),
)
