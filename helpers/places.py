"""Where things lie on a user's machine; imports nothing heavy."""

import os
from pathlib import Path


def cache_folder() -> Path:
    """Return where downloads are kept: ``COURSE_CACHE``, or dgm-course-kit in the user's cache."""
    if folder := os.environ.get("COURSE_CACHE"):
        return Path(folder).expanduser()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base, "dgm-course-kit")
