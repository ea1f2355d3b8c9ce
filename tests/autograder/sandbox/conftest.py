"""One template for all tests that need a kernel: it takes seconds to start."""

import pytest

from autograder.sandbox import isolation
from autograder.sandbox.template import Template
from tests.autograder import warm_template


@pytest.fixture(scope="session")
def template():
    """A template in nested isolation; tests that need it are skipped where there is none."""
    found = isolation.best()
    if found.kind is not isolation.Kind.NESTED:
        pytest.skip(f"no nested isolation here: {found.reason}")
    with Template(found) as made:
        yield made


@pytest.fixture
def cold():
    """See warm_template.cold()."""
    with warm_template.cold():
        yield
