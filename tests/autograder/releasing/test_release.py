"""The released notebook: in step with its source, valid, and silent about the answers."""

import functools
import json
import math
import re
import shutil
import subprocess
import sys

import nbformat
import pytest
import torch

from autograder.course.course import read_notebook
from autograder.grading.preparing.jobs import blueprint
from autograder.grading.recording.record import require_released
from autograder.judging.compare import attempt
from autograder.judging.judgement import drawn_probes
from autograder.notebooks import cells
from autograder.notebooks.of_assignment import graded_notebooks
from autograder.releasing.release import release
from helpers.errors import CourseError
from tests import own_course
from tests.every import every

ASSIGNMENTS = list(own_course.ASSIGNMENTS)

STUB = "# YOUR CODE HERE\n{indent}raise NotImplementedError()"


def blocks(source, name):
    """The lines between a line with BEGIN name and one with END name."""
    found = re.findall(rf"BEGIN {name}[^\n]*\n(.*?)\n[^\n]*END {name}", source, re.DOTALL)
    return [line.strip() for block in found for line in block.splitlines() if line.strip()]


@functools.cache
def everything_in(path):
    """All text a student could read in the file, outputs and metadata included."""
    return path.read_text(encoding="utf-8")


# Lines that give nothing away.
PLAIN = r"(import|from) .*|#+ .{0,20}|with torch\.no_grad\(\):"


def secrets(source):
    """Solution, hidden-test and marking lines that would give an answer away."""
    for cell in source.cells:
        for kind in ("SOLUTION", "HIDDEN TESTS", "MARK SCHEME"):
            for line in blocks(cell.source, kind):
                if len(line) > 12 and not re.fullmatch(PLAIN, line):
                    yield line


def test_every_solution_notebook_has_its_exercises(home):
    assert sorted(ASSIGNMENTS) == sorted(path.name for path in (home.root / "solutions").glob("*/"))


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_the_committed_release_is_what_the_source_gives(course, home, assignment):
    made = nbformat.read(release(course, assignment), as_version=4)
    committed = nbformat.read(home.released(assignment), as_version=4)
    assert made == committed, f"run: autograder release {assignment}"


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_the_release_leaks_nothing(home, assignment):
    source = read_notebook(home.source(assignment))
    released = read_notebook(home.released(assignment))
    text = "\n".join(cell.source for cell in released.cells)
    lines = {line.strip() for line in text.splitlines()}
    hidden = set(secrets(source))
    assert len(hidden) > 60
    assert not hidden & lines
    for word in ("BEGIN SOLUTION", "HIDDEN", "MARK SCHEME", "autograder", "judge(", "judge_model"):
        assert word not in everything_in(home.released(assignment)), word


# What the theory says of disjoint distributions and of an ignorant discriminator.
PUBLIC = (math.log(2), math.log(4))


def hidden_values(exercise):
    """The truth at the hidden probes; whole numbers and simple fractions are found anywhere."""
    torch.manual_seed(0)  # numbers that are drawn are the same in every run
    for probe, inputs in drawn_probes(exercise):
        for value in attempt(probe, exercise.oracle, inputs).values():
            numbers = value.flatten()[:6].tolist() if isinstance(value, torch.Tensor) else ()
            yield from (x for x in numbers if math.isfinite(x) and not is_simple(x))


def is_simple(x):
    """Whether x has at most three decimals, or is a fraction with a denominator below 13."""
    return any(abs(x * n - round(x * n)) < 1e-6 * n for n in (1000, *range(1, 13)))


@functools.cache
def numbers_in(text):
    """[(number with at least four decimals, how much it may be rounded)]."""
    found = set(re.findall(r"\d+\.\d{4,}", text))
    return [(float(n), min(0.6 * 10 ** -len(n.split(".")[1]), 1e-5 * float(n))) for n in found]


def is_shown(values, text):
    """Whether one of the values is in the text, correct to its last digit, with either sign."""
    return any(abs(abs(x) - y) <= slack for x in values for y, slack in numbers_in(text))


@pytest.mark.parametrize("exercise", own_course.everything(), ids=lambda exercise: exercise.id)
def test_the_release_holds_no_value_of_an_oracle(home, exercise):
    values = [x for x in hidden_values(exercise) if not any(map(math.isclose, PUBLIC, [x] * 2))]
    without = own_course.told(own_course.assignment_of(exercise), "WITHOUT_VALUES")
    assert values or exercise.name in without
    for assignment in ASSIGNMENTS:
        assert not is_shown(values, everything_in(home.released(assignment)))


def test_a_shown_value_is_seen():
    assert is_shown([-1.3862944], "the loss is 1.386294 at zero")
    assert not is_shown([-1.3862944], "the loss is 1.386394 at zero, about 1.3862")


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_the_leak_test_sees_a_leak(home, assignment):
    source = read_notebook(home.source(assignment))
    lines = {line.strip() for cell in source.cells for line in cell.source.splitlines()}
    assert set(secrets(source)) & lines


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_every_stub_is_a_stub_and_every_answer_is_empty(home, assignment):
    released = read_notebook(home.released(assignment))
    for cell in released.cells:
        if not cells.is_answer(cell):
            continue
        if cell.cell_type == "code":
            indent = re.search(r"^( *)# YOUR CODE HERE", cell.source, re.MULTILINE)[1]
            assert STUB.format(indent=indent) in cell.source
        else:
            assert "Your answer here" in cell.source


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_points_and_exercises_are_those_of_the_exercise_objects(home, assignment):
    source = read_notebook(home.source(assignment))
    graded = {name: cell for name, cell in cells.named(source).items() if cells.is_graded(cell)}
    assert sum(map(cells.points, graded.values())) == 100
    for exercise in own_course.of_assignment(assignment):
        cell = graded[f"test_{exercise.name}"]
        assert cells.points(cell) == exercise.points
        assert blocks(cell.source, "HIDDEN TESTS") == [
            "from autograder import judge",
            f'judge("{exercise.id}", {exercise.name})',
        ]
    for model in own_course.MODELS[assignment]:
        cell = graded[f"test_{model.name}"]
        assert cells.points(cell) == model.points
        first, call = blocks(cell.source, "HIDDEN TESTS")
        assert first == "from autograder import judge_model"
        assert re.fullmatch(rf'judge_model\("{model.id}", \w+\)', call)
    both = (*own_course.of_assignment(assignment), *own_course.MODELS[assignment])
    judged = {f"test_{each.name}" for each in both}
    by_hand = {name for name in graded if cells.is_answer(graded[name])}
    assert set(graded) == judged | by_hand
    questions = {cells.grade_id(cell): cell for cell in source.cells}
    for name in by_hand:
        question = questions[f"ask_{name.removeprefix('q_')}"]
        assert cells.is_given(question)
        scheme = blocks(question.source, "MARK SCHEME")
        assert any("1 point" in line for line in scheme), f"{name} has no marking scheme"


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_the_source_is_committed_without_outputs_and_with_ids(home, assignment):
    for path in (home.source(assignment), home.released(assignment)):
        notebook = read_notebook(path)
        ids = [cell.id for cell in notebook.cells]
        assert len(set(ids)) == len(ids)
        for cell in notebook.cells:
            assert not cell.get("outputs") and cell.get("execution_count") is None
            if cells.grade_id(cell):
                assert cell.id == cells.grade_id(cell)


BROKEN = (
    (b"not json", "is not a notebook"),
    (b"", "is not a notebook .it is empty"),
    (b"[]", "is not a notebook .its JSON holds no cells"),
    (b'{"cells": []}', "has no cells"),
    (b"\xff\xfe{\x00", "is not a notebook"),
    (json.dumps({"nbformat": 5, "cells": []}).encode(), "has notebook format 5"),
    (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{}]}', "is missing an"),
)


def test_a_broken_source_leaves_the_old_release_alone(course):
    assignment = ASSIGNMENTS[0]
    released = release(course, assignment)
    before = released.read_bytes()
    with every() as case:
        for content, words in BROKEN:
            with case(f"{content!r}: {words}"):
                course.source(assignment).write_bytes(content)
                with pytest.raises(CourseError, match=words):
                    release(course, assignment)
                assert released.read_bytes() == before
                assert [path.name for path in released.parents[1].iterdir()] == [assignment]


def test_a_source_that_nbgrader_refuses_leaves_the_old_release_alone(course):
    assignment = ASSIGNMENTS[0]
    before = release(course, assignment).read_bytes()
    path = course.source(assignment)
    path.write_text(path.read_text().replace("### END SOLUTION", "### END"))
    with pytest.raises(CourseError, match="no end solution statement found"):
        release(course, assignment)
    assert course.released(assignment).read_bytes() == before


def test_a_second_notebook_counts_if_it_has_points(course):
    assignment = ASSIGNMENTS[0]
    folder = course.source(assignment).parent
    nbformat.write(nbformat.v4.new_notebook(cells=[]), folder / "notes.ipynb")
    assert graded_notebooks(course, assignment) == [assignment]
    shutil.copy(course.source(assignment), folder / "more.ipynb")
    assert sorted(graded_notebooks(course, assignment)) == sorted([assignment, "more"])
    (folder / "more.ipynb").write_text("{")
    with pytest.raises(CourseError, match="more.ipynb"):
        release(course, assignment)


def test_a_notebook_without_a_cell_is_not_released_beside_another(course):
    folder = course.root / "solutions" / "ps1"
    folder.mkdir()
    for name in ("problem1", "problem2"):
        nbformat.write(nbformat.v4.new_notebook(cells=[]), folder / f"{name}.ipynb")
    with pytest.raises(CourseError, match="problem1.ipynb has no cells"):
        release(course, "ps1")


def one_answer(course, language="python", **marks):
    """The path of a source with one answer."""
    cell = nbformat.v4.new_code_cell("double <- 2", id="double")
    cell.metadata.nbgrader = cells.new_marks("double", answer=True) | marks
    kernel = {"name": "python3", "display_name": language, "language": language}
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel})
    path = course.root / "solutions" / "ps1" / "ps1.ipynb"
    path.parent.mkdir()
    nbformat.write(notebook, path)
    return path


@pytest.mark.parametrize("version", [1, 2])
def test_metadata_of_an_older_nbgrader(course, version):
    path = one_answer(course, schema_version=version)
    with pytest.raises(CourseError, match=f"ps1.ipynb has .* older nbgrader.*update {path.parent}"):
        release(course, "ps1")


def test_line_ends_of_windows_are_graded_as_they_were_released(course):
    path = one_answer(course, solution=False, locked=True)
    path.write_text(path.read_text().replace("double <- 2", r"a = 1\r\n\rb = 2"))
    release(course, "ps1")
    with course.gradebook() as gradebook:
        require_released(gradebook, blueprint(course, "ps1"))


def test_one_in_another_language_is_handed_out_as_by_nbgrader_but_not_graded(course):
    one_answer(course, language="R")
    assert "fail()" in read_notebook(release(course, "ps1")).cells[0].source
    with pytest.raises(CourseError, match="ps1.ipynb is in R, .* only notebooks in Python"):
        blueprint(course, "ps1")


@pytest.mark.parametrize("more", [{}, {"language_info": {"name": ""}}])
def test_a_kernel_of_any_name_is_python_where_no_language_is_given(course, more):
    path = one_answer(course)
    source = json.loads(path.read_text())
    del source["metadata"]["kernelspec"]["language"]
    source["metadata"] |= more
    path.write_text(json.dumps(source))
    release(course, "ps1")
    assert blueprint(course, "ps1").notebook == "ps1"


def test_an_unknown_assignment(course):
    with pytest.raises(CourseError, match="choose one of: .*gan-mnist"):
        release(course, "gan-minst")


@pytest.mark.parametrize(
    "assignment",
    [ASSIGNMENTS[0], *(pytest.param(name, marks=pytest.mark.deep) for name in ASSIGNMENTS[1:])],
)
def test_the_command_of_nbgrader_gives_the_same(course, home, assignment):
    command = [sys.executable, "-m", "nbgrader", "generate_assignment", assignment]
    command += ["--ProveAssignment.enabled=False"]  # tests/autograder/releasing/test_prove.py
    done = subprocess.run(command, cwd=course.root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    made = nbformat.read(course.released(assignment), as_version=4)
    assert made == nbformat.read(home.released(assignment), as_version=4)
