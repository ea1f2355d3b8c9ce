"""What `make demo` does: release, hand in, grade, feedback, for each assignment."""

import shutil
import time
from pathlib import Path

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


def run(course_root, folder, console, assignments=(), **options):
    """Make a course in `folder` and show a sample class of each assignment (by default all)."""
    home = Course.at(course_root)
    with_class = [name for name in find.names(home.root) if has_class(home, name)]
    for assignment in assignments or with_class:
        if assignment not in with_class:
            raise CourseError(
                f"There is no sample class of {assignment!r}: there is one of "
                f"{', '.join(with_class) or 'no assignment'}."
            )
    start = time.perf_counter()

    def say(text):
        seconds = time.perf_counter() - start
        console.print(f"[{seconds:5.0f} s] {text}", markup=False, highlight=False, soft_wrap=True)

    folder = Path(folder).resolve()
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    shutil.copy(home.root / "nbgrader_config.py", folder)
    # Its own gradebook, also where COURSE_DB names one.
    course = Course.at(folder, f"sqlite:///{folder / 'gradebook.db'}")
    for assignment in assignments or with_class:
        shutil.copytree(home.root / "solutions" / assignment, folder / "solutions" / assignment)
        _one(course, assignment, say, console, options)
    say(f"gradebook: {folder / 'gradebook.db'}")
    say(f"feedback: {folder / 'feedback' / 'STUDENT' / 'ASSIGNMENT'}")


def _one(course, assignment, say, console, options):
    say(f"{assignment}: releasing it in {course.root}")
    release(course, assignment)
    handed_in = submissions(course, assignment)
    for student, notebook in handed_in.items():
        write_submission(course, student, assignment, notebook)
    say(f"{assignment}: {len(handed_in)} students handed in; running their notebooks")
    with Live(console, assignment) as watcher:
        # This class is ours: it may be run where nothing can be isolated.
        results = grade(course, assignment, watcher=watcher, allow_unsandboxed=True, **options)
    say(f"{assignment}: isolation of each: {results[0].isolation['meaning']}")
    say(f"{assignment}: writing feedback pages")
    pages = feedback(course, assignment)
    about_the_class = write_report(course, assignment)
    console.print(tables.class_table(assignment, results))
    say(f"{assignment}: {len(pages)} feedback pages, and one about the class: {about_the_class}")
