"""Release solutions/NAME to notebooks/NAME with nbgrader, without solutions and hidden tests."""

import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograder.course.course import Course, read_notebook
from autograder.grading.preparing.jobs import NOT_GIVEN
from helpers.errors import CourseError


def release(course: Course, assignment: str) -> Path:
    """Write notebooks/NAME/NAME.ipynb and the files beside it; returns the notebook's path.

    The old release stays until the new one is complete. Raises CourseError if the source is
    missing or invalid, or if nbgrader cannot release it.
    """
    source = course.source(assignment)
    read_notebook(source)
    target = course.released(assignment).parent
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".release-", dir=target.parent) as scratch:
        generate = course.api(release_directory=scratch).generate_assignment
        result = course.run(f"release {assignment}", generate, assignment)
        if not result["success"]:
            raise CourseError(
                f"nbgrader could not release {source}: {_reason(result)}; "
                f"{course.root / 'nbgrader.log'} has the whole log."
            )
        made = Path(scratch) / assignment
        for folder in NOT_GIVEN:
            shutil.rmtree(made / folder, ignore_errors=True)
        old = Path(scratch) / "old"
        if target.exists():
            os.replace(target, old)
        shutil.move(made, target)
    return course.released(assignment)


def _reason(result: Mapping[str, Any]) -> str:
    """The first exception in nbgrader's log; the last one only refers to it."""
    found = re.search(r"^\s*(?:\w+\.)*\w*(?:Error|Exception): (.+)$", result["log"], re.MULTILINE)
    return found[1] if found else "it gives no reason"
