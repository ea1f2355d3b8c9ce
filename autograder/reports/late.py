"""Who handed in late: by the gradebook's times, or because the LMS said so."""

from nbgrader.api import Assignment, Gradebook, SubmittedAssignment

from autograder.collecting.receipts import Receipt
from autograder.course.course import Course


def late_students(course: Course, gradebook: Gradebook, assignment: str) -> set[str]:
    """The students whose submission came after their due date, extension included.

    Where the gradebook has no due date or no time, what the LMS said when it was collected counts.
    """
    rows = (
        gradebook.db.query(SubmittedAssignment)
        .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
        .filter(Assignment.name == assignment)
    )
    known = {
        row.student_id: row.total_seconds_late > 0
        for row in rows
        if row.assignment.duedate is not None and row.timestamp is not None
    }
    said = {s for s in course.students(assignment) if Receipt.of(course, assignment, s).late}
    return {s for s in said | set(known) if known.get(s, s in said)}
