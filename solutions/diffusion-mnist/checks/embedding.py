"""Part 4: what a network is told of the time."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from autograder.judging import Exercise, Misconception, Probe, Tolerance
from autograder.judging.probes import together

from .observers import embeddings
from .oracles import embedding as oracles

WHOLE, MORE = "8 numbers for each time", "12 numbers for each time"
PERIOD, FRACTIONS = "max_period = 100", "times between 0 and 1"
ODD = "7 numbers for each time"
EVEN = WHOLE, MORE
EMBED = oracles.timestep_embedding


def _times(low, high, count):
    """0 and 1, which show what a sine and a cosine begin with, and others."""

    def draw(g):
        return (0, 1, *torch.randint(low, high, (count,), generator=g).tolist())

    return draw


def _fractions(g):
    return tuple((torch.rand(6, generator=g) * 0.9 + 0.05).tolist())


def _probe(name, t, dim, **more):
    return Probe(name, together(t=t, dim=dim, more=more), embeddings.embedded)


def _wrong(name, sentence, *formulas):
    return Misconception(name, sentence, formulas, on=EVEN)


def _of(
    frequencies: Callable[[int, float], Tensor], *waves: Callable[[Tensor], Tensor]
) -> Callable:
    """Waves of t times frequencies(half, max_period), side by side."""

    def formula(t, dim, max_period=10_000):
        angles = t.double()[:, None] * frequencies(dim // 2, max_period)
        table = torch.cat([wave(angles) for wave in waves or (torch.cos, torch.sin)], 1)
        return torch.nn.functional.pad(table, (0, dim % 2))

    return formula


def _places(half):
    return torch.arange(half, dtype=torch.float64)


def _powers(exponent: Callable[[int], Tensor], sign: int = -1) -> Callable[[int, float], Tensor]:
    return lambda half, period: torch.as_tensor(period).double() ** (sign * exponent(half))


def _right(half, period):
    return _powers(lambda h: _places(h) / h)(half, period)


def _to_the_end(half, period):
    return _powers(lambda h: _places(h) / (h - 1))(half, period)


BOTH = _right, _to_the_end


def _of_dim(frequencies, *waves):
    """As many frequencies as there should be columns."""

    def formula(t, dim, max_period=10_000):
        angles = t.double()[:, None] * frequencies(dim, max_period)
        return torch.cat([wave(angles) for wave in waves], 1)

    return formula


def _with_base(frequencies, base):
    return lambda half, period: frequencies(half, base)


def _times_factor(frequencies, factor):
    return lambda half, period: factor * frequencies(half, period)


def _unpaired(even: Callable, odd: Callable) -> Callable:
    """Each column has a frequency of its own."""

    def formula(t, dim, max_period=10_000):
        angles = t.double()[:, None] * max_period ** (-_places(dim) / dim)
        return torch.where(_places(dim) % 2 == 0, even(angles), odd(angles))

    return formula


def _with_time(change: Callable[[Tensor], Tensor], **form: bool) -> Callable:
    return lambda t, dim, **more: EMBED(change(t.double()), dim, **more, **form)


def _without_period(to_the_end):
    return lambda t, dim, max_period=0: EMBED(t, dim, to_the_end=to_the_end)


_SINE_FIRST = torch.sin, torch.cos


def _without_last(to_the_end):
    return lambda t, dim, **more: EMBED(t, dim // 2 * 2, **more, to_the_end=to_the_end)


def _one_wave_more(even, odd):
    """Waves in turn, so that of an odd number of columns the last is another wave."""

    def formula(t, dim, max_period=10_000):
        columns = _places(dim)
        angles = t.double()[:, None] * max_period ** (-(columns - columns % 2) / dim)
        return torch.where(columns % 2 == 0, even(angles), odd(angles))

    return formula


def _fails(t, dim, max_period=10_000):
    if dim % 2:
        raise RuntimeError  # two halves do not fit into an odd number of columns
    return EMBED(t, dim, max_period)


timestep_embedding = Exercise(
    id="diffusion-mnist.timestep_embedding",
    truth="cos and sin of t max_period^(-i/h) or of t max_period^(-i/(h-1)), in any order",
    source="Vaswani et al. 2017, section 3.5; Ho et al. 2020, appendix B",
    points=3,
    # In float32 an angle of 999 has an error of 1e-4.
    tolerance=Tolerance(rtol=1e-4, atol=1e-3),
    probes=(
        _probe(WHOLE, _times(2, 1000, 5), 8),
        _probe(MORE, _times(2, 300, 5), 12),
        _probe(PERIOD, _times(2, 100, 4), 8, max_period=100),
        _probe(FRACTIONS, _fractions, 10),
        _probe(ODD, _times(2, 1000, 3), 7),
    ),
    oracle=oracles.timestep_embedding,
    also_right=(lambda *given, **more: EMBED(*given, **more, to_the_end=True),),
    misconceptions=(
        _wrong(
            "sines alone",
            "A sine alone takes each value twice in a period: to each frequency belongs a cosine as"
            " well.",
            *(_of(each, torch.sin) for each in BOTH),
            *(_of(each, torch.sin, torch.sin) for each in BOTH),
            *(_of(each, torch.cos) for each in BOTH),
            *(_of(each, torch.cos, torch.cos) for each in BOTH),
            *(_of_dim(each, torch.sin) for each in BOTH),
            *(_of_dim(each, torch.cos) for each in BOTH),
        ),
        _wrong(
            "twice as many columns",
            "There are dim numbers for each time, half of them cosines: dim / 2 frequencies.",
            *(_of_dim(each, torch.cos, torch.sin) for each in BOTH),
        ),
        _wrong(
            "sine and cosine of different frequencies",
            "They come in pairs: the exponent is the same for the sine and for the cosine, i / h"
            " with i = 0, ..., h - 1 and h = dim / 2.",
            _unpaired(torch.sin, torch.cos),
            _unpaired(torch.cos, torch.sin),
        ),
        _wrong(
            "another exponent",
            "With h = dim / 2 frequencies the exponents go from 0 to -1 (the last one may be left"
            " out): -i / h for i = 0, ..., h - 1.",
            *(
                _of(_powers(exponent))
                for exponent in (
                    lambda h: _places(h) / (2 * h),
                    lambda h: 2 * _places(h) / h,
                    lambda h: 2 * _places(h) / (h - 1),
                    lambda h: (_places(h) + 1) / h,
                    lambda h: _places(h) / (h + 1),
                    lambda h: _places(h) / (2 * h - 1),
                    lambda h: 4 * _places(h) / h,
                )
            ),
        ),
        # Angles of a million have no digits behind the point in float32.
        Misconception(
            "the frequencies grow",
            "The frequencies fall from 1 to about 1 / max_period: the exponent is negative.",
            (
                _of(_powers(lambda h: _places(h) / h, sign=1)),
                _of(_powers(lambda h: _places(h) / (h - 1), sign=1)),
            ),
            on=(PERIOD,),
        ),
        _wrong(
            "another base",
            "The base is max_period, and exp goes with the natural logarithm: max_period^(-i / h) ="
            " exp(-log(max_period) i / h).",
            *(
                _of(_with_base(each, base))
                for each in BOTH
                for base in (
                    math.e,
                    10.0,
                    math.exp(2 * math.pi),
                    1e3,
                    1e5,
                    math.exp(4),  # log10
                    math.exp(math.log2(1e4)),
                    2.0,
                )
            ),
        ),
        _wrong(
            "frequencies in equal steps",
            "The frequencies fall by the same factor each time, not by the same difference.",
            _of(lambda h, period: torch.linspace(1, 1 / period, h, dtype=torch.float64)),
            _of(lambda h, period: torch.arange(1, h + 1, dtype=torch.float64)),
            _of(lambda h, period: 1 - _places(h) / h),
            _of(lambda h, period: 1 / (period * (_places(h) + 1) / h)),
            _of(lambda h, period: _places(h) / h),
        ),
        Misconception(
            "a factor of 2 pi",
            "The angle is the time times the frequency, in radians: no factor of 2 pi.",
            tuple(_of(_times_factor(each, by)) for each in BOTH for by in (2 * math.pi, math.pi)),
            on=(MORE, FRACTIONS),
        ),
        _wrong(
            "the time divided",
            "The time enters as it is: no division by T or by max_period.",
            *(_of(_times_factor(each, by)) for each in BOTH for by in (1e-3, 1e-4, 1 / 999)),
        ),
        Misconception(
            "the time multiplied",
            "The time enters as it is; what calls this function brings times to a scale.",
            tuple(_of(_times_factor(each, 1000)) for each in BOTH),
            on=(FRACTIONS,),
        ),
        _wrong(
            "times counted from 1",
            "The time enters as it is: at t = 0 all sines are 0.",
            *(_with_time(lambda t: t + 1, to_the_end=each) for each in (False, True)),
        ),
        _wrong(
            "no wave at all",
            "These are the angles; their cosines and sines are asked for.",
            *(_of(each, lambda angles: angles) for each in BOTH),
            *(_of(each, lambda angles: angles, lambda angles: angles) for each in BOTH),
        ),
        Misconception(
            "max_period not used",
            "max_period is an argument with a default: use what the caller says.",
            tuple(_without_period(each) for each in (False, True)),
            fails_on=(PERIOD,),
        ),
        Misconception(
            "whole times alone",
            "The flow's times are between 0 and 1: no table of whole times, no .long(), and no new"
            " tensor of t's type for the numbers.",
            fails_on=(FRACTIONS,),
        ),
        Misconception(
            "a column missing for odd dim",
            "The network counts on dim numbers: where dim is odd, the last one is 0.",
            (
                *(_without_last(to_the_end=each) for each in (False, True)),
                *(_one_wave_more(*waves) for waves in (_SINE_FIRST, _SINE_FIRST[::-1])),
                _fails,
            ),
            fails_on=(ODD,),
        ),
    ),
)
