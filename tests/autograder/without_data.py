"""A machine without data sets and without internet."""

import pytest


def go_offline(patch: pytest.MonkeyPatch, cache: str) -> None:
    """Until the patch ends, notebooks run with the small digits; cache: an empty folder."""
    patch.delenv("COURSE_DATA", raising=False)
    patch.setenv("COURSE_CACHE", cache)
    for name in ("http_proxy", "https_proxy"):
        patch.setenv(name, "http://127.0.0.1:9")  # nobody listens on the discard port
