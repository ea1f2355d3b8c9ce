"""Take an answer in the form in which a public course asks for it."""

import inspect
from collections.abc import Callable
from typing import Any

from autograder.judging.exercise import Exercise


def as_called(exercise: Exercise, name: str, subject: Any) -> tuple[Callable, str]:
    """(the subject with the exercise's signature, a remark about the form that it was taken for).

    name: under which the subject was defined.
    """
    for alias in exercise.aliases:
        if alias.name == name and _has_parameters(subject, alias):
            told = f"Judged as {exercise.name}, in the form of {alias.course}."
            return alias.adapt(subject), told
    return subject, ""


def _has_parameters(subject, alias):
    if alias.parameters is None:
        return True
    try:
        return tuple(inspect.signature(subject).parameters) == alias.parameters
    except (TypeError, ValueError):  # not callable, or without a signature
        return False
