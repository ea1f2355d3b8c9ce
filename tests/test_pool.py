"""A process of the tests' pool ends at once, by conftest.py: nothing that it did is lost."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
TESTS = """
import atexit
from pathlib import Path

def test_that_passes():
    atexit.register(Path("handler").touch)

def test_that_fails():
    assert 1 + 1 == 3, "told"
"""


def test_what_failed_is_told_and_what_a_test_leaves_for_the_end_is_done(tmp_path):
    (tmp_path / "pytest.ini").touch()
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_these.py").write_text(TESTS)
    shutil.copy(ROOT / "conftest.py", tmp_path)
    command = [sys.executable, "-m", "pytest", "-n", "1", "-p", "no:cacheprovider"]
    environ = {**os.environ, "PYTHONPATH": os.fspath(ROOT), "PYTEST_ADDOPTS": ""}
    said = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True)
    assert said.returncode == 1 and "1 failed, 1 passed" in said.stdout, said.stdout + said.stderr
    assert "E       AssertionError: told" in said.stdout
    assert (tmp_path / "handler").exists()
