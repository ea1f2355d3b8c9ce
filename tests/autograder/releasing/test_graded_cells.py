"""Questions that are added, taken out or renamed once a class was graded."""

import json
import shutil

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.course.course import Course, read_notebook
from autograder.grading.grade import grade
from autograder.grading.recording.store import Store
from autograder.notebooks.cells import named, new_marks
from autograder.releasing.graded_cells import DROPPED
from autograder.releasing.release import release
from autograder.reports.exports import export_csv
from helpers.errors import CourseError
from tests.autograder.grading.in_process import InProcess
from tests.tiny_course import TINY, submit, tiny_course

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    return tiny_course(tmp_path_factory.mktemp("tiny") / "course").root


@pytest.fixture
def course(released, tmp_path):
    course = Course.at(shutil.copytree(released, tmp_path / "course"))
    for student in ("ada", "bob"):
        submit(course, student)
    regrade(course)
    return course


def regrade(course):
    pool = InProcess()
    grade(course, TINY, pool=pool)
    return pool.ran


def edit(course, change, **options):
    """change(notebook, {grade_id: cell}) the source and release it; returns what was told."""
    path, told = course.source(TINY), []
    notebook = read_notebook(path)
    change(notebook, named(notebook))
    nbformat.write(notebook, path)
    release(course, TINY, tell=told.append, **options)
    return told


def mark(course, student, points, cell="why"):
    with course.gradebook() as gradebook:
        found = gradebook.find_grade(cell, TINY, TINY, student)
        found.manual_score, found.needs_manual_grade = points, False
        gradebook.db.commit()


def rows(course):
    return export_csv(course, course.root / "grades.csv", [TINY]).read_text().splitlines()


def without(name):
    return lambda notebook, cells: notebook.cells.remove(cells[name])


def test_a_question_that_nobody_marked_goes_with_a_sentence(course):
    assert edit(course, without("why")) == ["why is no longer in the gradebook; grade tiny again"]
    with pytest.raises(CourseError, match="points of tiny changed after ada, bob"):
        rows(course)
    assert regrade(course) == []  # texts are not run
    assert rows(course)[1] == "ada,,graded,,8,8,0,3,5"


def test_a_test_that_is_taken_out(course):
    edit(course, without("test_double"))
    assert regrade(course) == ["ada"]  # bob has the same code
    assert rows(course)[1] == "ada,,graded,,5,7,1,5,"


def test_marks_are_deleted_on_demand_alone(course):
    mark(course, "ada", 1)
    mark(course, "bob", 2)
    with pytest.raises(CourseError) as error:
        edit(course, without("why"))
    assert "why (2 marked)" in str(error.value)
    assert "run `autograder release tiny --drop why`" in str(error.value)
    assert len(str(error.value).splitlines()) == 1
    with course.gradebook() as gradebook:
        assert gradebook.find_grade("why", TINY, TINY, "ada").manual_score == 1
    edit(course, lambda *_: None, drop=["why"])
    regrade(course)
    assert rows(course)[1:] == ["ada,,graded,,8,8,0,3,5", "bob,,graded,,8,8,0,3,5"]
    kept = (Store.of(course, TINY).root / DROPPED).read_text().splitlines()
    assert [(row["cell"], row["student"], row["points"]) for row in map(json.loads, kept)] == [
        ("why", "ada", 1), ("why", "bob", 2),
    ]  # fmt: skip


def test_points_by_hand_for_a_test_are_marks_too(course):
    mark(course, "ada", 2.5, "test_double")
    with pytest.raises(CourseError, match=r"test_double \(1 marked\).*--drop test_double"):
        edit(course, without("test_double"))


def rename(notebook, cells):
    cells["why"].metadata.nbgrader.grade_id = "reason"


def test_a_renamed_question_keeps_its_marks(course):
    mark(course, "ada", 1)
    with pytest.raises(CourseError, match="--rename OLD=NEW"):
        edit(course, rename)
    edit(course, lambda *_: None, rename={"why": "reason"})
    regrade(course)
    assert rows(course)[0].endswith("test_double,test_bce_loss,reason")
    assert rows(course)[1:] == ["ada,,graded,,9,10,0,3,5,1", "bob,,graded,,8,10,1,3,5,"]
    regrade(course)
    edit(course, lambda *_: None, rename={"why": "reason"})  # once more does no harm
    assert rows(course)[1] == "ada,,graded,,9,10,0,3,5,1"


@pytest.mark.parametrize("pair", [{"nothing": "reason"}, {"why": "nothing"}, {"why": "double"}])
def test_a_rename_that_does_not_fit_is_refused(course, pair):
    with pytest.raises(CourseError, match="--rename .* needs .* in the gradebook"):
        edit(course, lambda *_: None, rename=pair)


def add(notebook, cells):
    test = {"nbgrader": new_marks("test_more", points=4)}
    notebook.cells.append(new_code_cell("assert double(4) == 8", id="test_more", metadata=test))
    task = {"nbgrader": {**new_marks("project", points=3), "grade": False, "task": True}}
    notebook.cells.append(new_markdown_cell("Do something.", id="project", metadata=task))
    given = {"nbgrader": new_marks("intro")}
    notebook.cells.insert(0, new_markdown_cell("Welcome.", id="intro", metadata=given))


def test_cells_that_are_added_are_graded(course):
    assert edit(course, add) == []
    assert regrade(course) == ["ada"]
    assert rows(course)[1] == "ada,,graded,,12,17,2,3,5,,4,"
    mark(course, "ada", 3, "project")
    assert rows(course)[1] == "ada,,graded,,15,17,1,3,5,,4,3"
    assert regrade(course) == [] and rows(course)[1] == "ada,,graded,,15,17,1,3,5,,4,3"
