"""Write results into nbgrader's gradebook; the only place and the only process that does.

It does what nbgrader's Autograde does after running a notebook, but for a whole class in one
session: points by nbgrader's own rule, comments on unanswered cells. Penalties: see settle.
"""

import shutil
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Grade, Gradebook, MissingEntry
from nbgrader.utils import compute_checksum, determine_grade

from autograder.course.course import Course
from autograder.grading.preparing.jobs import Blueprint, moment, timestamp_text
from autograder.grading.recording.settle import Seen, look, shown
from autograder.grading.recording.store import Store
from autograder.judging import Status
from autograder.judging.publish import verdicts_of
from autograder.notebooks import cells
from helpers.errors import CourseError

# What a person sees of a notebook that is not there, instead of settle.shown()'s hash.
NOTHING = "nothing"


def require_released(gradebook: Gradebook, blueprint: Blueprint) -> None:
    """Raise CourseError unless the gradebook has the assignment as it is now in solutions/."""
    name = blueprint.name
    again = f"run `autograder release {name}` first."
    try:
        source_cells = gradebook.find_notebook(blueprint.notebook, name).source_cells
    except MissingEntry:
        raise CourseError(f"The gradebook does not know {blueprint.label}: {again}") from None
    known = {cell.name: cell.source for cell in source_cells}
    changed = [cell for cell, source in blueprint.hidden.items() if known.get(cell) != source]
    # Cells that students write have no source here, only points.
    changed += sorted({cell for cell, _ in blueprint.worth.items() ^ blueprint.worth_now.items()})
    if changed:
        raise CourseError(
            f"The cell {changed[0]} in solutions/{blueprint.label} has changed since {name} was "
            f"released: {again}"
        )


def record(
    gradebook: Gradebook,
    course: Course,
    blueprint: Blueprint,
    student: str,
    notebook: NotebookNode,
    files: Mapping[str, Path],
) -> None:
    """Write one executed notebook to autograded/ and its points to the gradebook.

    files: {name: path} of the files beside it. Points given by hand earlier are kept.
    """
    assignment = blueprint.name
    before = timestamp(course.autograded(student, assignment).parent)
    when = timestamp(course.submitted(student, assignment).parent)
    gradebook.update_or_create_student(student)
    submission = gradebook.update_or_create_submission(assignment, student)
    kept = [each.name for each in submission.notebooks if each.name != blueprint.notebook]
    _write_autograded(course, blueprint, student, notebook, files, kept)
    # A time that came from no file was set by a person, and stays.
    if when or submission.timestamp == before:
        submission.timestamp = when
    page = next(each for each in submission.notebooks if each.name == blueprint.notebook)
    grades = {grade.cell.name: grade for grade in page.grades}
    comments = {comment.cell.name: comment for comment in page.comments}
    for cell in notebook.cells:
        if cells.is_graded(cell):
            grades[cells.grade_id(cell)].auto_score = auto_score(cell)
        if cells.is_answer(cell) or cells.is_task(cell):
            comments[cells.grade_id(cell)].auto_comment = _comment(cell)
    scores = {name: grade.auto_score for name, grade in grades.items() if name}
    store = Store.of(course, assignment, blueprint.notebook)
    look_at_marks(store, gradebook, student, shown(notebook, scores), grades)


def record_missing(
    gradebook: Gradebook, course: Course, assignment: str, notebook: str, student: str
) -> None:
    """Give 0 points for one of several notebooks that cannot be graded, as nbgrader does.

    Points given by hand earlier are kept, and waiting to be looked at again.
    """
    try:
        page = gradebook.find_submission_notebook(notebook, assignment, student)
    except MissingEntry:
        return
    course.autograded(student, assignment, notebook).unlink(missing_ok=True)
    grades = {grade.cell.name: grade for grade in page.grades}
    for grade in page.grades:
        grade.auto_score = 0.0
    for comment in page.comments:
        comment.auto_comment = None
    now = {name: [NOTHING, grade.cell.max_score] for name, grade in grades.items() if name}
    look_at_marks(Store.of(course, assignment, notebook), gradebook, student, now, grades)


def look_at_marks(
    store: Store,
    gradebook: Gradebook,
    student: str,
    shown_now: Mapping[str, Seen],
    grades: Mapping[str | None, Grade],
) -> None:
    """Set needs_manual_grade of {grade_id: Grade}, whose automatic points are set; commit.

    shown_now: as from settle.shown().
    """
    rows, kept = store.marks(student), {}
    for name, now in shown_now.items():
        kept[name], grades[name].needs_manual_grade = look(grades[name], rows.get(name), now)
    gradebook.db.commit()  # before the rows: if this run is killed between, flags are set anew
    store.save_marks(student, kept)


def automatic_points(notebook: NotebookNode) -> tuple[float, float]:
    """(points, maximum) over the test cells of an executed notebook."""
    tests = list(cells.tests(notebook))
    maximum = sum(map(cells.points, tests))
    return sum(auto_score(cell) or 0.0 for cell in tests), maximum


def auto_score(cell: NotebookNode) -> float | None:
    """nbgrader's points for a cell; None if the check itself failed and a person must decide."""
    if any(verdict.status is Status.COULD_NOT_BE_JUDGED for verdict in verdicts_of(cell)):
        return None
    return determine_grade(cell)[0]


def timestamp(folder: Path) -> datetime | None:
    """When the submission was handed in, by its timestamp.txt; None if that gives no time."""
    return moment(timestamp_text(folder))


def _comment(cell: NotebookNode) -> str | None:
    unanswered = cells.marks(cell).get("checksum") == compute_checksum(cell)
    return "No response." if unanswered and not cells.is_task(cell) else None


def _write_autograded(
    course: Course,
    blueprint: Blueprint,
    student: str,
    notebook: NotebookNode,
    files: Mapping[str, Path],
    kept: Iterable[str],
) -> None:
    """Replace the whole folder at once; nbgrader's later steps read it.

    kept: names of the assignment's other notebooks, which stay.
    """
    assignment = blueprint.name
    target = course.autograded(student, assignment).parent
    scratch = target.with_name(f".{assignment}.unfinished")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    kept = tuple(kept)
    books = {f"{each}.ipynb" for each in (blueprint.notebook, *kept)}
    for name, path in files.items():
        if name.split("/")[0] in books:  # a folder that has the name of a notebook
            continue
        (scratch / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, scratch / name)
    name = f"{blueprint.notebook}.ipynb"
    for other in (f"{each}.ipynb" for each in kept):
        if (target / other).is_file():
            shutil.copyfile(target / other, scratch / other)
    nbformat.write(notebook, scratch / name)
    handed_in = course.submitted(student, assignment).parent
    if timestamp_text(handed_in):  # a student's may have any size
        shutil.copyfile(handed_in / "timestamp.txt", scratch / "timestamp.txt")
    if target.exists():
        old = target.with_name(f".{assignment}.old")
        shutil.rmtree(old, ignore_errors=True)
        target.rename(old)
        scratch.rename(target)
        shutil.rmtree(old)
    else:
        scratch.rename(target)


def waits_for_a_person(gradebook: Gradebook, assignment: str, student: str) -> bool:
    """Whether one of the student's test cells needs a person, because its check failed itself."""
    for page in gradebook.find_submission(assignment, student).notebooks:
        solutions = {comment.cell.name for comment in page.comments}
        if any(g.needs_manual_grade for g in page.grades if g.cell.name not in solutions):
            return True
    return False
