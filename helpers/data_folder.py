"""Folders of data and downloads on the user's machine; imports nothing heavy."""

import os
from pathlib import Path

from helpers.errors import CourseError


def cache_folder() -> Path:
    """Return where downloads are kept: ``COURSE_CACHE``, or dgm-course-kit in the user's cache."""
    if folder := os.environ.get("COURSE_CACHE"):
        return Path(folder).expanduser()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base, "dgm-course-kit")


def data_folder() -> Path | None:
    """Return where data sets are looked for: ``COURSE_DATA``, the cache, or None for neither.

    Raises:
        CourseError: ``COURSE_DATA`` is not a folder.
    """
    chosen = os.environ.get("COURSE_DATA")
    folder = Path(chosen).expanduser() if chosen else cache_folder()
    if chosen and not folder.is_dir():
        raise CourseError(
            f"COURSE_DATA names {folder}, which is not a folder; correct or unset it."
        )
    # There is nothing to find in a cache that is still empty.
    return folder.resolve() if chosen or any(folder.rglob("*.gz")) else None
