"""The engine that an instructor runs; it names no assignment.

Imports point one way, from oracles up to cli; tests/test_packaging.py has the order.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from helpers import __version__

if TYPE_CHECKING:  # torch is slow to import, and many commands do not need it
    from torch import nn

    from autograder.judging import Verdict

__all__ = ["__version__", "judge", "judge_model"]


def judge(exercise_id: str, subject: Any, *, seed: int | None = None) -> "Verdict":
    """Compare a student's answer with the truth; the one call in a hidden test.

    exercise_id: such as "gan-mnist.discriminator_loss".
    subject: the student's function or class.
    seed: draws other probe inputs; by default they depend on the exercise and, in grading, on the
        submission.

    Returns the Verdict if the answer is right. Otherwise raises judging.NotRight, whose message a
    student may read.
    """
    from autograder import judging
    from autograder.checks import find

    return judging.require_right(find.exercise(exercise_id), subject, seed=seed)


def judge_model(model_id: str, build: "Callable[..., nn.Module]") -> "Verdict":
    """Measure a trained model that was handed in; the one call in a hidden test.

    model_id: such as "gan-mnist.vanilla_trained". build: the student's function or class that
    returns the untrained network; its weights are in models/ beside the notebook.

    Returns the Verdict, or raises as judge() does.
    """
    from autograder.checks import find
    from autograder.judging.trained.model import require_trained

    return require_trained(find.trained_model(model_id), build)
