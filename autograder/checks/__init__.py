"""Every exercise by its id, one file per assignment."""

from autograder.exercises import ebm_mnist, foundations, gan_fashion, gan_mnist, vae
from helpers.errors import CourseError

ASSIGNMENTS = {
    "gan-mnist": gan_mnist.EXERCISES,
    "ebm-mnist": ebm_mnist.EXERCISES,
    "vae": vae.EXERCISES,
    "gan-fashion": gan_fashion.EXERCISES,
    "foundations": foundations.EXERCISES,
}
# What other courses ask for in place of an exercise: judged by its name, but in no notebook.
OTHER_FORMS = {"gan-fashion": gan_fashion.OTHER_FORMS}


def of_assignment(name):
    """The exercises of one assignment, in the order of its notebook."""
    if name not in ASSIGNMENTS:
        known = ", ".join(ASSIGNMENTS)
        raise CourseError(f"There is no assignment '{name}'; choose one of: {known}.")
    return ASSIGNMENTS[name]


def judged(name):
    """The exercises of one assignment, then their other forms."""
    return (*of_assignment(name), *OTHER_FORMS.get(name, ()))


def everything():
    """All exercises of all assignments, with their other forms."""
    return tuple(exercise for name in ASSIGNMENTS for exercise in judged(name))


def find(exercise_id):
    """The exercise with this id, such as "gan.discriminator_loss"."""
    for exercise in everything():
        if exercise.id == exercise_id:
            return exercise
    raise CourseError(
        f"There is no exercise '{exercise_id}'; `autograder judge --list` names them all."
    )
