"""Which tests of a run with several processes stay together, and which of them come first.

What a file's fixtures make is made once if its tests stay in one process. The longest come first,
so that at the end no process waits long for another one.
"""

import re

import pytest

# All tests that a run collects, those that its markers leave out among them.
COLLECTED = pytest.StashKey[list[pytest.Item]]()
# Files that share what a fixture of the session makes.
TOGETHER = {
    # One JupyterLab, in whose folder the course is; students have another one.
    "instructor's JupyterLab": r"tests/browser/test_(create_assignment|formgrader)\.py",
    # The kit as an installed package, and a process whose forks its commands are.
    "pages": r"tests/docs/test_(add_an_assignment|add_an_exercise|instructors)\.py",
    # One parent of their servers.
    "marking in a browser": r"tests/browser/test_marking.*",
    "hostile class": r"tests/autograder/hostile/test_(?!bounds|checks_stay_here).*",
    "kernels": r"tests/autograder/sandbox/test_(fair_share|kernels|layers|template)\.py",
    "reports": r"tests/autograder/reports/test_(?!gradescope).*",
    "marking": r"tests/autograder/marking/.*",
    "collecting": r"tests/autograder/collecting/.*",
    # The real images, and what is measured of them.
    "trained models": (
        r"tests/autograder/judging/trained/.*|tests/assignments/test_(real|trained)_bars\.py"
        r"|solutions/.*/test_trained\.py"
    ),
}
# Files whose tests share nothing that takes long.
APART = (
    "tests/autograder/grading/test_class.py",
    "tests/autograder/grading/test_deaths.py",
    "tests/autograder/test_cli.py",
    "tests/helpers/test_batch.py",
    "tests/helpers/test_run_gan.py",
    "tests/helpers/test_training.py",
)
OF_AN_EXERCISE = "tests/assignments/test_power.py", "tests/assignments/test_proof.py"
LONGEST_FIRST = (
    "instructor's JupyterLab",
    "marking in a browser",
    "tests/browser/",
    "pages",
    "tests/autograder/cluster/",
    "tests/slurm/test_real.py",
    "hostile class",
    "tests/autograder/hostile/test_bounds.py",
    "tests/assignments/test_proof.py",
    "tests/autograder/test_two_notebooks.py",
    "tests/autograder/reports/test_gradescope.py",
    "tests/autograder/grading/test_trained.py",
    "tests/autograder/grading/test_nbgrader.py",
    "tests/autograder/sandbox/test_remote_bank.py",
    "kernels",
    "trained models",
    "solutions/",
    "tests/assignments/",
    "tests/autograder/releasing/test_prove.py",
    "tests/autograder/grading/",
    "tests/autograder/test_",
    "tests/autograder/judging/",
    "tests/test_benchmarks.py",
    "tests/autograder/beside/",
    "tests/helpers/test_",
    "tests/autograder/",
)


def group_of(nodeid: str) -> str:
    """The name of the tests that stay together with this one."""
    file, _, test = nodeid.partition("::")
    for name, files in TOGETHER.items():
        if re.fullmatch(files, file):
            return name
    if file in OF_AN_EXERCISE:
        # What an exercise's formulas give is computed once in each process.
        exercise = re.search(r"\[([\w-]+\.\w+)", test)
        return f"{file}::{exercise[1]}" if exercise else file
    return nodeid if file in APART else file


def place_of(nodeid: str) -> int:
    """The place of its group in a run; those with the same place stay as they were collected."""
    group = group_of(nodeid)
    places = (n for n, start in enumerate(LONGEST_FIRST) if group.startswith(start))
    return next(places, len(LONGEST_FIRST))
