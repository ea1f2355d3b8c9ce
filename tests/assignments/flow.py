"""Run a whole source notebook with answers of the bank instead of the solution's, in one process.

A script, since a notebook sets what belongs to a process (budget, device, default generator):
python -m tests.assignments.flow ASSIGNMENT NUMBER [--device pretended]. NUMBER chooses for each
exercise its right answer of that number, counted round where it has fewer. Prints nothing where
every cell runs; otherwise the cell, the answers in use and the exception, and ends with 1.
"""

import argparse
import contextlib
import io
import os
import re
import sys
import traceback
import warnings
from collections.abc import Mapping

HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS\n.*?### END HIDDEN TESTS\n?", re.DOTALL)


def right_answers(assignment: str, *, on_gpu: bool = False) -> dict[str, list]:
    """{name: right answers} of each exercise, without those of OTHER_CONVENTIONS and ALONE
    in the assignment's checks/tests/proof.py.

    on_gpu: also without those of which the judge says that a GPU would refuse them.
    """
    from tests import own_course

    right: dict[str, list] = {}
    left_out = {
        *own_course.told(assignment, "OTHER_CONVENTIONS"),
        *own_course.told(assignment, "ALONE"),
    }
    for answer in own_course.bank(assignment):
        if answer.verdict != "right" or (answer.name, answer.title) in left_out:
            continue
        if on_gpu and _refused_by_a_gpu(answer):
            continue
        right.setdefault(answer.name, []).append(answer)
    return right


def _refused_by_a_gpu(answer):
    from autograder.checks.answers import build
    from autograder.judging import judge
    from tests import own_course

    verdict = judge(own_course.find(answer.exercise), build(answer), seed=1)
    return "GPU" in (verdict.sentence or "")


def run(assignment: str, answers: Mapping[str, "object"]) -> str | None:
    """What stops the notebook with these answers, as text; None where every cell runs."""
    from autograder.checks.answers import PRELUDE
    from autograder.course.course import Course, read_notebook
    from autograder.notebooks.cells import grade_id, is_test
    from tests import own_course

    notebook = read_notebook(Course.at(own_course.ROOT).source(assignment))
    namespace = {"__name__": "__main__", "display": lambda *shown, **options: None}
    exec(PRELUDE, namespace)
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        answer = None if is_test(cell) else answers.get(grade_id(cell) or "")
        source = answer.source if answer else HIDDEN.sub("", cell.source)
        place = f"<answer {answer}>" if answer else f"<cell {grade_id(cell) or cell.id}>"
        before = dict(namespace)
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(source, place, "exec"), namespace)
        except Exception:
            frames = traceback.format_exc().splitlines()
            shown = [line for line in frames if "<cell " in line or "<answer " in line]
            return "\n".join([f"in {place}", *shown, frames[-1]])
        if answer:  # some define a helper of their own under the name of another exercise
            others = {name: before[name] for name in answers if name in before}
            namespace |= {name: thing for name, thing in others.items() if name != answer.name}
    return None


def main() -> int:
    """Run one notebook; see the module's first lines."""
    parser = argparse.ArgumentParser()
    parser.add_argument("assignment")
    parser.add_argument("number", type=int)
    parser.add_argument("--device", choices=("real", "pretended"), default="real")
    chosen_by = parser.parse_args()
    os.environ["MPLBACKEND"] = "Agg"
    os.environ.setdefault("COURSE_BUDGET", "graded")
    warnings.simplefilter("ignore")
    import torch

    from tests.assignments import pretended_device

    torch.set_num_threads(1)
    pretended = chosen_by.device == "pretended"
    right = right_answers(chosen_by.assignment, on_gpu=pretended)
    if pretended:
        pretended_device.pretend()
    number = chosen_by.number
    chosen = {name: answers[number % len(answers)] for name, answers in right.items()}
    failure = run(chosen_by.assignment, chosen)
    if failure:
        print(failure)
    return 1 if failure else 0


if __name__ == "__main__":
    sys.exit(main())
