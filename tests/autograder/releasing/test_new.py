"""`autograder new`, and assignments that are not whole."""

import re

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell

from autograder import cli
from autograder.checks import find
from autograder.course.course import Course, read_notebook
from autograder.releasing.new import TEMPLATE, new
from autograder.releasing.release import release
from autograder.releasing.tidy import tidy
from helpers.errors import CourseError
from tests.docs.author import changed

NAME = "flows"


@pytest.fixture
def made(tmp_path):
    """A course directory with one new assignment."""
    new(tmp_path / "course", NAME)
    return Course.at(tmp_path / "course")


def files(root):
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def test_it_is_in_order_and_can_be_released(made):
    before = files(made.root)
    (sentence,) = tidy(made, NAME)
    assert "60 points by checks, 40 by hand" in sentence
    assert files(made.root) == before
    release(made, NAME)
    text = made.released(NAME).read_text("utf-8")
    for word in ("BEGIN SOLUTION", "HIDDEN", "MARK SCHEME", "judge(", "logsigmoid"):
        assert word not in text
    assert "raise NotImplementedError()" in text and "Your answer here" in text


def test_its_name_is_everywhere_and_the_placeholder_nowhere(made):
    for name, content in files(made.root / "solutions").items():
        assert b"NAME" not in content and "NAME" not in name
    (exercise,) = find.of_assignment(made.root, NAME).exercises
    assert exercise.id == f"{NAME}.bernoulli_entropy" and len(exercise.misconceptions) >= 3


def test_a_course_that_is_there_keeps_its_configuration_and_its_assignments(made):
    config = made.root / "nbgrader_config.py"
    config.write_text(config.read_text() + "# mine\n")
    before = files(made.root)
    (sentence,) = new(made.root, "a_second-1")
    assert "no course directory" not in sentence
    written = changed(before, files(made.root))
    assert written and all(name.startswith("solutions/a_second-1/") for name in written)
    assert find.names(made.root) == ["a_second-1", NAME]


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "../a", "a.b", "a b", 'a"b', "-a", "é", "a\n", "a\0", "a" * 65]
)
def test_a_name_that_cannot_be_used_is_refused_and_nothing_is_written(tmp_path, name):
    with pytest.raises(CourseError, match="cannot be the name of an assignment"):
        new(tmp_path / "course", name)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(made):
    before = files(made.root)
    with pytest.raises(CourseError, match="already exists; choose another name"):
        new(made.root, NAME)
    (made.root / "solutions" / "mine").write_text("a file")
    with pytest.raises(CourseError, match="already exists"):
        new(made.root, "mine")
    assert changed(before, files(made.root)) == {"solutions/mine"}


def test_a_folder_of_a_course_does_not_become_a_course(made):
    for stage in ("solutions", "notebooks", f"solutions/{NAME}"):
        with pytest.raises(CourseError, match="is part of the course directory"):
            new(made.root / stage, "other")
    assert find.names(made.root) == [NAME]


def test_where_nothing_can_be_written_it_is_one_sentence(tmp_path, capsys):
    (tmp_path / "course").write_text("a file")
    with pytest.raises(SystemExit) as leaving:
        cli.main(["new", NAME, "--course", str(tmp_path / "course")])
    assert leaving.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "cannot be written" in line


def test_the_template_is_what_tidy_leaves(made):
    """It is committed in order, as solutions are."""
    text = (TEMPLATE / "NAME.ipynb").read_text("utf-8").replace("NAME", NAME)
    tidy(made, NAME)
    assert made.source(NAME).read_text("utf-8") == text


# Assignments that are not whole.


def test_two_headings_with_one_number_are_named(made):
    path = made.source(NAME)
    notebook = read_notebook(path)
    notebook.cells.append(new_markdown_cell("### Exercise 1.2 and 1.1: both once more\n\ntext"))
    nbformat.write(notebook, path)
    _, sentence = tidy(made, NAME)
    assert "have the number 1.1" in sentence and "1.2" not in sentence.split(":")[0]
    assert "'Exercise 1.1: the entropy of a yes or no'" in sentence
    assert "'Exercise 1.2 and 1.1: both once more'" in sentence


def test_a_folder_without_a_notebook_is_told_from_a_name_that_nothing_has(made):
    (made.root / "solutions" / "empty" / "checks").mkdir(parents=True)
    for ask in (made.source, lambda name: find.of_assignment(made.root, name)):
        with pytest.raises(CourseError, match="solutions/empty has no notebook empty.ipynb; save"):
            ask("empty")
        with pytest.raises(CourseError, match="no assignment 'other' .*; choose one of: flows"):
            ask("other")
        for odd in ("", ".", "..", f"{NAME}/checks"):
            with pytest.raises(CourseError, match="There is no assignment"):
                ask(odd)


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("uncertainty.py", "import torch\n\n1 / 0\n", r"ZeroDivisionError.*uncertainty.py, line 3"),
        ("uncertainty.py", "def f(:\n", r"SyntaxError.*uncertainty.py, line 1"),
        ("__init__.py", "from . import gone\n", r"ImportError.*__init__.py, line 1"),
        ("__init__.py", "", "defines no CHECKS"),
    ],
)
def test_checks_that_do_not_import_are_one_sentence(made, capsys, file, text, words):
    (made.source(NAME).parent / "checks" / file).write_text(text)
    before = files(made.root)
    for command in (["tidy", NAME], ["judge", "--list"]):
        with pytest.raises(SystemExit) as leaving:
            cli.main([*command, "--course", str(made.root)])
        assert leaving.value.code == 2
        said = capsys.readouterr().err
        assert len(said.splitlines()) == 1
        assert re.search(words, said), said
    assert changed(before, files(made.root)) == set()


def test_another_prefix_is_refused(made):
    path = made.source(NAME).parent / "checks" / "__init__.py"
    path.write_text(path.read_text().replace(f'prefix="{NAME}"', 'prefix="flow"'))
    with pytest.raises(CourseError, match="'flows.bernoulli_entropy' should begin with 'flow.'"):
        tidy(made, NAME)


@pytest.mark.slow
def test_generating_with_nbgrader_itself_releases_no_checks(made):
    """As formgrader's Generate button does."""
    result = made.api().generate_assignment(NAME)
    assert result["success"], result["log"]
    released = made.released(NAME).parent
    assert [path.name for path in released.rglob("*")] == [f"{NAME}.ipynb"]
