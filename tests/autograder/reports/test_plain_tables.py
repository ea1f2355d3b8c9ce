"""Each column of the plain table, and nbgrader's table without who still waits, made in memory."""

import csv
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from autograder.course.roster import Person, Roster
from autograder.grading.result import GRADED, NO_SUBMISSION, Result
from autograder.reports import exports
from autograder.reports.points import Mark, Marks
from helpers.errors import CourseError

MARKS = {
    "ada": Marks("ada", "", {"test": Mark(4.0, 5.0), "why": Mark(1.5, 2.0, 0.25)}, {}, 0.5),
    "bob": Marks("bob", "", {"test": Mark(5.0, 5.0), "why": Mark(None, 2.0)}, {}),
    "cy": Marks("cy", "", {"test": Mark(0.0, 5.0), "why": Mark(None, 2.0, 1.0)}, {}),
}


@pytest.fixture
def course(monkeypatch):
    """Two assignments, of which four students have marks in both or nothing."""
    results = {name: Result(name, GRADED, 4.0, 5.0) for name in MARKS}
    results["dan"] = Result("dan", NO_SUBMISSION)
    roster = Roster()
    roster.people = {name: Person(name, name.title()) for name in ("ada", "bob", "eve")}
    book = SimpleNamespace(
        assignments=[SimpleNamespace(name="ps1"), SimpleNamespace(name="ps2")],
        students=[SimpleNamespace(id=name) for name in MARKS],
    )

    @contextmanager
    def gradebook():
        yield book

    def export(course, to, names, students=None, without=()):
        chosen = [s for s in students or MARKS if s not in without]
        rows = ["assignment,student\n", *(f"{name},{s}\n" for name in names for s in chosen)]
        to.write_text("".join(rows))
        return to

    def settled(course, book, names):
        made.settled += names

    def final(course, book, names, without=()):
        made.final.append((*names, *without))

    made = SimpleNamespace(
        root=None, gradebook=gradebook, students=lambda name: ["dan"], settled=[], final=[]
    )
    cells = [{"nbgrader": {"grade_id": name}} for name in ("text", "why", "test", None)]
    released = SimpleNamespace(cells=[SimpleNamespace(metadata=each) for each in cells])
    blueprint = SimpleNamespace(notebook="ps1", released=released)
    monkeypatch.setattr(exports, "gradable", lambda course, book: ["ps1", "ps2"])
    monkeypatch.setattr(exports, "class_marks", lambda book, name: MARKS)
    monkeypatch.setattr(exports, "late_students", lambda course, book, name: {"bob"})
    monkeypatch.setattr(exports, "results_of", lambda *_: SimpleNamespace(of=results.get))
    monkeypatch.setattr(exports, "settle", settled)
    monkeypatch.setattr(exports, "require_final", final)
    monkeypatch.setattr(exports, "export_for_nbgrader", export)
    monkeypatch.setattr(exports, "_require_known", lambda *_: None)
    monkeypatch.setattr(exports.Roster, "of", lambda course: roster)
    monkeypatch.setattr(exports.jobs, "blueprints", lambda course, name: [blueprint])
    return made


def rows(path):
    return [*csv.reader(path.open(newline="", encoding="utf-8"))]


def test_each_column_of_one_assignment(course, tmp_path):
    to = exports.export_csv(course, tmp_path / "x.csv", ["ps1"])
    parts = ("status", "late", "points", "maximum", "not marked yet")
    assert rows(to) == [
        ["student", "name", *(f"ps1 {part}" for part in parts), "why", "test"],
        ["ada", "Ada", "graded", "", "5.25", "7", "0", "1.75", "4"],
        ["bob", "Bob", "graded", "late", "5", "7", "1", "", "5"],
        # Extra credit counts before there is a mark.
        ["cy", "", "graded", "", "1", "7", "1", "1", "0"],
        ["dan", "", "no submission", "", "", "", "", "", ""],
        ["eve", "Eve", "no submission", "", "", "", "", "", ""],
    ]
    assert course.final == [("ps1",)]


def test_who_waits_has_no_sum_on_demand_and_who_is_left_out_no_points(course, tmp_path):
    to = exports.export_csv(course, tmp_path / "x.csv", ["ps1"], hold=True, without=["ada"])
    table = {row[0]: row[2:] for row in rows(to)}
    assert table["ada"] == ["graded", "", "", "", "", "", ""]
    assert table["bob"] == ["graded", "late", "", "7", "1", "", "5"]
    assert course.final == [("ps1", "ada")]


def test_several_assignments_have_no_columns_for_exercises(course, tmp_path):
    to = exports.export_csv(course, tmp_path / "x.csv")
    header, ada, *_ = rows(to)
    assert len(header) == 2 + 2 * 5 and header[7] == "ps2 status"
    assert ada[2:7] == ada[7:] == ["graded", "", "5.25", "7", "0"]
    assert course.final == [("ps1", "ps2")]


def test_nbgraders_table_without_who_waits(course, tmp_path):
    to = exports.export_nbgrader(course, tmp_path / "x.csv", hold=True)
    assert to == tmp_path / "x.csv"
    assert to.read_text() == "assignment,student\nps1,ada\nps2,ada\n"
    assert course.settled == ["ps1", "ps2"]
    to = exports.export_nbgrader(course, tmp_path / "y.csv", ["ps2"], without=["bob"])
    assert to.read_text() == "assignment,student\nps2,ada\nps2,cy\n"


def test_an_assignment_that_the_gradebook_does_not_have(course, tmp_path):
    with pytest.raises(CourseError, match="no assignment 'ps3'; choose one of: ps1, ps2"):
        exports.export_csv(course, tmp_path / "x.csv", ["ps3"])
    with course.gradebook() as book:
        book.assignments = []
    with pytest.raises(CourseError, match="has no assignments yet; run `autograder release` first"):
        exports.export_csv(course, tmp_path / "x.csv")
    with pytest.raises(CourseError, match="no assignment 'ps1'; choose one of: -"):
        exports.export_csv(course, tmp_path / "x.csv", ["ps1"])


@pytest.mark.parametrize(
    ("without", "unknown"),
    [((), None), (("ada",), None), (("zoe",), None), (("zoe", "x", "ada", "b"), "b, x")],
)
def test_who_is_left_out_has_to_be_known(monkeypatch, tmp_path, without, unknown):
    """On the roster, or with a folder of what was handed in."""
    monkeypatch.setattr(exports.Roster, "of", lambda course: SimpleNamespace(ids=["ada"]))
    (tmp_path / "submitted" / "zoe").mkdir(parents=True)
    course = SimpleNamespace(root=tmp_path)
    if unknown is None:
        exports._require_known(course, without)
    else:
        words = f"--without names {unknown}, who is not in this course"
        with pytest.raises(CourseError, match=words):
            exports._require_known(course, without)


@pytest.mark.parametrize("form", ["csv", "nbgrader", "canvas"])
def test_a_misspelt_name_and_a_missing_folder_stop_every_export(
    course, monkeypatch, tmp_path, form
):
    def refuse(course, without):
        raise CourseError(f"refused {sorted(without)}")

    monkeypatch.setattr(exports, "_require_known", refuse)
    write = getattr(exports, f"export_{form}")
    rest = ["ps1", tmp_path / "canvas.csv"] if form == "canvas" else [["ps1"]]
    with pytest.raises(CourseError, match="refused .'ad'"):
        write(course, tmp_path / "x.csv", *rest, without=["ad"])
    with pytest.raises(CourseError, match="There is no folder"):
        write(course, tmp_path / "no" / "x.csv", *rest)
    assert not (tmp_path / "x.csv").exists()


def test_all_options_reach_canvas_and_what_is_filled_in_is_written(course, monkeypatch, tmp_path):
    asked = []

    def fill_in(*given):
        asked.append(given)
        return SimpleNamespace(text="a,b\r\n")

    monkeypatch.setattr(exports.canvas, "fill_in", fill_in)
    template, to = tmp_path / "canvas.csv", tmp_path / "x.csv"
    filled = exports.export_canvas(course, to, "ps2", template, "Tiny", True, True, ["ada"])
    with course.gradebook() as book:
        assert asked == [(course, book, "ps2", template, "Tiny", True, True, ["ada"])]
    assert filled.text == "a,b\r\n" and to.read_bytes() == b"a,b\r\n"
    assert course.final == [("ps2", "ada")]
    with pytest.raises(CourseError, match="no assignment 'ps3'"):
        exports.export_canvas(course, to, "ps3", template)
    exports.export_canvas(course, to, "ps1", template)
    assert asked[-1][4:] == (None, False, False, ())


def test_what_cannot_be_graded_is_left_out_and_named(course, monkeypatch):
    monkeypatch.setattr(exports, "gradable", lambda course, book: ["ps2"])
    assert exports.left_out(course) == ["ps1"]
    monkeypatch.setattr(exports, "gradable", lambda course, book: ["ps1", "ps2"])
    assert exports.left_out(course) == []


def test_an_assignment_without_any_points_has_no_columns(course, monkeypatch, tmp_path):
    monkeypatch.setattr(exports, "class_marks", lambda book, name: {})
    to = exports.export_csv(course, tmp_path / "x.csv", ["ps1"])
    header, *table = rows(to)
    assert len(header) == 7 and [row[0] for row in table] == ["ada", "bob", "dan", "eve"]
    assert table[0][2:] == ["graded", "", "", "", ""]
