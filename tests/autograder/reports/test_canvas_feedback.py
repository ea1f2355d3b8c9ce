"""Pages of feedback in a zip for Canvas, each by the name under which the work was handed in."""

import re
import zipfile
from types import SimpleNamespace

import pytest

from autograder.course.course import Course
from autograder.reports import canvas_feedback
from autograder.reports.canvas_feedback import NOT_FROM_CANVAS, pack
from helpers.errors import CourseError

HANDED_IN = {
    "ada": ("lovelaceada_101_9001_tiny.ipynb", "101"),
    "emmy": ("team1_103_9003_tiny.ipynb", "103"),
    "zoe": ("team1_103_9003_tiny.ipynb", "103"),
    "lee": (None, None),
}


@pytest.fixture
def course(tmp_path, monkeypatch):
    def of(course, assignment, student):
        canvas, user = HANDED_IN[student]
        return SimpleNamespace(canvas=canvas, user=user)

    monkeypatch.setattr(canvas_feedback, "Receipt", SimpleNamespace(of=of))
    rows = ["id,name,canvas_id", "ada,Ada,101", "emmy,Emmy,102", "zoe,Zoë,103", "lee,Lee,"]
    (tmp_path / "roster.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "nbgrader_config.py").touch()
    return Course.at(tmp_path)


def pages(course, *students, names=("tiny",)):
    made = []
    for student in students:
        for name in names:
            made.append(course.root / "feedback" / student / "tiny" / f"{name}.html")
            made[-1].parent.mkdir(parents=True, exist_ok=True)
            made[-1].write_text(f"{name} of {student}")
    return made


def packed(course, *students, **options):
    target = course.root / "feedback.zip"
    told = pack(course, "tiny", pages(course, *students, **options), target)
    with zipfile.ZipFile(target) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}, told.notes


def test_a_page_has_the_name_of_what_was_handed_in(course):
    found, notes = packed(course, "ada", "lee")
    assert found == {"lovelaceada_101_9001_tiny.html": "tiny of ada"}
    assert notes == [("lee", "here", NOT_FROM_CANVAS)]


def test_a_group_has_the_page_of_whom_canvas_names(course):
    found, notes = packed(course, "emmy", "zoe")
    assert found == {"team1_103_9003_tiny.html": "tiny of zoe"}
    assert notes == [("emmy", "here", "is in a group: Canvas shows them the page of zoe")]
    assert packed(course, "emmy")[0] == {"team1_103_9003_tiny.html": "tiny of emmy"}


@pytest.mark.parametrize("tail", ["caf\udce9", "\ud83d", "new\nline", "\0", "a\0b", "x\x7f"])
def test_a_name_that_cannot_be_written_costs_nobody_else(course, monkeypatch, tail):
    """Canvas reads the two numbers."""
    monkeypatch.setitem(HANDED_IN, "lee", (f"leejo_104_9004_{tail}.ipynb", "104"))
    found, notes = packed(course, "ada", "emmy", "lee")
    assert len(found) == 3 and notes == []
    assert found.pop("lovelaceada_101_9001_tiny.html") == "tiny of ada"
    assert found.pop("team1_103_9003_tiny.html") == "tiny of emmy"
    ((name, page),) = found.items()
    assert re.fullmatch("leejo_104_9004_[a-z-]+\\.html", name) and page == "tiny of lee"


def test_of_several_notebooks_each_has_a_page(course):
    found, _ = packed(course, "ada", names=("tiny", "more"))
    assert set(found) == {f"lovelaceada_101_9001_tiny{part}.html" for part in ("", "-more")}


def test_what_cannot_be_packed_is_said(course, tmp_path):
    for target, words in (
        (tmp_path / "pages.txt", "is not a name for a zip file"),
        (tmp_path / "nowhere" / "pages.zip", "There is no folder"),
        (tmp_path / "pages.zip", "No submission of tiny was collected from Canvas's zip"),
    ):
        with pytest.raises(CourseError, match=words):
            pack(course, "tiny", pages(course, "lee"), target)
        assert not target.exists()


def test_a_folder_or_another_ending_is_no_zip(course, tmp_path):
    (tmp_path / "folder.zip").mkdir()
    for name in ("folder.zip", "x.ZIP", "zip"):
        with pytest.raises(CourseError, match=f"{name} is not a name for a zip file; end it in"):
            pack(course, "tiny", pages(course, "ada"), tmp_path / name)
    with pytest.raises(CourseError, match=f"There is no folder {tmp_path / 'no'}; make it, or"):
        pack(course, "tiny", pages(course, "ada"), tmp_path / "no" / "x.zip")
    words = "run `autograder collect tiny submissions.zip` with it, which changes nothing else"
    with pytest.raises(CourseError, match=words):
        pack(course, "tiny", [], tmp_path / "x.zip")


def test_where_canvas_names_nobody_of_a_group_the_first_has_the_page(course, monkeypatch):
    for student in ("emmy", "zoe"):
        monkeypatch.setitem(HANDED_IN, student, ("team1_999_9003_tiny.ipynb", "999"))
    found, notes = packed(course, "emmy", "zoe", names=("tiny", "more"))
    assert found == {
        "team1_999_9003_tiny.html": "tiny of emmy",
        "team1_999_9003_tiny-more.html": "more of emmy",
    }
    assert [who for who, *_ in notes] == ["zoe"]
    monkeypatch.setitem(HANDED_IN, "ada", ("lovelace_1_2_x.ipynb", None))
    target = course.root / "x.zip"
    told = pack(course, "tiny", pages(course, "ada", "emmy"), target)
    assert [*told.pages] == ["lovelace_1_2_x.html", "team1_999_9003_tiny.html"]
    with zipfile.ZipFile(target) as archive:
        assert {each.compress_type for each in archive.infolist()} == {zipfile.ZIP_DEFLATED}


def test_a_student_who_is_not_on_the_roster_is_nobody_in_canvas(course):
    roster = canvas_feedback.Roster.of(course)
    assert canvas_feedback._is_user(roster, "ada", "101")
    assert canvas_feedback._is_user(roster, "ada", " 0101.0")
    for student, user in (("ada", "102"), ("ada", None), ("gone", "101"), ("lee", "")):
        assert not canvas_feedback._is_user(roster, student, user)
