"""The engine that an instructor runs; it knows no assignment.

Imports point one way, from oracles up to cli; tests/test_packaging.py has the order.
"""

from helpers import __version__

__all__ = ["__version__", "judge", "judge_model"]


def judge(exercise_id, subject, *, seed=None):
    """Compare what a student wrote with the truth; the one call of a hidden test.

    exercise_id: such as "gan-mnist.discriminator_loss".
    subject: the student's function or class.
    seed: draws other probe inputs; by default the inputs depend on the exercise alone.

    Returns the Verdict when it is right; raises judging.NotRight, whose message a
    student may read, when it is anything else.
    """
    from autograder import judging
    from autograder.checks import find

    return judging.require_right(find.exercise(exercise_id), subject, seed=seed)


def judge_model(model_id, build):
    """Measure a trained model that was handed in; the one call of a hidden test.

    model_id: such as "gan-mnist.vanilla_trained". build: the student's function or class that gives
    the untrained network; its weights are those in models/ beside the notebook.

    Returns the Verdict, or raises as judge() does.
    """
    from autograder.checks import find
    from autograder.judging.trained.model import require_trained

    return require_trained(find.trained_model(model_id), build)
