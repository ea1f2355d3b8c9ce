"""docs/add-an-assignment.md, followed to the letter with the kit as an installed package."""

import csv
import itertools
import json
import re
import shutil
import zipfile

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.checks import answers, find
from autograder.course.course import read_notebook
from autograder.notebooks.fill_answers import fill, solution_sources
from tests.docs.author import Author, changed
from tests.docs.pages import blocks, read

PAGE = blocks(read("add-an-assignment.md"))
NAME, FIRST, SECOND = "uncertainty", "bernoulli_entropy", "mean_entropy"
PLAIN = "plain"
FOR_AUTHORS = {"answers", "tests", "sample_class.py"}


def follow(author):
    """The page from top to bottom; what it writes is the assignment, and a course around it."""
    touched = set()
    for number, block in enumerate(PAGE):
        before = author.tree()
        author.follow(block, NAME, below=f"test_{FIRST}")
        now = changed(before, author.tree())
        if number == 0:
            assert "nbgrader_config.py" in now
            now.remove("nbgrader_config.py")
        touched |= now
    # The proof of a release keeps its results in .autograder.
    touched = {name for name in touched if not name.startswith(".autograder/")}
    assert {"/".join(name.split("/")[:2]) for name in touched} == {
        f"solutions/{NAME}", f"notebooks/{NAME}", "gradebook.db", "nbgrader.log"
    }  # fmt: skip


def commands_said_what_the_page_tells(author):
    assert "not a course directory yet" in author.said[f"autograder new {NAME}"]
    (sentence,) = author.said[f"autograder tidy {NAME}"].splitlines()
    assert "60 points by checks, 40 by hand" in sentence
    said = author.said[f"pytest --import-mode=importlib solutions/{NAME}"]
    # Every answer of both exercises on three draws, and the closed form.
    bank = answers.of_assignment(author.course, NAME)
    assert f"{3 * len(bank) + 1} passed" in said
    demo = author.said[f"autograder demo ../demo {NAME}"]
    for words in (
        r"amara +│ 60 / 60 │ all right",
        r"bilal +│ 20 / 60 │ bernoulli_entropy: in bits",
        r"chiara +│ +0 / 60 │ bernoulli_entropy: the sign",
        r"mean_entropy: the temperature not used",
        r"kwame +│ 40 / 60 │ mean_entropy: .*SyntaxError",
    ):
        assert re.search(words, demo), (words, demo)


def files_to_judge(author):
    """One right answer of each exercise and all that are not right: two answers to a file."""
    bank = answers.of_assignment(author.course, NAME)
    right = {answer.name: answer for answer in reversed(bank) if answer.verdict == "right"}
    others = [answer for answer in bank if answer.verdict != "right"]
    columns = [
        [right[name], *(answer for answer in others if answer.name == name)]
        for name in (FIRST, SECOND)
    ]
    for number, pair in enumerate(itertools.zip_longest(*columns)):
        yield author.course.parent / f"sent{number}.py", [answer for answer in pair if answer]


def every_answer_is_judged_by_its_name(author):
    """As a teacher would, all files at once; outside of the course, its name is needed."""
    handed_in = dict(files_to_judge(author))
    for path, sent in handed_in.items():
        path.write_text(answers.PRELUDE + "\n".join(answer.source for answer in sent))
    said = author.run("cd .. && autograder judge sent0.py", code=2)
    assert len(said.splitlines()) == 1 and "name it with --course" in said
    files = " ".join(path.name for path in handed_in)
    judge = f"cd .. && autograder judge --json --course {author.course} {files}"
    rows = json.loads(author.run(judge))
    for path, sent in handed_in.items():
        mine = [row for row in rows if row["file"] == path.name]
        found = {row["name"]: (row["verdict"], row["misconception"]) for row in mine}
        assert found == {each.name: (each.verdict, each.misconception) for each in sent}


def hand_in(author, assignment, wrong):
    """Right, wrong and blank; wrong: sources by grade_id."""
    folder = author.course / "notebooks" / assignment / f"{assignment}.ipynb"
    released = read_notebook(folder)
    source = author.course / "solutions" / assignment / f"{assignment}.ipynb"
    right = solution_sources(read_notebook(source))
    made = {"right": fill(released, right), "wrong": fill(released, right | wrong)}
    for student, notebook in {**made, "blank": released}.items():
        path = author.course / "submitted" / student / assignment / f"{assignment}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)


def three_are_graded(author):
    bank = {each.misconception: each for each in answers.of_assignment(author.course, NAME)}
    wrong = {bank[name].name: bank[name].source for name in ("in bits", "the entropy of the mean")}
    hand_in(author, NAME, wrong)
    said = author.run(f"autograder grade {NAME}")
    for words in (
        r"right +│ 60 / 60 │ all right",
        r"wrong +│ +0 / 60 │ bernoulli_entropy: in bits",
        r"mean_entropy: the entropy of the mean",
        r"blank +│ +0 / 60 │ bernoulli_entropy: not attempted",
    ):
        assert re.search(words, said), (words, said)


def pages_and_tables_are_written(author):
    author.run(f"autograder report {NAME} && autograder feedback {NAME}")
    assert "the entropy of the mean" in text(author, f"reports/{NAME}.html")
    page = text(author, f"feedback/wrong/{NAME}/{NAME}.html")
    assert "the entropy of the mean" in page and "judge(" not in page
    author.run("autograder export --format csv")
    table = list(csv.DictReader(text(author, "grades.csv").splitlines()))
    points = {row["student"]: float(row[f"{NAME} points"]) for row in table}
    assert points == {"right": 60, "wrong": 0, "blank": 0}


def gradescope_gets_the_checks_and_nothing_for_authors(author):
    author.run(f"autograder gradescope {NAME}")
    with zipfile.ZipFile(author.course / "gradescope.zip") as archive:
        names = archive.namelist()
        content = b"".join(map(archive.read, names))
    below = f"course/solutions/{NAME}/checks/"
    found = {name.removeprefix(below) for name in names if name.startswith(below)}
    expected = {"__init__", "uncertainty", "networks", "observers", "oracles"}
    assert found == {f"{name}.py" for name in expected}
    assert not FOR_AUTHORS & {part for name in found for part in name.split("/")}
    assert not [name for name in names if "answers" in name.split("/")]
    for answer in answers.of_assignment(author.course, NAME):
        assert answer.source.encode() not in content


def add_plain(author):
    """A second assignment with plain asserts, as somebody who knows nbgrader writes it."""

    def mark(name, points=None):
        about = {"grade_id": name, "schema_version": 3, "task": False}
        graded = points is not None
        about |= {"grade": graded, "solution": not graded, "locked": graded}
        return {"nbgrader": about | ({"points": points} if graded else {})}

    answer = "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
    test = "assert double(2) == 4\n### BEGIN HIDDEN TESTS\nassert double(5) == 10\n"
    test += "### END HIDDEN TESTS"
    cells = [
        new_markdown_cell("# Twice", id="title"),
        new_code_cell(answer, id="double", metadata=mark("double")),
        new_code_cell(test, id="test_double", metadata=mark("test_double", 4)),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = new_notebook(cells=cells, metadata={"kernelspec": kernel})
    path = author.course / "solutions" / PLAIN / f"{PLAIN}.ipynb"
    path.parent.mkdir()
    nbformat.write(notebook, path)


def an_assignment_without_checks_is_graded_beside_it(author):
    add_plain(author)
    assert not find.of_assignment(author.course, PLAIN).judged
    author.run(f"autograder tidy {PLAIN} && autograder release {PLAIN}")
    hand_in(author, PLAIN, {"double": "def double(x):\n    return x + 2"})
    said = author.run(f"autograder grade {PLAIN}")
    assert re.search(r"right +│ +4 / 4", said) and re.search(r"wrong +│ +0 / 4", said), said
    author.run(f"autograder report {PLAIN} && autograder feedback {PLAIN}")
    author.run("autograder export --format csv --to both.csv")
    (row,) = [row for row in csv.DictReader(text(author, "both.csv").splitlines())
              if row["student"] == "right"]  # fmt: skip
    assert (float(row[f"{NAME} points"]), float(row[f"{PLAIN} points"])) == (60, 4)
    author.run(f"autograder gradescope {PLAIN} --out plain.zip")
    # Judging still finds the other assignment's exercises, from any folder of the course.
    assert "✓ right" in author.run(f"cd solutions/{PLAIN} && autograder judge ../../../sent0.py")


def text(author, name):
    return (author.course / name).read_text("utf-8")


@pytest.mark.slow
@pytest.mark.sandbox
def test_an_assignment_is_added_as_the_page_says(tmp_path, installed):
    """One test: with several, each worker of pytest would add one of its own."""
    author = Author(tmp_path, installed)
    follow(author)
    commands_said_what_the_page_tells(author)
    every_answer_is_judged_by_its_name(author)
    three_are_graded(author)
    pages_and_tables_are_written(author)
    gradescope_gets_the_checks_and_nothing_for_authors(author)
    an_assignment_without_checks_is_graded_beside_it(author)


@pytest.mark.deep
@pytest.mark.sandbox
def test_the_same_on_a_local_cluster(tmp_path, installed):
    pytest.importorskip("distributed")
    author = Author(tmp_path, installed)
    author.run(f"autograder new {NAME} && autograder release {NAME}")
    hand_in(author, NAME, {FIRST: "def bernoulli_entropy(logits):\n    return -logits"})
    shutil.rmtree(author.course / "submitted" / "blank")
    said = author.run(f"autograder grade {NAME} --cluster local --workers 1")
    assert re.search(r"right +│ 60 / 60", said) and re.search(r"wrong +│ +0 / 60", said), said
