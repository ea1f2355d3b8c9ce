"""In `.ci/run`, a skip fails unless its reason is on the list."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import skips
from tests.browser import conftest as of_the_browser

ROOT = Path(__file__).parents[1]
TESTS = """
import pytest

def test_listed():
    pytest.skip("no shellcheck on this machine")

def test_lost():
    pytest.skip("it was in the way")

@pytest.mark.skip(reason="not today")
def test_marked():
    pass

@pytest.fixture
def nothing():
    pytest.skip("COURSE_DATA is not set: no real data here")

def test_data_lost_on_the_way(nothing):
    pass

@pytest.mark.xfail
def test_expected_to_fail():
    assert False
"""


@pytest.mark.parametrize(("asked", "failed"), [(True, 3), (False, 0)])
def test_a_skip_that_is_not_on_the_list_fails(tmp_path, monkeypatch, asked, failed):
    (tmp_path / "test_some.py").write_text(TESTS)
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    monkeypatch.delenv(skips.ASKED, raising=False)
    if asked:
        monkeypatch.setenv(skips.ASKED, "1")
    command = [sys.executable, "-m", "pytest", "-p", "conftest", "--rootdir", tmp_path]
    # -rN: no summary, whose lines would repeat the reasons where they are not cut off.
    command += ["-rN", "-p", "no:cacheprovider", "-c", ROOT / "pyproject.toml", "test_some.py"]
    done = subprocess.run(
        [*command, "--confcutdir", tmp_path], cwd=tmp_path, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    told = "this skip is not on the list of tests/skips.py"
    assert done.stdout.count(told) == failed, done.stdout + done.stderr
    assert (done.returncode != 0) == asked
    assert (f"it was in the way: {told}" in done.stdout) == asked


def test_what_the_script_for_ci_sets_is_what_is_looked_at():
    assert f"export {skips.ASKED}=1" in (ROOT / ".ci" / "run").read_text()


def test_without_a_browser_the_other_tests_run(request, monkeypatch):
    """The folder's hook gets all tests of the run."""
    here = request.node
    there = pytest.Function.from_parent(here.parent, name="there", callobj=lambda: None)
    there.add_marker("browser")
    monkeypatch.setattr(of_the_browser, "CHROMIUM", None)
    of_the_browser.pytest_collection_modifyitems([here, there])
    assert there.get_closest_marker("skip") and not here.get_closest_marker("skip")
