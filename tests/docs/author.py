"""Somebody with the kit as an installed package, in a course directory outside this repository."""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell

from tests import warm_commands
from tests.docs.pages import ROOT

PACKAGED = ("pyproject.toml", "README.md", "LICENSE", "docs", "helpers", "autograder")
PROVE = """\
import sys
from pathlib import Path
from autograder.checks import answers, find
from autograder.judging import judge
root, assignment, name = Path.cwd(), *sys.argv[1:]
(exercise,) = (each for each in find.of_assignment(root, assignment).judged if each.name == name)
for answer in answers.of_assignment(root, assignment):
    for seed in (None, 1, 2) if answer.name == name else ():
        verdict = judge(exercise, answers.build(answer), seed=seed)
        found = (verdict.status, verdict.misconception)
        deserved = (answer.verdict, answer.misconception)
        print("as deserved" if found == deserved else "OTHERWISE", answer)
"""


def install(folder):
    """Build the wheel of this repository and install it alone; returns the folder it is in."""
    source, site = folder / "source", folder / "site"
    source.mkdir()
    for name in PACKAGED:
        if (ROOT / name).is_dir():
            skipped = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, source / name, ignore=skipped)
        else:
            shutil.copy(ROOT / name, source)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "--no-index"]
    _done([*build, "--wheel-dir", folder / "wheels", source], folder)
    (wheel,) = (folder / "wheels").glob("*.whl")
    add = [*pip, "install", "--no-deps", "--no-index", "--target", site]
    _done([*add, wheel], folder)
    shutil.rmtree(source)
    return site


@contextlib.contextmanager
def installed(folder):
    """The environment of somebody who has installed the kit, and no data set.

    Its commands autograder, pytest and prove are forks of one process that has imported the kit.
    """
    site, programs = install(folder), folder / "bin"
    programs.mkdir()
    python = programs / "python3"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(site),
        "PYTHONDONTWRITEBYTECODE": "1",
        "COLUMNS": "150",
    }
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_ADDOPTS", "COURSE_DATA", "COURSE_DB"):
        environment.pop(name, None)
    with warm_commands.command(programs / "autograder", environment, grading=True) as another:
        another(programs / "pytest", "-m", "pytest", "-p", "no:cacheprovider")
        for name, text in (("prove", PROVE), ("where", "import autograder\nprint(autograder)")):
            (programs / f"{name}.py").write_text(text)
            another(programs / name, str(programs / f"{name}.py"))
        where = _done(["bash", "-c", "where"], folder, environment=environment)
        assert str(site) in where, where
        yield environment


class Author:
    """Does what a page says, in `course`; keeps what each command said. environment: installed."""

    def __init__(self, folder, environment):
        self.course, self.environment, self.said = folder / "course", environment, {}
        self.course.mkdir()

    def follow(self, block, notebook, below):
        """Do a block of the page; new cells go below the cell with this id, in their order."""
        if path := block.target("append"):
            with open(self.course / path, "a", encoding="utf-8") as file:
                file.write(f"\n\n{block.text}")
        elif path := block.target("file"):
            assert not (self.course / path).exists(), f"{path} is no new file"
            (self.course / path).write_text(block.text, encoding="utf-8")
        elif block.about == "cell":
            self._insert(block, notebook, below)
        elif block.language == "diff":
            self.run("git apply --verbose -", block.text)
        else:
            assert block.language == "bash", block
            for line in block.text.strip().splitlines():
                self.said[line] = self.run(line)

    def _insert(self, block, name, below):
        """As Jupyter saves it: an id of its own, an execution count, no metadata of nbgrader's."""
        path = self.course / "solutions" / name / f"{name}.ipynb"
        notebook = nbformat.read(path, 4)
        make = new_markdown_cell if block.language == "markdown" else new_code_cell
        cell = make(block.text.rstrip("\n"), metadata={"new": True})
        if cell.cell_type == "code":
            cell.execution_count = 7
        ids = [each.id for each in notebook.cells]
        before = len([each for each in notebook.cells if "new" in each.metadata])
        notebook.cells.insert(ids.index(below) + 1 + before, cell)
        nbformat.write(notebook, path)

    def run(self, line, words="", code=0):
        """What a line of shell said, on both outputs; its exit code is checked."""
        return _done(["bash", "-c", line], self.course, words, self.environment, code)

    def prove(self, assignment, name):
        """How many answers of the bank were judged; each gets the verdict that it deserves."""
        lines = self.run(f"prove {assignment} {name}").splitlines()
        assert lines and all(line.startswith("as deserved") for line in lines), lines
        return len(lines)

    def tree(self):
        """{file: hash} of the course."""
        files = [path for path in self.course.rglob("*") if path.is_file()]
        return {
            path.relative_to(self.course).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files
        }


def changed(before, after):
    """Files that are new, gone or other."""
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def _done(command, folder, words="", environment=None, code=0):
    done = subprocess.run(
        command, cwd=folder, env=environment, input=words, text=True, capture_output=True
    )
    assert done.returncode == code, f"{command}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout + done.stderr
