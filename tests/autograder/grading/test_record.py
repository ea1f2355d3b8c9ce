"""What the gradebook is told of a notebook that is missing."""

from types import SimpleNamespace

import pytest
from nbgrader.api import MissingEntry

from autograder.grading.recording import record as recording


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
