"""Every test here runs as on a machine without data sets."""

import pytest

from tests.autograder.without_data import go_offline


@pytest.fixture(scope="module", autouse=True)
def without_data(tmp_path_factory):
    """For what a file makes once, too: with data it would need another template."""
    with pytest.MonkeyPatch.context() as patch:
        go_offline(patch, str(tmp_path_factory.mktemp("cache")))
        yield
