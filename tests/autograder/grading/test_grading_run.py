"""What a grading run does with each hand-in, whom it asks and what it tells; in this process."""

import errno
import json
import shutil
from contextlib import nullcontext

import pytest
from nbformat.v4 import new_code_cell
from sqlalchemy.exc import OperationalError

from autograder.course.course import Course
from autograder.grading import grade as grading
from autograder.grading.grade import grade
from autograder.grading.preparing import jobs
from autograder.grading.recording.store import Store, only_grader
from autograder.grading.result import (
    COULD_NOT_BE_JUDGED,
    GIVEN_UP,
    GRADED,
    NO_SUBMISSION,
    SETTLED,
    UNREADABLE,
    result_of,
)
from autograder.grading.running.pool import Failure
from helpers.errors import CourseError
from tests.autograder.grading.in_process import InProcess
from tests.autograder.grading.plain_gradebook import HW, course_of, hand_out, write
from tests.autograder.grading.plain_gradebook import book as plain

# ada's answer is right.
RIGHT = "def double(x):\n    return 2 * x"


@pytest.fixture(autouse=True)
def one_environment(monkeypatch):
    """The kit is not read for each test."""
    monkeypatch.setattr(jobs, "_environment", {"kit": "k"})


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return plain_course(tmp_path_factory.mktemp("made") / "course").root


@pytest.fixture
def course(made, tmp_path):
    return Course.at(shutil.copytree(made, tmp_path / "course"))


def plain_course(root, *notebooks):
    course = course_of(root, notebooks=notebooks or (HW,))
    hand_out(course, *notebooks)
    with course.gradebook() as gradebook:
        for blueprint in jobs.blueprints(course, HW):
            for name, source in blueprint.hidden.items():
                where = (name, blueprint.notebook, HW)
                gradebook.update_or_create_source_cell(*where, cell_type="code", source=source)
    for name in notebooks or (HW,):
        write(course.submitted("ada", HW, name), plain(RIGHT))
    return course


class Pool(InProcess):
    """results: {student: what run() gives instead}."""

    def __init__(self, **results):
        super().__init__()
        self.results = results

    def run(self, tasks, store, started=lambda task: None):
        for task in tasks:
            if task.student in self.results:
                started(task)
                yield task, self.results[task.student]
            else:
                yield from super().run([task], store, started)


class Watcher(grading.Watcher):
    """told: what a grading run says, in order."""

    def __init__(self):
        self.told = []

    def begins(self, *what):
        self.told.append(what)

    def starts(self, student):
        self.told.append(f"{student} starts")

    def ends(self, student, result):
        self.told.append((student, result.status))


def graded(course, pool=None, **options):
    """{student: Result}, in their order."""
    results = grade(course, HW, pool=pool or Pool(), **options)
    return {result.student: result for result in results}


def test_everybody_has_a_result_and_only_who_is_asked_for_is_graded(course):
    write(course.submitted("zed", HW), plain("def double(x): return x"))
    (course.root / "roster.csv").write_text("id\nbob\n")
    watcher, pool = Watcher(), Pool()
    found = graded(course, pool, students=["zed", "bob", "zed"], watcher=watcher)
    assert [(name, each.status, each.score) for name, each in found.items()] == [
        ("bob", NO_SUBMISSION, None),
        ("zed", GRADED, 0.0),
    ]
    # One is to run, and what becomes of the other is known.
    assert watcher.told == [(HW, 1, 1, 1), "zed starts", ("zed", GRADED)]
    watcher.told.clear()
    found = graded(course, pool, watcher=watcher)
    assert [(name, each.score) for name, each in found.items()] == [
        *(("ada", 3.0), ("bob", None), ("zed", 0.0))
    ]
    assert watcher.told == [(HW, 1, 2, 1), "ada starts", ("ada", GRADED)]
    assert pool.ran == ["zed", "ada"]
    log = (course.results(HW) / "attempts.jsonl").read_text().splitlines()
    events = [{**json.loads(line), "at": None} for line in log[:2]]
    inputs = found["zed"].inputs
    assert events == [
        {"at": None, "event": "started", "student": "zed", "inputs": inputs},
        {"at": None, "event": "ended", "student": "zed", "status": GRADED},
    ]


def test_what_is_known_is_neither_run_nor_recorded_again(course, monkeypatch):
    first, recorded, own = graded(course), [], grading.record
    monkeypatch.setattr(grading, "record", lambda *a: recorded.append(a[3]) or own(*a))
    pool, watcher = Pool(), Watcher()
    assert graded(course, pool, watcher=watcher) == first
    assert (pool.ran, recorded, watcher.told) == ([], [], [])
    # Another gradebook, or one without it, and a page that is gone: recorded, and not run.
    with course.gradebook() as gradebook:
        gradebook.remove_submission(HW, "ada")
    assert graded(course, pool) == first and recorded == ["ada"]
    course.autograded("ada", HW).unlink()
    assert graded(course, pool) == first and recorded == ["ada"] * 2
    other = Course(course.root, f"sqlite:///{course.root}/other.db")
    shutil.copy(course.root / "gradebook.db", course.root / "other.db")
    assert graded(other, pool)["ada"].gradebook == "sqlite:///other.db"
    assert recorded == ["ada"] * 3 and pool.ran == []


@pytest.mark.parametrize(
    "spoil, words",
    [
        (lambda path: path.write_text("{"), "hw.ipynb is not a notebook"),
        (lambda path: path.unlink(), "should contain one notebook 'hw.ipynb' and contains none"),
        (
            lambda path: (
                path.rename(path.parent.with_name("other"))
                and path.parent.rmdir()
                or path.parent.symlink_to("other")
            ),
            "submitted/ada/hw is a link; put the files themselves there.",
        ),
        (
            lambda path: (
                path.parents[1].rename(path.parents[2] / "it") and path.parents[1].symlink_to("it")
            ),
            "submitted/ada is a link; put the files themselves there.",
        ),
    ],
)
def test_what_cannot_be_read_is_told_and_costs_nobody_else(course, spoil, words):
    write(course.submitted("bob", HW), plain(RIGHT))
    spoil(course.submitted("ada", HW))
    found = graded(course)
    assert words in found["ada"].problem and found["ada"].status == UNREADABLE
    assert found["bob"].score == 3.0
    assert result_of(Store.of(course, HW), "ada") == found["ada"]


@pytest.mark.parametrize("error", [OSError("x" * 600), ValueError("x" * 600)])
def test_a_fault_of_one_hand_in_is_its_own_and_told_in_few_words(course, monkeypatch, error):
    def find(*_):
        raise error

    monkeypatch.setattr(grading, "find_notebook", find)
    found = graded(course)["ada"]
    assert (found.status, found.problem, found.inputs) == (UNREADABLE, "x" * 490, None)


def test_a_folder_that_no_student_can_have_is_told(course):
    write(course.submitted("con", HW), plain(RIGHT))
    told = graded(course)["con"].problem
    assert told == "'con' cannot be a student's name; rename the folder."


def test_who_cannot_be_read_is_not_run_again(course):
    course.submitted("ada", HW).write_text("{")
    pool = Pool()
    first = graded(course, pool)["ada"]
    assert first.inputs and graded(course, pool)["ada"] == first and pool.ran == []
    write(course.submitted("ada", HW), plain(RIGHT))
    assert graded(course, pool)["ada"].status == GRADED


def test_what_was_handed_in_while_it_was_graded_is_tried_again(course, monkeypatch):
    """It does not count as one of the runs that could not judge it."""

    def executed(*_):
        raise ValueError("the cell double is not the one that was run")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "executed", executed)
        for _ in range(4):
            found = graded(course)["ada"]
            assert (found.status, found.problem) == (COULD_NOT_BE_JUDGED, grading.ANOTHER)
            assert found.tried is None
    assert graded(course)["ada"].status == GRADED


def test_what_could_not_be_judged_three_times_is_given_up(course):
    write(course.submitted("a b", HW), plain(RIGHT))
    pool = Pool(**{"a b": Failure("w" * 300)})
    for tries in 1, 2:
        found = graded(course, pool)["a b"]
        assert (found.status, found.problem) == (COULD_NOT_BE_JUDGED, "w" * 300)
        assert found.tried[1] == tries
    found = graded(course, pool)["a b"]
    assert (found.status, found.tried[1]) == (GIVEN_UP, 3)
    assert found.problem == (
        f"{'w' * 250}; 3 runs ended so: settle it with `autograder settle hw 'a b'`"
    )
    watcher = Watcher()
    assert graded(course, pool, watcher=watcher)["a b"] == found and watcher.told == []
    write(course.submitted("a b", HW), plain("# another\n" + RIGHT))
    assert graded(course, pool)["a b"].tried[1] == 1


def test_a_check_that_fails_itself_is_given_up_as_well(course):
    verdict = (
        "from autograder.judging import Status, Verdict\n"
        "from autograder.judging.setting import current\n"
        "current().publish(Verdict('hw.double', Status.COULD_NOT_BE_JUDGED, 'broken'))\n"
    )
    source = course.source(HW)
    for path in source, course.released(HW):
        write(path, plain(test=verdict))
    with course.gradebook() as gradebook:
        where = ("test_double", HW, HW)
        gradebook.update_or_create_source_cell(*where, cell_type="code", source=verdict)
    statuses = [graded(course)["ada"].status for _ in range(3)]
    assert statuses == [COULD_NOT_BE_JUDGED, COULD_NOT_BE_JUDGED, GIVEN_UP]
    assert graded(course)["ada"].problem.startswith("a check failed itself; 3 runs ended so")


def test_a_result_that_the_gradebook_rejects_costs_nobody_else(course, monkeypatch):
    write(course.submitted("bob", HW), plain(RIGHT))
    own = grading.record

    def record(gradebook, course, blueprint, student, *rest):
        own(gradebook, course, blueprint, student, *rest)
        if student == "ada":
            gradebook.find_submission(HW, "ada").notebooks[0].grades[0].auto_score = 77.0
            raise KeyError("x" * 600)

    monkeypatch.setattr(grading, "record", record)
    found = graded(course)
    assert found["ada"].problem == f"the gradebook rejected it (KeyError: '{'x' * 600}"[:500]
    assert found["ada"].status == COULD_NOT_BE_JUDGED and found["bob"].status == GRADED
    with course.gradebook() as gradebook:  # half of a result is none
        page = gradebook.find_submission(HW, "ada").notebooks[0]
        assert 77.0 not in [each.auto_score for each in page.grades]


class ServerError(Exception):
    """As of a database's server."""


@pytest.mark.parametrize(
    "error, words",
    [
        (OSError(errno.ENOSPC, "No space left"), "^The disk is full .*No space left.*: make room"),
        (OSError(errno.EDQUOT, "Quota exceeded"), "^The disk is full "),
        (OperationalError("x", {}, ServerError("gone")), r"^The gradebook .*\(gone\)"),
    ],
)
def test_a_disk_or_a_database_that_is_away_is_everybodys(course, monkeypatch, error, words):
    def record(*_):
        raise error

    with monkeypatch.context() as patch, pytest.raises(CourseError, match=words):
        patch.setattr(grading, "record", record)
        graded(course)
    assert result_of(Store.of(course, HW), "ada") is None  # nothing is said of it
    assert graded(course)["ada"].status == GRADED  # and the course is not locked


def test_not_while_somebody_else_grades_nor_before_a_release(course):
    with only_grader(course), pytest.raises(CourseError, match="being graded by another run"):
        graded(course)
    with course.gradebook() as gradebook:
        where = ("test_double", HW, HW)
        gradebook.update_or_create_source_cell(*where, cell_type="code", source="old")
    with pytest.raises(CourseError, match="has changed since hw was released"):
        graded(course)


def test_without_a_pool_there_are_workers_with_these_options(course, monkeypatch):
    asked = []

    def workers(**options):
        asked.append(options)
        return nullcontext(Pool())

    monkeypatch.setattr(grading, "Workers", workers)
    watcher = Watcher()
    found = grade(course, HW, ["ada"], watcher=watcher, count=3, allow_unsandboxed=True)
    assert [each.status for each in found] == [GRADED] and len(watcher.told) == 3
    assert asked == [{"count": 3, "allow_unsandboxed": True}]


@pytest.mark.parametrize("status", [NO_SUBMISSION, UNREADABLE, SETTLED])
def test_of_two_notebooks_one_without_points_counts_nothing_where_the_other_counts(
    tmp_path, status
):
    course = plain_course(tmp_path / "course", "one", "two")
    assert graded(course)["ada"].score == 6.0
    path = course.submitted("ada", HW, "two")
    if status == NO_SUBMISSION:
        path.unlink()
    elif status == UNREADABLE:
        path.write_text("{")
    else:
        write(path, plain("# another"))
        inputs = jobs.inputs_of(jobs.blueprint(course, HW, "two"), path, Pool.limits)
        store = Store.of(course, HW, "two")
        settled = {"status": SETTLED, "score": 0.0, "inputs": inputs}
        store.save_status("ada", store.status("ada") | settled)
    found = graded(course)["ada"]
    worst = GRADED if status == NO_SUBMISSION else status
    assert (found.status, found.score, found.max_score) == (worst, 3.0, 6.0)
    own = result_of(Store.of(course, HW, "two"), "ada")
    assert (own.status, own.score, own.max_score) == (status, 0.0, 3.0)
    with course.gradebook() as gradebook:
        pages = gradebook.find_submission(HW, "ada").notebooks
        assert {page.name: page.score for page in pages} == {"one": 3.0, "two": 0.0}
    assert not course.autograded("ada", HW, "two").exists()


def test_where_no_notebook_could_be_graded_the_gradebook_stays_as_it_is(tmp_path):
    """As it does for an assignment with one notebook."""
    course = plain_course(tmp_path / "course", "one", "two")
    graded(course)
    for name in "one", "two":
        course.submitted("ada", HW, name).write_text("{")
    found = graded(course)["ada"]
    assert (found.status, found.score) == (UNREADABLE, None)
    with course.gradebook() as gradebook:
        pages = gradebook.find_submission(HW, "ada").notebooks
        assert [page.score for page in pages] == [3.0, 3.0]


def test_penalties_and_marks_are_settled_once_all_are_graded(tmp_path):
    course = course_of(tmp_path / "course", "0.5")
    hand_out(course)
    with course.gradebook() as gradebook:
        for name, source in jobs.blueprint(course, HW).hidden.items():
            gradebook.update_or_create_source_cell(name, HW, HW, cell_type="code", source=source)
    notebook = plain(RIGHT)
    notebook.cells.insert(0, new_code_cell("1", id="more"))
    write(course.submitted("ada", HW), notebook)
    time = course.submitted("ada", HW).parent / "timestamp.txt"
    write(time, "2026-01-10 00:00:01 UTC")
    assert graded(course)["ada"].remarks == (
        "Cells that the student added, run where they were: 1.",
    )
    with course.gradebook() as gradebook:
        (page,) = gradebook.find_submission(HW, "ada").notebooks
        assert page.late_submission_penalty == 0.5
