"""nbgrader itself on this course directory: everything by its own commands.

Submissions are filled with answers of the bank. In each of the rounds some exercises get a
wrong answer and the others the right one, so that every misconception is seen to lose its own
cell and no other.
"""

import csv
import functools
import os
import shutil
import subprocess
import sys

import pytest
from nbgrader.api import Gradebook

from autograder.checks.answers import PRELUDE
from autograder.course.course import Course, read_notebook
from autograder.grading.grade import grade
from autograder.grading.recording.store import Store
from autograder.grading.result import result_of
from autograder.judging.publish import verdicts_of
from autograder.notebooks.cells import grade_id
from autograder.notebooks.fill_answers import fill, solution_sources, write_submission
from autograder.releasing.release import release
from autograder.reports.feedback import feedback
from helpers.errors import CourseError
from tests import own_course
from tests.autograder.without_data import go_offline

ASSIGNMENTS = list(own_course.ASSIGNMENTS)

pytestmark = [pytest.mark.slow, pytest.mark.sandbox]


def nbgrader(course, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=course.root,
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
    return done.stdout + done.stderr


# In every run the one that trains most.
PARAMETERS = [
    pytest.param(name, marks=() if name == "gan-mnist" else pytest.mark.deep)
    for name in ASSIGNMENTS
]


def copied(folder):
    """This repository's course in a folder."""
    shutil.copy(own_course.ROOT / "nbgrader_config.py", folder)
    shutil.copytree(own_course.ROOT / "solutions", folder / "solutions")
    return folder


@pytest.fixture(params=PARAMETERS)
def released(request, course):
    release(course, request.param)
    return request.param


def not_handed_in(assignment):
    """Points of the trained models: these submissions hold none."""
    return sum(model.points for model in own_course.MODELS[assignment])


def notebooks(course, assignment):
    """(the released notebook, the sources of a right answer to everything)"""
    source = read_notebook(course.source(assignment))
    return read_notebook(course.released(assignment)), solution_sources(source)


@pytest.mark.deep
def test_the_whole_path_by_the_commands_of_nbgrader(course, released):
    blank, right = notebooks(course, released)
    write_submission(course, "solved", released, fill(blank, right))
    write_submission(course, "blank", released, blank)
    nbgrader(course, "autograde", released)
    nbgrader(course, "generate_feedback", released)
    nbgrader(course, "export", "--to", "grades.csv")
    rows = {row["student_id"]: row for row in csv.DictReader((course.root / "grades.csv").open())}
    automatic = sum(exercise.points for exercise in own_course.of_assignment(released))
    assert float(rows["solved"]["score"]) == automatic
    assert float(rows["blank"]["score"]) == 0
    assert {float(row["max_score"]) for row in rows.values()} == {100}
    for student in ("solved", "blank"):
        assert course.feedback(student, released).stat().st_size > 10_000
    with Gradebook(f"sqlite:///{course.root / 'gradebook.db'}") as gradebook:
        assert gradebook.find_submission(released, "solved").needs_manual_grade
    result = result_of(Store.of(course, released), "blank")
    assert {verdict.status for verdict in result.verdicts} == {"not attempted"}


# Validate knows nothing of an assignment: one is enough.
@pytest.mark.parametrize("released", ["foundations"], indirect=True)
@pytest.mark.deep
def test_validate_passes_the_solution_and_fails_the_blank(course, released):
    blank, right = notebooks(course, released)
    solved = write_submission(course, "solved", released, fill(blank, right))
    assert "Success" in nbgrader(course, "validate", str(solved))
    untouched = write_submission(course, "blank", released, blank)
    assert "VALIDATION FAILED" in nbgrader(course, "validate", str(untouched))


@functools.cache
def mistakes(assignment):
    """{exercise name: the bank's first wrong answer with each name}."""
    first = {}
    for answer in own_course.bank(assignment):
        if answer.verdict == "wrong" and answer.misconception:
            first.setdefault(answer.name, {}).setdefault(answer.misconception, answer)
    return {name: list(answers.values()) for name, answers in first.items()}


def rounds(assignment):
    """How many students it takes to make every mistake, one at a time in each exercise."""
    return max(10, *map(len, mistakes(assignment).values()))


def wrong_answers(assignment, number):
    """{exercise name: Answer} of one round; over all rounds each mistake comes once."""
    chosen = {}
    for place, (name, known) in enumerate(mistakes(assignment).items()):
        # Staggered, so that wrong and right answers are mixed differently in every round.
        index = number - place % (rounds(assignment) - len(known) + 1)
        if 0 <= index < len(known):
            chosen[name] = known[index]
    return chosen


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_the_rounds_hold_every_mistake_once(assignment):
    seen = [
        (name, answer.misconception)
        for number in range(rounds(assignment))
        for name, answer in wrong_answers(assignment, number).items()
    ]
    every = [(name, a.misconception) for name, known in mistakes(assignment).items() for a in known]
    assert sorted(seen) == sorted(every)


NOISY = """
import logging, sys, warnings

def generator_loss(logits_fake):
    warnings.warn("an old function")
    logging.warning("a log line")
    print("a progress bar", file=sys.stderr)
    return -F.logsigmoid(logits_fake).mean()
"""
# What a student may do to one answer or another, in an assignment that has them.
OTHERS = {
    "noisy": {"generator_loss": NOISY},
    "stopped": {"bce_loss": "raise ValueError", "generator_loss": "def generator_loss("},
}


def hand_in_rounds(course, assignment, numbers):
    """One student for each round."""
    blank, right = notebooks(course, assignment)
    for number in numbers:
        wrong = wrong_answers(assignment, number)
        sources = {name: f"{PRELUDE}\n{answer.source}" for name, answer in wrong.items()}
        write_submission(course, f"s{number:02d}", assignment, fill(blank, right | sources))


@pytest.fixture(scope="module", params=PARAMETERS)
def graded(request, tmp_path_factory):
    """(course, assignment, {student: Result}) of a class, graded once: some rounds and others."""
    assignment, course = request.param, Course.at(copied(tmp_path_factory.mktemp("class")))
    with pytest.MonkeyPatch.context() as patch:
        go_offline(patch, str(tmp_path_factory.mktemp("cache")))
        release(course, assignment)
        hand_in_rounds(course, assignment, some_rounds(assignment))
        blank, right = notebooks(course, assignment)
        write_submission(course, "solved", assignment, fill(blank, right))
        write_submission(course, "blank", assignment, blank)
        for student, sources in OTHERS.items():
            if sources.keys() <= right.keys():
                write_submission(course, student, assignment, fill(blank, right | sources))
        path = course.submitted("broken", assignment)
        path.parent.mkdir(parents=True)
        path.write_text("<html>not a notebook</html>")
        results = grade(course, assignment)
    return course, assignment, {result.student: result for result in results}


def some_rounds(assignment):
    """The first, with few mistakes, and one in the middle, with the most; the deep test has all."""
    return 0, rounds(assignment) // 2


def check_round(course, assignment, number, result):
    wrong = wrong_answers(assignment, number)
    verdicts = {verdict.name: verdict for verdict in result.verdicts}
    graded = read_notebook(course.autograded(result.student, assignment))
    for exercise in own_course.of_assignment(assignment):
        (cell,) = [c for c in graded.cells if grade_id(c) == f"test_{exercise.name}"]
        failed = any(output.output_type == "error" for output in cell.outputs)
        assert failed == (exercise.name in wrong), (exercise.name, cell.outputs)
        assert len(verdicts_of(cell)) == 1, (result, exercise.name, cell.outputs)
        (verdict,) = verdicts_of(cell)
        assert verdicts[exercise.name] == verdict
        expected = wrong[exercise.name].misconception if exercise.name in wrong else None
        assert verdict.misconception == expected
    lost = sum(e.points for e in own_course.of_assignment(assignment) if e.name in wrong)
    assert result.score == result.max_score - lost - not_handed_in(assignment)


def test_each_mistake_loses_its_own_cell_and_no_other(graded):
    course, assignment, results = graded
    for number in some_rounds(assignment):
        check_round(course, assignment, number, results[f"s{number:02d}"])


@pytest.mark.deep
def test_every_mistake_loses_its_own_cell_and_no_other(course, released):
    numbers = range(rounds(released))
    hand_in_rounds(course, released, numbers)
    for number, result in zip(numbers, grade(course, released), strict=True):
        assert result.student == f"s{number:02d}"
        check_round(course, released, number, result)


def test_nothing_of_a_test_cell_reaches_stderr_or_ends_in_a_value(graded):
    course, assignment, _ = graded
    notebook = read_notebook(course.autograded("solved", assignment))
    loading = [cell for cell in notebook.cells if cell.id == "load-data"]
    assert len(loading) == ("data.load(" in "".join(cell.source for cell in notebook.cells))
    for cell in loading:
        said = "".join(output.text for output in cell.outputs)
        assert "IS NOT HERE" in said  # no data set: the digits took its place
    tests = [cell for cell in notebook.cells if (grade_id(cell) or "").startswith("test_")]
    models = {f"test_{model.name}" for model in own_course.MODELS[assignment]}
    assert len(tests) == len(own_course.of_assignment(assignment)) + len(models)
    for cell in (cell for cell in tests if grade_id(cell) not in models):
        assert {output.output_type for output in cell.outputs} <= {"stream", "display_data"}
        assert all(output.get("name", "stdout") == "stdout" for output in cell.outputs)


def result_of_other(graded, student):
    course, assignment, results = graded
    if student not in results:
        assert assignment != "gan-mnist"
        pytest.skip(f"{assignment} has no such answers")
    return course, assignment, results[student]


def test_a_right_answer_may_warn(graded):
    course, assignment, result = result_of_other(graded, "noisy")
    assert result.score == result.max_score - not_handed_in(assignment)
    notebook = read_notebook(course.autograded("noisy", assignment))
    (cell,) = [c for c in notebook.cells if grade_id(c) == "test_generator_loss"]
    assert not any(output.output_type == "error" for output in cell.outputs)


def test_a_cell_that_stops_is_named_even_when_it_says_nothing(graded):
    _, assignment, result = result_of_other(graded, "stopped")
    models = {model.id for model in own_course.MODELS[assignment]}
    said = {v.exercise: v.message for v in result.verdicts if not v.is_right}
    assert models <= set(said)
    said = {exercise: text for exercise, text in said.items() if exercise not in models}
    assert set(said) == {"gan-mnist.bce_loss", "gan-mnist.generator_loss"}
    assert said["gan-mnist.bce_loss"] == "its cell stops with ValueError"
    assert said["gan-mnist.generator_loss"].startswith("its cell stops with SyntaxError: ")
    assert said["gan-mnist.generator_loss"].endswith("(line 1)")


def test_a_submission_that_is_no_notebook_does_not_stop_the_others(graded):
    course, assignment, results = graded
    assert results["blank"].score == 0
    assert results["broken"].score is None
    assert "is not a notebook" in results["broken"].problem
    assert len(feedback(course, assignment)) == len(results)


def test_what_is_not_there_is_said_in_a_sentence(course):
    (assignment, *_) = ASSIGNMENTS
    with pytest.raises(CourseError, match="has not been released"):
        grade(course, assignment)
    release(course, assignment)
    with pytest.raises(CourseError, match="No submissions of .* put them at submitted/STUDENT"):
        grade(course, assignment)
    with pytest.raises(CourseError, match="run `autograder grade .*` first"):
        feedback(course, assignment)
    for step in (grade, feedback):
        with pytest.raises(CourseError, match="There is no assignment 'gan-minst'"):
            step(course, "gan-minst")
    path = course.submitted("here", assignment)
    path.parent.mkdir(parents=True)
    with pytest.raises(CourseError, match="No submission of .* by elsewhere"):
        grade(course, assignment, ["here", "elsewhere"])
