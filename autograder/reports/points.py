"""What the gradebook says, marks given by hand included, as plain values."""

from dataclasses import dataclass

from nbgrader.api import MissingEntry


@dataclass(frozen=True)
class Mark:
    """Points for one cell. points: None while it waits for a person. most: the maximum.

    extra: added by hand, on top. by_hand: whether a person decided it.
    """

    points: float | None
    most: float
    extra: float = 0.0
    by_hand: bool = False

    @property
    def counted(self):
        return (self.points or 0.0) + self.extra


@dataclass(frozen=True)
class Marks:
    """One submission in the gradebook.

    name: first and last name where they are known, or "". marks: {grade_id: Mark} in the order
    of the notebook. comments: {grade_id: text} of answer cells. penalty: points off for lateness.
    """

    student: str
    name: str
    marks: dict
    comments: dict
    penalty: float = 0.0

    @property
    def total(self):
        """Points with what is marked so far, the penalty taken off; never below 0."""
        return max(0.0, sum(mark.counted for mark in self.marks.values()) - self.penalty)

    @property
    def most(self):
        return sum(mark.most for mark in self.marks.values())

    @property
    def waiting(self):
        """How many cells wait for a person."""
        return sum(mark.points is None for mark in self.marks.values())


def marks_of(gradebook, assignment, student):
    """The Marks of one student, or None where nothing was graded."""
    try:
        return _marks(gradebook.find_submission(assignment, student))
    except MissingEntry:
        return None


def class_marks(gradebook, assignment):
    """{student: Marks} of everybody who is in the gradebook for this assignment."""
    try:
        submissions = gradebook.assignment_submissions(assignment)
    except MissingEntry:
        return {}
    return {submission.student.id: _marks(submission) for submission in submissions}


def _marks(submission):
    page, student = submission.notebooks[0], submission.student
    names = [part.strip() for part in (student.first_name, student.last_name) if part]
    return Marks(
        student.id,
        " ".join(names),
        {grade.cell.name: _mark(grade) for grade in page.grades},
        {each.cell.name: each.comment.strip() for each in page.comments if each.comment},
        float(submission.late_submission_penalty or 0.0),
    )


def _mark(grade):
    by_hand = grade.manual_score is not None
    points = grade.manual_score if by_hand else grade.auto_score
    extra = grade.extra_credit or 0.0
    return Mark(points, float(grade.max_score), extra, by_hand or bool(extra))
