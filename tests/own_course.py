"""The course of this repository, for tests: its assignments, exercises and banks."""

import functools
import runpy
from pathlib import Path
from typing import Any

from autograder.checks import Checks, answers
from autograder.checks import find as finding
from autograder.judging import Exercise
from autograder.judging.trained.model import Trained

ROOT = Path(__file__).parents[1]
CHECKS: dict[str, Checks] = finding.of_course(ROOT)
ASSIGNMENTS = list(CHECKS)
MODELS = {name: checks.models for name, checks in CHECKS.items()}


def of_assignment(name: str) -> tuple[Exercise, ...]:
    """The exercises of one assignment, in the order of its notebook."""
    return CHECKS[name].exercises


def everything() -> tuple[Exercise, ...]:
    """Every exercise that can be judged, including other forms."""
    return tuple(exercise for checks in CHECKS.values() for exercise in checks.judged)


def find(wanted: str) -> Exercise | Trained:
    """The exercise or model with this id."""
    (found,) = (each for checks in CHECKS.values() for each in checks if each.id == wanted)
    return found


def assignment_of(exercise: Exercise) -> str:
    """The name of the assignment that has this exercise."""
    return next(name for name, checks in CHECKS.items() if exercise in checks.judged)


# What the checks/tests/proof.py of an assignment may say: only the first for every assignment.
TOLD = (
    "FORMULAS",  # {exercise: parts of its solution that no text may print}
    "SPECIAL_CASES",  # {(exercise, misconception): the name that would be told without it}
    "MADE_BESIDE",  # {(exercise, misconception)} whose further formulas make another mistake, too
    "OTHER_CONVENTIONS",  # {(exercise, right answer): what the notebook asks for beyond}
    "ALONE",  # (exercise, right answer) that no whole notebook runs with
    "UNSEEN",  # {wrong answer that gets every visible tick: why}
    "SLIP",  # a first exercise: wrong and right source, and what its check says to either
    "WITHOUT_VALUES",  # exercises whose truth holds no number that a release could give away
    "TAKES_LONG",  # exercises whose bank takes seconds to judge: proven by make test-slow
    "POWER_ELSEWHERE",  # exercises whose wrong answers are drawn again in a test of their own
)


def told(assignment: str, what: str) -> Any:
    """What an assignment's checks/tests/proof.py says under one of these names; {} if nothing."""
    assert what in TOLD
    return _proof(assignment).get(what, {})


def takes_long(exercise: Exercise) -> bool:
    """Whether the proof of an exercise, with all of its bank, is left to make test-slow."""
    return exercise.name in told(assignment_of(exercise), "TAKES_LONG")


@functools.cache
def _proof(name):
    return runpy.run_path(str(ROOT / "solutions" / name / "checks" / "tests" / "proof.py"))


@functools.cache
def bank(name: str) -> tuple[answers.Answer, ...]:
    """All answers to the exercises of one assignment's notebook."""
    asked = {exercise.id for exercise in of_assignment(name)}
    return tuple(each for each in _with_other_forms(name) if each.exercise in asked)


@functools.cache
def _with_other_forms(name):
    return tuple(answers.of_assignment(ROOT, name))


def whole_bank() -> list[answers.Answer]:
    """All answers of all assignments, including those to other forms of an exercise."""
    return [answer for name in ASSIGNMENTS for answer in _with_other_forms(name)]
