"""NAME: its exercises in the order of the notebook, with their truth and the known mistakes."""

from autograder.checks import Checks

from . import uncertainty

CHECKS = Checks(
    prefix="NAME",
    exercises=(uncertainty.bernoulli_entropy,),
)
