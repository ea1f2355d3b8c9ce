"""An assignment with two notebooks: graded as nbgrader grades it, one grade from both."""

import json
import shutil
import zipfile

import nbformat
import pytest
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from autograder.cli import main
from autograder.course.course import Course, read_notebook
from autograder.grading.grade import Watcher, grade
from autograder.grading.recording.store import Store
from autograder.grading.result import GRADED, NO_SUBMISSION, UNREADABLE, results_of
from autograder.marking.command import mark
from autograder.notebooks import cells
from autograder.notebooks.fill_answers import fill
from autograder.releasing.prove import Proof
from autograder.releasing.release import release
from autograder.releasing.tidy import tidy
from autograder.reports.canvas_feedback import pack
from autograder.reports.class_report import report
from autograder.reports.exports import export_csv, export_nbgrader
from autograder.reports.feedback import feedback
from autograder.reports.gradescope import container
from autograder.reports.gradescope.build import write_zip
from autograder.reports.tables import what_happened
from helpers.errors import CourseError
from tests.nbgrader_command import nbgrader
from tests.tiny_course import RIGHT as RIGHT_TINY
from tests.tiny_course import TINY, tiny_course
from tests.two_notebooks import ONE, PS1, TWO, blank, book, hand_in, two_notebooks, write_source

pytestmark = pytest.mark.slow

WRONG = "def squares(n):\n    return 0"


class Counting(Watcher):
    """Counts the submissions that are run, by notebook."""

    def __init__(self):
        self.run = {}

    def begins(self, what, total, unchanged, workers):
        self.run[what] = total


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    return two_notebooks(tmp_path_factory.mktemp("released") / "course")


@pytest.fixture(scope="module")
def graded(tmp_path_factory, released):
    """(course, {student: Result}) of a class, graded once."""
    course = copied(released, tmp_path_factory.mktemp("graded") / "course")
    hand_in_the_class(course.root, course.root / "notebooks" / PS1)
    there = course.root / "notebooks" / PS1
    hand_in(course.root, "eve", problem1=book(there, ONE), problem2=b"{ broken")
    hand_in(course.root, "fay", Copy__of__problem1=book(there, ONE))
    hand_in(course.root, "fay", problem1=blank(there, ONE), problem2=book(there, ONE, why="?"))
    (course.root / "roster.csv").write_text("id,name\nada,Ada L.\nzoe,Zoë\n")
    return course, {result.student: result for result in grade(course, PS1)}


def hand_in_the_class(root, there):
    both = {ONE: book(there, ONE), TWO: book(there, TWO)}
    hand_in(root, "ada", **both)
    hand_in(root, "bob", **{**both, ONE: book(there, ONE, squares=WRONG)})
    hand_in(root, "cy", **{ONE: both[ONE]})
    hand_in(root, "dot", **{ONE: blank(there, ONE), TWO: book(there, TWO, squares=WRONG)})


def copied(course, to):
    shutil.copytree(course.root, to)
    return Course.at(to)


def cell_by_cell(database):
    """{(student, notebook, cell): (automatic points, maximum, whether a person has to look)}."""
    with Gradebook(f"sqlite:///{database}") as gradebook:
        return {
            (submission.student.id, page.name, each.cell.name): (
                each.auto_score,
                each.cell.max_score,
                each.needs_manual_grade,
            )
            for submission in gradebook.assignment_submissions(PS1)
            for page in submission.notebooks
            for each in page.grades
        }


@pytest.mark.deep
def test_points_are_those_of_nbgrader_cell_by_cell(graded, tmp_path):
    course, _ = graded
    (tmp_path / "nbgrader_config.py").write_text(
        "c = get_config()\nc.CourseDirectory.course_id = 'x'\n"
    )
    write_source(tmp_path / "source" / PS1)
    nbgrader(tmp_path, "generate_assignment", "--assignment", PS1)
    hand_in_the_class(tmp_path, tmp_path / "release" / PS1)
    nbgrader(tmp_path, "autograde", "--assignment", PS1)
    by_nbgrader = cell_by_cell(tmp_path / "gradebook.db")
    ours = cell_by_cell(course.root / "gradebook.db")
    assert len(by_nbgrader) == 4 * 5
    assert {key: ours[key] for key in by_nbgrader} == by_nbgrader
    assert by_nbgrader["cy", TWO, "test_squares"] == (0.0, 3.0, False)
    assert by_nbgrader["dot", TWO, "test_squares"] == (1.5, 3.0, False)


def test_one_result_is_the_sum_of_both(graded):
    _, results = graded
    scores = {name: (each.status, each.score, each.max_score) for name, each in results.items()}
    assert scores == {
        "ada": (GRADED, 11.0, 11.0),
        "bob": (GRADED, 9.0, 11.0),
        "cy": (GRADED, 3.0, 11.0),
        "dot": (GRADED, 6.5, 11.0),
        "eve": (UNREADABLE, 3.0, 11.0),
        # Both files hold work on problem1: a person decides which counts.
        "fay": (UNREADABLE, None, None),
        "zoe": (NO_SUBMISSION, None, None),
    }
    said = what_happened(results["cy"])
    assert "problem2.ipynb: it was not handed in, so none of its 8 points are earned." in said
    assert "problem2.ipynb" in what_happened(results["eve"])
    assert "problem1/squares" in what_happened(results["bob"])
    assert "Copy of problem1.ipynb" in results["fay"].problem


def test_a_second_run_runs_nothing_and_a_changed_notebook_runs_alone(graded, tmp_path):
    course = copied(graded[0], tmp_path / "course")
    course = Course.at(course.root, f"sqlite:///{course.root / 'gradebook.db'}")
    before, seen = dict(graded[1]), Counting()
    again = {result.student: result for result in grade(course, PS1, watcher=seen)}
    assert seen.run == {}
    del again["fay"], before["fay"]  # what is said of it has the path of the course
    assert again == before
    path = course.source(PS1, TWO)
    path.write_text(path.read_text().replace("largest == 7", "largest == 7.0"))
    release(course, PS1)
    assert grade(course, PS1, ["ada", "cy"], watcher=seen)[0].score == 11.0
    assert seen.run == {"ps1/problem2": 1}


def test_handing_in_the_missing_one_later_and_taking_one_away(graded, tmp_path):
    course = copied(graded[0], tmp_path / "course")
    hand_in(course.root, "cy", problem2=book(course.root / "notebooks" / PS1, TWO))
    course.submitted("ada", PS1, ONE).unlink()
    ada, cy = grade(course, PS1, ["ada", "cy"])
    assert (ada.score, cy.score) == (8.0, 11.0)
    there = cell_by_cell(course.root / "gradebook.db")
    assert there["ada", ONE, "test_squares"] == (0.0, 2.0, False)
    assert there["ada", ONE, "why"] == (0.0, 4.0, False)
    assert not course.autograded("ada", PS1, ONE).exists()
    assert course.autograded("ada", PS1, TWO).exists()
    assert course.autograded("cy", PS1, TWO).exists()


def test_each_notebook_has_its_page_with_the_whole(graded):
    course, _ = graded
    pages = feedback(course, PS1)
    of = {f"{page.parents[1].name}/{page.name}": page.read_text() for page in pages}
    assert sorted(of) == [
        *("ada/problem1.html", "ada/problem2.html", "bob/problem1.html", "bob/problem2.html"),
        *("cy/problem1.html", "dot/problem1.html", "dot/problem2.html", "eve/problem1.html"),
        *("eve/problem2.html", "fay/problem1.html"),
    ]
    assert "ps1/problem1: Ada L." in of["ada/problem1.html"]
    assert "largest" not in of["ada/problem1.html"] and "largest" in of["ada/problem2.html"]
    whole = "problem1: 3 of 7 points; problem2: not handed in, 0 of 8 points; together 3 of 15"
    assert whole in of["cy/problem1.html"]
    assert "Not graded" in of["eve/problem2.html"]
    # nbgrader's own command writes the same pages.
    page = course.feedback("bob", PS1, TWO)
    shutil.rmtree(course.root / "feedback")
    nbgrader(course.root, "generate_feedback", "--assignment", PS1)
    assert page.read_text() == of["bob/problem2.html"]


def test_pages_for_canvas_are_all_in_the_zip(graded, tmp_path):
    course = copied(graded[0], tmp_path / "course")
    receipt = {"late": False, "canvas": "ada_101_5001_ps1.zip", "user": "101"}
    path = course.results(PS1) / "collected" / "ada.json"
    path.parent.mkdir()
    path.write_text(json.dumps(receipt))
    packed = pack(course, PS1, feedback(course, PS1), tmp_path / "pages.zip")
    names = ["ada_101_5001_ps1-problem1.html", "ada_101_5001_ps1-problem2.html"]
    assert sorted(packed.pages) == names


def test_one_row_for_each_student_in_every_table(graded, tmp_path):
    course, _ = graded
    header, *rows = export_csv(course, tmp_path / "a.csv").read_text().splitlines()
    columns = ["problem1/test_squares", "problem1/test_total", "problem1/why"]
    columns += ["problem2/test_squares", "problem2/test_largest"]
    assert header.split(",")[-5:] == columns
    found = {row.split(",")[0]: row.split(",") for row in rows}
    assert found["ada"][2:] == ["graded", "", "11", "15", "1", "2", "1", "", "3", "5"]
    assert found["cy"][2:] == ["graded", "", "3", "15", "1", "2", "1", "", "0", "0"]
    assert found["eve"][2:5] == ["unreadable", "", "3"]
    table = export_nbgrader(course, tmp_path / "b.csv").read_text().splitlines()
    scores = {row.split(",")[3]: row.split(",")[-4:] for row in table[1:]}
    assert scores["bob"] == ["9.0", "0.0", "9.0", "15.0"] and len(scores) == len(table) - 1


def test_the_class_report_has_the_exercises_of_both(graded):
    page = report(graded[0], PS1)
    for name in ("problem1/squares", "problem1/total", "problem2/squares", "problem2/largest"):
        assert f"<code>{name}</code>" in page
    assert "out of 11" in page


def test_marks_by_hand_and_late_penalties_count_for_the_assignment(graded, tmp_path):
    course = copied(graded[0], tmp_path / "course")
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text() + "\nc.LateSubmissionPlugin.penalty_method = 'zero'\n")
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(PS1, duedate="2026-01-01")
        gradebook.find_grade("why", ONE, PS1, "ada").manual_score = 3.5
        gradebook.find_submission(PS1, "bob").timestamp = None
        for student, day in (("ada", 1), ("cy", 2)):
            path = course.submitted(student, PS1).parent / "timestamp.txt"
            path.write_text(f"2025-12-3{day} 00:00:00 UTC" if day == 1 else "2026-01-02 00:00 UTC")
        gradebook.db.commit()
    grade(course, PS1)
    header, *rows = export_csv(course, tmp_path / "a.csv").read_text().splitlines()
    found = {row.split(",")[0]: row.split(",")[2:7] for row in rows}
    assert found["ada"] == ["graded", "", "14.5", "15", "0"]
    assert found["cy"] == ["graded", "late", "0", "15", "1"]
    table = export_nbgrader(course, tmp_path / "b.csv").read_text().splitlines()
    scores = {row.split(",")[3]: row.split(",")[-4:] for row in table[1:]}
    assert scores["cy"] == ["3.0", "3.0", "0.0", "15.0"]


@pytest.mark.deep
def test_nbgrader_autograde_gives_the_same_results(graded, tmp_path):
    course, results = copied(graded[0], tmp_path / "course"), graded[1]
    for student in ("dot", "eve", "fay", "ada"):
        shutil.rmtree(course.root / "submitted" / student)
    for folder in ("autograded", ".autograder/ps1"):
        shutil.rmtree(course.root / folder)
    (course.root / "gradebook.db").unlink()
    release(course, PS1)
    nbgrader(course.root, "autograde", "--assignment", PS1)
    known = results_of(course, PS1)
    for student in ("bob", "cy"):
        assert known.of(student).score == results[student].score
    assert known.each("cy")[TWO].status == NO_SUBMISSION
    export_csv(course, tmp_path / "a.csv")


def test_a_notebook_without_points_is_no_part_of_the_assignment(released, tmp_path):
    course = copied(released, tmp_path / "course")
    path = course.source(PS1, ONE).with_name("about.ipynb")
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("hi")]), path)
    release(course, PS1)
    assert (course.root / "notebooks" / PS1 / "about.ipynb").is_file()
    assert list(results_of(course, PS1).each("ada")) == [ONE, TWO]


def test_the_proof_names_the_notebook(released, tmp_path):
    course = copied(released, tmp_path / "course")
    path = course.source(PS1, TWO)
    path.write_text(path.read_text().replace("largest == 7", "True"))
    with pytest.raises(CourseError, match="ps1/problem2 does not grade .*test_largest: the stub"):
        release(course, PS1, proof=True)


def test_results_of_each_notebook_are_apart(graded):
    course, _ = graded
    stores = [Store.of(course, PS1, name) for name in (ONE, TWO)]
    assert [store.status("ada")["score"] for store in stores] == [3.0, 8.0]


def test_gradescope_gets_the_tests_of_both(graded, tmp_path):
    course, root = graded[0], tmp_path / "autograder"
    with zipfile.ZipFile(write_zip(course, PS1, tmp_path / "x.zip")) as archive:
        archive.extractall(root / "source")
    there, submission = course.root / "notebooks" / PS1, root / "submission"
    submission.mkdir()
    nbformat.write(book(there, ONE, squares=WRONG), submission / "problem1 (1).ipynb")
    results = container.grade(PS1, root)
    tests = {test["number"]: (test["name"], test["score"]) for test in results["tests"]}
    assert tests == {
        "1.1": ("problem1: squares: problem1", 0.0),
        "1.2": ("problem1: total: problem1", 1.0),
        "2.1": ("problem2: squares", 0.0),
        "2.2": ("problem2: largest", 0.0),
    }
    assert "problem2.ipynb: it was not handed in" in results["output"]


def test_all_are_checked(tmp_path, monkeypatch, capsys):
    course, seen = two_notebooks(tmp_path), []
    monkeypatch.setattr(
        "autograder.releasing.prove.require",
        lambda _, blueprint: seen.append(blueprint.notebook) or Proof((), ()),
    )
    with pytest.raises(SystemExit) as exit_code:
        main(["check", PS1, "--course", str(course.root)])
    assert exit_code.value.code == 0 and seen == [ONE, TWO]
    assert "ps1: the solution gets every automatic point" in capsys.readouterr().out


@pytest.fixture
def split(tmp_path):
    """TINY in two notebooks, with the checks of both."""
    course = tiny_course(tmp_path / "course")
    path = course.source(TINY)
    notebook = read_notebook(path)
    second = [c for c in notebook.cells if "bce_loss" in c.id or c.id == "setup"]
    first = [c for c in notebook.cells if c.id == "setup" or c not in second]
    for name, own in (("first", first), ("second", second)):
        nbformat.write(NotebookNode({**notebook, "cells": own}), path.with_stem(name))
    path.unlink()
    (course.root / "gradebook.db").unlink()
    return course


def test_they_share_checks(split):
    assert tidy(split, TINY)[:2] == [
        "first.ipynb: 3 points by checks, 2 by hand",
        "second.ipynb: 5 points by checks, 0 by hand",
    ]
    release(split, TINY, proof=True)
    wrong = {"bce_loss": "def bce_loss(logits, targets):\n    return -logits.mean()"}
    for name in ("first", "second"):
        notebook = read_notebook(split.released(TINY, name))
        own = {n: s for n, s in (RIGHT_TINY | wrong).items() if n in cells.named(notebook)}
        hand_in(split.root, "ada", assignment=TINY, **{name: fill(notebook, own)})
    (ada,) = grade(split, TINY)
    assert (ada.score, ada.max_score) == (3.0, 8.0)
    assert [verdict.exercise for verdict in ada.verdicts] == [
        "first/double",
        "tiny.second/bce_loss",
    ]
    path = split.source(TINY, "second")
    notebook = read_notebook(path)
    moved = [cell for cell in notebook.cells if cell.id == "test_bce_loss"]
    notebook.cells.remove(moved[0])
    nbformat.write(notebook, path)
    other = split.source(TINY, "first")
    notebook = read_notebook(other)
    notebook.cells += moved
    nbformat.write(notebook, other)
    with pytest.raises(CourseError, match="defined in second.ipynb and judged in first.ipynb"):
        tidy(split, TINY)


def test_mark_sends_to_formgrader(released):
    with pytest.raises(CourseError, match="problem1.ipynb, problem2.ipynb, .* in formgrader"):
        mark(released, PS1, browser=False)
