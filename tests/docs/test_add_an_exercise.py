"""docs/add-an-exercise.md, followed to the letter in a copy of the repository."""

import os
import re
import shutil
import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from tests.docs.pages import ROOT, blocks, read

PAGE = blocks(read("add-an-exercise.md"))
NAME = "total_variation"
COPIED = ("autograder", "helpers", "solutions", "notebooks", "tests", "docs", "README.md")
COPIED += ("benchmarks", "pyproject.toml", "nbgrader_config.py", "course.toml")
ABOVE = "q_no_optimal_critic"


class Author:
    """Somebody at a copy of the repository, who does what the page says."""

    def __init__(self, folder):
        self.root, self.said = folder / "kit", {}
        for name in COPIED:
            target = self.root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / name, target)
        commands = folder / "bin"
        commands.mkdir()
        for name, words in (("python", ""), ("autograder", "-m autograder "),
                            ("pytest", "-m pytest -p no:cacheprovider ")):  # fmt: skip
            script = commands / name
            script.write_text(f'#!/bin/sh\nexec "{sys.executable}" {words}"$@"\n')
            script.chmod(0o755)
        self.environment = {
            **os.environ,
            "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(self.root),
            "COLUMNS": "150",
        }
        self.environment.pop("PYTEST_XDIST_WORKER", None)

    def follow(self, block):
        if path := block.target("append"):
            with open(self.root / path, "a", encoding="utf-8") as file:
                file.write(f"\n\n{block.text}")
        elif path := block.target("file"):
            assert not (self.root / path).exists(), f"{path} is no new file"
            (self.root / path).write_text(block.text, encoding="utf-8")
        elif block.about == "cell":
            self.insert(block)
        elif block.language == "diff":
            self.run("git apply --verbose -", block.text)
        else:
            assert block.language == "bash", block
            for line in block.text.strip().splitlines():
                self.said[line] = self.run(line)

    def insert(self, block):
        """As Jupyter saves it: an id of its own, an execution count, no metadata of nbgrader's."""
        path = self.root / "solutions" / "foundations" / "foundations.ipynb"
        notebook = nbformat.read(path, 4)
        make = new_markdown_cell if block.language == "markdown" else new_code_cell
        cell = make(block.text.rstrip("\n"))
        if cell.cell_type == "code":
            cell.execution_count = 7
        ids = [each.id for each in notebook.cells]
        new = len([each for each in notebook.cells if NAME in each.source])
        notebook.cells.insert(ids.index(ABOVE) + 1 + new, cell)
        nbformat.write(notebook, path)

    def run(self, line, words=None):
        done = subprocess.run(
            ["bash", "-c", line], cwd=self.root, env=self.environment, input=words or "",
            text=True, capture_output=True,
        )  # fmt: skip
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr


def the_tests_of_the_kit_hold_the_new_exercise(author):
    one, two = [said for line, said in author.said.items() if line.startswith("pytest")]
    bank = (author.root / f"solutions/foundations/checks/answers/{NAME}.py").read_text("utf-8")
    # Every answer, two of the exercise as a whole, its power, its oracle on four pairs, and one for
    # each wrong formula.
    assert int(re.search(r"(\d+) passed", one)[1]) > bank.count("# %%") + 2 + 1 + 4
    assert int(re.search(r"(\d+) passed", two)[1]) > len(re.findall(r"# %% right", bank)) + 2
    assert "failed" not in one + two and "skipped" not in one + two


def the_notebook_has_its_points_and_students_get_a_stub(author):
    (sentence,) = author.said["autograder tidy foundations"].splitlines()
    assert "60 points by checks, 40 by hand" in sentence
    released = nbformat.read(author.root / "notebooks/foundations/foundations.ipynb", 4)
    cells = {cell.id: cell for cell in released.cells}
    assert "raise NotImplementedError()" in cells[NAME].source
    assert "judge(" not in cells[f"test_{NAME}"].source
    assert cells[f"test_{NAME}"].metadata.nbgrader.points == 2
    assert cells["test_wasserstein_1d"].metadata.nbgrader.points == 3
    assert "· 3 points*" in cells["about-wasserstein"].source


def a_wrong_answer_fails_by_its_name_and_a_right_one_passes(author):
    said = author.said["autograder judge sent.py"]
    assert "wrong" in said and "the half missing" in said
    (author.root / "right.py").write_text(
        "import torch\n\ndef total_variation(p, q):\n    return 1 - torch.minimum(p, q).sum()\n"
    )
    said = author.run("autograder judge right.py")
    assert "✓ right" in said and "wrong" not in said


def a_wrong_check_would_be_noticed(author):
    """The tests are worth something: with the half forgotten in the oracle, they fail."""
    path = author.root / "autograder/oracles/divergences.py"
    text = path.read_text("utf-8")
    path.write_text(text.replace("(p - q).abs().sum() / 2", "(p - q).abs().sum()"))
    try:
        with pytest.raises(AssertionError) as failed:
            author.run(
                f"pytest --tb=no tests/autograder/oracles tests/autograder/exercises -k {NAME}"
            )
        for words in (
            "FAILED .*test_divergences.py",
            "FAILED .*test_proof.py.*right, half the sum",
        ):
            assert re.search(words, str(failed.value)), failed.value
    finally:
        path.write_text(text)


def the_documentation_counts_one_more(author):
    said = [re.search(r"Behind the (\d+) exercises", (root / "README.md").read_text("utf-8"))[1]
            for root in (ROOT, author.root)]  # fmt: skip
    assert int(said[1]) == int(said[0]) + 1
    author.run("pytest tests/docs/test_numbers.py")


def test_the_table_of_the_page_counts_the_lines_to_write():
    text = read("add-an-exercise.md")
    told = {int(n): int(lines) for n, lines in re.findall(r"^\| (\d)\. .*\| (\d+) \|$", text, re.M)}
    sections = re.split(r"^## (\d)\. ", text, flags=re.M)
    for number, section in zip(sections[1:9:2], sections[2:9:2], strict=True):
        mine = [block for block in blocks(section) if block.language != "bash"]
        lines = [(block, line) for block in mine for line in block.text.splitlines() if line]
        written = [b for b, line in lines if b.language != "diff" or re.match(r"\+[^+]", line)]
        assert told[int(number)] == len(written), number
    touched = {block.target("append") or block.target("file") for block in PAGE} - {None}
    assert len(touched - {"sent.py"}) == 4


@pytest.mark.slow
def test_an_exercise_is_added_as_the_page_says(tmp_path):
    """One test: with several, each worker of pytest would add one of its own."""
    author = Author(tmp_path)
    for block in PAGE:
        author.follow(block)
    the_tests_of_the_kit_hold_the_new_exercise(author)
    the_notebook_has_its_points_and_students_get_a_stub(author)
    a_wrong_answer_fails_by_its_name_and_a_right_one_passes(author)
    a_wrong_check_would_be_noticed(author)
    the_documentation_counts_one_more(author)
