"""What the LMS said of a submission besides its files: that it was late, and how Canvas names it.

In COURSE/.autograder/ASSIGNMENT/collected/STUDENT.json, written when a submission is taken.
"""

import contextlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from nbgrader.api import MissingEntry

from autograder.course.course import Course
from autograder.course.roster import file_stem
from autograder.grading.recording.store import Store, read_json, write_whole

# Canvas says that a submission was late, not by how much.
JUST_LATE = timedelta(seconds=1)


@dataclass(frozen=True)
class Receipt:
    """late: whether the LMS says so. canvas: the name in Canvas's zip of the file that counts, or
    None; user: the number in it, of the student or of who represents the group.
    """

    late: bool = False
    canvas: str | None = None
    user: str | None = None

    def save(self, course: Course, assignment: str, student: str) -> None:
        """Replace the student's receipt."""
        write_whole(_path(course, assignment, student), json.dumps(asdict(self)))

    @classmethod
    def of(cls, course: Course, assignment: str, student: str) -> "Receipt":
        """The student's receipt; an empty one if nothing is known."""
        try:
            return cls(**read_json(_path(course, assignment, student)))
        except TypeError:
            return cls()


def just_late(course: Course, assignment: str, student: str) -> datetime | None:
    """A time (UTC) just after the student's due date, extension included; None without a date."""
    due: datetime | None = None
    with course.gradebook() as gradebook, contextlib.suppress(MissingEntry):
        due = gradebook.find_assignment(assignment).duedate
        due = gradebook.find_submission(assignment, student).duedate
    return due + JUST_LATE if due else None


def _path(course: Course, assignment: str, student: str) -> Path:
    return Store.of(course, assignment).root / "collected" / f"{file_stem(student)}.json"
