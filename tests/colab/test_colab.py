"""The released notebooks, filled with their solutions, with the versions that Colab ships.

`make test-colab` makes that environment, installs helpers into it as the notebooks' first cell
does (from the kit, without dependencies), and names its Python in COLAB_PYTHON.
"""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from nbclient import NotebookClient

from autograder.course.course import Course, read_notebook
from autograder.notebooks.fill_answers import fill, solution_sources
from tests import own_course

pytestmark = pytest.mark.colab

ROOT = Path(__file__).parents[2]
CELL_SECONDS = 900


@pytest.fixture(scope="module")
def python():
    named = os.environ.get("COLAB_PYTHON")
    if not named:
        pytest.skip("COLAB_PYTHON names no environment of Colab's versions: make test-colab")
    return str((ROOT / named).absolute())


def of(python, code):
    """What a line of Python prints in that environment."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    command = [python, "-c", code]
    return subprocess.run(
        command, cwd="/", env=environment, check=True, capture_output=True, text=True
    ).stdout.strip()


def test_the_versions_are_those_of_colab(python):
    wanted = re.findall(r"^(\w+)==([\d.]+)\.\*$", Path(__file__).with_name("requirements.txt")
                        .read_text(), re.MULTILINE)  # fmt: skip
    assert len(wanted) == 6
    for name, version in wanted:
        found = of(python, f"from importlib.metadata import version; print(version({name!r}))")
        assert found.startswith(f"{version}."), name


def test_helpers_come_from_the_kit_and_nothing_else_of_ours(python):
    code = "import helpers, importlib.util as u; print(helpers.__file__, u.find_spec('autograder'))"
    place, grader = of(python, code).split()
    assert "site-packages" in place and grader == "None"


@pytest.fixture
def kernel(python, tmp_path, monkeypatch):
    """Name of a kernel that runs in that environment."""
    spec = tmp_path / "jupyter" / "kernels" / "colab" / "kernel.json"
    spec.parent.mkdir(parents=True)
    command = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec.write_text(json.dumps({"argv": command, "display_name": "Colab", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    monkeypatch.setenv("COURSE_BUDGET", "quick")
    for name in ("PYTHONPATH", "NBGRADER_EXECUTION"):
        monkeypatch.delenv(name, raising=False)
    return "colab"


@pytest.mark.parametrize("assignment", own_course.ASSIGNMENTS)
def test_a_notebook_from_top_to_bottom(kernel, tmp_path, assignment):
    home = Course.at(ROOT)
    right = solution_sources(read_notebook(home.source(assignment)))
    notebook = fill(read_notebook(home.released(assignment)), right)
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / f"{assignment}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    there = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=CELL_SECONDS, kernel_name=kernel, resources=there).execute()
    last = notebook.cells[-1].outputs
    assert f"{assignment}.zip" in "".join(output.get("text", "") for output in last)
    assert (folder / f"{assignment}.zip").is_file()
