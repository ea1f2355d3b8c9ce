"""Collecting again, later, and after a crash; what the command shows."""

import json
import os

import pytest

from autograder import cli
from autograder.collecting import collect as collecting
from autograder.collecting.collect import (
    LEFT_OUT,
    NOT_MATCHED,
    REPLACED,
    TAKEN,
    UNREADABLE,
    Collected,
    collect,
)
from autograder.collecting.receipts import Receipt
from autograder.course import walk
from autograder.course.course import read_notebook
from autograder.grading.recording.store import only_grader
from helpers.errors import CourseError
from tests.autograder.collecting.conftest import zipped
from tests.tiny_course import TINY

pytestmark = pytest.mark.usefixtures("roster")


def exchange(time):
    return f"ada+tiny+2026-10-0{time} 10:00:00 UTC/tiny.ipynb"


@pytest.fixture
def archive(tmp_path):
    return lambda files: zipped(files, tmp_path / "class.zip")


def kept(course):
    root = course.root / ".autograder" / TINY / "replaced"
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def test_doing_it_again_changes_nothing(collected, book, archive, course):
    path = archive({"ada.ipynb": book(), exchange(1).replace("ada", "emmy"): book()})
    first = collected(path)
    before = {p: p.stat().st_mtime_ns for p in (course.root / "submitted").rglob("*")}
    again = collected(path)
    assert again.by_file == first.by_file and again.there == first.there
    assert {p: p.stat().st_mtime_ns for p in (course.root / "submitted").rglob("*")} == before
    assert again.remarks["ada.ipynb"] == "it was there already"
    assert kept(course) == {}
    assert not list((course.root / ".autograder" / TINY).glob("collecting-*"))


def test_what_is_replaced_is_kept(collected, book, archive, course):
    collected(archive({"ada.ipynb": book("one")}))
    collected(archive({"ada.ipynb": book("two")}))
    done = collected(archive({"ada.ipynb": book("three")}))
    assert b"three" in done.there["ada/tiny/tiny.ipynb"]
    one, two = kept(course).values()
    assert b"one" in one and b"two" in two


def test_an_older_archive_does_not_replace_a_later_hand_in(collected, book, archive, course):
    collected(archive({exchange(5): book("later")}))
    done = collected(archive({exchange(4): book("earlier")}))
    assert done.by_file == {exchange(4): (REPLACED, "ada")}
    assert done.remarks[exchange(4)] == "submitted/ has a later one"
    assert b"later" in done.there["ada/tiny/tiny.ipynb"]
    assert (
        b"newest" in collected(archive({exchange(6): book("newest")})).there["ada/tiny/tiny.ipynb"]
    )


def test_another_one_of_the_same_time_replaces_what_is_there(collected, book, archive, course):
    collected(archive({exchange(5): book("first")}))
    done = collected(archive({exchange(5): book("second")}))
    assert done.by_file == {exchange(5): (TAKEN, "ada")} and len(kept(course)) > 0
    assert b"second" in done.there["ada/tiny/tiny.ipynb"]


def test_an_unreadable_one_replaces_nothing(collected, book, archive):
    collected(archive({exchange(1): book("good")}))
    done = collected(archive({exchange(2): b"{"}))
    assert done.by_file == {exchange(2): (UNREADABLE, "ada")}
    assert b"good" in done.there["ada/tiny/tiny.ipynb"]


def test_the_latest_that_can_be_read_counts(collected, book, archive):
    done = collected(archive({exchange(1): book("good"), exchange(2): b"{"}))
    assert done.by_file == {exchange(1): (TAKEN, "ada"), exchange(2): (UNREADABLE, "ada")}
    assert b"good" in done.there["ada/tiny/tiny.ipynb"]


@pytest.mark.parametrize("call", range(1, 5))
def test_killed_at_any_rename_it_is_finished_by_the_next_run(
    collected, book, archive, course, monkeypatch, call
):
    """Nothing is half there, nothing is lost: each text lies in submitted/ or is kept."""
    collected(archive({"ada.ipynb": book("old a"), "emmy.ipynb": book("old e")}))
    path = archive({"ada.ipynb": book("new a"), "emmy.ipynb": book("new e")})
    rename, calls = os.rename, []

    def killed(*arguments):
        calls.append(arguments)
        if len(calls) == call:
            raise KeyboardInterrupt
        rename(*arguments)

    monkeypatch.setattr(os, "rename", killed)
    with pytest.raises(KeyboardInterrupt):
        collect(course, TINY, path)
    monkeypatch.setattr(os, "rename", rename)
    done = collected(path)
    texts = [*done.there.values(), *kept(course).values()]
    for text in (b"old a", b"old e", b"new a", b"new e"):
        assert sum(text in each for each in texts) == 1
    assert b"new a" in done.there["ada/tiny/tiny.ipynb"]
    assert b"new e" in done.there["emmy/tiny/tiny.ipynb"]


@pytest.fixture
def blank(course):
    return json.dumps(read_notebook(course.released(TINY))).encode()


def there(course, **files):
    """Put files into submitted/ada/tiny; _ in a name is a dot."""
    folder = course.submitted("ada", TINY).parent
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_bytes(content)


@pytest.mark.parametrize(
    "holds, work",
    [
        (lambda book: {"tiny_ipynb": book("mine")}, True),
        (lambda book: {"a_ipynb": book("one"), "b_ipynb": book("two")}, True),  # which is unclear
        (lambda book: {"tiny_ipynb": b"{"}, True),  # nobody knows what it was
        (lambda book: {"notes_txt": b"x"}, False),
    ],
)
def test_a_blank_replaces_nothing_that_may_be_work(
    collected, book, blank, archive, course, holds, work
):
    there(course, **holds(book))
    before = {path.name for path in course.submitted("ada", TINY).parent.iterdir()}
    done = collected(archive({"ada.ipynb": blank}))
    assert done.by_file == {"ada.ipynb": (LEFT_OUT if work else TAKEN, "ada")}
    told = "it is as it was handed out, and submitted/ has one with answers"
    assert done.remarks["ada.ipynb"] == (told if work else "")
    names = {name.removeprefix("ada/tiny/") for name in done.there}
    assert names == (before if work else {"tiny.ipynb"})


@pytest.fixture
def crowded(course, monkeypatch):
    """ada's folder holds more files than are looked at."""
    entries = walk.entries

    def many(folder, *rest):
        if folder == course.submitted("ada", TINY).parent:
            raise walk.TooMany("more than 3 files")
        return entries(folder, *rest)

    monkeypatch.setattr(walk, "entries", many)


@pytest.mark.parametrize("later", [True, False])
def test_a_folder_with_more_files_than_are_looked_at_is_kept_before_work_replaces_it(
    collected, book, blank, archive, course, crowded, later
):
    there(course, tiny_ipynb=book("old"))
    done = collected(archive({"ada.ipynb": book("new") if later else blank}))
    assert done.by_file == {"ada.ipynb": (TAKEN if later else LEFT_OUT, "ada")}
    assert [b"old" in raw for raw in kept(course).values()] == [True] * later
    assert (b"new" in done.there["ada/tiny/tiny.ipynb"]) is later


def test_where_so_much_is_that_nobody_knows_whether_it_is_work_a_blank_replaces_nothing(
    collected, blank, archive, course, crowded
):
    there(course, notes_txt=b"x")
    assert collected(archive({"ada.ipynb": blank})).by_file == {"ada.ipynb": (LEFT_OUT, "ada")}


def test_every_row_in_its_order_and_remarks_once(collected, book, archive):
    """By status, then by student and file; who has handed in before is not without a hand-in."""
    collected(archive({"zoe.ipynb": book()}))
    files = {
        "lovelaceada_101_1_tiny.ipynb": book("one"),
        "lovelaceada_LATE_101_2_tiny-1.ipynb": book("two"),
        "lovelaceada_101_3_a.csv": b"1",
        "lovelaceada_101_4_timestamp.txt": b"1",
        "noetheremmy_102_5_tiny.ipynb": b"{",
        "stranger_999_6_tiny.ipynb": book(),
        "b.txt": b"",
    }
    done = collected(archive(files))
    assert [(row.status, row.student, row.file) for row in done.rows] == [
        (TAKEN, "ada", "lovelaceada_101_3_a.csv"),
        (TAKEN, "ada", "lovelaceada_LATE_101_2_tiny-1.ipynb"),
        (REPLACED, "ada", "lovelaceada_101_1_tiny.ipynb"),
        (NOT_MATCHED, None, "b.txt"),
        (NOT_MATCHED, None, "stranger_999_6_tiny.ipynb"),
        (UNREADABLE, "emmy", "noetheremmy_102_5_tiny.ipynb"),
        (LEFT_OUT, "ada", "lovelaceada_101_4_timestamp.txt"),
        ("no submission", "lee1", None),
        ("no submission", "lee2", None),
    ]
    remarks = {row.file: row.remark for row in done.rows if row.student == "ada"}
    assert remarks == {
        "lovelaceada_LATE_101_2_tiny-1.ipynb": (
            "'timestamp.txt' was left out: the system sets the time."
        ),
        "lovelaceada_101_3_a.csv": "",
        "lovelaceada_101_1_tiny.ipynb": "",
        "lovelaceada_101_4_timestamp.txt": "the system sets the time",
    }
    assert done.remarks["b.txt"] == "nobody on the roster has this name"
    assert Collected(TAKEN, "ada", None).remark == ""


def test_what_the_lms_said_is_kept_of_the_file_that_counts(collected, book, blank, archive, course):
    files = {
        "lovelaceada_101_1_a.csv": b"1",
        "lovelaceada_LATE_101_2_tiny.ipynb": book(),
        "noetheremmy_102_5_tiny.ipynb": b"{",
        "zoe.ipynb": book(),
    }
    collected(archive(files))
    assert Receipt.of(course, TINY, "ada") == Receipt(
        True, "lovelaceada_LATE_101_2_tiny.ipynb", "101"
    )
    assert Receipt.of(course, TINY, "emmy") == Receipt(False, "noetheremmy_102_5_tiny.ipynb", "102")
    # Of another system nothing is known, and of what was not taken nothing is changed.
    assert Receipt.of(course, TINY, "zoe") == Receipt.of(course, TINY, "lee1") == Receipt()
    collected(archive({"lovelaceada_101_3_tiny.ipynb": b"{"}))
    collected(archive({"lovelaceada_101_4_tiny.ipynb": blank}))
    assert Receipt.of(course, TINY, "ada").late


def test_what_no_notebook_was_taken_from_is_there_for_grading_to_report(
    collected, book, archive, course
):
    """The first that can be read at all, under its expected name; nothing if there is one."""
    large = b"{" + b" " * collecting.LARGEST_NOTEBOOK
    files = {"ada/a.ipynb": large, "ada/b.ipynb": b"{b", "ada/c.ipynb": b"{c", "ada/d.txt": b"d"}
    done = collected(archive(files))
    assert done.there == {"ada/tiny/tiny.ipynb": b"{b"}
    assert set(done.by_file.values()) == {(UNREADABLE, "ada")}
    done = collected(archive({"ada/e.ipynb": b"{e"}))
    assert done.there == {"ada/tiny/tiny.ipynb": b"{b"} and kept(course) == {}


def test_what_cannot_be_taken_of_a_submission_is_said(collected, book, archive):
    inner = zipped({"con": b"1", "a:b": b"2"})
    done = collected(archive({"ada/tiny.ipynb": book(), "ada/odd.zip": inner}))
    assert done.by_file["ada/odd.zip"] == (LEFT_OUT, "ada")
    assert done.remarks["ada/odd.zip"] == "nothing in it could be taken"


def test_without_a_roster_two_names_that_are_one_folder_on_some_disks_are_two(
    collected, book, archive, course
):
    (course.root / "roster.csv").unlink()
    done = collected(archive({"Ada/tiny.ipynb": book("A"), "ada/tiny.ipynb": book("a")}))
    assert done.by_file == {
        "Ada/tiny.ipynb": (TAKEN, "Ada"), "ada/tiny.ipynb": (NOT_MATCHED, None)
    }  # fmt: skip
    told = "on some disks its folder would be that of Ada; there is no roster: write roster.csv"
    assert done.remarks["ada/tiny.ipynb"].startswith(told)
    # Also where the other one came before.
    done = collected(archive({"ADA/tiny.ipynb": book("later")}))
    assert done.by_file == {"ADA/tiny.ipynb": (NOT_MATCHED, None)} and done.nothing == []


def test_a_full_disk_is_one_sentence(course, book, archive, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(collecting.os, "fsync", full)
    with pytest.raises(CourseError, match="No space left on device.*run this again"):
        collect(course, TINY, archive({"ada.ipynb": book()}))
    assert not (course.root / "submitted" / "ada").exists()


def test_not_while_somebody_grades(course, book, archive):
    path = archive({"ada.ipynb": book()})
    with only_grader(course), pytest.raises(CourseError, match="by another run"):
        collect(course, TINY, path)


def test_a_link_in_submitted_is_not_followed(course, book, archive, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (course.root / "submitted").mkdir()
    (course.root / "submitted" / "ada").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CourseError, match="is a link"):
        collect(course, TINY, archive({"ada.ipynb": book()}))
    assert not os.listdir(tmp_path / "elsewhere")


def test_the_command(course, book, archive, capsys):
    path = archive({"ada.ipynb": book(), "[red]x\x1b[31m.ipynb": book()})
    arguments = [TINY, str(path), "--course", str(course.root)]
    with pytest.raises(SystemExit) as leaving:
        cli.main(["collect", *arguments])
    said = capsys.readouterr().out
    assert not leaving.value.code
    assert "1 taken; 1 not matched. Nothing from: emmy, lee1, lee2, zoe." in said
    assert "\x1b[31m" not in said and "[red]x" in said
    with pytest.raises(SystemExit):
        cli.main(["collect", *arguments, "--json"])
    rows = json.loads(capsys.readouterr().out)
    assert rows[0] == {
        "status": "taken",
        "student": "ada",
        "file": "ada.ipynb",
        "remark": "it was there already",
    }
    assert rows[-1] == {"status": "no submission", "student": "zoe", "file": None, "remark": ""}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["tinny", "."], "There is no assignment 'tinny'"),
        ([TINY, "nowhere.zip"], "There is no nowhere.zip"),
        ([TINY, ".", "--roster", "nobody.csv"], "There is no roster nobody.csv"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(course, capsys, arguments, words):
    with pytest.raises(SystemExit) as leaving:
        cli.main(["collect", *arguments, "--course", str(course.root)])
    assert leaving.value.code == 2
    assert words in capsys.readouterr().err
    assert not (course.root / "submitted").exists()
