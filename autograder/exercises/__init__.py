"""Every exercise by its id, one file per assignment."""

from autograder.exercises import ebm_mnist, foundations, gan_mnist, vae
from helpers.errors import CourseError

ASSIGNMENTS = {
    "gan-mnist": gan_mnist.EXERCISES,
    "ebm-mnist": ebm_mnist.EXERCISES,
    "vae": vae.EXERCISES,
    "foundations": foundations.EXERCISES,
}


def of_assignment(name):
    """The exercises of one assignment, in the order of its notebook."""
    if name not in ASSIGNMENTS:
        known = ", ".join(ASSIGNMENTS)
        raise CourseError(f"There is no assignment '{name}'; choose one of: {known}.")
    return ASSIGNMENTS[name]


def everything():
    """All exercises of all assignments."""
    return tuple(exercise for group in ASSIGNMENTS.values() for exercise in group)


def find(exercise_id):
    """The exercise with this id, such as "gan.discriminator_loss"."""
    for exercise in everything():
        if exercise.id == exercise_id:
            return exercise
    raise CourseError(
        f"There is no exercise '{exercise_id}'; `autograder judge --list` names them all."
    )
