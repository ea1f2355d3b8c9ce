"""Collecting again, later, and after a crash; what the command shows."""

import json
import os

import pytest

from autograder import cli
from autograder.collecting import collect as collecting
from autograder.collecting.collect import REPLACED, TAKEN, UNREADABLE, collect
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
