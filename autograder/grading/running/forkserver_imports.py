"""What the process that workers are forked from imports once for all of them."""

import atexit
import gc
import os

# All that is imported stays: to look through it again and again would take a third of the time.
gc.disable()

from autograder.grading.recording import store  # noqa: E402, F401 (a worker is given one)
from autograder.grading.running import worker, workers  # noqa: E402, F401
from autograder.sandbox.inside import first_step  # noqa: E402

# Done once here instead of in every worker: the first training step is slow.
first_step.train()
gc.freeze()  # workers share these pages; a collection in a worker would copy them
gc.enable()
# Exit without the finalisation of Python, in which some libraries print messages.
atexit.register(os._exit, 0)
