"""Run the demo: release each assignment, hand in, grade, write feedback."""

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from autograder.checks import find
from autograder.course.course import Course
from autograder.demo.sample_class import has_class, submissions
from autograder.grading.grade import grade
from autograder.notebooks.fill_answers import write_submission
from autograder.releasing.release import release
from autograder.reports import tables
from autograder.reports.class_report import write_report
from autograder.reports.feedback import feedback
from autograder.reports.progress import Live
from helpers.errors import CourseError


def run(
    course_root: Path,
    folder: Path,
    console: Console,
    assignments: Sequence[str] = (),
    **options: Any,
) -> None:
    """Make a course in `folder` and grade a sample class of these assignments (default: all).

    options: of grade(). Raises CourseError for an assignment without a sample class.
    """
    home = Course.at(course_root)
    with_class = [name for name in find.names(home.root) if has_class(home, name)]
    for assignment in assignments or with_class:
        if assignment not in with_class:
            raise CourseError(
                f"There is no sample class of {assignment!r}: there is one of "
                f"{', '.join(with_class) or 'no assignment'}."
            )
    start = time.perf_counter()

    def say(text: str) -> None:
        seconds = time.perf_counter() - start
        console.print(f"[{seconds:5.0f} s] {text}", markup=False, highlight=False, soft_wrap=True)

    folder = Path(folder).resolve()
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    shutil.copy(home.root / "nbgrader_config.py", folder)
    # Its own gradebook, even if COURSE_DB names another.
    course = Course.at(folder, f"sqlite:///{folder / 'gradebook.db'}")
    for assignment in assignments or with_class:
        shutil.copytree(home.root / "solutions" / assignment, folder / "solutions" / assignment)
        _one(course, assignment, say, console, options)
    say(f"gradebook: {folder / 'gradebook.db'}")
    say(f"feedback: {folder / 'feedback' / 'STUDENT' / 'ASSIGNMENT'}")


def _one(
    course: Course,
    assignment: str,
    say: Callable[[str], None],
    console: Console,
    options: Mapping[str, Any],
) -> None:
    say(f"{assignment}: releasing it in {course.root}")
    release(course, assignment)
    handed_in = submissions(course, assignment)
    for student, notebook in handed_in.items():
        write_submission(course, student, assignment, notebook)
    say(f"{assignment}: {len(handed_in)} students handed in; running their notebooks")
    with Live(console, assignment) as watcher:
        # These submissions are our own: they may run where nothing can be isolated.
        results = grade(course, assignment, watcher=watcher, allow_unsandboxed=True, **options)
    isolation = results[0].isolation
    assert isolation is not None, "it has been run"
    say(f"{assignment}: isolation of each: {isolation['meaning']}")
    say(f"{assignment}: writing feedback pages")
    pages = feedback(course, assignment)
    about_the_class = write_report(course, assignment)
    console.print(tables.class_table(assignment, results))
    say(f"{assignment}: {len(pages)} feedback pages, and one about the class: {about_the_class}")
