"""Schedules as public courses ask for them: the betas alone, under another name."""

import math

import pytest
import torch

from autograder.judging import judge
from autograder.judging.aliases import as_called

from .. import schedule


def linear_beta_schedule(timesteps, beta_start=0.0001, beta_end=0.02):
    return torch.linspace(beta_start, beta_end, timesteps)


def quadratic_beta_schedule(timesteps, beta_start=0.0001, beta_end=0.02):
    return torch.linspace(beta_start**0.5, beta_end**0.5, timesteps) ** 2


def cosine_beta_schedule(timesteps, s=0.008):
    x = torch.linspace(0, timesteps, timesteps + 1)
    bars = torch.cos(((x / timesteps) + s) / (1 + s) * math.pi * 0.5) ** 2
    return torch.clip(1 - bars[1:] / bars[:-1], 0, 0.999)


def without_a_square(timesteps, s=0.008):
    x = torch.linspace(0, timesteps, timesteps + 1)
    bars = torch.cos(((x / timesteps) + s) / (1 + s) * math.pi * 0.5)
    return torch.clip(1 - bars[1:] / bars[:-1], 0, 0.999)


@pytest.mark.parametrize(
    ("exercise", "right", "wrong", "mistake"),
    [
        (
            schedule.linear_schedule,
            linear_beta_schedule,
            quadratic_beta_schedule,
            "the roots in equal steps",
        ),
        (
            schedule.cosine_schedule,
            cosine_beta_schedule,
            without_a_square,
            "the cosine not squared",
        ),
    ],
)
def test_the_betas_alone(exercise, right, wrong, mistake):
    subject, told = as_called(exercise, right.__name__, right)
    assert f"Judged as {exercise.name}, in the form of" in told
    assert judge(exercise, subject, seed=1).is_right
    subject, _ = as_called(exercise, right.__name__, wrong)
    assert judge(exercise, subject, seed=1).misconception == mistake
