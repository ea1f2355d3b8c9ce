"""Imported once by the process from which workers are forked."""

import atexit
import gc
import os

import autograder.grading.quick  # noqa: F401 (before anything that imports jsonschema)
from autograder.grading import worker  # noqa: F401
from autograder.sandbox.inside import warm

# The oracles and toys of the tests take their first step here, not in every worker.
warm.train()
gc.collect()
gc.freeze()  # workers share what lives now; the collector must not walk through it in each
# At its own end this process skips what libraries print about themselves when Python is unloaded.
atexit.register(os._exit, 0)
