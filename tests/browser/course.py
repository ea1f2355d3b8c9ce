"""A course directory as an instructor makes one: this repository's settings, one assignment."""

import os
import shutil
import subprocess

import nbformat
from nbclient import NotebookClient

from autograder.course.course import Course
from autograder.demo.sample_class import submissions
from tests import marking_course
from tests.browser.lab import ROOT
from tests.nbgrader_command import nbgrader

ASSIGNMENT = "foundations"
ROSTER = """id,first_name,last_name,email
amara,Amara,Diallo,amara@school.example
bilal,Bilal,Haddad,bilal@school.example
jonas,Jonas,Weber,jonas@school.example
"""


# An instructor's own hidden test, whose numbers nobody but the instructor is to see.
HIDDEN = ("hidden logits of", "4.375", "3.6875")
OWN_TEST = """### BEGIN HIDDEN TESTS
expect.close("hidden logits of 3 and 4.375", kl_generator_loss(torch.tensor([3, 4.375])), -3.6875)
"""


def make_course(root, inbox):
    """Set up the folder `root`, release, collect what lies in the folder `inbox`; a Course.

    amara has everything right, bilal two functions wrong, jonas nothing written.
    """
    for name in ("nbgrader_config.py", "course.toml"):
        shutil.copy(ROOT / name, root)
    shutil.copytree(ROOT / "solutions" / ASSIGNMENT, root / "solutions" / ASSIGNMENT)
    _add_own_test(root / "solutions" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb")
    (root / "roster.csv").write_text(ROSTER)
    course = Course.at(root)
    command(course, "release", ASSIGNMENT, "--no-proof")
    handed_in = submissions(course, ASSIGNMENT)
    for student in ("amara", "bilal", "jonas"):
        notebook = handed_in[student]
        if student == "bilal":
            # Run from top to bottom, so that the pictures are there.
            NotebookClient(notebook, kernel_name="python3", allow_errors=True).execute(cwd=inbox)
        nbformat.write(notebook, inbox / f"{student}.ipynb")
    command(course, "collect", ASSIGNMENT, inbox)
    nbgrader(root, "db", "student", "import", "roster.csv")
    return course


def _add_own_test(path):
    notebook = nbformat.read(path, as_version=4)
    (cell,) = [cell for cell in notebook.cells if cell.id == "test_kl_generator_loss"]
    cell.source = cell.source.replace("### BEGIN HIDDEN TESTS\n", OWN_TEST, 1)
    nbformat.write(notebook, path)


def command(course, *words):
    """Run a command of the kit in the course directory; returns what it printed."""
    done = subprocess.run(
        [*marking_course.AUTOGRADER, *map(str, words)],
        cwd=course.root,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
