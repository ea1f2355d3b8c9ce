"""docs/add-an-exercise.md, followed to the letter in a course directory outside this repository."""

import re
import shutil

import nbformat
import pytest

from tests.docs.author import Author, changed
from tests.docs.pages import ROOT, blocks, read

PAGE = blocks(read("add-an-exercise.md"))
ASSIGNMENT, NAME = "foundations", "total_variation"
ABOVE = "q_no_optimal_critic"
# How often each answer is judged.
SEEDS = 3


def give_assignment(author):
    """What a course has that has this repository's assignment, and nothing else of it."""
    shutil.copy(ROOT / "nbgrader_config.py", author.course)
    skipped = shutil.ignore_patterns("__pycache__", "models")
    there = author.course / "solutions" / ASSIGNMENT
    shutil.copytree(ROOT / "solutions" / ASSIGNMENT, there, ignore=skipped)


def nothing_else_was_touched(author, before):
    # The proof of a release keeps its results in .autograder.
    names = {name for name in changed(before, author.tree()) if not name.startswith(".autograder/")}
    assert {name.rsplit("/", 1)[0] for name in names} == {
        f"solutions/{ASSIGNMENT}",
        *(f"solutions/{ASSIGNMENT}/checks{inside}" for inside in ("", "/answers", "/tests")),
        # What release writes, and the gradebook and its log.
        f"notebooks/{ASSIGNMENT}",
        "gradebook.db",
        "nbgrader.log",
    }


def the_tests_hold_the_new_exercise(author):
    (said,) = [said for line, said in author.said.items() if line.startswith("pytest")]
    assert re.search(r"\b4 passed", said) and "failed" not in said and "skipped" not in said
    folder = author.course / "solutions" / ASSIGNMENT / "checks"
    sections = (folder / "answers" / f"{NAME}.py").read_text("utf-8").count("# %%")
    assert author.prove(ASSIGNMENT, NAME) == SEEDS * sections > SEEDS * 10


def the_notebook_has_its_points_and_students_get_a_stub(author):
    (sentence,) = author.said[f"autograder tidy {ASSIGNMENT}"].splitlines()
    assert "60 points by checks, 40 by hand" in sentence
    released = nbformat.read(author.course / f"notebooks/{ASSIGNMENT}/{ASSIGNMENT}.ipynb", 4)
    cells = {cell.id: cell for cell in released.cells}
    assert "raise NotImplementedError()" in cells[NAME].source
    assert "judge(" not in cells[f"test_{NAME}"].source
    assert cells[f"test_{NAME}"].metadata.nbgrader.points == 2
    assert cells["test_wasserstein_1d"].metadata.nbgrader.points == 3
    assert "· 3 points*" in cells["about-wasserstein"].source


def a_wrong_answer_fails_by_its_name(author):
    said = author.said["autograder judge sent.py"]
    assert "wrong" in said and "the half missing" in said


def a_wrong_check_would_be_noticed(author):
    """The tests are worth something: with the half forgotten in the oracle, they fail."""
    path = author.course / "solutions" / ASSIGNMENT / "checks" / "oracles.py"
    text = path.read_text("utf-8")
    path.write_text(text.replace("(p - q).abs().sum() / 2", "(p - q).abs().sum()"))
    tests = f"solutions/{ASSIGNMENT}/checks/tests"
    said = author.run(f"pytest --import-mode=importlib --tb=no {tests} -k {NAME}", code=1)
    assert "4 failed" in said
    with pytest.raises(AssertionError, match="OTHERWISE total_variation: right, half the sum"):
        author.prove(ASSIGNMENT, NAME)
    path.write_text(text)


def test_the_table_of_the_page_counts_the_lines_to_write():
    text = read("add-an-exercise.md")
    told = {int(n): int(lines) for n, lines in re.findall(r"^\| (\d)\. .*\| (\d+) \|$", text, re.M)}
    sections = re.split(r"^## (\d)\. ", text, flags=re.M)
    for number, section in zip(sections[1:9:2], sections[2:9:2], strict=True):
        mine = [block for block in blocks(section) if block.language != "bash"]
        lines = [(block, line) for block in mine for line in block.text.splitlines() if line]
        written = [b for b, line in lines if b.language != "diff" or re.match(r"\+[^+]", line)]
        assert told[int(number)] == len(written), number


def test_the_page_writes_below_the_assignment_alone():
    touched = {block.target("append") or block.target("file") for block in PAGE} - {None}
    assert len(touched - {"sent.py"}) == 4
    assert all(name.startswith(f"solutions/{ASSIGNMENT}/") for name in touched - {"sent.py"})


@pytest.mark.slow
def test_an_exercise_is_added_as_the_page_says(tmp_path, installed):
    """One test: with several, each worker of pytest would add one of its own."""
    author = Author(tmp_path, installed)
    give_assignment(author)
    before = author.tree()
    for block in PAGE:
        if block.target("file") == "sent.py":
            nothing_else_was_touched(author, before)
        author.follow(block, ASSIGNMENT, below=ABOVE)
    the_tests_hold_the_new_exercise(author)
    the_notebook_has_its_points_and_students_get_a_stub(author)
    a_wrong_answer_fails_by_its_name(author)
    a_wrong_check_would_be_noticed(author)
