"""The page about a class, and the numbers on it."""

import re
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder.grading.recording.store import Store
from autograder.grading.result import GRADED, NO_SUBMISSION, UNREADABLE, Result
from autograder.judging import Status, Verdict
from autograder.reports import charts, class_report
from autograder.reports.class_report import (
    _distribution,
    _exercises,
    _results,
    _slowest,
    _troubles,
    misunderstandings,
    write_report,
)
from autograder.reports.points import Mark, Marks
from autograder.reports.statistics import difficulties, discrimination, histogram
from helpers.errors import CourseError
from tests.autograder.reports.test_feedback import read
from tests.tiny_course import TINY


def test_histogram_and_discrimination():
    assert histogram([0.0, 0.05, 0.5, 0.999, 1.0], bins=10) == [2, 0, 0, 0, 0, 1, 0, 0, 0, 2]
    right = [0.0, 0.0, 1.0, 1.0, 1.0]
    assert discrimination(right, [own + 10 * own for own in right]) == pytest.approx(1.0)
    assert discrimination(right, [own + 10 * (1 - own) for own in right]) == pytest.approx(-1.0)
    # Its own points must not count: alone, every exercise agrees with itself.
    assert discrimination(right, right) is None
    assert discrimination([1.0] * 5, [1.0, 2.0, 3.0, 4.0, 5.0]) is None
    assert discrimination([0.0, 1.0], [0.0, 5.0]) is None


def test_difficulty_counts_everybody_graded():
    points = {"a": {"x": 2.0, "y": 1.0}, "b": {"x": 0.0, "y": 1.0}}
    states = {"a": {"x": "right", "y": "right"}, "b": {"x": "wrong", "y": "right"}}
    x, y = difficulties(["x", "y"], {"x": 2.0, "y": 1.0}, points, states)
    assert (x.success, y.success) == (0.5, 1.0)
    assert x.states == {"right": 1, "wrong": 1} and x.students == 2


def test_misunderstandings_come_with_their_students(graded):
    results = [graded("ada", wrong=["bce_loss"]), graded("bob"), graded("cy", wrong=["bce_loss"])]
    (found,) = misunderstandings(results)
    assert found.students == ("ada", "cy") and found.name == "the half missing"
    assert found.sentence == "Half of it is <b>gone</b>."


def test_the_page_accounts_for_everybody(course, graded):
    hostile = "<script>alert(1)<&'"
    graded("ada", wrong=["bce_loss"])
    graded(hostile, wrong=["bce_loss"])
    graded.unreadable("bob")
    (course.root / "roster.csv").write_text("id\nada\nabsent-one\n")
    result = graded("cy")
    late = Verdict("gan.<b>x</b>", Status.TIMED_OUT, "no answer & <i>more</i>")
    row = {**result.as_row(), "verdicts": [late.as_row()], "stopped": "in <u>a</u> cell"}
    Store.of(course, TINY).save_status("cy", row)
    path = write_report(course, TINY)
    assert path == course.root / "reports" / "tiny.html"
    page = read(path)
    for said in (
        "3 graded",
        "1 no submission",
        "1 unreadable",
        "absent-one",
        hostile,
        "the half missing",
        "in <u>a</u> cell",
        "no answer & <i>more</i>",
        "is not a notebook.",
        "out of 8: mean",
    ):
        assert said in page.said, said
    assert "svg" in page.tags


def test_where_the_page_goes(course, graded, tmp_path):
    with pytest.raises(CourseError, match="Nobody has been graded for tiny yet"):
        write_report(course, TINY)
    assert not (course.root / "reports").exists()
    graded("ada")
    assert write_report(course, TINY, tmp_path / "x.html").is_file()
    with pytest.raises(CourseError, match="There is no folder"):
        write_report(course, TINY, tmp_path / "no" / "x.html")
    with pytest.raises(CourseError, match="is a folder"):
        write_report(course, TINY, tmp_path)


def test_a_chart_escapes_its_words():
    made = charts.bars([1, 0], ["<b>", "&"], "<script>", "axis")
    assert "<script>" not in made and "&lt;b&gt;" in made


def result(student, **options):
    return Result(student, GRADED, 1.0, 2.0, **options)


def test_what_a_teacher_should_look_at():
    late = Verdict("a.x", Status.TIMED_OUT, "slow")
    failed = Verdict("a.y", Status.COULD_NOT_BE_JUDGED, "broken")
    right = Verdict("a.z", Status.RIGHT, "right")
    made = result("ada", verdicts=(late, failed, right), stopped="at x")
    assert [*_troubles(made)] == [
        "stopped at x",
        "x: timed out: slow",
        "y: could not be judged: broken",
    ]
    assert [*_troubles(Result("a", UNREADABLE, problem="p"))] == ["unreadable: p"]
    assert [*_troubles(Result("a", "given up"))] == ["given up"]
    assert [*_troubles(Result("a", NO_SUBMISSION))] == [] == [*_troubles(result("a"))]


def test_the_slowest_come_first_and_are_twelve():
    many = [result(f"s{n}", slowest=(f"cell{n}", float(n))) for n in range(14)]
    rows = _slowest([result("none"), *many])
    assert rows == [(float(n), f"cell{n}", f"s{n}") for n in range(13, 1, -1)]


def test_misunderstandings_are_sorted_by_how_many_share_them():
    def wrong(exercise, *names):
        return Verdict.named(exercise, Status.WRONG, *((name, f"Why {name}.") for name in names))

    found = misunderstandings(
        [
            result("a", verdicts=(wrong("x.f", "halved", "negated"), wrong("x.g", "halved"))),
            result("b", verdicts=(wrong("x.f", "negated"),)),
            result("c", verdicts=(wrong("x.a", "zeros"),)),
        ]
    )
    assert [(each.exercise, each.name, each.students) for each in found] == [
        ("f", "negated", ("a", "b")),
        ("a", "zeros", ("c",)),
        ("f", "halved", ("a",)),
        ("g", "halved", ("a",)),
    ]
    assert found[0].sentence == "Why negated."


def test_the_chart_has_ten_bars_of_tenths_of_the_maximum():
    made = str(_distribution([0.05, 0.95, 1.0, 0.5]))
    texts = re.findall(r"<text [^>]*>([^<]*)</text>", made)
    labels = [text for text in texts if "–" in text]
    assert labels == [f"{n}–{n + 10}" for n in range(0, 100, 10)]
    # 0.05 in the first, 0.5 in the sixth, two in the last.
    assert [text for text in texts if text.isdigit()] == ["1", "1", "2"]
    assert texts[-1] == "automatic points, % of the maximum"
    assert "<title>Number of students by score</title>" in made


def blueprint(name, *tests):
    made = []
    for grade_id, points in tests:
        marks = {"grade_id": grade_id, "grade": True, "points": points, "solution": False}
        metadata = {"nbgrader": {**marks, "locked": True, "task": False, "schema_version": 3}}
        made.append(new_code_cell("assert True", metadata=metadata))
    return SimpleNamespace(name="ps1", notebook=name, released=new_notebook(cells=made))


def test_difficulty_is_of_the_points_in_the_gradebook():
    """Not of the verdicts: a person may have given others. Who has none there counts with 0."""
    tests = ("test_loss", 4), ("test_step", 2)
    right = Verdict("a.loss", Status.RIGHT, "right")
    results = [result("ada", verdicts=(right,)), result("bob"), result("cy")]
    marks = {
        "ada": Marks("ada", "", {"test_loss": Mark(1.0, 4.0), "test_step": Mark(None, 2.0)}, {}),
        "bob": Marks("bob", "", {"test_loss": Mark(4.0, 4.0), "other": Mark(9.0, 9.0)}, {}),
    }
    loss, step = _exercises([blueprint("ps1", *tests)], results, marks)
    assert (loss.name, loss.most, loss.students) == ("loss", 4, 3)
    assert loss.success == pytest.approx(5 / 12) and loss.states == {"right": 1}
    assert (step.name, step.most, step.success, step.states) == ("step", 2, 0.0, {})
    two = _exercises([blueprint("one", *tests), blueprint("two", *tests[:1])], results, {})
    assert [each.name for each in two] == ["one/loss", "one/step", "two/loss"]


def test_everybody_on_the_roster_or_in_the_folder_has_a_result(monkeypatch):
    roster = SimpleNamespace(ids=["ada", "bob", "eve"])
    monkeypatch.setattr(class_report.Roster, "of", lambda course: roster)
    known = {
        "ada": result("ada"),
        "bob": Result("bob", NO_SUBMISSION),
        "cy": Result("cy", NO_SUBMISSION),
    }
    results = SimpleNamespace(assignment="ps1", of=known.get)
    course = SimpleNamespace(students=lambda name: {"ps1": ["ada", "cy", "dan"]}[name])
    assert [(each.student, each.status) for each in _results(course, results)] == [
        ("ada", GRADED),
        ("bob", NO_SUBMISSION),
        ("cy", "handed in, not graded yet"),  # since the last run
        ("dan", "handed in, not graded yet"),
        ("eve", NO_SUBMISSION),
    ]


@pytest.fixture
def made(monkeypatch):
    """made(results, **more): what the page is made of, for a class in memory."""

    def make(results, handed_in=(), names=None, marks=None, late=()):
        found = {}
        names = names or {}
        roster = SimpleNamespace(ids=[*names], name=lambda student: names.get(student, ""))
        known = SimpleNamespace(
            assignment="ps1",
            of={each.student: each for each in results}.get,
            each=lambda student: {"ps1": student},
        )

        @contextmanager
        def gradebook():
            yield "book"

        course = SimpleNamespace(students=lambda name: [*handed_in], gradebook=gradebook)
        plan = [blueprint("ps1", ("test_loss", 4))]
        for name, value in (
            ("results_of", lambda course, assignment: known),
            ("require_current", lambda plan, each: found.update(current=[*each])),
            ("settle", lambda *given: found.update(settled=given[1:])),
            ("class_marks", lambda book, name: marks or {}),
            ("late_students", lambda *given: {*late}),
        ):
            monkeypatch.setattr(class_report, name, value)
        monkeypatch.setattr(class_report.Roster, "of", lambda course: roster)
        monkeypatch.setattr(class_report.jobs, "blueprints", lambda *_: plan)
        monkeypatch.setattr(class_report.pages, "render", lambda template, **values: found | values)
        return class_report.report(course, "ps1")

    return make


def test_what_the_page_is_made_of(made):
    slow = Verdict("a.loss", Status.TIMED_OUT, "slow")
    nested = {"meaning": "nested"}
    results = [
        replace(result("ada"), score=3.0, max_score=4.0, seconds=2.0, isolation=nested),
        replace(result("bob"), score=0.0, max_score=4.0, seconds=None, verdicts=(slow,)),
        Result("cy", UNREADABLE, problem="p", seconds=9.0, remarks=("r1", "r2")),
    ]
    marks = {"ada": Marks("ada", "", {"test_loss": Mark(2.0, 4.0)}, {})}
    names = {"ada": "Ada L", "eve": "Eve", "fay": ""}
    page = made(results, ["ada", "bob", "cy", "dan"], names, marks, late=["bob"])
    assert [each.student for each in page["results"]] == ["ada", "bob", "cy", "dan", "eve", "fay"]
    assert page["statuses"] == {
        GRADED: 2, UNREADABLE: 1, NO_SUBMISSION: 2, "handed in, not graded yet": 1
    }  # fmt: skip
    assert page["most"] == 4.0 and page["summary"] == (1.5, 1.5, 0.0, 3.0)
    assert page["assignment"] == "ps1" and page["late"] == {"bob"} and page["marks"] == marks
    assert page["absent"] == ["eve (Eve)", "fay"]
    assert page["troubles"] == [
        ("bob", "loss: timed out: slow"), ("cy", "unreadable: p"),
        ("dan", "handed in, not graded yet"),
    ]  # fmt: skip
    assert page["remarks"] == [("cy", "r1"), ("cy", "r2")]
    assert page["isolations"] == {"nested": 1} and page["seconds"] == 2.0
    assert page["names"]["ada"] == "Ada L" and page["names"]["cy"] == ""
    assert page["signs"]["timed out"] == "… timed out" and page["beside"] == ""
    (exercise,) = page["exercises"]
    assert (exercise.success, exercise.students) == (0.25, 2)
    assert page["settled"] == ("book", ["ps1"])
    assert page["current"] == ["ada", "bob", "cy", "dan", "eve", "fay"]
    # 3 of 4 points, and none.
    numbers = re.findall(r">(\d+)<", str(page["chart"]))
    assert numbers == ["1", "1"] and page["share"] is charts.share
    assert page["slowest"] == [] == page["misunderstandings"]


def test_a_class_of_which_nobody_is_graded_has_no_page(made):
    with pytest.raises(CourseError, match="Nobody has been graded for ps1 yet; run `autograder g"):
        made([Result("ada", UNREADABLE)], ["ada"])


def test_an_assignment_without_automatic_points_has_no_shares(made):
    page = made([replace(result("ada"), score=0.0, max_score=0.0)], ["ada"])
    assert re.findall(r">(\d+)<", str(page["chart"])) == [] and page["most"] == 0.0


def test_a_page_of_the_courses_own_makes_its_folder(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(class_report.folders, "notebooks", lambda *given: asked.append(given))
    monkeypatch.setattr(class_report, "report", lambda course, assignment: f"of {assignment}")
    course = SimpleNamespace(root=tmp_path)
    path = write_report(course, "ps1")
    assert path == tmp_path / "reports" / "ps1.html" and path.read_text() == "of ps1"
    assert asked == [(tmp_path, "ps1")]
    assert write_report(course, "ps1", tmp_path / "x.html").read_text() == "of ps1"
    with pytest.raises(CourseError, match=f"{tmp_path} is a folder; name the file to write"):
        write_report(course, "ps1", tmp_path)
    with pytest.raises(CourseError, match=f"There is no folder {tmp_path / 'no'}; make it, or"):
        write_report(course, "ps1", tmp_path / "no" / "x.html")
