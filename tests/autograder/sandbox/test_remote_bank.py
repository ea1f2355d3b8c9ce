"""Every answer of the bank gets through a Session the verdict that it gets in one process."""

import json
import math
import re
import warnings
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from autograder.checks import answers
from autograder.judging import Status, judge
from helpers import expect, toys
from tests import own_course
from tests.autograder.sandbox.remote_kernel import session_with
from tests.every import every
from tests.lengths import first_and_rest, slow_where
from tests.own_course import ASSIGNMENTS, find

BANK = own_course.whole_bank()
EXERCISES = list(dict.fromkeys(answer.exercise for answer in BANK))
FIRST = {next(e for e in EXERCISES if e.startswith(f"{name}.")) for name in ASSIGNMENTS}
SOLUTIONS = Path(__file__).parents[3] / "solutions"


def chosen(exercise_id):
    """A right answer and one with a mistake that has a name."""
    kinds = {}
    for answer in answers_to(exercise_id):
        kinds.setdefault((answer.verdict, answer.misconception is None), answer)
    # The first of every assignment in each way in which an answer can be judged.
    if exercise_id in FIRST:
        return list(kinds.values())
    wanted = (Status.RIGHT, True), (Status.WRONG, False)
    return [kinds[kind] for kind in wanted if kind in kinds]


def answers_to(exercise_id):
    return [answer for answer in BANK if answer.exercise == exercise_id]


def cell_with(chosen_answers):
    """Source that defines answer_0, answer_1, ..., each in lines of its own."""
    lines = []
    for number, answer in enumerate(chosen_answers):
        lines += [f"exec(compile({answer.source!r}, '/tmp/ipykernel_1/1.py', 'exec'))"]
        lines += [f"answer_{number} = {answer.name}"]
    return "\n".join(lines)


def verdicts(some, subjects):
    """What becomes of the answers `some`, which are called `subjects` here or there."""
    for answer, subject in zip(some, subjects, strict=True):
        torch.manual_seed(0)  # of what the answer itself draws
        verdict = judge(find(answer.exercise), subject)
        yield verdict.status, verdict.misconception, verdict.message


def check_verdicts(some):
    """One process has all of these answers."""
    with warnings.catch_warnings(), every() as case:
        warnings.simplefilter("ignore")
        here = list(verdicts(some, map(answers.build, some)))
        with session_with(cell_with(some)) as session:
            subjects = (session.subject(f"answer_{number}") for number in range(len(some)))
            for answer, seen, expected in zip(some, verdicts(some, subjects), here, strict=True):
                with case(answer):
                    assert seen == expected
                session.end_of_cell()


# To fork this process takes longer than most verdicts.
@pytest.mark.parametrize("assignment", ASSIGNMENTS)
@pytest.mark.parametrize("of_the", slow_where("others".__eq__, ["first exercise", "others"]))
def test_the_verdict_is_the_one_of_this_process(assignment, of_the):
    mine = [each for each in EXERCISES if each.startswith(f"{assignment}.")]
    mine = [each for each in mine if (each in FIRST) is (of_the == "first exercise")]
    check_verdicts([answer for exercise_id in mine for answer in chosen(exercise_id)])


@pytest.mark.deep
@pytest.mark.parametrize("exercise_id", EXERCISES)
def test_every_verdict_in_a_process_of_its_own(exercise_id):
    for answer in answers_to(exercise_id):
        check_verdicts([answer])


def cells(name):
    """(grade_id, source, whether it is a test) of the notebook's cells with a grade_id."""
    notebook = json.loads((SOLUTIONS / name / f"{name}.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        about = cell["metadata"].get("nbgrader", {})
        if cell["cell_type"] == "code" and about.get("grade_id"):
            yield about["grade_id"], "".join(cell["source"]), about["grade"], about["solution"]


@pytest.mark.parametrize("assignment", first_and_rest(ASSIGNMENTS))
def test_the_test_cells_of_the_notebook_run_as_they_are(assignment, capsys):
    all_cells = list(cells(assignment))
    solutions = [
        (name, source) for name, source, graded, solution in all_cells if solution and not graded
    ]
    given = {name: source for name, source, *_ in all_cells}
    imports = [line for line in given["setup"].splitlines() if line.startswith("import ")]
    with session_with("\n".join([*imports, *(source for _, source in solutions)])) as session:
        # The networks that checks use, and nothing else of the given cells.
        networks = [
            source
            for _, source, _, solution in all_cells
            if not solution and re.match(r"class \w+\(nn\.Module\)", source)
        ]
        ours = "\n".join([*networks, given.get("fill-weights", "")])
        for _name, source, graded, solution in all_cells:
            if not graded or solution or "judge_model(" in source:
                continue
            namespace = {"math": math, "torch": torch, "nn": nn, "F": F}
            namespace |= {"expect": expect, "toys": toys}
            exec(ours, namespace)
            namespace |= {name: session.subject(name) for name, _ in solutions}
            exec(source, namespace)
            session.end_of_cell()
    assert capsys.readouterr().out.count("✓") > 50
