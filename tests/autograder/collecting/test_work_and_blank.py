"""The work wins over the blank, two works are asked about, and every file has its row."""

import json

import pytest

from autograder.collecting.collect import LEFT_OUT, REPLACED, TAKEN, UNREADABLE
from autograder.course.course import read_notebook
from autograder.grading.preparing.handed_in import find_notebook
from helpers.errors import CourseError
from tests.autograder.collecting.conftest import zipped
from tests.tiny_course import TINY

pytestmark = pytest.mark.usefixtures("roster")


@pytest.fixture
def blank(course):
    return json.dumps(read_notebook(course.released(TINY)), indent=2).encode()


COPIES = [
    "Copy of tiny.ipynb",
    "tiny-Copy1.ipynb",
    "tiny (1).ipynb",
    "tiny_1.ipynb",
    "tiny-1.ipynb",
    "tiny.ipynb.json",
    "tiny.ipynb.txt",
    "my homework.ipynb",
]


@pytest.mark.parametrize("name", COPIES)
@pytest.mark.parametrize("worked_is_copy", [True, False])
@pytest.mark.parametrize("first", [9001, 9009])
def test_an_untouched_one_never_replaces_work(
    collected, book, blank, tmp_path, name, worked_is_copy, first
):
    """Whatever the names are, and whichever was uploaded first."""
    one, two = (blank, book("work")) if worked_is_copy else (book("work"), blank)
    names = (f"lovelaceada_101_{first}_tiny.ipynb", f"lovelaceada_101_9005_{name}")
    path = zipped(dict(zip(names, (one, two), strict=True)), tmp_path / "submissions.zip")
    done = collected(path)
    statuses = [(TAKEN, "ada"), (LEFT_OUT, "ada")]
    assert [done.by_file[each] for each in names] == statuses[:: -1 if worked_is_copy else 1]
    assert list(done.there) == ["ada/tiny/tiny.ipynb"]
    assert b"work" in done.there["ada/tiny/tiny.ipynb"]
    assert done.remarks[names[not worked_is_copy]] == "it is as it was handed out"


@pytest.mark.parametrize("name", [name for name in COPIES if name != "tiny-1.ipynb"])
def test_two_that_were_worked_on_are_asked_about(collected, book, course, tmp_path, name):
    files = {
        "lovelaceada_101_9001_tiny.ipynb": book("one"),
        f"lovelaceada_101_9002_{name}": book("two"),
    }
    done = collected(zipped(files, tmp_path / "submissions.zip"))
    assert set(done.by_file.values()) == {(UNREADABLE, "ada")} and set(done.by_file) == set(files)
    assert all("ask which one counts" in remark for remark in done.remarks.values())
    # Nor does grading guess.
    assert len(done.there) == 2
    with pytest.raises(CourseError, match="ask which one counts"):
        folder = course.submitted("ada", TINY).parent
        find_notebook(folder, TINY, {TINY: read_notebook(course.released(TINY))})


def test_two_with_the_same_answers_are_one(collected, book, tmp_path):
    work = json.loads(book("work"))
    again = json.dumps(work | {"metadata": {"colab": {}}}).encode()
    files = {"ada/tiny.ipynb": json.dumps(work).encode(), "ada/Copy of tiny.ipynb": again}
    done = collected(zipped(files, tmp_path / "submissions.zip"))
    assert done.by_file == {
        "ada/tiny.ipynb": (TAKEN, "ada"), "ada/Copy of tiny.ipynb": (LEFT_OUT, "ada")
    }  # fmt: skip


def test_within_a_zip_as_well(collected, book, blank, tmp_path):
    inner = zipped({"hw/tiny.ipynb": blank, "hw/tiny-Copy1.ipynb": book("work")})
    done = collected(zipped({"ada/hw.zip": inner}, tmp_path / "submissions.zip"))
    assert done.by_file == {
        "ada/hw.zip": (TAKEN, "ada"), "ada/hw.zip/hw/tiny.ipynb": (LEFT_OUT, "ada")
    }  # fmt: skip
    assert b"work" in done.there["ada/tiny/tiny.ipynb"]


def test_two_in_a_zip_are_asked_about(collected, book, tmp_path):
    inner = zipped({"hw/tiny.ipynb": book("one"), "hw/tiny-Copy1.ipynb": book("two")})
    done = collected(zipped({"ada/hw.zip": inner}, tmp_path / "submissions.zip"))
    assert done.by_file == {"ada/hw.zip": (UNREADABLE, "ada")}
    assert set(done.there) == {"ada/tiny/tiny.ipynb", "ada/tiny/tiny-Copy1.ipynb"}


def exchange(day):
    return f"ada+tiny+2026-10-{day:02} 12:00:00 UTC/tiny.ipynb"


@pytest.mark.parametrize("together", [True, False])
def test_a_blank_handed_in_later_replaces_nothing(collected, book, blank, tmp_path, together):
    files = {exchange(1): book("work"), exchange(2): blank}
    path = tmp_path / "submissions.zip"
    for each in [files] if together else [{name: files[name]} for name in files]:
        done = collected(zipped(each, path))
    assert done.by_file[exchange(2)] == (LEFT_OUT, "ada")
    assert "as it was handed out" in done.remarks[exchange(2)]
    assert b"work" in done.there["ada/tiny/tiny.ipynb"]


def test_nothing_but_a_blank_is_taken(collected, blank, tmp_path):
    path = zipped({exchange(1): blank, exchange(2): blank}, tmp_path / "submissions.zip")
    done = collected(path)
    assert done.by_file[exchange(2)] == (TAKEN, "ada")


def test_work_replaces_a_blank_that_is_there(collected, book, blank, tmp_path):
    collected(zipped({exchange(2): blank}, tmp_path / "submissions.zip"))
    done = collected(zipped({exchange(3): book("work")}, tmp_path / "submissions.zip"))
    assert b"work" in done.there["ada/tiny/tiny.ipynb"]


def test_what_canvas_numbers_is_handed_in_again(collected, book, tmp_path):
    files = {
        "lovelaceada_101_9001_tiny.ipynb": book("one"),
        "lovelaceada_101_9002_tiny-1.ipynb": book("two"),
    }
    done = collected(zipped(files, tmp_path / "submissions.zip"))
    assert [status for status, _ in done.by_file.values()].count(REPLACED) == 1
    assert b"two" in done.there["ada/tiny/tiny.ipynb"]


@pytest.mark.parametrize("name", ["ada.ipynb.json", "ada.ipynb.txt", "ada.json", "ada.txt"])
def test_other_endings(collected, book, tmp_path, name):
    done = collected(zipped({name: book("work")}, tmp_path / "submissions.zip"))
    assert done.by_file == {name: (TAKEN, "ada")}
    assert b"work" in done.there["ada/tiny/tiny.ipynb"]


def test_other_files_of_these_types_are_no_notebooks(collected, book, tmp_path):
    files = {"ada/tiny.ipynb": book("work"), "ada/notes.txt": b"x", "ada/models/g.json": b"{}"}
    done = collected(zipped(files, tmp_path / "submissions.zip"))
    assert set(done.by_file.values()) == {(TAKEN, "ada")} and len(done.there) == 3


def test_a_notebook_of_something_else_is_no_question(collected, book, tmp_path):
    scratch = json.dumps({"cells": [{"cell_type": "code", "source": "1"}], "nbformat": 4}).encode()
    files = {"ada/tiny.ipynb": book("work"), "ada/scratch.ipynb": scratch}
    done = collected(zipped(files, tmp_path / "submissions.zip"))
    assert done.by_file["ada/scratch.ipynb"] == (LEFT_OUT, "ada")
    assert done.by_file["ada/tiny.ipynb"] == (TAKEN, "ada")


# In submitted/, however it came there.


@pytest.fixture
def found(course):
    released = read_notebook(course.released(TINY))

    def find(**files):
        folder = course.submitted("ada", TINY).parent
        folder.mkdir(parents=True)
        for name, content in files.items():
            (folder / name.replace("__", " ").replace("_", ".")).write_bytes(content)
        path, remark = find_notebook(folder, TINY, {TINY: released})
        return path.name, remark

    return find


def test_grading_takes_the_work(found, book, blank):
    name, remark = found(tiny_ipynb=blank, Copy__of__tiny_ipynb=book("work"))
    assert name == "Copy of tiny.ipynb" and "'tiny.ipynb' was left out" in remark


def test_grading_ignores_what_is_no_notebook_of_it(found, book):
    name, remark = found(tiny_ipynb=book("work"), Untitled_ipynb=b"{}")
    assert name == "tiny.ipynb" and "'Untitled.ipynb' was left out: it cannot be read" in remark


def test_grading_reads_other_endings(found, book):
    assert found(tiny_json=book("work"), notes_txt=b"x")[0] == "tiny.json"
