"""nbgrader's autograde, step by step in this process: trusted code, and nothing is started."""

import json

import nbformat
import pytest
from nbgrader.apps.api import NbGraderAPI

from autograder.course import walk
from autograder.course.course import read_notebook
from autograder.grading import nbgrader_steps
from autograder.grading.grade import grade
from autograder.grading.preparing import jobs
from autograder.grading.recording import record
from autograder.grading.recording.store import Store
from autograder.grading.result import GRADED, NO_SUBMISSION, result_of
from autograder.grading.running.pool import Failure
from autograder.notebooks.cells import named
from helpers.errors import CourseError
from tests.autograder.grading.in_process import InProcess, run_job
from tests.autograder.grading.plain_gradebook import HW, course_of, hand_out, write
from tests.tiny_course import TINY, submit
from tests.two_notebooks import ONE, PS1, TWO, book, hand_in, two_notebooks

HALF = "def double(x):\n    return x"


@pytest.fixture
def course(tiny):
    return tiny


@pytest.fixture(autouse=True)
def here(monkeypatch):
    """Jobs run in this process; gives the tasks, in order."""
    tasks = []

    def run_one(task, store):
        tasks.append(task)
        job, remarks = task.job(InProcess.limits)
        return run_job(job, store).with_remarks(*remarks)

    monkeypatch.setattr(nbgrader_steps._shared, "run_one", run_one)
    return tasks


def autograde(course, student, assignment=TINY):
    """Whether nbgrader's command, or its button, succeeds."""
    return NbGraderAPI(config=course.config()).autograde(assignment, student)["success"]


def grades(course, student):
    """{cell: (automatic points, whether a person has to look)}."""
    with course.gradebook() as gradebook:
        (page,) = gradebook.find_submission(TINY, student).notebooks
        return {each.name: (each.auto_score, each.needs_manual_grade) for each in page.grades}


@pytest.mark.parametrize("answer, points", [({}, 3), ({"double": HALF}, 0)])
def test_points_and_result_are_those_of_the_kits_own_command(course, answer, points):
    submit(course, "ada", **answer)
    assert autograde(course, "ada")
    found = grades(course, "ada")
    assert found == {
        "test_double": (points, False),
        "test_bce_loss": (5, False),
        "why": (None, True),
    }
    by_nbgrader = result_of(Store.of(course, TINY), "ada")
    (ours,) = grade(course, TINY, pool=InProcess())
    assert by_nbgrader == ours and ours.status == GRADED and ours.score == points + 5
    assert grades(course, "ada") == found


def test_what_was_run_is_on_the_page_with_the_remarks(course, here):
    path = submit(course, "ada")
    (path.parent / "data.bin").symlink_to("/etc/hostname")
    notebook = read_notebook(path)
    named(notebook)["test_double"].source = "pass"
    nbformat.write(notebook, path)
    assert autograde(course, "ada")
    page = read_notebook(course.autograded("ada", TINY))
    (shown,) = (cell.outputs for cell in page.cells if cell.id == "show-double")
    assert [output.text for output in shown] == ["tensor(8.)\n"]
    (task,) = here
    assert task.remarks[0] == "test_double: the cell was changed; the original was used."
    assert task.remarks[1] == "'data.bin' is not an ordinary file; it was left out."
    assert result_of(Store.of(course, TINY), "ada").remarks == task.remarks


def test_no_copy_stays_of_what_a_link_points_to(course):
    path = submit(course, "ada")
    (path.parent / "inner").mkdir()
    (path.parent / "inner" / "other.txt").symlink_to("/etc/hostname")
    (path.parent / "inner" / "own.txt").write_text("own")
    assert autograde(course, "ada")
    folder = course.autograded("ada", TINY).parent
    assert [each.name for each in (folder / "inner").iterdir()] == ["own.txt"]


def test_what_is_too_deep_to_look_for_links_is_not_copied(tiny):
    """What nbgrader has copied of it goes again, and the rest stays."""
    for stage in tiny.submitted, tiny.autograded:
        folder = stage("ada", TINY).parent
        (folder / "/".join("d" * 13)).mkdir(parents=True)
        (folder / "plain").mkdir()
        (folder / "plain" / "x.txt").write_text("x")
    nbgrader_steps._leave_out_links(tiny, "ada", TINY, TINY)
    copied = tiny.autograded("ada", TINY).parent
    assert (copied / "plain" / "x.txt").exists()
    assert (copied / "/".join("d" * 11)).exists() and not (copied / "/".join("d" * 12)).exists()
    # What was handed in is nobody's to change.
    assert (tiny.submitted("ada", TINY).parent / "/".join("d" * 13)).exists()


def test_a_folder_with_more_files_than_are_looked_at_is_not_opened(tiny, monkeypatch):
    def many(folder):
        raise walk.TooMany("more than 3 files")

    monkeypatch.setattr(walk, "entries", many)
    with pytest.raises(CourseError) as caught:
        nbgrader_steps._leave_out_links(tiny, "ada", TINY, TINY)
    folder = tiny.submitted("ada", TINY).parent
    assert str(caught.value) == f"{folder} holds more than 3 files; it was not opened."


def test_a_notebook_that_is_a_link_is_not_opened(course):
    submit(course, "bob")
    path = submit(course, "ada")
    path.unlink()
    path.symlink_to(course.submitted("bob", TINY))
    assert not autograde(course, "ada")
    assert not course.autograded("ada", TINY).exists()


@pytest.mark.parametrize("fault", [CourseError("not readable"), Failure("its worker ended")])
def test_what_could_not_be_judged_has_no_score(course, monkeypatch, fault):
    submit(course, "ada")
    monkeypatch.setattr(nbgrader_steps._shared, "run_one", lambda task, store: fault)
    log = NbGraderAPI(config=course.config()).autograde(TINY, "ada")
    assert not log["success"]
    if isinstance(fault, Failure):
        assert "ada could not be judged: its worker ended" in log["log"]
    assert set(grades(course, "ada").values()) == {(None, True)}  # a person has to look
    assert result_of(Store.of(course, TINY), "ada") is None


def test_a_mark_by_hand_stays_until_the_answer_changes(course):
    submit(course, "ada")
    assert autograde(course, "ada")
    with course.gradebook() as gradebook:
        found = gradebook.find_grade("why", TINY, TINY, "ada")
        found.manual_score, found.needs_manual_grade = 1.0, False
        gradebook.db.commit()
    assert autograde(course, "ada") and grades(course, "ada")["why"] == (None, False)
    submit(course, "ada", why="Another reason.")
    assert autograde(course, "ada") and grades(course, "ada")["why"] == (None, True)


@pytest.fixture(scope="module")
def of_two(tmp_path_factory):
    return two_notebooks(tmp_path_factory.mktemp("two") / "course")


def test_of_two_notebooks_the_other_one_was_not_handed_in(of_two):
    course = of_two
    released = course.root / "notebooks" / PS1
    hand_in(course.root, "ada", **{ONE: book(released, ONE)})
    (course.root / "submitted" / "ada" / PS1 / "numbers.csv").write_text("2,3,7")
    assert autograde(course, "ada", PS1)
    found = {name: result_of(Store.of(course, PS1, name), "ada") for name in (ONE, TWO)}
    assert found[TWO].status == NO_SUBMISSION


def test_a_check_that_failed_itself_leaves_the_points_to_a_person(course, monkeypatch):
    submit(course, "ada")

    def auto_score(cell):
        return None if cell.id == "test_double" else record.auto_score(cell)

    monkeypatch.setattr(nbgrader_steps, "auto_score", auto_score)
    assert autograde(course, "ada")
    assert grades(course, "ada") == {
        "test_double": (None, True), "test_bce_loss": (5, False), "why": (None, True)
    }  # fmt: skip


@pytest.fixture
def plain(tmp_path):
    """A course with one notebook, handed in."""
    course = course_of(tmp_path / "plain")
    hand_out(course)
    write(course.submitted("ada", HW))
    return course


def test_a_notebook_that_had_to_be_repaired_is_remarked_on_first(plain, here):
    content = json.loads(plain.submitted("ada", HW).read_text())
    content["cells"][0].pop("outputs")
    content["cells"][1]["source"] = "pass"
    content["nbformat"] = "4"
    plain.submitted("ada", HW).write_text(json.dumps(content))
    names = {"student": "ada", "assignment": HW, "notebook": HW}
    step = nbgrader_steps.CanonicalNotebook(config=plain.config())
    made, _ = step.preprocess(nbformat.from_dict(content), {"nbgrader": names})
    first, *others = made.metadata["remarks"]
    assert others == ["test_double: the cell was changed; the original was used."]
    assert (
        first
        == jobs.job_of(jobs.blueprint(plain, HW), plain.submitted("ada", HW), InProcess.limits)[1][
            0
        ]
    )


# The worker that is kept for the next click.


@pytest.fixture
def shared(monkeypatch):
    """A _Shared with what it did, as words."""
    did = []

    class Pool:
        def __init__(self, count):
            did.append(f"{count} worker")

        def __enter__(self):
            return self

        def __exit__(self, *error):
            did.append("ended")

        def run(self, tasks, store):
            (task,) = tasks
            did.append(f"ran {task} for {store}")
            yield task, f"outcome of {task}"

    class Timer:
        def __init__(self, seconds, work):
            self.seconds, self.work, self.daemon = seconds, work, False

        def start(self):
            did.append(f"waits {self.seconds:g} s" if self.daemon else "waits at exit, too")

        def cancel(self):
            did.append("waits no longer")

    monkeypatch.setattr(nbgrader_steps, "Workers", Pool)
    monkeypatch.setattr(nbgrader_steps.threading, "Timer", Timer)
    monkeypatch.setattr(nbgrader_steps.atexit, "register", did.append)
    made = nbgrader_steps._Shared()
    assert did == [made.close]
    did.clear()
    return made, did


def test_one_worker_is_kept_for_a_minute_and_used_again(shared):
    made, did = shared
    assert made.run_one("a", "s") == "outcome of a"
    assert did == ["1 worker", "ran a for s", "waits 60 s"]
    did.clear()
    assert made.run_one("b", "s") == "outcome of b"
    assert did == ["waits no longer", "ran b for s", "waits 60 s"]
    did.clear()
    made.timer.work()
    made.close()
    assert did == ["ended"]
    made.run_one("c", "s")
    assert did[1:3] == ["waits no longer", "1 worker"]


def test_a_folder_with_the_name_of_the_notebook_is_left_out(course):
    path = submit(course, "eve")
    path.rename(path.with_name("mine.ipynb"))
    path.mkdir()
    (path / "x.txt").write_text("x")
    submit(course, "ada")
    results = {each.student: each for each in grade(course, TINY, pool=InProcess())}
    assert [results[name].status for name in ("ada", "eve")] == [GRADED, GRADED]
    assert course.autograded("eve", TINY).is_file()
