"""NAME: its exercises in notebook order, with their oracles and misconceptions."""

from autograder.checks import Checks

from . import uncertainty

CHECKS = Checks(
    prefix="NAME",
    exercises=(uncertainty.bernoulli_entropy,),
)
