"""What the process that workers are forked from imports once for all of them."""

import atexit
import gc
import os

import autograder.nbgrader_alone  # noqa: F401 (before anything that imports nbgrader)
from autograder.grading.recording import store  # noqa: F401 (a worker is given one)
from autograder.grading.running import worker, workers  # noqa: F401
from autograder.sandbox.inside import first_step

# Done once here instead of in every worker: the first training step is slow.
first_step.train()
gc.collect()
gc.freeze()  # workers share these pages; a collection in a worker would copy them
# Exit without the finalisation of Python, in which some libraries print messages.
atexit.register(os._exit, 0)
