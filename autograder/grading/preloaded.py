"""Imported once by the process from which workers are forked."""

from autograder.grading import worker  # noqa: F401
from autograder.sandbox.inside import warm

# The oracles and toys of the tests take their first step here, not in every worker.
warm.train()
