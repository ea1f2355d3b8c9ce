"""Read the points of students from the gradebook, including marks given by hand."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    GradeCell,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    TaskCell,
)

from autograder.notebooks.of_assignment import label


@dataclass(frozen=True)
class Mark:
    """Points for one cell. points: None until a person has marked it. most: the maximum.

    extra: extra credit, added by hand. by_hand: whether a person gave any of the points.
    outdated: whether the answer or the maximum changed after a person marked it.
    """

    points: float | None
    most: float
    extra: float = 0.0
    by_hand: bool = False
    outdated: bool = False

    @property
    def waits(self) -> bool:
        """Whether a person has to mark it, for the first time or again."""
        return self.points is None or self.outdated

    @property
    def counted(self) -> float:
        """Points that count, extra credit included; 0 if it is not marked yet.

        A mark from before the maximum was lowered counts for no more than that.
        """
        points = self.points or 0.0
        return (min(points, self.most) if self.outdated else points) + self.extra


@dataclass(frozen=True)
class Marks:
    """The marks of one submission.

    name: first and last name as far as known, or "". marks: {grade_id: Mark}, unordered. comments:
    {grade_id: text} of answer cells. penalty: points taken off for lateness. Of several notebooks
    together, label() stands for the grade_id.
    """

    student: str
    name: str
    marks: dict[str, Mark]
    comments: dict[str, str]
    penalty: float = 0.0

    @property
    def total(self) -> float:
        """Points so far minus the penalty; never below 0."""
        return max(0.0, sum(mark.counted for mark in self.marks.values()) - self.penalty)

    @property
    def most(self) -> float:
        """The maximum, without extra credit."""
        return sum(mark.most for mark in self.marks.values())

    @property
    def waiting(self) -> int:
        """How many cells a person has to mark, for the first time or again."""
        return sum(mark.waits for mark in self.marks.values())


def marks_of(gradebook: Gradebook, assignment: str, student: str, notebook: str) -> Marks | None:
    """The Marks of one student in one notebook, or None if nothing was graded."""
    return notebook_marks(gradebook, assignment, notebook, student).get(student)


def notebook_marks(
    gradebook: Gradebook, assignment: str, notebook: str, student: str | None = None
) -> dict[str, Marks]:
    """{student: Marks} of everybody, or of one student, for one notebook of this assignment."""
    return _marks(gradebook, assignment, student, notebook).get(notebook, {})


def class_marks(gradebook: Gradebook, assignment: str) -> dict[str, Marks]:
    """{student: Marks} of everybody graded for this assignment, all its notebooks together."""
    by_notebook = _marks(gradebook, assignment)
    found: dict[str, Marks] = {}
    for notebook, by_student in sorted(by_notebook.items()):
        for student, own in by_student.items():
            before = found.get(student, Marks(student, own.name, {}, {}))
            named = {label(assignment, notebook, name): m for name, m in own.marks.items()}
            said = {label(assignment, notebook, name): c for name, c in own.comments.items()}
            found[student] = Marks(
                student,
                own.name,
                before.marks | named,
                before.comments | said,
                before.penalty + own.penalty,
            )
    return found


def _marks(
    gradebook: Gradebook, assignment: str, student: str | None = None, notebook: str | None = None
) -> dict[str, dict[str, Marks]]:
    """{notebook: {student: Marks}}; student, notebook: only this one.

    A fixed number of queries for a class of any size; nbgrader's own objects query each cell.
    """
    query = _pages(gradebook.db, assignment, student, notebook)
    pages, ids = query.all(), query.with_entities(SubmittedNotebook.id)
    marks: defaultdict[str, dict[str, Mark]] = defaultdict(dict)
    comments: defaultdict[str, dict[str, str]] = defaultdict(dict)
    most = {**_maxima(gradebook.db, GradeCell), **_maxima(gradebook.db, TaskCell)}
    points = (Grade.auto_score, Grade.manual_score, Grade.extra_credit)
    of_grade = (*points, Grade.needs_manual_grade)
    for page, name, cell, *points in _cells(gradebook.db, Grade, ids, Grade.cell_id, *of_grade):
        marks[page][name] = _mark(most.get(cell, 0.0), *points)
    for page, name, comment in _cells(gradebook.db, Comment, ids, Comment.comment):
        if comment:
            comments[page][name] = comment.strip()
    found: defaultdict[str, dict[str, Marks]] = defaultdict(dict)
    for page, who, first, last, penalty, of in pages:
        name = " ".join(part.strip() for part in (first, last) if part)
        found[of][who] = Marks(who, name, marks[page], comments[page], float(penalty or 0.0))
    return found


def _pages(database, assignment, student, notebook):
    about = (Student.id, Student.first_name, Student.last_name)
    columns = (*about, SubmittedNotebook.late_submission_penalty, Notebook.name)
    query = (
        database.query(SubmittedNotebook.id, *columns)
        .join(Notebook, SubmittedNotebook.notebook_id == Notebook.id)
        .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Student, SubmittedAssignment.student_id == Student.id)
        .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
        .filter(Assignment.name == assignment)
    )
    query = query if notebook is None else query.filter(Notebook.name == notebook)
    return query if student is None else query.filter(Student.id == student)


def _cells(database, kind, pages, *columns):
    """(notebook's id, cell's name, *columns) of each row of `kind`."""
    query = database.query(kind.notebook_id, BaseCell.name, *columns)
    query = query.join(BaseCell, kind.cell_id == BaseCell.id)
    return query.filter(kind.notebook_id.in_(pages))


def _maxima(database: Any, kind: Any) -> dict[str, float]:
    return {cell: float(most or 0.0) for cell, most in database.query(kind.id, kind.max_score)}


def _mark(
    most: float, auto: float | None, manual: float | None, extra: float | None, needs: bool
) -> Mark:
    marked = manual is not None
    points = manual if marked else auto
    return Mark(points, most, extra or 0.0, marked or bool(extra), outdated=marked and needs)
