"""Marks are nbgrader's, as formgrader would have written them, and nobody's change is lost."""

import csv
import os
import shutil
import threading
from collections import Counter

import nbformat
import pytest
from nbgrader.api import Comment, Grade
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from autograder.course.course import read_notebook
from autograder.marking import agreement, command, progress
from autograder.marking.desk import Desk, Options
from autograder.marking.log import LOG, SECOND
from autograder.marking.marks import Conflict
from autograder.releasing.release import release
from autograder.reports.exports import export_csv
from autograder.reports.points import class_marks
from helpers.errors import CourseError
from tests.marking_course import ESSAYS, essays, hand_in, picture, written

Q = "q_1"
SENTENCE = "+1: the limit"


def rows(desk, name=Q):
    """{student: row of the answer}, as a browser gets it."""
    return {mark.student: mark.as_row() for mark in desk.mine(desk.question(name))}


def line(desk, number, name=Q):
    return desk.question(name).scheme.lines[number - 1].id


def give(desk, student, points, name=Q, **more):
    row = rows(desk, name)[student]
    return desk.save(row["id"], {**row, "points": points, **more})


def table(course):
    """Everything that nbgrader's tables say of marks, by student and cell."""
    with course.gradebook() as book:
        grades = {
            (each.student.id, each.name): (each.manual_score, each.needs_manual_grade, each.score)
            for each in book.db.query(Grade)
        }
        comments = {
            (each.student.id, each.name): (each.manual_comment, each.auto_comment)
            for each in book.db.query(Comment)
        }
    return grades, comments


def in_formgrader(course, student, points, comment, name=Q):
    """As formgrader's two handlers for a grade and a comment."""
    with course.gradebook() as book:
        page = book.find_submission_notebook(ESSAYS, ESSAYS, student)
        (grade,) = [each for each in page.grades if each.name == name]
        grade.manual_score = points
        grade.needs_manual_grade = points is None and grade.auto_score is None
        (said,) = [each for each in page.comments if each.name == name]
        said.manual_comment = comment
        book.db.commit()


def test_the_gradebook_is_as_after_the_same_marks_in_formgrader(course, desk):
    own = desk()
    give(own, "s003", 2.5, given=[line(own, 2)], own="Say <why>.")
    give(own, "s004", 0)
    give(own, "s005", 4)
    give(own, "s005", None)  # taken back
    by_us = table(course)
    for student in ("s003", "s004", "s005"):
        give(own, student, None, given=[], own="")
    assert table(course) != by_us
    in_formgrader(course, "s003", 2.5, f"{SENTENCE}\nSay <why>.")
    in_formgrader(course, "s004", 0, None)
    in_formgrader(course, "s005", None, None)
    assert table(course) == by_us
    with course.gradebook() as book:
        marks = class_marks(book, ESSAYS)
    assert marks["s003"].comments[Q] == f"{SENTENCE}\nSay <why>." and marks["s003"].total == 2.5


def test_what_formgrader_did_is_seen_and_not_overwritten(course, desk):
    own = desk()
    before = rows(own)["s003"]
    in_formgrader(course, "s003", 3, "From formgrader.")
    with pytest.raises(Conflict) as caught:
        own.save(before["id"], {**before, "points": 1})
    assert caught.value.now.points == 3 and caught.value.now.own == "From formgrader."
    now = rows(own)["s003"]
    assert (now["points"], now["own"], now["marker"]) == (3, "From formgrader.", None)
    assert own.save(now["id"], {**now, "points": 1})["points"] == 1


@pytest.mark.parametrize("column, value", [("manual_score", 2), ("extra_credit", 1)])
def test_what_formgrader_did_to_a_mark_of_ours_is_its_mark(course, desk, column, value):
    own = desk()
    given = [line(own, 1)]
    before = give(own, "s003", 1, given=given)
    with course.gradebook() as book:
        page = book.find_submission_notebook(ESSAYS, ESSAYS, "s003")
        (grade,) = [each for each in page.grades if each.name == Q]
        setattr(grade, column, value)
        book.db.commit()
    now = rows(own)["s003"]
    if column == "manual_score":
        assert (now["points"], now["marker"], now["given"]) == (2, None, [])
    else:
        assert (now["points"], now["extra"], now["marker"]) == (1, 1, "ada")
    with pytest.raises(Conflict):
        own.save(before["id"], {**before, "points": 3})


@pytest.mark.parametrize("what", [{"points": 2}, {"own": "so"}, {"flag": True}, {"points": None}])
def test_whatever_a_second_marker_changed_is_not_overwritten(desk, what):
    ada, bo = desk("ada"), desk("bo")
    give(ada, "s003", 1)
    seen = rows(ada)["s003"]
    bo.save(seen["id"], {**rows(bo)["s003"], **what})
    with pytest.raises(Conflict) as caught:
        ada.save(seen["id"], {**seen, "points": 4})
    assert caught.value.now.as_row() == rows(bo)["s003"] and caught.value.now.marker == "bo"


def sent(row, points, write, unheard=(), **more):
    """What a browser sends. unheard: names of its writes that it has no reply to."""
    return {**row, "points": points, "write": write, "sent": list(unheard), **more}


def test_a_write_that_was_not_heard_of_is_no_conflict(course, desk):
    ada = desk("ada")
    row = rows(ada)["s003"]
    first = ada.save(row["id"], sent(row, 1, "a-1", ["a-1"]))
    again = ada.save(row["id"], sent(row, 1, "a-1", ["a-1"]))
    assert again == first and len(ada.answer(row["id"])["history"]) == 1
    assert ada.save(row["id"], sent(row, 2, "a-2", ["a-1", "a-2"]))["points"] == 2
    with pytest.raises(Conflict):  # the last one is a-2, which it says nothing of
        ada.save(row["id"], sent(row, 3, "a-3", ["a-1", "a-3"]))


def test_an_equal_mark_by_somebody_else_is_not_ours(course, desk):
    ada, bo = desk("ada"), desk("bo")
    row = rows(ada)["s003"]
    ada.save(row["id"], sent(row, 1, "a-1"))
    seen = rows(bo)["s003"]
    bo.save(row["id"], sent(seen, 1, "b-1"))
    with pytest.raises(Conflict) as caught:
        ada.save(row["id"], sent(row, 2, "a-2", ["a-1", "a-2"]))
    assert caught.value.now.marker == "bo"


def test_a_mark_of_ours_for_another_answer_is_looked_at_again(course, desk):
    ada = desk("ada")
    row = rows(ada)["s003"]
    ada.save(row["id"], sent(row, None, "a-1", own="Which x?"))
    hand_in(course, "s003", {"q_1": "Another answer.", "q_2": "x"})
    with pytest.raises(Conflict):
        ada.save(row["id"], sent(row, 2, "a-2", ["a-1", "a-2"]))


def test_what_formgrader_changed_after_an_unheard_write_is_not_overwritten(course, desk):
    ada = desk("ada")
    row = rows(ada)["s003"]
    ada.save(row["id"], sent(row, 1, "a-1"))
    in_formgrader(course, "s003", 1, "From formgrader.")
    with pytest.raises(Conflict):
        ada.save(row["id"], sent(row, 2, "a-2", ["a-1", "a-2"]))


def test_a_write_without_a_name_is_nobodys(course, desk):
    ada, bo = desk("ada"), desk("bo")
    row = rows(ada)["s003"]
    bo.save(row["id"], {**rows(bo)["s003"], "points": 1})
    with pytest.raises(Conflict):
        ada.save(row["id"], sent(row, 2, "", [""]))


def test_a_page_of_another_desk_cannot_mark_here(course, desk):
    """Left open, while another marker's server got the address."""
    ada, bo, before = desk("ada"), desk("bo"), table(course)
    row = rows(ada)["s003"]
    with pytest.raises(CourseError, match="not bo's"):
        bo.save(row["id"], {**row, "points": 1, "desk": ada.id})
    assert table(course) == before
    assert len({ada.id, bo.id, desk("ada", second=1).id}) == 3
    assert ada.save(row["id"], {**row, "points": 1, "desk": ada.id})["marker"] == "ada"


def test_a_gradebook_of_an_older_kit_is_marked_on(course, desk):
    own = desk()
    give(own, "s003", 3, own="so")
    with course.gradebook() as book, book.engine.begin() as connection:
        connection.execute(text(f'ALTER TABLE {LOG.name} DROP COLUMN "write"'))
    now = desk()
    row = rows(now)["s003"]
    assert (row["points"], row["own"], row["marker"], row["write"]) == (3, "so", "ada", "")
    assert now.save(row["id"], {**row, "points": 1, "write": "a-1"})["write"] == "a-1"


def test_of_many_at_the_same_moment_one_is_saved(course, desk):
    desks = [desk(f"marker {number}") for number in range(6)]
    seen = [rows(each)["s003"] for each in desks]
    outcomes, start = [], threading.Barrier(len(desks))

    def save(number):
        start.wait()
        try:
            row = {**seen[number], "points": number / 2}
            outcomes.append(desks[number].save(row["id"], row)["marker"])
        except Conflict:
            outcomes.append("told")

    threads = [threading.Thread(target=save, args=(number,)) for number in range(len(desks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = Counter(outcomes)["told"]
    assert told == len(desks) - 1 and len(desks[0].marks.history(seen[0]["id"])) == 1
    assert rows(desks[0])["s003"]["marker"] in outcomes


def test_an_answer_that_was_handed_in_again_is_looked_at_again(course, desk):
    own = desk()
    give(own, "s003", 3)
    seen = rows(own)["s003"]
    hand_in(course, "s003", {"q_1": "Another answer.", "q_2": "x"})
    with pytest.raises(Conflict):
        own.save(seen["id"], {**seen, "points": 4})
    now = rows(own)["s003"]
    assert now["points"] == 3 and now["outdated"] and now["waits"]
    assert "Another answer." in own.answer(now["id"])["html"]
    assert not own.save(now["id"], {**now, "points": 4})["waits"]


def test_a_regrade_of_the_same_work_changes_nothing(course, desk):
    own = desk()
    give(own, "s003", 3, own="so")
    seen = rows(own)["s003"]
    hand_in(course, "s003", {f"q_{n}": written(3, n) for n in (1, 2)})
    assert rows(own)["s003"] == seen


def test_marks_are_saved_while_submissions_are_graded(course, desk):
    own, seen = desk(), rows(desk())

    def grade_on():
        for number in range(3):
            hand_in(course, f"t{number}", {"q_1": "x", "q_2": "y"})

    grading = threading.Thread(target=grade_on)
    grading.start()
    for points in range(5):
        for student in ("s003", "s004", "s005"):
            seen[student] = own.save(seen[student]["id"], {**seen[student], "points": points})
    grading.join()
    assert len(rows(own)) == 15
    assert {rows(own)[student]["points"] for student in ("s003", "s004", "s005")} == {4}


def test_a_gradebook_from_a_backup_is_seen_and_marked_on(course, desk):
    own, file = desk(), course.root / "gradebook.db"
    give(own, "s003", 1)
    backup = shutil.copy(file, course.root / "backup.db")
    lost, seen = give(own, "s004", 2), give(own, "s003", 4)
    os.replace(backup, file)
    assert rows(own)["s003"]["points"] == 1 and rows(own)["s004"]["points"] is None
    with pytest.raises(Conflict):
        own.save(seen["id"], {**seen, "points": 3})
    with pytest.raises(Conflict):
        own.save(lost["id"], {**lost, "points": 3})
    give(own, "s004", 3)
    assert table(course)[0][("s004", Q)][0] == 3


def test_a_gradebook_that_is_not_there_is_not_made_anew(course, desk):
    own, file = desk(), course.root / "gradebook.db"
    row = rows(own)["s003"]
    file.rename(course.root / "away.db")
    for use in (lambda: own.save(row["id"], row), lambda: own.state(Q), own.overview):
        with pytest.raises(DBAPIError):
            use()
        own.reconnect()
    assert not file.exists()
    (course.root / "away.db").rename(file)
    assert own.save(row["id"], {**row, "points": 2})["points"] == 2


def test_a_backup_from_before_any_mark_is_marked_on(course, desk):
    own = desk()
    row = give(own, "s003", 2)
    with course.gradebook() as book, book.engine.begin() as connection:
        connection.execute(text(f"DROP TABLE {LOG.name}"))
    with pytest.raises(DBAPIError):
        own.save(row["id"], row)
    own.reconnect()
    assert give(own, "s003", 3)["points"] == 3


def test_a_student_who_left_is_not_marked_and_the_others_are(course, desk):
    own = desk()
    row = give(own, "s003", 2)
    with course.gradebook() as book:
        book.remove_student("s003")
    for use in (lambda: own.save(row["id"], row), lambda: own.answer(row["id"])):
        with pytest.raises(CourseError, match="There is no question|not here to be marked"):
            use()
    assert "s003" not in rows(own) and give(own, "s004", 3)["points"] == 3
    assert own.state(Q)["progress"]["all"] == own.overview()[0]["progress"].all == 11
    assert len(own.answers(Q)["answers"]) == 11 and "s003" not in own.students()


def test_an_assignment_that_was_renamed_says_so_and_its_marks_stay(course, desk):
    own = desk()
    row = give(own, "s003", 2)
    course.source(ESSAYS).parent.rename(course.root / "solutions" / "poems")
    with pytest.raises(CourseError, match=ESSAYS):
        own.refresh()
    assert own.save(row["id"], {**row, "points": 3})["points"] == 3


@pytest.mark.parametrize("most", [2, 6])
def test_points_that_a_question_changed_after_marking(course, desk, most):
    own = desk()
    give(own, "s003", 3)
    path = course.source(ESSAYS)
    notebook = read_notebook(path)
    (cell,) = [each for each in notebook.cells if each.id == Q]
    cell.metadata.nbgrader.points = most
    nbformat.write(notebook, path)
    release(course, ESSAYS, proof=False)
    own.refresh()
    row = rows(own)["s003"]
    assert own.question(Q).most == most and row["points"] == 3
    hand_in(course, "s003", {f"q_{n}": written(3, n) for n in (1, 2)})
    row = rows(own)["s003"]
    assert row["outdated"] and row["waits"]
    with pytest.raises(CourseError, match=f"from 0 to {most}"):
        own.save(row["id"], {**row, "points": most + 1})
    assert not own.save(row["id"], {**row, "points": most})["waits"]


@pytest.mark.parametrize(
    "wrong",
    [{"points": -1}, {"points": 4.5}, {"points": float("nan")}, {"points": "3"}, {"points": True},
     {"points": [1]}, {"given": ["nope"]}, {"given": "1"}, {"own": 3}, {"own": "x" * 30_000},
     {"write": 3}, {"write": "x" * 41}, {"write": "<b>"}],
)  # fmt: skip
def test_what_is_no_mark_is_refused(course, desk, wrong):
    own, before = desk(), table(course)
    row = rows(own)["s003"]
    with pytest.raises(CourseError):
        own.save(row["id"], {**row, **wrong})
    for nothing in (None, [], "x", {}):
        with pytest.raises((CourseError, Conflict)):
            own.save(row["id"], nothing)
    assert table(course) == before


def test_who_marked_what_and_when_is_kept_for_each(desk):
    ada, bo = desk("ada"), desk("bo")
    give(ada, "s003", 1)
    give(bo, "s003", 2)
    history = ada.answer(rows(ada)["s003"]["id"])["history"]
    assert [(row["marker"], row["points"]) for row in history] == [("ada", 1), ("bo", 2)]
    assert history[0]["at"] <= history[1]["at"]


def test_an_answer_left_as_given_waits_for_nobody(course, desk):
    hand_in(course, "s003", {})
    row = rows(desk())["s003"]
    assert row["auto"] == 0 and row["points"] is None and not row["waits"]
    own = desk()
    assert progress.of(own.question(Q), own.mine(own.question(Q)), []).points == {0: 1}
    # A mark that is taken back leaves it so.
    for points, waits in ((2, False), (None, False)):
        now = give(own, "s003", points)
        assert now["points"] == points and now["waits"] == waits
    (grade,) = [value for key, value in table(course)[0].items() if key == ("s003", Q)]
    assert grade == (None, False, 0)


def test_names_are_hidden_unless_asked_for(desk):
    hidden, shown = desk(), desk(names=True)
    for name in ("q_1", "q_2"):
        assert "s003" not in str(hidden.answers(name)) and "s003" not in str(hidden.state(name))
        assert {row["name"] for row in shown.answers(name)["answers"]} >= {"s003"}
    assert hidden.shown_name("s003").startswith("Student ")
    orders = [[row["id"] for row in hidden.answers(name)["answers"]] for name in ("q_1", "q_2")]
    students = [[own.student for own in hidden.mine(hidden.question(n))] for n in ("q_1", "q_2")]
    by_id = [dict(zip((m.id for m in hidden.mine(hidden.question(n))), s, strict=True))
             for n, s in zip(("q_1", "q_2"), students, strict=True)]  # fmt: skip
    named = [[by_id[k][id] for id in orders[k]] for k in (0, 1)]
    assert sorted(named[0]) == sorted(named[1]) and named[0] != named[1] and named[0] != students[0]


def test_without_names_the_order_tells_nothing(desk):
    hidden, shown = desk().students(), desk(names=True).students()
    assert shown == sorted(shown) == sorted(hidden) != hidden == desk().students()


def test_a_mark_that_nobody_has_settled_yet_does_not_wait(course, desk):
    with course.gradebook() as book:
        page = book.find_submission_notebook(ESSAYS, ESSAYS, "s003")
        (grade,) = [each for each in page.grades if each.name == Q]
        assert grade.needs_manual_grade
        grade.manual_score = 2
        book.db.commit()
    row = rows(desk())["s003"]
    assert row["points"] == 2 and not row["outdated"] and not row["waits"]


def test_parts_share_the_class(desk):
    parts = [set(rows(desk(part=(part, 3)))) for part in (1, 2, 3)]
    assert set.union(*parts) == set(rows(desk()))
    assert sum(map(len, parts)) == 12 and all(parts)
    own = desk(part=(1, 3))
    other = next(iter(rows(desk(part=(2, 3))).values()))
    with pytest.raises(CourseError):
        own.save(other["id"], {**other, "points": 1})


@pytest.mark.parametrize("text", ["0/4", "5/4", "2", "a/b", "1/0", "-1/4", "2/4/5", ""])
def test_what_is_no_part_is_refused(text):
    with pytest.raises(CourseError, match="share of the students"):
        command.part_of(text)
    assert command.part_of(" 2/4 ") == (2, 4)


def test_a_second_marking_is_blind_and_counts_for_nothing(course, desk):
    ada = desk("ada")
    points = {student: number % 5 for number, student in enumerate(rows(ada))}
    for student, own in points.items():
        give(ada, student, own, own="first")
    before = table(course)
    bo = desk("bo", second=0.5)
    sample = rows(bo)
    assert len(sample) == 6 and sample == rows(desk("cy", second=0.5))
    assert all(row["points"] is None and row["waits"] and not row["own"] for row in sample.values())
    changed = sorted(sample)[0]
    for student in sample:
        give(bo, student, points[student] if student != changed else (points[student] + 1) % 5)
    assert table(course) == before and rows(bo)[changed]["marker"] == "bo"
    assert {row["turn"] for row in ada.marks.log(SECOND)} == {SECOND}
    (found,) = ada.agreements()
    assert (len(found.pairs), found.equal) == (6, 5) and found.apart[0][0] == changed


def test_a_second_marking_is_of_marked_answers_alone(desk):
    ada = desk("ada")
    for student in ("s003", "s004", "s005"):
        give(ada, student, 2)
    assert set(rows(desk("bo", second=1))) == {"s003", "s004", "s005"}


def test_a_second_marker_has_the_sample_alone(course, desk):
    ada = desk("ada")
    for student in rows(ada):
        give(ada, student, 2, own="first")
    bo = desk("bo", second=0.5)
    (outside, *_), before = set(rows(ada)) - set(rows(bo)), len(ada.marks.log(SECOND))
    row = rows(ada)[outside]
    with pytest.raises(CourseError, match="no answer .* a second time"):
        bo.answer(row["id"])
    mark = bo.marks.one(bo.question(Q), row["id"])
    with pytest.raises(CourseError, match="no answer .* a second time"):
        bo.save(row["id"], {**mark.as_row(), "points": 1})
    assert len(ada.marks.log(SECOND)) == before


def test_kappa_is_reckoned_by_hand():
    pairs = [(0, 0), (0, 1), (0, 0), (1, 1), (1, 1), (2, 1)]
    # Points 0, 1, 2 were given 3, 2, 1 times by the first and 2, 4, 0 times by the second.
    observed, chance = 4 / 6, (3 * 2 + 2 * 4 + 1 * 0) / 36
    assert agreement.kappa(pairs) == pytest.approx((observed - chance) / (1 - chance))
    assert agreement.kappa([(1, 1), (1, 1)]) is None
    assert agreement.kappa([(0.5, 1), (1, 0.5)]) == -1


def test_a_changed_scheme_lists_what_was_marked_by_the_old_one(course, desk):
    own = desk()
    given = line(own, 1)
    give(own, "s003", 1, given=[given])
    give(own, "s004", 2)
    path = course.source(ESSAYS)
    text = path.read_text()
    path.write_text(text.replace("1 point: a check with numbers", "1 point: a check by hand"))
    own.refresh()
    now = rows(own)
    assert now["s003"]["oldScheme"] and now["s004"]["oldScheme"] and not now["s005"]["oldScheme"]
    assert own.overview()[0]["progress"].old == 2
    give(own, "s003", 1)
    assert own.overview()[0]["progress"].old == 1


def test_progress_counts_and_times(desk):
    own = desk()
    give(own, "s003", 1.5, own="Other.")
    give(own, "s004", 3, flag=True, own="Good.")
    give(own, "s005", 3, own="Good.")
    found = progress.of(own.question(Q), own.mine(own.question(Q)), [])
    assert (found.all, found.left, found.flagged, found.points) == (12, 9, 1, {1.5: 1, 3.0: 2})
    assert progress.comments(own.mine(own.question(Q))) == ["Good.", "Other."]
    entries = [
        {"cell": Q, "marker": who, "grade": grade, "at": at}
        for who, grade, at in [("a", "1", 0), ("a", "1", 30), ("b", "9", 31), ("a", "2", 90),
                               ("a", "3", 180), ("a", "4", 5000), ("a", "5", 5300)]
    ]  # fmt: skip
    assert progress.of(own.question(Q), [], entries).minutes == 1.5


def test_equal_answers_are_one_group_and_blank_ones_another(desk):
    listed = desk().answers(Q)["answers"]
    kinds = Counter(row["kind"] for row in listed)
    assert kinds["blank"] == 2 and kinds["similar"] == 3 and kinds["alone"] == 7
    assert [row["kind"] for row in listed[:2]] == ["blank", "blank"]
    assert [row["number"] for row in listed] == list(range(1, 13))


def test_groups_are_new_when_an_answer_is(course, desk):
    own = desk()
    own.answers(Q)
    hand_in(course, "s001", {"q_1": "Entirely new words, and none of them twice.", "q_2": "x"})
    kinds = Counter(row["kind"] for row in own.answers(Q)["answers"])
    assert kinds["similar"] == 2 and kinds["alone"] == 8


def test_another_photograph_is_another_answer(course, desk):
    own = desk()
    seen = rows(own)["s003"]
    path = course.autograded("s003", ESSAYS)
    notebook = read_notebook(path)
    (cell,) = [each for each in notebook.cells if each.id == Q]
    cell.attachments = {"a.png": {"image/png": picture("new")}}
    nbformat.write(notebook, path)
    assert rows(own)["s003"]["text"] != seen["text"]
    with pytest.raises(Conflict):
        own.save(seen["id"], {**seen, "points": 3})


def test_agreement_counts_from_the_second_to_the_first():
    found = agreement.Agreement(None, ((1, 2), (2, 2), (0, 3)), None, ())
    assert (found.equal, found.difference) == (1, pytest.approx(4 / 3))
    ids = list("abc")
    assert len(agreement.sampled("a", ids, 0.1)) == 1 and len(agreement.sampled("a", ids, 0.5)) == 2
    parts = {agreement.part_of("a", f"s{number}", 3) for number in range(60)}
    assert parts == {1, 2, 3}


def test_exports_have_the_marks(course, desk, tmp_path):
    own = desk()
    for student in rows(own):
        for name in ("q_1", "q_2"):
            give(own, student, 3, name=name)
    export_csv(course, tmp_path / "g.csv", [ESSAYS])
    with open(tmp_path / "g.csv", newline="") as file:
        found = list(csv.DictReader(file))
    assert len(found) == 12
    assert {row[f"{ESSAYS} points"] for row in found} == {"6"}
    assert {row[f"{ESSAYS} not marked yet"] for row in found} == {"0"}


def test_before_grading_there_is_nothing_to_mark(tmp_path):
    course = essays(tmp_path / "c", 0, 1)
    with course.gradebook() as book, pytest.raises(CourseError, match="autograder grade essays"):
        Desk(course, book, ESSAYS, Options("ada"))


def test_a_question_that_does_not_exist_is_named(desk):
    with pytest.raises(CourseError, match="q_99.*q_1, q_2"):
        desk(only=("q_99",))
    assert list(desk(only=("q_2",)).questions) == ["q_2"]
