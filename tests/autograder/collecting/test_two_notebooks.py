"""Collecting an assignment with two notebooks, whatever the files are called."""

import json

import pytest

from autograder.collecting.collect import LEFT_OUT, REPLACED, TAKEN, UNREADABLE, collect
from autograder.course.course import Course, read_notebook
from autograder.grading.preparing.handed_in import find_notebook
from autograder.grading.preparing.which import whose
from helpers.errors import CourseError
from helpers.submit.command import check_and_pack
from tests.autograder.collecting.conftest import ROSTER, write_roster, zipped
from tests.two_notebooks import ONE, PS1, RIGHT, TWO, blank, book, two_notebooks


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return two_notebooks(tmp_path_factory.mktemp("made") / "course")


@pytest.fixture
def course(made, tmp_path):
    import shutil

    shutil.copytree(made.root, tmp_path / "course")
    write_roster(tmp_path / "course" / "roster.csv", ROSTER)
    return Course.at(tmp_path / "course")


@pytest.fixture
def work(course):
    """Bytes of a notebook with work: work(ONE, "first")."""
    there = course.root / "notebooks" / PS1
    return lambda name, says="work": raw(book(there, name, name=f"NAME = {says!r}"))


@pytest.fixture
def empty(course):
    return {name: raw(blank(course.root / "notebooks" / PS1, name)) for name in RIGHT}


def raw(notebook):
    return json.dumps(notebook).encode()


@pytest.fixture
def collected(course, tmp_path):
    """Collect a download; ({file: (status, remark)}, {path in submitted/ada/ps1: bytes})."""

    def run(files):
        rows = collect(course, PS1, zipped(files, tmp_path / "download.zip"))
        folder = course.submitted("ada", PS1).parent
        there = {path.name: path.read_bytes() for path in folder.glob("*") if path.is_file()}
        return {row.file: (row.status, row.remark) for row in rows if row.file}, there

    return run


NAMES = {
    "a folder": ("ada/problem1.ipynb", "ada/problem2.ipynb"),
    "a folder of the assignment": ("ada/ps1/problem1.ipynb", "ada/ps1/problem2.ipynb"),
    "Canvas": ("lovelaceada_101_501_problem1.ipynb", "lovelaceada_101_502_problem2-1.ipynb"),
    "Moodle": (
        "Ada Lovelace_77_assignsubmission_file/problem1.ipynb",
        "Ada Lovelace_77_assignsubmission_file/problem2.ipynb",
    ),
    "the exchange": (
        "ada+ps1+2026-10-01 12:00:00 UTC/problem1.ipynb",
        "ada+ps1+2026-10-01 12:00:00 UTC/problem2.ipynb",
    ),
    "flat": ("ada_problem1.ipynb", "ada_problem2.ipynb"),
    "flat, the other way": ("problem1-ada.ipynb", "problem2-ada (1).ipynb"),
    "copies": ("ada/problem1 (1).ipynb", "ada/Copy of problem2.ipynb"),
    "names that say nothing": ("ada/Untitled.ipynb", "ada/Untitled1.ipynb"),
    "swapped": ("ada/problem2.ipynb", "ada/problem1.ipynb"),
}


@pytest.mark.parametrize("names", NAMES.values(), ids=NAMES)
def test_both_are_taken_under_their_names(collected, work, names):
    rows, there = collected(dict(zip(names, (work(ONE), work(TWO)), strict=True)))
    assert [status for status, _ in rows.values()] == [TAKEN, TAKEN]
    assert (there["problem1.ipynb"], there["problem2.ipynb"]) == (work(ONE), work(TWO))
    assert {name for name in there if name.endswith(".ipynb")} == {
        "problem1.ipynb",
        "problem2.ipynb",
    }


def test_without_a_roster_flat_names_are_of_one_student(course, collected, work):
    (course.root / "roster.csv").unlink()
    _, there = collected({"ada_problem1.ipynb": work(ONE), "ada_problem2.ipynb": work(TWO)})
    assert set(there) == {"problem1.ipynb", "problem2.ipynb"}


def test_the_work_wins_over_the_blank_for_each(collected, work, empty):
    rows, there = collected({
        "ada/problem1.ipynb": empty[ONE],
        "ada/problem1-Copy1.ipynb": work(ONE),
        "ada/problem2.ipynb": work(TWO),
        "ada/problem2-Copy1.ipynb": empty[TWO],
    })  # fmt: skip
    assert (there["problem1.ipynb"], there["problem2.ipynb"]) == (work(ONE), work(TWO))
    assert rows["ada/problem1.ipynb"][0] == rows["ada/problem2-Copy1.ipynb"][0] == LEFT_OUT


def test_a_notebook_with_points_in_its_own_zip_and_a_data_file(collected, work):
    inner = zipped({"hw/problem1.ipynb": work(ONE), "hw/own.csv": b"1"})
    rows, there = collected({"ada/one.zip": inner, "ada/problem2.ipynb": work(TWO)})
    assert [status for status, _ in rows.values()] == [TAKEN, TAKEN]
    assert set(there) == {"problem1.ipynb", "problem2.ipynb", "own.csv"}


def exchange(day, name):
    return f"ada+ps1+2026-10-{day:02} 12:00:00 UTC/{name}.ipynb"


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("later", ["missing", "blank"])
def test_a_later_submission_without_work_in_one_keeps_the_earlier(
    collected, work, empty, together, later
):
    files = {exchange(1, ONE): work(ONE, "first"), exchange(1, TWO): work(TWO, "first")}
    again = {exchange(2, TWO): work(TWO, "second")}
    if later == "blank":
        again[exchange(2, ONE)] = empty[ONE]
    if not together:
        collected(files)
        rows, there = collected(again)
        assert rows == collected(again)[0] or "already" in str(collected(again)[0])
    else:
        rows, there = collected(files | again)
        assert rows[exchange(1, ONE)][0] == TAKEN and rows[exchange(1, TWO)][0] == REPLACED
    assert there["problem1.ipynb"] == work(ONE, "first")
    assert there["problem2.ipynb"] == work(TWO, "second")
    assert "problem1.ipynb is from an earlier submission" in str(rows)


def test_two_works_on_one_are_asked_about_and_nothing_is_lost(collected, course, work):
    rows, there = collected({
        "ada/problem1.ipynb": work(ONE, "a"),
        "ada/problem1 (1).ipynb": work(ONE, "b"),
        "ada/problem2.ipynb": work(TWO),
    })  # fmt: skip
    assert {status for status, _ in rows.values()} == {UNREADABLE}
    assert len(there) == 3
    released = {name: read_notebook(course.released(PS1, name)) for name in RIGHT}
    folder = course.submitted("ada", PS1).parent
    assert find_notebook(folder, TWO, released)[0].name == "problem2.ipynb"
    with pytest.raises(CourseError, match="ask which one counts"):
        find_notebook(folder, ONE, released)


def test_a_broken_one_is_taken_for_grading_to_report(collected, work):
    rows, there = collected({"ada/problem1.ipynb": work(ONE), "ada/problem2.ipynb": b"{ no"})
    assert there["problem2.ipynb"] == b"{ no"
    assert "'problem2.ipynb': it cannot be read" in str(rows)


def test_a_stray_notebook_is_kept_where_it_may_be_the_missing_one(collected, course, work):
    stray = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()
    rows, there = collected({"ada/problem1.ipynb": work(ONE), "ada/notes.ipynb": stray})
    assert set(there) == {"problem1.ipynb", "notes.ipynb"}
    assert "'notes.ipynb': it is none of the notebooks" in str(rows)
    released = {name: read_notebook(course.released(PS1, name)) for name in RIGHT}
    folder = course.submitted("ada", PS1).parent
    with pytest.raises(CourseError, match="no problem2.ipynb, and 'notes.ipynb', which may be"):
        find_notebook(folder, TWO, released)
    rows, there = collected({
        "ada/problem1.ipynb": work(ONE), "ada/problem2.ipynb": work(TWO), "ada/notes.ipynb": stray
    })  # fmt: skip
    assert rows["ada/notes.ipynb"][0] == LEFT_OUT and "notes.ipynb" not in there


@pytest.mark.parametrize("names", [["a.ipynb", "b.ipynb"], ["problem2.ipynb"]])
def test_what_is_not_in_submitted_or_unclear_there_is_not_carried_over(
    collected, course, work, names
):
    folder = course.submitted("ada", PS1).parent
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_bytes(work(TWO if name == "problem2.ipynb" else ONE, name))
    rows, there = collected({"ada/problem2.ipynb": work(TWO)})
    assert rows == {"ada/problem2.ipynb": (TAKEN, "")} and [*there] == ["problem2.ipynb"]


def test_what_the_cell_for_handing_in_packs_is_collected(
    collected, work, tmp_path, monkeypatch, capsys
):
    folder = tmp_path / "student"
    folder.mkdir()
    monkeypatch.chdir(folder)
    (folder / "problem1.ipynb").write_bytes(work(ONE))
    check_and_pack(PS1)
    said = capsys.readouterr().out
    assert "✗ problem2.ipynb is not in" in said and "MB: notebook)" in said
    (folder / "problem2.ipynb").write_bytes(work(TWO))
    check_and_pack(PS1)
    said = capsys.readouterr().out
    assert "✗" not in said and "2 notebooks" in said
    rows, there = collected({"ada/ps1.zip": (folder / "ps1.zip").read_bytes()})
    assert rows == {"ada/ps1.zip": (TAKEN, "")}
    assert (there["problem1.ipynb"], there["problem2.ipynb"]) == (work(ONE), work(TWO))
    (folder / "problem2 (1).ipynb").write_bytes(work(TWO, "other"))
    (folder / "problem2.ipynb").rename(folder / "mine.ipynb")
    with pytest.raises(CourseError, match="rename the one that counts to problem2.ipynb"):
        check_and_pack(PS1, notebook="problem1.ipynb")


def test_cells_decide_whose_a_file_is_and_names_where_they_do_not(course):
    released = {name: read_notebook(course.released(PS1, name)) for name in RIGHT}
    for name, notebook in released.items():
        assert whose(released, "problem1.ipynb", notebook) == name
        for cell in (bare := read_notebook(course.released(PS1, name))).cells:
            cell.metadata = {}
        assert whose(released, "x.ipynb", bare) == name
    assert whose(released, "Copy of Problem2-1.ipynb", None) == TWO
    assert whose({**released, "problem10": None}, "problem10.ipynb", None) == "problem10"
    assert whose(released, "notes.ipynb", None) is None
