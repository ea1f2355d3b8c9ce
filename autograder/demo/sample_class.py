"""Sample classes of twelve: one right, nine wrong in different ways, one blank, one that stops."""

from autograder.demo import ebm_mnist, foundations, gan_fashion, gan_mnist, vae
from autograder.exercises import answers
from autograder.grading.course import read_notebook
from autograder.grading.fill import fill, solution_sources

CLASSES = {
    "gan-mnist": gan_mnist,
    "ebm-mnist": ebm_mnist,
    "vae": vae,
    "gan-fashion": gan_fashion,
    "foundations": foundations,
}


def submissions(course, assignment):
    """Notebooks by student, made from the released one."""
    sample = CLASSES[assignment]
    released = read_notebook(course.released(assignment))
    right = solution_sources(read_notebook(course.source(assignment)))
    bank = {(a.name, a.misconception): a.source for a in reversed(answers.answers(assignment))}
    made = {"amara": fill(released, right), "jonas": released}
    for student, wrong in sample.WRONG.items():
        picked = {name: bank[name, misconception] for name, misconception in wrong.items()}
        made[student] = fill(released, right | picked)
    for student, sources in sample.BROKEN.items():
        made[student] = fill(released, right | sources)
    return dict(sorted(made.items()))
