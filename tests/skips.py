"""The skips that `.ci/run` accepts; any other fails there, so that no test is lost unseen."""

import os
import re
import shutil

# .ci/run sets it.
ASKED = "FAIL_ON_OTHER_SKIPS"
# Before any test could change it.
_HAD_DATA = "COURSE_DATA" in os.environ

# (the reason that a test gives, whether it is true here)
ACCEPTED = (
    # What .ci/run installs where it can; it says so where it cannot.
    (r"no (chromium|shellcheck) on this machine", True),
    (r"no .+ here \(Debian: apt-get install .+\)", True),
    (r"no (nested )?(isolation|bubblewrap) here", shutil.which("bwrap") is None),
    # The real images are not part of the repository.
    (r"COURSE_DATA is not set|no MNIST here", not _HAD_DATA),
    (r"only root (gives|may start slurmd)", os.getuid() != 0),
    # A container may refuse it to root as well.
    (r"only root may mount a small disk", True),
    (r"the numbers are those of x86_64", os.uname().machine != "x86_64"),
    # What that test shows is about a machine without one.
    (r"there is a CUDA device", True),
)


def accepted(reason: str) -> bool:
    """Whether a test may be skipped for this reason."""
    reason = reason.removeprefix("Skipped: ")
    return any(holds and re.match(pattern, reason) for pattern, holds in ACCEPTED)
