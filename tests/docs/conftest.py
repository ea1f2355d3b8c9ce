"""The kit as an installed package, for all pages that are followed."""

import pytest

from tests.docs import author


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    with author.installed(tmp_path_factory.mktemp("installed")) as environment:
        yield environment
