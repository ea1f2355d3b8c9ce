"""The table of all points, as nbgrader names its columns, and who is still in its way."""

import csv
import inspect
import shutil
from types import SimpleNamespace

import pytest
from nbgrader.plugins.export import CsvExportPlugin

from autograder.course.course import Course
from autograder.grading.recording import nbgrader_export
from autograder.grading.recording.nbgrader_export import CompleteCsv, export, require_final
from autograder.grading.recording.store import Store
from autograder.grading.result import (
    COULD_NOT_BE_JUDGED,
    GIVEN_UP,
    GRADED,
    NO_SUBMISSION,
    SETTLED,
    UNREADABLE,
    Result,
)
from helpers.errors import CourseError
from tests.autograder.grading.plain_gradebook import HW, add, course_of, hand_in, hand_out, write


def test_the_columns_are_those_of_nbgrader():
    source = inspect.getsource(CsvExportPlugin)
    places = [source.index(f'"{name}"') for name in nbgrader_export.COLUMNS]
    assert len(places) == 11 and places[-1] > 0


def graded(course, student, status=GRADED, score=3.0, assignment=HW, notebook=None, **more):
    """Its files are there, and what became of them."""
    write(course.submitted(student, assignment, notebook))
    store = Store.of(course, assignment, notebook)
    store.save_status(student, Result(student, status, score, 3.0, **more).as_row())


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """ada has 3 points, a mark above its outdated maximum and a penalty; bob is below 0."""
    course = course_of(
        tmp_path_factory.mktemp("made") / "course", "{'ada': 0.5, 'bob': 1.0}[student_id]"
    )
    hand_out(course)
    late = "2026-01-11 00:00:00 UTC"
    with course.gradebook() as gradebook:
        gradebook.update_or_create_student("ada", first_name="Ada", last_name='L, "A"', email="a@b")
        gradebook.update_or_create_student("cy")
        (page,) = hand_in(gradebook, "ada", 3.0, when=late, marks={"why": 9.0})
        for each in page.grades:
            each.needs_manual_grade = each.cell.name == "why"
        hand_in(gradebook, "bob", 0.5, when=late)
        gradebook.db.commit()
    graded(course, "ada")
    graded(course, "bob")
    return course.root


@pytest.fixture
def course(made, tmp_path):
    """A test's own copy of it."""
    return Course.at(shutil.copytree(made, tmp_path / "course"))


def table(path):
    with open(path, newline="", encoding="utf-8") as file:
        return {row.pop("student_id"): row for row in csv.DictReader(file)}


def test_each_student_has_a_row_also_who_handed_nothing_in(course, tmp_path):
    (course.root / "roster.csv").write_text("id,name\nbob,Bob Lee\nzed,Zed\n")
    path = export(course, tmp_path / "x.csv")
    assert path == tmp_path / "x.csv"
    same = {"assignment": HW, "duedate": "2026-01-10 00:00:00", "max_score": "5.0"}
    when, none = "2026-01-11 00:00:00", {"last_name": "", "first_name": "", "email": ""}
    scores = ("raw_score", "late_submission_penalty", "score")
    assert table(path) == {
        # The mark counts for the 2 points of its cell.
        "ada": same
        | {"timestamp": when, "last_name": 'L, "A"', "first_name": "Ada", "email": "a@b"}
        | dict(zip(scores, ("5.0", "0.5", "4.5"), strict=True)),
        "bob": same
        | {"timestamp": when, "last_name": "Lee", "first_name": "Bob", "email": ""}
        | dict(zip(scores, ("0.5", "0.5", "0.0"), strict=True)),
        "cy": same | none | {"timestamp": ""} | dict.fromkeys(scores, "0.0"),
    }


def test_a_penalty_of_more_than_an_outdated_mark_leaves_no_points_below_0(tmp_path):
    """It was reckoned with all of the mark, which counts for its maximum."""
    course = course_of(tmp_path / "course", "10")
    hand_out(course)
    with course.gradebook() as gradebook:
        late = "2026-01-11 00:00:00 UTC"
        (page,) = hand_in(gradebook, "ada", 3.0, when=late, marks={"why": 9.0})
        for each in page.grades:
            each.needs_manual_grade = True
        gradebook.db.commit()
    graded(course, "ada")
    row = table(export(course, tmp_path / "x.csv"))["ada"]
    shown = [row[name] for name in ("raw_score", "late_submission_penalty", "score")]
    assert shown == ["5.0", "10.0", "0.0"]


@pytest.mark.parametrize(
    "options, students",
    [
        ({}, ["ada", "bob", "cy"]),
        ({"students": ["bob", "cy"]}, ["bob", "cy"]),
        ({"students": []}, []),
        ({"without": ["bob"]}, ["ada", "cy"]),
        ({"students": ["bob", "cy"], "without": ["bob", "zed"]}, ["cy"]),
    ],
)
def test_only_those_who_are_asked_for_are_in_the_table(course, tmp_path, options, students):
    assert sorted(table(export(course, tmp_path / "x.csv", **options))) == students


def test_only_the_assignments_that_are_asked_for_or_can_be_graded_here(course, tmp_path):
    with course.gradebook() as gradebook:
        for name in "gone", "more", "unreleased":
            add(gradebook, name)
    for name in "more", "unreleased":
        write(course.root / "solutions" / name / f"{name}.ipynb")
    write(course.released("more"))

    def assignments(**options):
        with open(export(course, tmp_path / "x.csv", **options), newline="") as file:
            return [*dict.fromkeys(row["assignment"] for row in csv.DictReader(file))]

    with course.gradebook() as gradebook:
        add(gradebook, "two", notebooks=("one", "two"))
    for name in "one", "two":
        write(course.root / "solutions" / "two" / f"{name}.ipynb")
    write(course.released("two", "one"))  # and the other one is not
    assert assignments() == [HW, "more"]
    assert assignments(assignments=["more"]) == ["more"]
    graded(course, "ada", COULD_NOT_BE_JUDGED, None, assignment="more")
    assert assignments(assignments=[HW]) == [HW]
    with pytest.raises(CourseError, match="^more has no final status for ada: nothing was exp"):
        assignments()
    course.released(HW).unlink()
    course.released("more").unlink()
    course.released("two", "one").unlink()
    with course.gradebook() as gradebook:  # none of them: then all
        known = nbgrader_export.gradable(course, gradebook)
    assert sorted(known) == ["gone", HW, "more", "two", "unreleased"]


@pytest.mark.parametrize(
    "status, score, final",
    [
        *((each, None, True) for each in (NO_SUBMISSION, UNREADABLE, SETTLED)),
        *((each, None, False) for each in (COULD_NOT_BE_JUDGED, GIVEN_UP)),
        (GRADED, 3.0, True),
    ],
)
def test_who_has_no_final_status_is_in_the_way(course, status, score, final):
    graded(course, "bob", status, score)
    with course.gradebook() as gradebook:
        if final:
            require_final(course, gradebook)
            return
        with pytest.raises(CourseError) as caught:
            require_final(course, gradebook)
        require_final(course, gradebook, without=["bob"])
        require_final(course, gradebook, students=["ada"])
        with pytest.raises(CourseError, match="bob"):
            require_final(course, gradebook, [HW], ["bob"])
    assert str(caught.value) == (
        "hw could not be judged for bob, in several runs: nothing was exported; settle that with "
        "`autograder settle hw bob`, or export the others with `--without bob`."
        if status == GIVEN_UP
        else "hw has no final status for bob: nothing was exported; run `autograder grade hw` "
        "first."
    )


def test_what_another_run_can_solve_is_told_before_what_a_person_must(course):
    graded(course, "ada", COULD_NOT_BE_JUDGED, None)
    graded(course, "bob", GIVEN_UP, None)
    with course.gradebook() as gradebook:
        with pytest.raises(CourseError, match="^hw has no final status for ada, bob: nothing"):
            require_final(course, gradebook)


@pytest.mark.parametrize("count, more", [(8, ""), (9, " and 1 more")])
def test_those_in_the_way_are_named_up_to_a_number(course, count, more):
    for n in range(count):
        write(course.submitted(f"s{n}", HW))
    names = ", ".join(f"s{n}" for n in range(8))
    with course.gradebook() as gradebook:
        with pytest.raises(CourseError, match=f"^hw has no final status for {names}{more}: noth"):
            require_final(course, gradebook)


def test_points_that_changed_since_are_in_the_way_of_those_who_are_asked_for(course):
    graded(course, "bob", points="of another release")
    with course.gradebook() as gradebook:
        with pytest.raises(CourseError, match="points of hw changed after bob were graded"):
            require_final(course, gradebook)
        require_final(course, gradebook, students=["ada"])
        # What is not released has no points that could have changed.
        course.released(HW).unlink()
        require_final(course, gradebook, [HW])


def test_nbgraders_own_command_writes_the_same_table(course, tmp_path, monkeypatch):
    monkeypatch.chdir(course.root)
    with course.gradebook() as gradebook:
        plugin = CompleteCsv(parent=None)
        plugin.export(gradebook)
        ours = export(course, tmp_path / "x.csv").read_text()
        assert (course.root / "grades.csv").read_text() == ours
        plugin.to, plugin.student = str(tmp_path / "y.csv"), ["bob"]
        plugin.export(gradebook)
        assert [*table(tmp_path / "y.csv")] == ["bob"]
        graded(course, "bob", COULD_NOT_BE_JUDGED, None)
        graded(course, "ada", UNREADABLE, None)
        with pytest.raises(CourseError, match="no final status for bob"):
            plugin.export(gradebook)
        plugin.student = ["ada"]
        plugin.export(gradebook)


def test_nbgraders_own_command_asks_the_course_that_it_is_for(course, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    app = SimpleNamespace(coursedir=SimpleNamespace(root=str(course.root)))
    monkeypatch.setattr(nbgrader_export, "NbGrader", SimpleNamespace)
    plugin = SimpleNamespace(parent=app, assignment=[HW], student=[], to="")
    with course.gradebook() as gradebook:
        CompleteCsv.export(plugin, gradebook)
    assert set(table(tmp_path / "grades.csv")) == {"ada", "bob", "cy"}
