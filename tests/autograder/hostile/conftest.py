"""The hostile class is graded once for all tests, whichever process of pytest comes first."""

import importlib

import pytest

from tests.autograder.hostile import the_class
from tests.autograder.without_data import go_offline

HEADINGS = (
    *("score_forging", "metadata", "crash", "files", "broken_but_honest", "beyond_the_list"),
    "left_on",
)


@pytest.fixture(scope="session")
def graded(tmp_path_factory):
    base = tmp_path_factory.getbasetemp()
    # Put back at once: the tests that come later in this process have the data again.
    with pytest.MonkeyPatch.context() as patch:
        # In a run with several processes, the folder that they share.
        base = base.parent if base.name.startswith("popen-") else base
        go_offline(patch, str(tmp_path_factory.mktemp("cache")))
        modules = [
            importlib.import_module(f"tests.autograder.hostile.test_{name}") for name in HEADINGS
        ]
        return the_class.of(base, [case for module in modules for case in module.CASES])
