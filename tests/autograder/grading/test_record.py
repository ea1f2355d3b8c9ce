"""What the gradebook is told of a notebook that was run, or is missing."""

import os
from datetime import datetime
from types import SimpleNamespace

import pytest
from nbformat.v4 import new_output
from nbgrader.api import MissingEntry
from nbgrader.utils import compute_checksum

from autograder.course.course import read_notebook
from autograder.grading.preparing import jobs
from autograder.grading.recording import record as recording
from autograder.grading.recording.record import record, require_released, waits_for_a_person
from autograder.grading.recording.store import Store
from autograder.judging import Status, Verdict
from autograder.judging.publish import bundle
from helpers.errors import CourseError
from tests.autograder.grading.plain_gradebook import (
    DUE,
    HW,
    book,
    course_of,
    grades,
    hand_in,
    hand_out,
    write,
)


@pytest.fixture
def told(monkeypatch):
    """What is said of the marks, in place of looking at them."""
    said = []
    monkeypatch.setattr(recording, "look_at_marks", lambda *arguments: said.append(arguments))
    monkeypatch.setattr(recording.Store, "of", lambda *names: names)
    return said


def grade(name, most, points):
    cell = SimpleNamespace(name=name, max_score=most)
    return SimpleNamespace(cell=cell, auto_score=points, manual_score=1.5)


def test_one_of_several_notebooks_that_is_missing_has_no_points_and_keeps_marks(told, tmp_path):
    page = SimpleNamespace(
        grades=[grade("loss", 5.0, 4.0), grade(None, 1.0, 1.0)],
        comments=[SimpleNamespace(auto_comment="No response.")],
    )
    there = {("two", "hw", "ada"): page}
    gradebook = SimpleNamespace(find_submission_notebook=lambda *names: there[names])
    path = tmp_path / "two.ipynb"
    path.touch()
    paths = {("ada", "hw", "two"): path}
    course = SimpleNamespace(autograded=lambda *names: paths[names])
    for _ in range(2):  # the second time there is no file
        recording.record_missing(gradebook, course, "hw", "two", "ada")
        assert [each.auto_score for each in page.grades] == [0.0, 0.0]
        assert page.comments[0].auto_comment is None and not path.exists()
    store, own, student, now, grades = told[0]
    assert store == (course, "hw", "two") and own is gradebook and student == "ada"
    assert now == {"loss": ["nothing", 5.0]} and grades["loss"] is page.grades[0]


def test_who_never_had_the_notebook_has_nothing_to_lose(told):
    def missing(*names):
        raise MissingEntry("no such notebook")

    gradebook = SimpleNamespace(find_submission_notebook=missing)
    recording.record_missing(gradebook, None, "hw", "two", "ada")
    assert told == []


# A notebook that was run.


@pytest.fixture
def course(tmp_path):
    course = course_of(tmp_path / "course")
    hand_out(course)
    with course.gradebook() as gradebook:
        release(course, gradebook)
    return course


def release(course, gradebook, **changes):
    """The gradebook has the given cells of the source, as a release leaves them."""
    blueprint = jobs.blueprint(course, HW)
    for name, source in (blueprint.hidden | changes).items():
        gradebook.update_or_create_source_cell(name, HW, HW, cell_type="code", source=source)


def ran(verdict=None, error=False, **sources):
    """The notebook of a submission, executed."""
    notebook = book(**{"double": "def double(x): ...", **sources})
    test = notebook.cells[1]
    if verdict:
        test.outputs = [new_output("display_data", bundle(Verdict("hw.double", verdict, "said")))]
    if error:
        test.outputs.append(new_output("error", ename="E", evalue="no", traceback=["no"]))
    return notebook


def recorded(course, student="ada", notebook=None, files=(), times=1):
    """({cell: (points, whether a person has to look)}, {cell: comment}, time) of the gradebook."""
    blueprint = jobs.blueprint(course, HW)
    for _ in range(times):
        with course.gradebook() as gradebook:
            record(gradebook, course, blueprint, student, notebook or ran(), dict(files))
    with course.gradebook() as gradebook:
        submission = gradebook.find_submission(HW, student)
        (page,) = submission.notebooks
        found = {n: (g.auto_score, g.needs_manual_grade) for n, g in grades(page).items()}
        comments = {each.cell.name: each.auto_comment for each in page.comments}
        return found, comments, submission.timestamp


@pytest.mark.parametrize(
    "verdict, error, points, looks",
    [
        (None, False, 3.0, False),
        (Status.RIGHT, False, 3.0, False),
        (Status.WRONG, True, 0.0, False),
        (Status.COULD_NOT_BE_JUDGED, True, None, True),
    ],
)
def test_a_test_has_its_points_unless_its_check_failed_itself(
    course, verdict, error, points, looks
):
    found, _, _ = recorded(course, notebook=ran(verdict, error))
    assert found == {"test_double": (points, looks), "why": (None, True)}
    with course.gradebook() as gradebook:
        assert waits_for_a_person(gradebook, HW, "ada") is looks


def test_automatic_points_are_of_tests_alone():
    notebook = ran(Status.COULD_NOT_BE_JUDGED, error=True)
    assert recording.automatic_points(notebook) == (0.0, 3.0)
    assert recording.automatic_points(ran()) == (3.0, 3.0)


def test_an_answer_as_it_was_given_has_a_comment_and_a_task_has_none(course):
    notebook = ran()
    assert recorded(course, notebook=notebook)[1] == {"double": None, "why": None}
    for cell in notebook.cells:
        cell.metadata.nbgrader["checksum"] = compute_checksum(cell)
    said = {"double": "No response.", "why": "No response."}
    assert recorded(course, notebook=notebook)[1] == said
    notebook.cells[2].metadata.nbgrader.update(task=True, solution=False, grade=False)
    notebook.cells[2].metadata.nbgrader["checksum"] = compute_checksum(notebook.cells[2])
    assert recorded(course, notebook=notebook)[1]["why"] is None


def test_points_by_hand_stay_and_what_is_shown_is_kept(course):
    recorded(course)
    with course.gradebook() as gradebook:
        found = grades(gradebook.find_submission(HW, "ada").notebooks[0])
        found["why"].manual_score, found["why"].needs_manual_grade = 1.5, False
        gradebook.db.commit()
    found, _, _ = recorded(course, times=2)
    assert found["why"] == (None, False)
    rows = Store.of(course, HW).marks("ada")
    assert set(rows) == {"test_double", "why"} and rows["why"]["marked"] == rows["why"]["now"]
    assert (rows["why"]["mark"], rows["test_double"]["mark"]) == (1.5, None)
    assert recorded(course, notebook=ran(why="Another."))[0]["why"] == (None, True)


def test_the_time_is_that_of_the_file_and_one_that_a_person_set_stays(course):
    folder = course.submitted("ada", HW).parent
    write(folder / "timestamp.txt", "2026-01-09 10:00:00 UTC")
    assert recorded(course)[2] == datetime(2026, 1, 9, 10)
    with course.gradebook() as gradebook:  # by hand, and the file has one as well
        gradebook.find_submission(HW, "ada").timestamp = DUE
        gradebook.db.commit()
    assert recorded(course)[2] == datetime(2026, 1, 9, 10)
    (folder / "timestamp.txt").unlink()
    assert recorded(course)[2] is None  # it went with its file
    with course.gradebook() as gradebook:
        gradebook.find_submission(HW, "ada").timestamp = DUE
        gradebook.db.commit()
    assert recorded(course)[2] == DUE


def test_the_folder_has_what_was_run_its_files_and_time_and_nothing_else(course, tmp_path):
    folder, target = (stage("ada", HW).parent for stage in (course.submitted, course.autograded))
    write(folder / "timestamp.txt", "2026-01-09 10:00:00 UTC")
    for left in ".hw.unfinished/x", ".hw.old/x", "hw/hw.ipynb", "hw/gone.txt":
        write(target.parent / left, "left by a run that was killed")
    (tmp_path / "x.csv").write_text("1")
    files = {"data/x.csv": tmp_path / "x.csv", "hw.ipynb/x": tmp_path / "x.csv"}
    recorded(course, files=files)
    there = {
        path.relative_to(target.parent).as_posix(): path.read_text()
        for path in target.parent.rglob("*")
        if path.is_file()
    }
    assert there.pop("hw/data/x.csv") == "1"
    assert there.pop("hw/timestamp.txt") == "2026-01-09 10:00:00 UTC"
    assert [*there] == ["hw/hw.ipynb"]
    assert read_notebook(course.autograded("ada", HW)).cells[0].source == "def double(x): ..."


def test_a_time_that_is_a_link_is_not_copied(course, tmp_path):
    write(tmp_path / "secret", "2026-01-09 10:00:00 UTC")
    folder = course.submitted("ada", HW).parent
    folder.mkdir(parents=True)
    (folder / "timestamp.txt").symlink_to(tmp_path / "secret")
    assert recorded(course)[2] is None
    assert os.listdir(course.autograded("ada", HW).parent) == ["hw.ipynb"]


def test_the_other_notebooks_of_the_assignment_stay(tmp_path):
    course = course_of(tmp_path / "course", notebooks=("one", "two"))
    hand_out(course, "one", "two")
    target = course.autograded("ada", HW).parent
    for name in "one", "two":
        blueprint = jobs.blueprint(course, HW, name)
        with course.gradebook() as gradebook:
            other = {"two.ipynb/x": tmp_path / "x"}  # a folder that has the name of a notebook
            record(gradebook, course, blueprint, "ada", ran(double=name), other)
    assert sorted(os.listdir(target)) == ["one.ipynb", "two.ipynb"]
    assert [read_notebook(target / f"{n}.ipynb").cells[0].source for n in ("one", "two")] == [
        *("one", "two")
    ]
    with course.gradebook() as gradebook:
        pages = gradebook.find_submission(HW, "ada").notebooks
        assert {page.name: page.score for page in pages} == {"one": 3.0, "two": 3.0}


def test_a_release_that_the_gradebook_does_not_have_is_told(course):
    blueprint = jobs.blueprint(course, HW)
    with course.gradebook() as gradebook:
        require_released(gradebook, blueprint)
        told = "The cell {} in solutions/hw has changed since hw was released: run `autograder "
        release(course, gradebook, test_double="assert True")
        with pytest.raises(CourseError, match=told.format("test_double")):
            require_released(gradebook, blueprint)
        release(course, gradebook)
        blueprint.worth_now["why"] = 7.0  # more points than those that were released
        with pytest.raises(CourseError, match=told.format("why")):
            require_released(gradebook, blueprint)
        gradebook.remove_assignment(HW)
        with pytest.raises(CourseError) as caught:
            require_released(gradebook, blueprint)
    assert str(caught.value) == (
        "The gradebook does not know hw: run `autograder release hw` first."
    )


def test_a_person_is_waited_for_by_a_test_and_not_by_a_text(tmp_path):
    course = course_of(tmp_path / "course", notebooks=("one", "two"))
    with course.gradebook() as gradebook:
        pages = hand_in(gradebook, "ada", 3.0, 3.0)
        for cell, waits in (None, False), ("why", False), ("test_double", True):
            for name, each in grades(pages[1]).items():
                each.needs_manual_grade = name == cell
            gradebook.db.commit()
            assert waits_for_a_person(gradebook, HW, "ada") is waits
