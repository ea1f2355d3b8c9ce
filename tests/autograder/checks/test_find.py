"""Which assignments a course has, and whose checks an id means."""

import dataclasses
import shutil

import pytest

from autograder.checks import find, folders
from autograder.checks.judge_file import Judged, _collected
from autograder.judging import Status, Verdict
from autograder.judging.setting import setting
from helpers.errors import CourseError
from tests.autograder.checks.conftest import CHECKS, NAME


@pytest.fixture
def course(small, tmp_path):
    """A course of one's own: "small", "copy" with the same ids, and "plain" without checks."""
    root = tmp_path / "course"
    shutil.copytree(small, root)
    shutil.copytree(root / "solutions" / NAME, root / "solutions" / "copy")
    (root / "solutions" / "copy" / f"{NAME}.ipynb").rename(root / "solutions/copy/copy.ipynb")
    for name in ("plain/plain", "plain/more", "plain/.hidden"):
        (root / "solutions" / f"{name}.ipynb").parent.mkdir(exist_ok=True)
        (root / "solutions" / f"{name}.ipynb").touch()
    (root / "solutions" / "without").mkdir()
    return root


def test_assignments_are_folders_with_a_notebook(course):
    assert folders.names(course) == ["copy", "plain", "small"]
    found = folders.notebooks(course, "plain")
    assert [path.name for path in found] == ["more.ipynb", "plain.ipynb"]
    assert folders.notebook(course, "plain").name == "plain.ipynb"
    assert folders.notebook(course, "small") == course / "solutions/small/small.ipynb"
    assert folders.notebook(course, "plain", "more") == course / "solutions/plain/more.ipynb"


@pytest.mark.parametrize(
    "ask, told",
    [
        (lambda root: folders.notebooks(root, "without"), "no notebook without.ipynb; save the"),
        (lambda root: folders.notebooks(root, "x"), "assignment 'x' in .*/solutions; choose one "
                                                    "of: copy, plain, small\\."),
        (lambda root: folders.notebooks(root / "x", "x"), "choose one of: none yet\\."),
        (lambda root: folders.notebook(root, "plain", "y"), "plain has no notebook y.ipynb: it has "
                                                            "more.ipynb, plain.ipynb\\."),
        (lambda root: find.of_assignment(root, "without"), "no notebook without.ipynb"),
        (lambda root: folders.course_around(root.parent), "in no course directory .a folder with "
                                                          "nbgrader_config.py.; .* --course"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_told(course, ask, told):
    with pytest.raises(CourseError, match=told):
        ask(course)


def test_the_course_around_a_folder_is_no_submission_s(course, monkeypatch):
    """A student may hand in a configuration of nbgrader's."""
    assert folders.course_around(course / "solutions" / "plain") == course
    for name in folders.OF_STUDENTS:
        inner = course / name / "ann" / "plain"
        inner.mkdir(parents=True)
        (inner / folders.CONFIG).touch()
        assert folders.course_around(inner) == course
    assert folders.OF_STUDENTS == ("submitted", "autograded", "feedback")
    monkeypatch.chdir(course / "solutions")
    assert folders.course_around() == course


def test_a_course_inside_another_is_the_nearest(course):
    inner = course / "solutions" / "inner"
    inner.mkdir()
    (inner / folders.CONFIG).touch()
    assert folders.course_around(inner) == inner


def test_the_checks_of_a_course(course):
    found = find.of_course(course)
    assert list(found) == ["copy", "plain", "small"]
    assert [each.name for each in found["small"]] == ["twice", "shifted", "halved_half"]
    assert list(found["plain"]) == []
    with pytest.raises(dataclasses.FrozenInstanceError):  # all submissions of a run share them
        found["small"].prefix = "changed"


def test_an_id_means_the_assignment_that_it_begins_with_then_the_one_around_here(
    course, monkeypatch
):
    monkeypatch.chdir(course)
    assert "small/checks" in find.exercise("small.twice").oracle.__code__.co_filename
    monkeypatch.chdir(course / "solutions" / "copy")
    assert "copy/checks" in find.exercise("small.twice").oracle.__code__.co_filename


def test_an_id_that_two_assignments_have_is_refused(course, monkeypatch):
    other = course / "solutions" / NAME
    other.rename(other.with_name("another"))
    (other.with_name("another") / f"{NAME}.ipynb").rename(other.with_name("another") / "a.ipynb")
    monkeypatch.chdir(course)
    with pytest.raises(CourseError, match="Several assignments .* have the exercise 'small.twice'"):
        find.exercise("small.twice")


def test_an_id_that_nothing_has_is_told_by_its_kind(course, monkeypatch):
    monkeypatch.chdir(course)
    with pytest.raises(CourseError, match="There is no exercise 'small.other'; .*--list"):
        find.exercise("small.other")
    with pytest.raises(CourseError, match="There is no trained model 'small.twice'"):
        find.trained_model("small.twice")


def test_while_an_assignment_is_graded_its_checks_alone_count(course, monkeypatch):
    monkeypatch.chdir(course / "solutions" / "copy")
    with setting(checks=find.of_assignment(course, "small")):
        assert "small/checks" in find.exercise("small.twice").oracle.__code__.co_filename
    with setting(checks=find.of_assignment(course, "plain")), pytest.raises(CourseError):
        find.exercise("small.twice")


@pytest.mark.parametrize(
    "old, new, told",
    [
        ('prefix="small"', 'prefix="smal"', "'small.twice' should begin with 'smal.'"),
        ('of("shifted", shifted)', 'of("twice", shifted)', "'small.twice' is used twice"),
    ],
)
def test_ids_are_the_assignment_s_own_and_different(course, old, new, told):
    init = course / "solutions" / NAME / "checks" / "__init__.py"
    init.write_text(CHECKS.replace(old, new))
    with pytest.raises(CourseError, match=told):
        find.of_assignment(course, NAME)


# What the parent of the judging process makes of its rows.


def collected(files, rows):
    return list(_collected(files, iter(rows)))


def test_each_file_is_complete_with_its_last_row(tmp_path):
    verdict = Verdict.right("small.twice")
    rows = [
        {"file": "a", "verdict": verdict.as_row()},
        {"file": "a", "note": "said"},
        {"file": "a", "done": None},
        {"file": "b", "done": "no file"},
    ]
    assert collected(["a", "b"], rows) == [Judged("a", [verdict], ["said"]),
                                           Judged("b", problem="no file")]  # fmt: skip


def test_a_child_that_says_nothing_more_is_no_verdict_on_the_files(tmp_path):
    first, second = collected(["a", "b"], [{"file": "b", "done": None}])
    assert first.path == "b" and first.problem is None and not first.verdicts
    (verdict,) = second.verdicts
    assert second.path == "a" and verdict.status is Status.COULD_NOT_BE_JUDGED
    assert "nothing was run" in verdict.message


def test_an_error_before_any_file_is_told():
    with pytest.raises(CourseError, match="the checks do not load"):
        collected(["a"], [{"error": "the checks do not load"}])


def test_the_folder_of_an_assignment_counts_and_none_below_it(course, monkeypatch):
    """A folder in an assignment may have the name of another one."""
    inner = course / "solutions" / "plain" / "small"
    inner.mkdir()
    monkeypatch.chdir(inner)
    with pytest.raises(CourseError, match="Several assignments"):
        find.exercise("small.twice")
    # At the top it is the assignment that the id begins with, and nowhere else that one first.
    monkeypatch.chdir(course / "solutions")
    assert "small/checks" in find.exercise("small.twice").oracle.__code__.co_filename


def test_a_model_is_found_by_its_id_as_an_exercise_is(course, monkeypatch):
    init = course / "solutions" / NAME / "checks" / "__init__.py"
    trained = "from autograder.judging.trained.model import Trained\n"
    model = "Trained('small.made.well', 'f', 2, None, (), {})"
    init.write_text(trained + CHECKS.replace("exercises=(", f"models=({model},), exercises=("))
    monkeypatch.chdir(course)
    found = find.trained_model("small.made.well")
    assert (found.name, found.points) == ("made.well", 2)
    with pytest.raises(CourseError, match="no exercise 'small.made.well'"):
        find.exercise("small.made.well")
    checks = find.of_assignment(course, NAME)
    assert [each.name for each in checks.in_notebook] == [
        *("twice", "shifted", "halved_half", "made.well")
    ]
    assert [each.name for each in checks.judged] == ["twice", "shifted", "halved_half"]
    assert [*checks] == [*checks.in_notebook]


def test_other_forms_are_judged_and_in_no_notebook(course):
    init = course / "solutions" / NAME / "checks" / "__init__.py"
    other = 'other_forms=(of("fourfold", lambda x: 4 * x),), exercises=('
    init.write_text(CHECKS.replace("exercises=(", other))
    checks = find.of_assignment(course, NAME)
    assert [each.name for each in checks.judged][-1] == "fourfold"
    assert "fourfold" not in [each.name for each in checks.in_notebook]
    assert [each.name for each in checks] == [each.name for each in checks.judged]
    init.write_text(CHECKS.replace("exercises=(", other.replace("fourfold", "twice")))
    with pytest.raises(CourseError, match="'small.twice' is used twice"):
        find.of_assignment(course, NAME)
