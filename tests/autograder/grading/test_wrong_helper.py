"""A wrong function costs its own points once, whatever right function of the student's calls it."""

import pytest

from autograder.course.course import read_notebook
from autograder.grading.grade import grade
from autograder.notebooks.fill_answers import fill, solution_sources, write_submission
from autograder.releasing.release import release
from tests import own_course

pytestmark = [pytest.mark.slow, pytest.mark.sandbox]

NAME, HELPER, CALLER = "vae", "kl_divergence", "loss_function"
HALF_MISSING = """
def kl_divergence(mu, log_var):
    return (mu**2 + log_var.exp() - 1 - log_var).sum()
"""
CALLS_IT = """
def loss_function(recon_x, x, mu, log_var):
    return reconstruction_loss(recon_x, x) + kl_divergence(mu, log_var)
"""
WRONG_ITSELF = """
def loss_function(recon_x, x, mu, log_var):
    return reconstruction_loss(recon_x, x) - kl_divergence(mu, log_var)
"""


def test_it_is_paid_for_once_and_told_as_the_cause(course, offline):
    release(course, NAME)
    blank = read_notebook(course.released(NAME))
    right = solution_sources(read_notebook(course.source(NAME)))
    handed_in = {
        "right": right,
        "once": {**right, HELPER: HALF_MISSING, CALLER: CALLS_IT},
        "twice": {**right, HELPER: HALF_MISSING, CALLER: WRONG_ITSELF},
    }
    for student, sources in handed_in.items():
        write_submission(course, student, NAME, fill(blank, sources))
    results = {result.student: result for result in grade(course, NAME)}
    verdicts = {s: {v.name: v for v in result.verdicts} for s, result in results.items()}
    points = {exercise.name: exercise.points for exercise in own_course.of_assignment(NAME)}
    assert all(verdicts["right"][name].is_right for name in points)
    assert not verdicts["once"][HELPER].is_right and verdicts["once"][CALLER].is_right
    assert HELPER in verdicts["once"][CALLER].message
    assert results["right"].score - results["once"].score == points[HELPER]
    assert not verdicts["twice"][CALLER].is_right
    assert results["right"].score - results["twice"].score == points[HELPER] + points[CALLER]
