"""Points: what counts, what waits, what lateness takes off."""

from dataclasses import FrozenInstanceError
from types import SimpleNamespace

import pytest
from nbgrader.api import Gradebook

from autograder.notebooks.of_assignment import label
from autograder.reports import late as late_module
from autograder.reports import points
from autograder.reports.points import Mark, Marks


@pytest.mark.parametrize(
    ("mark", "counted", "waits"),
    [
        (Mark(2.0, 3.0), 2.0, False),
        (Mark(0.0, 3.0), 0.0, False),
        (Mark(None, 3.0), 0.0, True),
        (Mark(None, 3.0, extra=0.5), 0.5, True),
        (Mark(2.0, 3.0, extra=0.5, by_hand=True), 2.5, False),
        # More than the maximum counts, unless the maximum was lowered afterwards.
        (Mark(4.0, 3.0, by_hand=True), 4.0, False),
        (Mark(4.0, 3.0, by_hand=True, outdated=True), 3.0, True),
        (Mark(2.0, 3.0, extra=1.0, by_hand=True, outdated=True), 3.0, True),
    ],
)
def test_what_a_mark_counts(mark, counted, waits):
    assert (mark.counted, mark.waits) == (counted, waits)


def marks(*own, penalty=0.0):
    return Marks("ada", "", {str(n): mark for n, mark in enumerate(own)}, {}, penalty)


def test_a_penalty_is_taken_off_and_no_total_is_below_zero():
    three = Mark(2.0, 3.0), Mark(None, 5.0), Mark(1.0, 1.0, extra=0.5)
    assert (marks(*three).total, marks(*three).most, marks(*three).waiting) == (3.5, 9.0, 1)
    assert marks(*three, penalty=1.5).total == 2.0
    assert marks(*three, penalty=1.5).most == 9.0
    assert marks(*three, penalty=4.0).total == 0.0
    assert (marks().total, marks().most, marks().waiting) == (0.0, 0.0, 0)


def test_a_cell_without_a_maximum_has_none():
    rows = [("a", 2), ("b", 0.0), ("c", None)]
    database = SimpleNamespace(query=lambda *columns: rows)
    kind = SimpleNamespace(id=None, max_score=None)
    assert points._maxima(database, kind) == {"a": 2.0, "b": 0.0, "c": 0.0}


@pytest.fixture
def gradebook():
    """Two assignments, the first of two notebooks; ada and bob handed in, and cy only something."""
    book = Gradebook("sqlite:///:memory:")
    for name, notebooks in (("ps1", ("one", "two")), ("ps2", ("two",))):
        book.add_assignment(name, duedate="2026-10-01 12:00:00 UTC")
        for notebook in notebooks:
            book.add_notebook(notebook, name)
            book.add_grade_cell("test", notebook, name, max_score=5, cell_type="code")
            book.add_solution_cell("why", notebook, name)
            book.add_grade_cell("why", notebook, name, max_score=3, cell_type="markdown")
            book.add_task_cell("poster", notebook, name, max_score=4, cell_type="markdown")
    book.add_student("ada", first_name=" Ada ", last_name="Lovelace")
    book.add_student("bob", last_name="Byron")
    for name, student in (("ps1", "ada"), ("ps1", "bob"), ("ps2", "ada")):
        book.add_submission(name, student)
    marked = book.find_submission_notebook("one", "ps1", "ada")
    marked.late_submission_penalty = 1.5
    book.find_submission_notebook("two", "ps1", "ada").late_submission_penalty = 0.25
    for grade in marked.grades:
        if grade.name == "test":
            grade.auto_score = 4
        elif grade.name == "why":
            grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 2, 0.5, False
        else:
            grade.manual_score, grade.needs_manual_grade = 3, True
    for comment in marked.comments:
        if comment.name == "why":
            comment.manual_comment = " Say more.\n"
    book.db.commit()
    yield book
    book.close()


def test_the_marks_of_a_notebook_are_those_of_the_gradebook(gradebook):
    ada = points.marks_of(gradebook, "ps1", "ada", "one")
    assert (ada.student, ada.name, ada.penalty) == ("ada", "Ada Lovelace", 1.5)
    assert ada.marks == {
        "test": Mark(4.0, 5.0),
        "why": Mark(2.0, 3.0, 0.5, by_hand=True),
        "poster": Mark(3.0, 4.0, by_hand=True, outdated=True),
    }
    assert ada.comments == {"why": "Say more."}
    assert (ada.total, ada.most, ada.waiting) == (8.0, 12.0, 1)
    with pytest.raises(FrozenInstanceError):
        ada.penalty = 0.0
    both = points.notebook_marks(gradebook, "ps1", "one")
    assert [*both] == ["ada", "bob"] and both["ada"] == ada
    bob = both["bob"]
    assert (bob.name, bob.penalty, bob.comments) == ("Byron", 0.0, {})
    assert set(bob.marks) == {"test", "why", "poster"}
    assert points.marks_of(gradebook, "ps1", "cy", "one") is None
    assert points.notebook_marks(gradebook, "ps1", "three") == {}
    assert set(points.notebook_marks(gradebook, "ps2", "two")) == {"ada"}


def test_the_marks_of_a_class_are_those_of_all_notebooks_by_their_labels(gradebook):
    found = points.class_marks(gradebook, "ps1")
    assert set(found) == {"ada", "bob"}
    ada = found["ada"]
    parts = ("test", "why", "poster")
    assert set(ada.marks) == {label("ps1", n, part) for n in ("one", "two") for part in parts}
    assert ada.comments == {label("ps1", "one", "why"): "Say more."}
    assert (ada.penalty, ada.name, ada.student) == (1.75, "Ada Lovelace", "ada")
    assert ada.marks[label("ps1", "one", "test")] == Mark(4.0, 5.0) and ada.most == 24.0
    assert points.class_marks(gradebook, "ps2")["ada"].penalty == 0.0
    assert points.class_marks(gradebook, "ps3") == {}


@pytest.mark.parametrize(
    ("given", "mark"),
    [
        ((5.0, 4.0, None, None, False), Mark(4.0, 5.0)),
        ((5.0, None, None, None, True), Mark(None, 5.0)),
        ((5.0, 4.0, 0.0, None, False), Mark(0.0, 5.0, by_hand=True)),
        ((5.0, 0.0, None, 1.0, False), Mark(0.0, 5.0, 1.0, by_hand=True)),
        # What needs a person without ever having had one is not outdated.
        ((5.0, 4.0, None, 0.0, True), Mark(4.0, 5.0)),
        ((5.0, None, 2.0, 0.0, True), Mark(2.0, 5.0, by_hand=True, outdated=True)),
    ],
)
def test_a_mark_is_made_of_what_the_gradebook_has(given, mark):
    assert points._mark(*given) == mark
    with pytest.raises(FrozenInstanceError):
        mark.points = 5.0


def late(monkeypatch, gradebook, *said, assignment="ps1", students=("ada", "bob", "cy")):
    def of(course, name, student):
        assert name == assignment
        return SimpleNamespace(late=student in said)

    monkeypatch.setattr(late_module, "Receipt", SimpleNamespace(of=of))
    course = SimpleNamespace(students=lambda name: students)
    return late_module.late_students(course, gradebook, assignment)


def test_who_is_late_by_the_gradebooks_times(monkeypatch, gradebook):
    assert late(monkeypatch, gradebook) == set()
    # Without a time what the LMS said counts, also of who is not in the gradebook.
    assert late(monkeypatch, gradebook, "ada", "cy") == {"ada", "cy"}
    at = {"ada": "2026-10-01 12:00:00 UTC", "bob": "2026-10-01 12:00:01 UTC"}
    for student, when in at.items():
        gradebook.update_or_create_submission("ps1", student, timestamp=when)
    assert late(monkeypatch, gradebook, "ada", "cy") == {"bob", "cy"}
    gradebook.grant_extension("ps1", "bob", minutes=1)
    assert late(monkeypatch, gradebook, "ada") == set()
    # Of another assignment nothing is taken over.
    assert late(monkeypatch, gradebook, "ada", assignment="ps2") == {"ada"}
    gradebook.update_or_create_assignment("ps1", duedate=None)
    assert late(monkeypatch, gradebook, "ada") == {"ada"}
