"""Every test here runs as on a machine without data sets."""

import pytest


@pytest.fixture(autouse=True)
def without_data(offline):
    """See offline."""
