"""What decides a result is in its key, and nothing else: what changes it runs again."""

import shutil
from pathlib import Path

import nbformat
import pytest

import helpers
from autograder.course.course import read_notebook
from autograder.grading.preparing import jobs
from autograder.releasing.release import release
from autograder.sandbox.kernel_limits import Limits
from tests.tiny_course import TINY, submit, tiny_course

KIT = Path(helpers.__file__).parents[1]


@pytest.fixture
def course(tmp_path):
    course = tiny_course(tmp_path)
    submit(course, "ada")
    return course


def keys(course, limits=None):
    """(what tells that nothing has to be looked at, the key of the result)."""
    limits = limits or Limits()
    blueprint, path = jobs.blueprint(course, TINY), course.submitted("ada", TINY)
    job, _ = jobs.job_of(blueprint, path, limits)
    return jobs.inputs_of(blueprint, path, limits), job.key


def replace_in(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def edit(course, name, source=None, points=None):
    """Change a cell of the source notebook, and release it."""
    path = course.source(TINY)
    notebook = read_notebook(path)
    (cell,) = [cell for cell in notebook.cells if cell.id == name]
    if points is not None:
        cell.metadata.nbgrader.points = points
    cell.source = source or cell.source
    nbformat.write(notebook, path)
    release(course, TINY)


def checks_of(course):
    return course.source(TINY).parent / "checks" / "__init__.py"


@pytest.mark.parametrize(
    "old, new",
    [
        ("uniform(0.1, 0.9, *shape)", "uniform(0.2, 0.9, *shape)"),  # a probe
        ("oracle=right", "oracle=lambda h, t: 2 * right(h, t)"),
        ("    oracle=right,", "    oracle=right,\n    tolerance=Tolerance(rtol=1e-3),"),
        ("never negative.", "never below 0."),  # told to the student
    ],
)
def test_what_the_checks_say_decides(course, old, new):
    before = keys(course)
    replace_in(checks_of(course), old, new)
    after = keys(course)
    assert before[0] != after[0] and before[1] != after[1]


def test_comments_and_docstrings_of_checks_do_not(course):
    before = keys(course)
    replace_in(checks_of(course), '"""The checks of the tiny', '"""Another text on the tiny')
    replace_in(checks_of(course), "def _entropy(p, t):", "# Why so?\n\n\ndef _entropy(p, t):")
    assert keys(course) == before


def test_answers_tests_and_the_sample_class_do_not(course):
    before = keys(course)
    folder = checks_of(course).parent
    (folder / "answers").mkdir()
    (folder / "answers" / "bce_loss.py").write_text("# %% right: any\n")
    (folder / "sample_class.py").write_text("WRONG = {}\n")
    (folder / "tests").mkdir()
    (folder / "tests" / "test_oracles.py").write_text("assert True\n")
    assert keys(course) == before


@pytest.mark.parametrize("name", ["table.csv", "bars.py"])
def test_any_other_file_beside_the_checks_decides(course, name):
    before = keys(course)
    (checks_of(course).parent / name).write_text("x = 1\n")
    assert keys(course) != before


@pytest.mark.parametrize("name", ["test_bce_loss", "why"])
def test_points_changed_after_the_release_are_looked_at_and_run_nothing(course, name):
    before = keys(course)
    edit(course, name, points=10)
    after = keys(course)
    assert before[0] != after[0] and before[1] == after[1]


def test_points_in_the_checks_are_only_for_the_notebook(course):
    before = keys(course)
    replace_in(checks_of(course), "points=5", "points=6")
    assert keys(course) == before
    replace_in(checks_of(course), "points=6", "points=2 * len('abc')")  # not a plain number
    assert keys(course) != before


def test_texts_run_nothing(course):
    """The teacher's, and the student's."""
    before = keys(course)
    edit(course, "title", source="# Two exercises, and a question")
    submit(course, "ada", why="Now with a reason.")
    after = keys(course)
    assert before[0] != after[0] and before[1] == after[1]


@pytest.mark.parametrize("name", ["setup", "show-double"])
def test_given_code_that_is_run_decides(course, name):
    before = keys(course)
    edit(course, name, source="import torch, math\nfrom helpers import expect, toys")
    after = keys(course)
    assert before[0] != after[0] and before[1] != after[1]


def test_every_installed_package_decides(course, tmp_path, monkeypatch):
    """Such as one that only a student's code imports."""
    before = keys(course)
    folder = tmp_path / "site"
    for version in ("1.0", "1.1"):
        shutil.rmtree(folder, ignore_errors=True)
        made = folder / f"some_package-{version}.dist-info"
        made.mkdir(parents=True)
        (made / "METADATA").write_text(f"Name: Some_Package\nVersion: {version}\n")
        monkeypatch.syspath_prepend(folder)
        jobs.take_environment({})
        after = keys(course)
        assert before[0] != after[0] and before[1] != after[1]
        assert jobs.environment()["some-package"] == version
        before = after
    (made / "direct_url.json").write_text('{"vcs_info": {"commit_id": "abc"}}')
    assert jobs.installed()["some-package"] == "1.1 at abc"
    monkeypatch.undo()
    jobs.take_environment({})


def test_a_test_changed_in_the_source_decides(course):
    before = keys(course)
    replace_in(course.source(TINY), "(0.5, -3.0, 117.0)", "(0.5, -3.0, 118.0)")
    after = keys(course)
    assert before[0] != after[0] and before[1] != after[1]


def test_another_assignment_does_not(course):
    before = keys(course)
    other = course.root / "solutions" / "other"
    shutil.copytree(course.source(TINY).parent, other)
    (other / f"{TINY}.ipynb").rename(other / "other.ipynb")
    replace_in(other / "checks" / "__init__.py", "points=5", "points=7")
    assert keys(course) == before


def test_limits_do(course):
    before = keys(course)
    after = keys(course, Limits(cell_seconds=Limits().cell_seconds + 1))
    assert before[0] != after[0] and before[1] != after[1]


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    """A copy of both packages."""
    root = tmp_path_factory.mktemp("kit")
    for name in ("autograder", "helpers"):
        shutil.copytree(KIT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    return root


@pytest.mark.parametrize(
    "name, old, new",
    [
        ("helpers/plotting/curves.py", '"""Plot learning curves."""', '"""Learning curves."""'),
        ("autograder/judging/compare.py", "import math\n", "# Numbers.\nimport math\n"),
        ("autograder/reports/feedback.py", "import", "import os\nimport"),
        ("autograder/reports/templates/class.html.j2", "<", "<!-- --> <"),
        ("autograder/cli.py", "import sys\n", "import sys\nimport os\n"),
    ],
)
def test_what_cannot_change_a_score_leaves_the_kit_as_it_is(kit, name, old, new):
    before, path = jobs.kit_digest(kit), kit / name
    text = path.read_text()
    assert old in text
    try:
        path.write_text(text.replace(old, new, 1))
        assert jobs.kit_digest(kit) == before
    finally:
        path.write_text(text)


@pytest.mark.parametrize(
    "name, old, new",
    [
        ("autograder/judging/exercise.py", "rtol: float = 1e-4", "rtol: float = 1e-3"),
        (
            "autograder/oracles/divergences.py",
            "kl_divergence(q, m)) / 2",
            "kl_divergence(q, m)) / 3",
        ),
        ("autograder/sandbox/kernel_limits.py", "=", "= 1 +"),
        ("helpers/toys.py", "nn.Parameter(", "nn.Parameter(1.0 * "),
    ],
)
def test_what_can_change_a_score_is_in_the_kit(kit, name, old, new):
    before, path = jobs.kit_digest(kit), kit / name
    text = path.read_text()
    assert old in text
    try:
        path.write_text(text.replace(old, new, 1))
        assert jobs.kit_digest(kit) != before
    finally:
        path.write_text(text)
