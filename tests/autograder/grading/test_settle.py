"""Which marks a person has to look at again: by what the marker saw, and by what is there now."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.grading.grade import grade as grade_all
from autograder.grading.recording.settle import capped, look, settle, settle_marks, shown
from autograder.grading.recording.store import Store
from autograder.notebooks.cells import new_marks
from helpers.errors import CourseError
from tests.autograder.grading.in_process import InProcess
from tests.autograder.grading.plain_gradebook import DUE, HW, add, course_of, grades, hand_in
from tests.tiny_course import TINY, submit, tiny_course


def notebook(**sources):
    """A code answer with its test, a marked text, and a cell of the student's own."""
    sources = {"double": "2 * x", "test_double": "check", "why": "Because.", "own": ""} | sources
    made = []
    for name, options in {
        "double": {"answer": True},
        "test_double": {"points": 3},
        "why": {"answer": True, "points": 2},
    }.items():
        make = new_markdown_cell if name == "why" else new_code_cell
        marks = new_marks(name, **{"answer": False, "points": None, **options})
        made.append(make(sources[name], id=name, metadata={"nbgrader": marks}))
    return new_notebook(cells=[*made, new_code_cell(sources["own"], id="own-1")])


SCORES = {"test_double": 1.5}


def seen(scores=SCORES, **sources):
    return shown(notebook(**sources), scores)


def test_what_is_marked_has_a_digest_and_its_maximum():
    found = seen()
    assert {name: most for name, (_, most) in found.items()} == {"test_double": 3, "why": 2}
    assert seen() == found


@pytest.mark.parametrize(
    "change, other",
    [
        ({"why": "Because not."}, {"why"}),
        # Whoever marks a test looks at the answer and at the result.
        ({"double": "3 * x"}, {"test_double"}),
        ({"scores": {"test_double": 3.0}}, {"test_double"}),
        ({"scores": {}}, {"test_double"}),
        ({"test_double": "another check"}, set()),
        ({"own": "print()"}, set()),
    ],
)
def test_what_a_marker_sees_of_each_cell(change, other):
    before, after = seen(), seen(**change)
    assert {name for name in before if before[name] != after[name]} == other


def test_a_share_is_of_the_maximum():
    """Points that were doubled for test and maximum are the same result."""
    doubled = notebook()
    doubled.cells[1].metadata.nbgrader["points"] = 6
    (digest, most), (other, more) = (
        each["test_double"] for each in (seen(), shown(doubled, {"test_double": 3.0}))
    )
    assert digest == other and (most, more) == (3, 6)


def test_an_answer_without_a_cell_of_its_name_is_all_of_the_work():
    work = notebook()
    work.cells[0].metadata.nbgrader["grade_id"] = "other"
    changed = notebook(own="print()")
    changed.cells[0].metadata.nbgrader["grade_id"] = "other"
    assert shown(work, SCORES)["test_double"] != shown(changed, SCORES)["test_double"]


def grade(mark=None, auto=None, flag=True):
    return SimpleNamespace(manual_score=mark, auto_score=auto, needs_manual_grade=flag)


NOW, THEN = ["now", 2], ["then", 2]


@pytest.mark.parametrize(
    "given, row, needs, marked",
    [
        (grade(), None, True, None),
        (grade(auto=1.0), None, False, None),
        # Marked before there was a row.
        (grade(mark=1.0, flag=False), None, False, NOW),
        (grade(mark=1.0, flag=True), None, True, None),
        # The mark is of what was shown the last time.
        (grade(mark=1.0), {"now": NOW, "mark": None, "marked": None}, False, NOW),
        (grade(mark=1.0), {"now": THEN, "mark": None, "marked": None}, True, THEN),
        (grade(mark=2.0), {"now": NOW, "mark": 1.0, "marked": THEN}, False, NOW),
        # The same mark again, and it was confirmed by taking the flag away.
        (grade(mark=1.0), {"now": NOW, "mark": 1.0, "marked": THEN}, True, THEN),
        (grade(mark=1.0, flag=False), {"now": NOW, "mark": 1.0, "marked": THEN}, False, NOW),
        (grade(mark=1.0), {"now": THEN, "mark": 1.0, "marked": NOW}, False, NOW),
    ],
)
def test_a_mark_holds_for_what_its_marker_saw(given, row, needs, marked):
    kept, found = look(given, row, NOW)
    assert found is needs
    assert kept == {"now": NOW, "mark": given.manual_score, "marked": marked}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    course = tiny_course(tmp_path_factory.mktemp("tiny") / "course")
    submit(course, "ada")
    grade_all(course, TINY, pool=InProcess())
    return course


def test_a_mark_is_taken_notice_of_at_its_own_cell(graded):
    store = Store.of(graded, TINY)
    before = store.marks("ada")
    with graded.gradebook() as gradebook:
        found = gradebook.find_grade("why", TINY, TINY, "ada")
        found.manual_score, found.needs_manual_grade = 1.5, False
        gradebook.db.commit()
        settle(graded, gradebook, [TINY])
        assert not gradebook.find_grade("why", TINY, TINY, "ada").needs_manual_grade
    after = store.marks("ada")
    now = before["why"]["now"]
    assert after == before | {"why": {"now": now, "mark": 1.5, "marked": now}}


# In the gradebook itself.


@pytest.mark.parametrize(
    "flag, inside",
    [
        (True, {"test_double": 3.0, "why": 1.0}),
        (False, {"test_double": 4.5, "why": 1.0}),  # a mark that holds may be above the maximum
    ],
)
def test_an_outdated_mark_counts_for_no_more_than_its_maximum_for_a_while(tmp_path, flag, inside):
    course = course_of(tmp_path / "course")
    with course.gradebook() as gradebook:
        marks = {"test_double": 4.5, "why": 1.0}
        (page,) = hand_in(gradebook, "ada", 3.0, marks=marks)
        hand_in(gradebook, "bob", 1.0)
        for each in gradebook.db.query(type(page.grades[0])):
            each.needs_manual_grade = flag
        gradebook.db.commit()
        with capped(gradebook):
            assert {name: each.manual_score for name, each in grades(page).items()} == inside
            assert page.score == sum(inside.values())
        with pytest.raises(ValueError), capped(gradebook):
            raise ValueError
        assert {name: each.manual_score for name, each in grades(page).items()} == marks


LATE = {"cy": -60, "dan": 0, "ada": 1, "bob": 7200}


@pytest.mark.parametrize(
    "penalty, ada, bob",
    [
        ("0.5 * total_seconds_late / 3600", 0.5 / 3600, 1.0),
        ("score / 2", 1.0, 1.5),
        ("2.0 if student_id == 'ada' else 3.0", 2.0, 3.0),
        ("-1", 0.0, 0.0),  # never a bonus
        ("score + 1", 2.0, 3.0),  # never below 0 points
        ("None", None, None),
    ],
)
def test_who_is_late_has_the_penalty_of_the_plugin_and_nobody_else(tmp_path, penalty, ada, bob):
    course = course_of(tmp_path / "course", penalty)
    with course.gradebook() as gradebook:
        add(gradebook, "other")
        for student, late in LATE.items():
            when = DUE + timedelta(seconds=late)
            hand_in(gradebook, student, 2.0 if student == "ada" else 3.0, when=when)
        (other,) = hand_in(gradebook, "bob", 3.0, assignment="other", when=when)
        (early,) = gradebook.find_submission(HW, "cy").notebooks
        early.late_submission_penalty = 1.0  # by another date
        gradebook.db.commit()
        settle(course, gradebook, [HW])
    with course.gradebook() as gradebook:
        found = {
            each.student_id: each.notebooks[0].late_submission_penalty
            for each in gradebook.assignment_submissions(HW)
        }
        assert found == {"cy": None, "dan": None, "ada": pytest.approx(ada), "bob": bob}
        (other,) = gradebook.find_submission("other", "bob").notebooks
        assert other.late_submission_penalty is None  # not asked for
        gradebook.update_or_create_assignment(HW, duedate=None)
        gradebook.grant_extension(HW, "bob", minutes=1)
        settle(course, gradebook, [HW])  # without a date nobody is late
        (page,) = gradebook.find_submission(HW, "bob").notebooks
        assert page.late_submission_penalty is None


def test_an_extension_makes_a_hand_in_less_late(tmp_path):
    course = course_of(tmp_path / "course", "total_seconds_late / 3600")
    with course.gradebook() as gradebook:
        (page,) = hand_in(gradebook, "ada", 3.0, when=DUE + timedelta(hours=2))
        for hours, penalty in (1, 1.0), (2, None):
            gradebook.grant_extension(HW, "ada", hours=hours)
            settle(course, gradebook, [HW])
            assert page.late_submission_penalty == penalty


@pytest.mark.parametrize(
    "penalty, config, words",
    [
        (
            "score / 0",
            "",
            "The late plugin Own failed for ada (ZeroDivisionError: float division by zero); "
            "correct it, then run this again.",
        ),
        (
            "0",
            "get_config().AssignLatePenalties.plugin_class = 'nowhere.Plugin'",
            "The late plugin that nbgrader_config.py names cannot be loaded (",
        ),
    ],
)
def test_a_plugin_that_fails_is_told_once_somebody_is_late(tmp_path, penalty, config, words):
    course = course_of(tmp_path / "course", penalty)
    with open(course.root / "nbgrader_config.py", "a") as file:
        file.write(config)
    with course.gradebook() as gradebook:
        (page,) = hand_in(gradebook, "ada", 3.0)
        settle(course, gradebook, [HW])
        hand_in(gradebook, "ada", 3.0, when=DUE + timedelta(hours=1))
        with pytest.raises(CourseError) as caught:
            settle(course, gradebook, [HW])
    assert str(caught.value).startswith(words)
    assert str(caught.value).endswith(
        "this again." if not config else "correct AssignLatePenalties.plugin_class."
    )


def row(digest, most, mark=None, marked=None):
    return {"now": [digest, most], "mark": mark, "marked": marked}


@pytest.fixture
def two_marked(tmp_path):
    """(course, gradebook): two notebooks; ada's have marks by hand in the first one alone."""
    course = course_of(tmp_path / "course", notebooks=("one", "two"))
    with course.gradebook() as gradebook:
        for student in "ada", "bob":
            hand_in(gradebook, student, 3.0, 3.0, marks={"why": 1.5} if student == "ada" else {})
        for name in "one", "two":
            Store.of(course, HW, name).save_marks("ada", {"why": row("a", 2.0)})
        yield course, gradebook


def test_marks_are_taken_notice_of_notebook_by_notebook(two_marked):
    course, gradebook = two_marked
    one, two = (Store.of(course, HW, name) for name in ("one", "two"))
    one.save_marks("bob", {"why": row("b", 2.0, 1.0, ["b", 2.0])})  # taken back since
    settle(course, gradebook, [HW])
    assert one.marks("ada") == {"why": row("a", 2.0, 1.5, ["a", 2.0])}
    assert one.marks("bob") == {"why": row("b", 2.0)}
    assert two.marks("ada") == {"why": row("a", 2.0)}


def test_a_mark_for_another_answer_waits_for_a_person(two_marked):
    course, gradebook = two_marked
    store, name = Store.of(course, HW, "one"), "why"
    found = grades(gradebook.find_submission_notebook("one", HW, "ada"))[name]
    found.needs_manual_grade = True
    store.save_marks("ada", {name: row("new", 2.0, 1.5, ["old", 2.0])})
    for _ in range(2):
        settle(course, gradebook, [HW])
        assert found.needs_manual_grade
        assert store.marks("ada") == {name: row("new", 2.0, 1.5, ["old", 2.0])}
    found.needs_manual_grade = False  # the marker confirms it
    settle(course, gradebook, [HW])
    assert not found.needs_manual_grade
    assert store.marks("ada") == {name: row("new", 2.0, 1.5, ["new", 2.0])}


def test_a_release_with_other_points_makes_a_mark_wait_and_later_marks_are_of_them(two_marked):
    """What was marked before it is of the old maximum."""
    course, gradebook = two_marked
    store = Store.of(course, HW, "one")
    settle_marks(store, gradebook, HW, "one", {"why": 5.0, "other": 1.0})
    assert store.marks("ada") == {"why": row("a", 5.0, 1.5, ["a", 2.0])}
    found = grades(gradebook.find_submission_notebook("one", HW, "ada"))["why"]
    assert found.needs_manual_grade
    found.manual_score, found.needs_manual_grade = 4.0, False
    settle_marks(store, gradebook, HW, "one", {"other": 1.0})
    assert store.marks("ada") == {"why": row("a", 5.0, 4.0, ["a", 5.0])}
    assert not found.needs_manual_grade


def test_where_nothing_has_changed_nothing_is_written(two_marked, monkeypatch):
    course, gradebook = two_marked
    settle(course, gradebook, [HW])

    def save(*_):
        raise AssertionError("there is nothing to save")

    monkeypatch.setattr(Store, "save_marks", save)
    settle(course, gradebook, [HW])
