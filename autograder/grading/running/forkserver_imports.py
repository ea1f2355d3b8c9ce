"""Imported once by the process from which workers are forked."""

import atexit
import gc
import os

import autograder.skipped_imports  # noqa: F401 (before anything that imports jsonschema)
from autograder.grading.running import worker  # noqa: F401
from autograder.sandbox.inside import first_step

# The oracles and toys of the tests take their first step here, not in every worker.
first_step.train()
gc.collect()
gc.freeze()  # workers share what lives now; the collector must not walk through it in each
# At its own end this process skips what libraries print about themselves when Python is unloaded.
atexit.register(os._exit, 0)
