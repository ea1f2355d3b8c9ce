"""Which marks a person has to look at again: by what the marker saw, and by what is there now."""

from types import SimpleNamespace

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.grading.grade import grade as grade_all
from autograder.grading.recording.settle import look, settle, shown
from autograder.grading.recording.store import Store
from autograder.notebooks.cells import new_marks
from tests.autograder.grading.in_process import InProcess
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
