"""A run in Gradescope's container, step by step, with trusted code and no sandbox."""

import json
import shutil
from types import SimpleNamespace

import pytest

from autograder.grading.running.pool import Failure
from autograder.reports.gradescope import container
from autograder.sandbox.isolation import LIMITS, NESTED, Isolation, Kind
from helpers.errors import CourseError
from tests.autograder.grading.in_process import InProcess
from tests.tiny_course import TINY, submit

RAN = []


@pytest.fixture
def root(course, tmp_path, monkeypatch):
    """Gradescope's folder, with a submission in it; said: what was done to processes and how."""
    root = tmp_path / "autograder"
    (root / "results").mkdir(parents=True)
    submit(course, "ada").parent.rename(root / "submission")
    shutil.copytree(course.root, root / "source" / "course")
    monkeypatch.setattr(container.confine, "adopt_orphans", lambda: RAN.append("adopt"))
    monkeypatch.setattr(container.confine, "end_children", lambda: RAN.append("end"))
    monkeypatch.setattr(container, "Workers", Pool)
    monkeypatch.setattr(Pool, "isolation", NESTED)
    RAN.clear()
    return root


class Pool(InProcess):
    """isolation: that which was found. looks: called with nothing when the submission is run."""

    isolation, looks = NESTED, staticmethod(lambda: None)

    def __init__(self, count, allow_unsandboxed):
        super().__init__()
        assert count == 1 and allow_unsandboxed

    def run(self, tasks, store):
        self.looks()
        ((task,)) = tasks
        assert task.student == "submission" and store.root.is_dir()
        yield from super().run(tasks, store)


def results(root):
    return json.loads((root / "results" / "results.json").read_text())


def test_a_submission_has_its_points_and_the_time_that_it_took(root, monkeypatch):
    clock = iter([100.0, 107.4])
    monkeypatch.setattr(container, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    assert container.main(TINY, str(root)) == 0
    made = results(root)
    assert [(each["score"], each["max_score"]) for each in made["tests"]] == [(3, 3), (5, 5)]
    assert made["execution_time"] == 7 and RAN == ["adopt", "end"]
    assert {path.name for path in root.iterdir()} == {"results", "source", "submission"}


def test_a_notebook_that_cannot_be_read_gets_nothing_and_is_told_why(root):
    for path in (root / "submission").iterdir():
        path.write_text("{")
    assert container.main(TINY, root) == 0
    made = results(root)
    assert made["score"] == 0 and "gets 0 points: tiny.ipynb is not a notebook" in made["output"]


def test_nothing_that_is_the_kit_s_fault_has_results(root, monkeypatch, capsys):
    """Not even those that the submission has written."""
    (root / "results" / "results.json").write_text("its own")

    def run(self, tasks, store):
        yield tasks[0], Failure("the disk\x1b is broken")

    monkeypatch.setattr(Pool, "run", run)
    assert container.main(TINY, root) == 1
    said = capsys.readouterr().err
    assert said.startswith("autograder: the submission could not be run: the disk")
    assert "\x1b" not in said and not (root / "results" / "results.json").exists()
    assert RAN == ["adopt", "end"]


def test_a_course_that_cannot_be_used_is_a_sentence(root, capsys):
    assert container.main("missing", root) == 1
    assert capsys.readouterr().err.startswith("autograder: ")


@pytest.mark.parametrize(
    "isolation, closed, deleted",
    [
        (NESTED, False, False),
        (LIMITS, False, True),
        (Isolation(Kind.LIMITS, apart=True), True, True),
    ],
)
def test_what_a_submission_could_read_is_not_there(root, monkeypatch, isolation, closed, deleted):
    found = {}
    solution = container.Course(root / "source" / "course").source(TINY, TINY)
    assert solution.is_file()

    def look():
        names = ("source", "submission", "results")
        found["modes"] = {(root / name).stat().st_mode & 0o777 for name in names}
        found["solution"] = solution.exists()

    monkeypatch.setattr(Pool, "isolation", isolation)
    monkeypatch.setattr(Pool, "looks", staticmethod(look))
    assert container.main(TINY, root) == 0
    assert (found["modes"] == {0o700}) is closed and found["solution"] is not deleted


def test_of_several_notebooks_the_one_that_is_missing_is_told(root, monkeypatch):
    """The others count; what is told names no folder of the container's."""
    blueprints = container.jobs.blueprints
    (one,) = blueprints(container.Course(root / "source" / "course"), TINY)
    found = {"a": CourseError(f"{root / 'submission'}/a.ipynb is broken"), "b": None}

    def find(folder, name, released):
        assert folder == root / "submission" and set(released) == {"a", "b"}
        if isinstance(found[name], CourseError):
            raise found[name]
        return found[name]

    two = [container.jobs.replace(one, notebook=name) for name in "ab"]
    monkeypatch.setattr(container.jobs, "blueprints", lambda course, assignment: two)
    monkeypatch.setattr(container, "find_notebook", find)
    assert container.main(TINY, root) == 0
    made = results(root)
    assert [each["number"] for each in made["tests"]] == ["1.1", "1.2", "2.1", "2.2"]
    assert {each["score"] for each in made["tests"]} == {0.0}
    broken, missing = made["tests"][0]["output"], made["tests"][2]["output"]
    assert broken == "a.ipynb is broken" and "was not handed in" in missing
