"""A course with one assignment of small exercises, which are judged in no time."""

from pathlib import Path

import pytest

NAME = "small"
CHECKS = """\
from functools import partial

import torch

from autograder.checks import Checks
from autograder.judging import Alias, Exercise, Misconception, Probe, observers
from autograder.judging.probes import uniform


def draw(generator):
    return {"x": torch.rand(5, generator=generator, dtype=torch.float64)}


def of(name, oracle, *wrong, aliases=()):
    return Exercise(
        id=f"small.{name}", truth="t", source="s", points=1,
        probes=(Probe("numbers", draw, observers.value),), oracle=oracle, misconceptions=wrong,
        aliases=aliases,
    )


def twice(x):
    return 2 * x


def shifted(x):
    return 2 * x + 1


CHECKS = Checks(
    prefix="small",
    exercises=(
        of("twice", twice, Misconception("tripled", "Twice is not thrice.", (lambda x: 3 * x,)),
           aliases=(Alias("double_in_place", lambda theirs: lambda x: theirs(x), "CS000"),)),
        of("shifted", shifted),
        of("halved_half", lambda x: x / 4),
    ),
)
"""


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of the course; read it, do not write to it."""
    root = tmp_path_factory.mktemp("small")
    folder = root / "solutions" / NAME
    (folder / "checks").mkdir(parents=True)
    (folder / f"{NAME}.ipynb").touch()
    (folder / "checks" / "__init__.py").write_text(CHECKS)
    (root / "nbgrader_config.py").touch()
    return root
