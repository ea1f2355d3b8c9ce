"""Pack feedback pages for Canvas: *Upload Submissions* attaches each to what it answers.

Canvas finds the student and the submission by two numbers in the name of a file, which are those of
the file that was handed in (infer_comment_context_from_filename in canvas-lms). A group has one
page: Canvas shows it to every member.
"""

import re
import zipfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from autograder.collecting.people import normal
from autograder.collecting.receipts import Receipt
from autograder.course.course import Course
from autograder.course.roster import Roster
from helpers.errors import CourseError
from helpers.files import whole

# A zip takes no halves of surrogate pairs, which stand for bytes that are not UTF-8, and ends a
# name at a NUL.
UNWRITABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
NOT_FROM_CANVAS = "was not collected from Canvas's zip: send the page in another way"


@dataclass(frozen=True)
class Packed:
    """pages: {name in the zip: path}. notes: (student, where, what) of pages that are not in it."""

    pages: dict[str, Path] = field(default_factory=dict)
    notes: list[tuple[str, str, str]] = field(default_factory=list)


def pack(course: Course, assignment: str, pages: list[Path], to: Path) -> Packed:
    """Write the zip `to` of feedback pages as feedback() returns them.

    Raises CourseError if none of the submissions came from Canvas, or `to` cannot be written.
    """
    if to.suffix != ".zip" or to.is_dir():
        raise CourseError(f"{to} is not a name for a zip file; end it in .zip.")
    if not to.parent.is_dir():
        raise CourseError(f"There is no folder {to.parent}; make it, or write somewhere else.")
    packed, roster = Packed(), Roster.of(course)
    of_student: dict[str, list[Path]] = defaultdict(list)
    for page in pages:
        of_student[page.parent.parent.name].append(page)
    answering: dict[str, list[tuple[str, str | None]]] = defaultdict(list)
    for student in of_student:
        receipt = Receipt.of(course, assignment, student)
        if receipt.canvas is None:
            packed.notes.append((student, "here", NOT_FROM_CANVAS))
        else:
            answering[receipt.canvas].append((student, receipt.user))
    for name, group in sorted(answering.items()):
        student, _ = next((each for each in group if _is_user(roster, *each)), group[0])
        for page in of_student[student]:
            # Of several notebooks: all pages go to what one of them was handed in with.
            which = "" if page.stem == assignment else f"-{page.stem}"
            packed.pages[f"{UNWRITABLE.sub('-', Path(name).stem)}{which}.html"] = page
        for other, _ in group:
            if other != student:
                what = f"is in a group: Canvas shows them the page of {student}"
                packed.notes.append((other, "here", what))
    if not packed.pages:
        raise CourseError(
            f"No submission of {assignment} was collected from Canvas's zip: run `autograder "
            f"collect {assignment} submissions.zip` with it, which changes nothing else."
        )
    with whole(to) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, page in packed.pages.items():
            archive.write(page, name)
    return packed


def _is_user(roster: Roster, student: str, user: str | None) -> bool:
    """Whether Canvas's number is the student's own."""
    person = roster.people.get(student)
    known = person.known.get("canvas", ()) if person else ()
    return normal("canvas", user) in {normal("canvas", number) for number in known}
