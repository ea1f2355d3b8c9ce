"""Settle what the gradebook derives: which marks a person has to look at, and late penalties.

nbgrader keeps both in columns that it fills when it grades. They depend on more: a mark fits the
answer and the maximum that the marker saw, and a penalty the due date, extensions, the late plugin,
its options and marks by hand. So they are settled when a grade is recorded, and again before any
page, table or export is made.

One definition: a cell needs a person if it has no points yet, or if its answer or its maximum
changed after a person marked it. That is needs_manual_grade, which formgrader shows.
"""

import contextlib
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import (
    Assignment,
    BaseCell,
    Grade,
    Gradebook,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)

from autograder.course.course import Course
from autograder.grading.recording.store import Store
from autograder.notebooks import cells
from helpers.errors import CourseError

# What a mark is given for: a hash of the answer, and the maximum.
Seen = list[Any]


def settle(course: Course, gradebook: Gradebook, assignments: Iterable[str]) -> None:
    """Bring needs_manual_grade and the late penalties of these assignments up to date.

    Raises CourseError if the late plugin cannot be loaded, or fails.
    """
    for name in assignments:
        for notebook in _notebooks(gradebook, name):
            settle_marks(Store.of(course, name, notebook), gradebook, name, notebook)
        _settle_penalties(course, gradebook, name)
        gradebook.db.commit()


def _notebooks(gradebook: Gradebook, assignment: str) -> list[str]:
    query = gradebook.db.query(Notebook.name)
    query = query.join(Assignment, Notebook.assignment_id == Assignment.id)
    return [name for (name,) in query.filter(Assignment.name == assignment)]


@contextlib.contextmanager
def capped(gradebook: Gradebook) -> Iterator[None]:
    """For nbgrader's own table: an outdated mark counts for no more than its cell's maximum.

    As in reports.points. Nothing of it stays in the gradebook.
    """
    outdated = gradebook.db.query(Grade).filter(Grade.manual_score.isnot(None))
    for grade in outdated.filter(Grade.needs_manual_grade):
        grade.manual_score = min(grade.manual_score, grade.cell.max_score)
    gradebook.db.flush()
    try:
        yield
    finally:
        gradebook.db.rollback()


def shown(notebook: NotebookNode, scores: Mapping[str, float | None]) -> dict[str, Seen]:
    """{grade_id: what a person who marks that cell sees} of an executed notebook.

    scores: {grade_id: automatic points}. Whoever marks a test cell looks at the answer it tests and
    at the result, whoever marks a task at all of the student's work.
    """
    named = cells.named(notebook)
    own = [each for each in notebook.cells if cells.is_answer(each) or each.id.startswith("own-")]
    work = [_content(cell) for cell in own]
    found: dict[str, Seen] = {}
    for name, cell in named.items():
        if not (cells.is_graded(cell) or cells.is_task(cell)):
            continue
        most, score = cells.points(cell), scores.get(name)
        content: list[Any] = work
        if cells.is_answer(cell):
            content = _content(cell)
        elif cells.is_test(cell):
            answer = named.get(cells.exercise_name(name))
            share = None if score is None or not most else round(score / most, 6)
            content = [share, work if answer is None else _content(answer)]
        text = json.dumps(content, sort_keys=True)
        found[name] = [hashlib.sha256(text.encode()).hexdigest()[:32], most]
    return found


def look(grade: Grade, row: Mapping[str, Any] | None, now: Seen) -> tuple[dict[str, Any], bool]:
    """(the row to keep, whether the cell needs a person).

    row: as returned the last time, or None. now: what the cell shows now, from shown(). A mark is
    new if it is another one than in the row, or if whoever gave it took needs_manual_grade away.
    """
    mark, marked = grade.manual_score, None
    if mark is None:
        needs = grade.auto_score is None
    elif row is None:
        # Marked before there was a row: by an older kit, or the folder was deleted.
        needs = bool(grade.needs_manual_grade)
        marked = None if needs else now
    else:
        is_new = mark != row["mark"] or not grade.needs_manual_grade
        marked = row["now"] if is_new else row["marked"]
        needs = marked != now
    return {"now": now, "mark": mark, "marked": marked}, needs


def _content(cell: NotebookNode) -> list[Any]:
    return [cell.source, cell.get("attachments")]


def settle_marks(
    store: Store,
    gradebook: Gradebook,
    assignment: str,
    notebook: str,
    worth: Mapping[str, float] | None = None,
) -> None:
    """Take notice of the marks by hand that a notebook got since the last time, and commit.

    worth: {grade_id: maximum}, of a release that changes it from now on; marks that are given
    before the next grading run are of that maximum.
    """
    marked = (
        gradebook.db.query(Grade, BaseCell.name, Student.id)
        .join(BaseCell, Grade.cell_id == BaseCell.id)
        .join(SubmittedNotebook, Grade.notebook_id == SubmittedNotebook.id)
        .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Student, SubmittedAssignment.student_id == Student.id)
        .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
        .join(Notebook, SubmittedNotebook.notebook_id == Notebook.id)
        .filter(Assignment.name == assignment, Notebook.name == notebook)
        .filter(Grade.manual_score.isnot(None))
    )
    grades = {(student, name): grade for grade, name, student in marked}
    changed = {}
    for student in store.students_with_marks():
        rows = store.marks(student)
        looked = {}
        for name, row in rows.items():
            grade = grades.get((student, name))
            digest, most = row["now"]
            steps = [row["now"], [digest, (worth or {}).get(name, most)]]
            for now in steps:
                if grade is None:
                    row = {"now": now, "mark": None, "marked": None}
                else:
                    row, grade.needs_manual_grade = look(grade, row, now)
            looked[name] = row
        if looked != rows:
            changed[student] = looked
    gradebook.db.commit()  # before the rows: if this run is killed between, flags are set anew
    for student, looked in changed.items():
        store.save_marks(student, looked)


def _settle_penalties(course: Course, gradebook: Gradebook, assignment: str) -> None:
    pages = (
        gradebook.db.query(SubmittedNotebook, SubmittedAssignment)
        .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
        .filter(Assignment.name == assignment)
    ).all()
    late = [(page, submission) for page, submission in pages if _is_late(submission)]
    plugin: Any = _plugin(course) if late else None
    penalties = {}
    for page, submission in late:
        try:
            penalty = plugin.late_submission_penalty(
                submission.student_id, page.score, submission.total_seconds_late
            )
            # As nbgrader: never a bonus, never below 0 points.
            penalties[page.id] = None if penalty is None else max(0.0, min(penalty, page.score))
        except Exception as error:  # whatever a plugin raises
            raise CourseError(
                f"The late plugin {type(plugin).__name__} failed for {submission.student_id} "
                f"({type(error).__name__}: {error}); correct it, then run this again."
            ) from error
    for page, _ in pages:
        if page.late_submission_penalty != penalties.get(page.id):
            page.late_submission_penalty = penalties.get(page.id)


def _is_late(submission: SubmittedAssignment) -> bool:
    # With an extension and no due date, nbgrader's own property raises TypeError.
    has_date = submission.assignment.duedate is not None
    return has_date and submission.total_seconds_late > 0


def _plugin(course: Course) -> Any:
    from nbgrader.preprocessors import AssignLatePenalties  # slow, and needed only if one is late

    try:
        step = AssignLatePenalties(config=course.config())
        step.init_plugin()
    except Exception as error:  # a wrong name, option or import
        raise CourseError(
            f"The late plugin that nbgrader_config.py names cannot be loaded "
            f"({type(error).__name__}: {error}); correct AssignLatePenalties.plugin_class."
        ) from error
    return step.plugin_inst
