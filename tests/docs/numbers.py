"""The numbers of README.md and docs/how-a-check-is-proven.md, counted in the code.

    python -m tests.docs.numbers

writes them into the two pages after an exercise or an answer has come or gone.
"""

import re
from collections import Counter

from autograder.course.course import Course, read_notebook
from autograder.judging import Status
from autograder.notebooks import cells
from benchmarks import stated_times
from benchmarks.stated_times import STATED
from tests import own_course
from tests.docs.pages import ROOT

README, PROOF = ROOT / "README.md", ROOT / "docs" / "how-a-check-is-proven.md"


def counted():
    """{pattern with a group for each number: the numbers}, by page."""
    asked = [each for name in own_course.ASSIGNMENTS for each in own_course.of_assignment(name)]
    bank = [answer for name in own_course.ASSIGNMENTS for answer in own_course.bank(name)]
    others = [each for each in own_course.everything() if each not in asked]
    given = Counter(answer.verdict for answer in bank)
    rows = {
        "exercises of the six notebooks": len(asked),
        "wrong formulas with a name and a sentence": _names(asked),
        "answers as students write them": len(bank),
        "of these right": given[Status.RIGHT],
        "of these wrong": given[Status.WRONG],
        "of these raising an error, or not attempted": len(bank)
        - given[Status.RIGHT]
        - given[Status.WRONG],
        "other forms of an exercise, which `autograder judge` knows by name": len(others),
        "wrong formulas with a name for these": _names(others),
        "answers to these": len(own_course.whole_bank()) - len(bank),
    }
    sentence = (
        r"Behind the (\S+) exercises stand (\S+) wrong formulas with a name and a sentence for the"
        r" student, and (\S+) answers as students write them, right and wrong"
    ).replace(" ", r"\s+")
    return {
        README: {
            sentence: (len(asked), _names(asked), len(bank)),
            **{
                rf"\| `{name}` \|[^|]*\| (\S+) \| (\S+) \| (\S+) \|": _of_assignment(name)
                for name in own_course.ASSIGNMENTS
            },
            **{rf"\| `{name}` \|.* (\d+) min \|$": (_minutes(name),) for name in STATED},
        },
        PROOF: {rf"^\| {re.escape(what)} \| (\S+) \|$": (number,) for what, number in rows.items()},
    }


def _names(chosen):
    return sum(len(exercise.misconceptions) for exercise in chosen)


def _of_assignment(name):
    """Exercises, points by checks, points by hand."""
    notebook = read_notebook(Course.at(ROOT).source(name))
    graded = [cells.marks(cell) for cell in notebook.cells if cells.is_graded(cell)]
    by_hand = sum(marks["points"] for marks in graded if marks["solution"])
    automatic = sum(marks["points"] for marks in graded) - by_hand
    return len(own_course.of_assignment(name)), automatic, by_hand


def _minutes(name):
    """What the notebook states for its training, all of it together."""
    return round(float(re.findall(r"([\d.]+) \|$", stated_times.table(name), re.MULTILINE)[-1]))


def renewed(text, numbers):
    """The text with these numbers; ValueError where a pattern does not occur exactly once."""
    for pattern, values in numbers.items():
        found = list(re.finditer(pattern, text, re.MULTILINE))
        if len(found) != 1:
            raise ValueError(f"{pattern!r} occurs {len(found)} times")
        for group in range(len(values), 0, -1):
            start, end = found[0].span(group)
            text = f"{text[:start]}{values[group - 1]:,}{text[end:]}"
    return text


if __name__ == "__main__":
    for path, numbers in counted().items():
        path.write_text(renewed(path.read_text("utf-8"), numbers), encoding="utf-8")
        print(f"renewed {path.relative_to(ROOT)}")
