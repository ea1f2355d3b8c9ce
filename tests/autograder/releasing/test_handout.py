"""What every released notebook gets: Colab, handing in, and the list of its cells."""

import copy
import json
import subprocess
import sys
import types

import pytest

from autograder.course.course import read_notebook
from autograder.grading.grade import grade
from autograder.grading.preparing.canonical import canonical
from autograder.notebooks.cells import grade_id
from autograder.notebooks.fill_answers import fill
from autograder.releasing.release import release
from helpers.submit import look
from tests.tiny_course import POINTS, RIGHT, TINY, submit, tiny_course

SETTINGS = 'repository = "https://github.com/some-school/dgm"\n'
ZIP = "https://github.com/some-school/dgm/archive/refs/heads/main.zip"


@pytest.fixture
def tiny(tmp_path):
    return tiny_course(tmp_path / "course")


@pytest.fixture
def on_colab(tiny):
    """The same course with a repository set, released again."""
    (tiny.root / "course.toml").write_text(SETTINGS)
    release(tiny, TINY)
    return tiny


def released(course):
    return read_notebook(course.released(TINY))


def cell_of(notebook, name):
    return next(cell for cell in notebook.cells if cell.id == name)


def test_without_a_repository_there_is_no_badge_and_no_install(tiny):
    ids = [cell.id for cell in released(tiny).cells]
    assert "open-in-colab" not in ids and "install-on-colab" not in ids
    assert ids[-2:] == ["about-hand-in", "hand-in"]


def test_with_one_the_badge_is_first_and_the_install_before_all_code(on_colab):
    notebook = released(on_colab)
    badge, install = notebook.cells[0], next(c for c in notebook.cells if c.cell_type == "code")
    page = "https://colab.research.google.com/github/some-school/dgm/blob/main/notebooks/tiny/"
    assert badge.id == "open-in-colab" and f"]({page}tiny.ipynb)" in badge.source
    assert install.id == "install-on-colab" and ZIP in install.source
    assert install.metadata.nbgrader.locked and "--no-deps" in install.source
    assert install.metadata.deletable is False and install.metadata.editable is False


def test_releasing_again_changes_nothing(on_colab):
    before = on_colab.released(TINY).read_bytes()
    release(on_colab, TINY)
    assert on_colab.released(TINY).read_bytes() == before


@pytest.mark.deep
def test_nbgraders_own_command_gives_the_same(on_colab):
    before = released(on_colab)
    command = [sys.executable, "-m", "nbgrader", "generate_assignment", TINY, "--force"]
    command += ["--ProveAssignment.enabled=False"]  # test_prove.py
    done = subprocess.run(command, cwd=on_colab.root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert released(on_colab) == before


def ran(source, monkeypatch, modules, fails=0):
    """Commands that the install cell starts with these modules present or (None) absent."""
    import importlib.util

    commands = []

    def run(command, **options):
        commands.append(command)
        return subprocess.CompletedProcess(command, fails, "", "ERROR: HTTP error 404")

    for name, module in modules.items():
        if module is None:
            monkeypatch.delitem(sys.modules, name, raising=False)
        else:
            monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(subprocess, "run", run)
    absent = modules.get("helpers", 1) is None
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if absent else name)
    exec(source, {})
    return commands


def test_the_install_cell_acts_on_colab_only_and_once(on_colab, monkeypatch):
    source = cell_of(released(on_colab), "install-on-colab").source
    colab = types.ModuleType("google.colab")
    assert ran(source, monkeypatch, {"google.colab": None, "helpers": None}) == []
    assert ran(source, monkeypatch, {"google.colab": colab}) == []
    (command,) = ran(source, monkeypatch, {"google.colab": colab, "helpers": None})
    assert command == [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", ZIP]
    with pytest.raises(RuntimeError, match="(?s)repository private.*404"):
        ran(source, monkeypatch, {"google.colab": colab, "helpers": None}, fails=1)


def test_they_are_no_extra_cells_of_the_students(on_colab):
    notebook = released(on_colab)
    answered = fill(notebook, RIGHT)
    result = canonical(notebook, answered)
    assert result.remarks == ()
    assert [cell.id for cell in result.notebook.cells] == [cell.id for cell in notebook.cells]


@pytest.mark.slow
@pytest.mark.sandbox
def test_grading_runs_neither(on_colab):
    """A sandbox in which google.colab seems to be there would try to install."""
    double = "import sys\nsys.modules['google.colab'] = sys\n" + RIGHT["double"]
    path = submit(on_colab, "ada", double=double)
    notebook = json.loads(path.read_text())
    notebook["cells"].insert(0, notebook["cells"].pop(4))  # before the install cell
    path.write_text(json.dumps(notebook))
    (result,) = grade(on_colab, TINY)
    assert result.score == sum(POINTS.values())
    autograded = read_notebook(on_colab.autograded("ada", TINY))
    for name in ("install-on-colab", "hand-in"):
        (output,) = cell_of(autograded, name).outputs
        assert output.text.startswith("Handed in without output; this cell is not run again")


def test_the_list_of_cells_is_what_helpers_compare_with(on_colab):
    notebook = released(on_colab)
    about = notebook.metadata["course"]
    assert about["assignment"] == TINY
    assert [row[0] for row in about["cells"]] == [c for c in map(grade_id, notebook.cells) if c]
    fresh = look(notebook, TINY)
    assert (fresh.answered, fresh.expected) == (0, 3)
    answered = fill(notebook, RIGHT)
    for cell in answered.cells:
        cell["execution_count"] = 1
    assert look(answered, TINY).is_complete and not look(answered, TINY).findings
    changed = copy.deepcopy(answered)
    cell_of(changed, "test_double").source += "\n# mine"
    changed.cells.remove(cell_of(changed, "install-on-colab"))
    kinds = [finding.kind for finding in look(changed, TINY).findings]
    assert sorted(kinds) == ["changed", "missing"]
