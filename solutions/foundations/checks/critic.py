"""Part 4: the critic of the Wasserstein distance."""

import torch

from autograder.judging import Exercise, Misconception, Probe
from autograder.judging.misconceptions import overwritten
from autograder.judging.probes import kept_probe, together, uniform

from . import observers, oracles
from .distances import ARJOVSKY

SIDES = "the model left of the data", "the model right of the data"


def _masses(theta, theta0):
    return together(
        theta=uniform(*theta),
        theta0=uniform(*theta0),
        reach=torch.tensor(2.0, dtype=torch.float64),
    )


def _direction(theta, theta0):
    return torch.sign(theta0 - theta)


def _half_way(x, theta, theta0):
    return (_direction(theta, theta0) * (x - (theta + theta0) / 2) > 0).double()


optimal_critic_1d = Exercise(
    id="foundations.optimal_critic_1d",
    truth="slope 1 from the model's point to the data's, nowhere steeper",
    source=f"{ARJOVSKY}, equation 2 (Kantorovich-Rubinstein duality)",
    points=6,
    probes=(
        Probe(SIDES[0], _masses((-1.6, -0.5), (0.9, 2.1)), observers.critic),
        Probe(SIDES[1], _masses((1.2, 2.4), (-1.4, -0.3)), observers.critic),
        Probe("less than 1 apart", _masses((0.1, 0.3), (0.6, 0.8)), observers.critic),
        Probe("far apart", _masses((-60.0, -50.0), (40.0, 50.0)), observers.critic),
        kept_probe(
            x=uniform(-2, 2, 5),
            theta=uniform(-2, -1),
            theta0=uniform(1, 2),
        ),
    ),
    oracle=oracles.optimal_critic_1d,
    misconceptions=(
        Misconception(
            "towards the model",
            "The critic is high where the data are: it must rise from theta to theta0.",
            (lambda x, t, t0: -_direction(t, t0) * x,),
        ),
        Misconception(
            "uphill to the right, wherever the data are",
            "The slope is +1 or -1, depending on which side of the model the data are.",
            (lambda x, t, t0: x, lambda x, t, t0: -x),
        ),
        Misconception(
            "the distance as slope",
            "The slope is the sign of theta0 - theta: with the difference itself it is not 1 at"
            " most.",
            (
                lambda x, t, t0: (t0 - t) * x,
                lambda x, t, t0: 2 * (t0 - t) * x,
                lambda x, t, t0: (t - t0) * x,
            ),
        ),
        Misconception(
            "too steep",
            "The critic rises the right way, but its slope must not exceed 1 anywhere.",
            tuple(lambda x, t, t0, k=k: k * _direction(t, t0) * x for k in (2, 10, 100))
            + (lambda x, t, t0: (x - t).abs() - (x - t0).abs(),),
        ),
        Misconception(
            "too flat",
            "The critic rises the right way, but a slope of 1 is allowed.",
            tuple(lambda x, t, t0, k=k: k * _direction(t, t0) * x for k in (0.5, 0.1)),
        ),
        Misconception(
            "scaled to rise by 1",
            "The rise from the model to the data is their distance: divided by it, the slope is 1"
            " for points at distance 1 alone.",
            (
                lambda x, t, t0: (x - t) / (t0 - t),
                lambda x, t, t0: 2 * (x - t) / (t0 - t),
                lambda x, t, t0: ((x - t) / (t0 - t)).clamp(0, 1),
                lambda x, t, t0: _direction(t, t0) * (x - t) / (t0 - t).square(),
            ),
        ),
        Misconception(
            "squashed",
            "A critic is not a probability: a sigmoid or tanh makes its slope smaller than 1.",
            (
                lambda x, t, t0: torch.sigmoid(_direction(t, t0) * x),
                lambda x, t, t0: torch.sigmoid(_direction(t, t0) * (x - t)),
                lambda x, t, t0: torch.sigmoid(_direction(t, t0) * (x - (t + t0) / 2)),
                lambda x, t, t0: torch.tanh(_direction(t, t0) * x),
                lambda x, t, t0: torch.tanh(_direction(t, t0) * (x - t)),
                lambda x, t, t0: torch.tanh(_direction(t, t0) * (x - (t + t0) / 2)),
            ),
        ),
        Misconception(
            "a squared distance",
            "A parabola gets steeper and steeper; the slope must not exceed 1 anywhere.",
            (
                lambda x, t, t0: -((x - t0) ** 2),
                lambda x, t, t0: -((x - t0) ** 2) / 2,
                lambda x, t, t0: (x - t) ** 2,
                lambda x, t, t0: (x - t) ** 2 / 2,
            ),
        ),
        Misconception(
            "a step",
            "A jump has no bounded slope: this critic tells the points apart, but its gradient says"
            " nothing about the way.",
            (
                lambda x, t, t0: torch.sign(_direction(t, t0) * (x - (t + t0) / 2)),
                _half_way,
                lambda x, t, t0: _half_way(x, t, t0) * (t0 - t).abs(),
                lambda x, t, t0: (x == t0).double() * (t0 - t).abs(),
                lambda x, t, t0: (x != t).double() * (t0 - t).abs(),
                lambda x, t, t0: (x == t0).double(),
                lambda x, t, t0: (x == t0).double() - (x == t).double(),
            ),
        ),
        overwritten,
    ),
)
