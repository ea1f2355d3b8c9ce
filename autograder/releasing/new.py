"""Write a new assignment: the smallest one that works, for its author to change.

The template is beside this module: a notebook and its checks. NAME in its text and file names
becomes the name of the assignment.
"""

import os
import re
import shutil
import tempfile
from pathlib import Path

from autograder.checks.folders import CONFIG, SOLUTIONS
from helpers.errors import CourseError
from helpers.files import whole

TEMPLATE = Path(__file__).parent / "template"
PLACEHOLDER = "NAME"
# The name of a folder and a notebook, and the part of an exercise's id before the dot.
FIT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
OF_A_COURSE = (SOLUTIONS, "notebooks", "submitted", "autograded", "feedback")
COURSE_CONFIG = '''\
"""Configure nbgrader for this course directory: source in solutions/, releases in notebooks/."""

from autograder.nbgrader_config import configure

configure(get_config(), course_id="{course_id}")  # noqa: F821 (nbgrader defines it)
'''


def new(root: Path, assignment: str) -> list[str]:
    """Write solutions/NAME in the course directory `root`; returns what it wrote, in sentences.

    A directory that is not a course yet becomes one: it gets nbgrader_config.py. Raises
    CourseError, and writes nothing, if the name is invalid or taken.
    """
    root = Path(root).resolve()
    if not FIT.fullmatch(assignment):
        raise CourseError(
            f"{assignment!r} cannot be the name of an assignment; write up to 64 letters (a to "
            "z), digits, - and _, a letter or a digit first, such as gan-mnist."
        )
    target = root / SOLUTIONS / assignment
    if os.path.lexists(target):
        raise CourseError(f"{target} already exists; choose another name, or remove it first.")
    _require_no_stage_of_a_course(root)
    written = []
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=target.parent) as scratch:
            made = Path(scratch) / assignment
            _fill_in(made, assignment)
            if not (root / CONFIG).exists():
                with whole(root / CONFIG) as file:
                    file.write(_config(root).encode())
                written.append(f"{root} was not a course directory yet: wrote {root / CONFIG}")
            made.rename(target)
    except OSError as error:
        raise CourseError(f"{target} cannot be written: {error.strerror or error}.") from None
    return [*written, f"wrote {target / assignment}.ipynb and {target / 'checks'}"]


def _fill_in(folder: Path, assignment: str) -> None:
    """Copy the template, with the assignment's name in its files and their names."""
    skipped = shutil.ignore_patterns("__pycache__", ".*")
    shutil.copytree(TEMPLATE, folder, ignore=skipped, copy_function=shutil.copyfile)
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        text = path.read_text(encoding="utf-8").replace(PLACEHOLDER, assignment)
        path.write_text(text, encoding="utf-8")
        path.rename(path.with_name(path.name.replace(PLACEHOLDER, assignment)))


def _config(root: Path) -> str:
    return COURSE_CONFIG.format(course_id=re.sub(r"[^\w.-]+", "-", root.name) or "course")


def _require_no_stage_of_a_course(root: Path) -> None:
    """Raise CourseError for a folder inside an existing course, such as its solutions/."""
    if (root / CONFIG).exists():
        return
    for course in root.parents:
        stage = root.relative_to(course).parts[0]
        if (course / CONFIG).is_file() and stage in OF_A_COURSE:
            raise CourseError(
                f"{root} is part of the course directory {course}; go there, or name it with "
                "--course."
            )
