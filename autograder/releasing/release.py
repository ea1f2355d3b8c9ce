"""Release solutions/NAME to notebooks/NAME with nbgrader, without solutions and hidden tests."""

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from traitlets.config import Config

from autograder.course.course import Course, read_notebook
from autograder.grading.preparing.jobs import NOT_GIVEN, blueprint_of
from autograder.grading.running.pool import say_nothing
from autograder.notebooks.cells import has_old_marks
from autograder.notebooks.of_assignment import graded_notebooks
from autograder.releasing.graded_cells import known
from autograder.releasing.prove import require
from helpers.errors import CourseError


def release(
    course: Course,
    assignment: str,
    proof: bool = False,
    tell: Callable[[str], None] = say_nothing,
    drop: Collection[str] = (),
    rename: Mapping[str, str] | None = None,
) -> Path:
    """Write notebooks/NAME/NAME.ipynb and the files beside it; returns the notebook's path.

    Of an assignment with several notebooks, all are written, and the path is that of their folder.
    proof: whether the solution and the stub are graded first (see prove.require). tell: called
    with a sentence about what could not be proved. drop, rename: of a graded assignment, cells
    whose marks by hand may be deleted, and {old name: new name}. The old release stays until the
    new one is complete. Raises CourseError if the source is missing or invalid, if nbgrader cannot
    release it, if marks by hand would be lost, or if the proof fails.
    """
    names = graded_notebooks(course, assignment)
    for source in (course.source(assignment, name) for name in names):
        notebook = read_notebook(source)
        if not notebook.cells:
            raise CourseError(f"{source} has no cells: there is nothing to release.")
        if has_old_marks(notebook):
            raise CourseError(
                f"{source} has the cell metadata of an older nbgrader: keep a copy, run `nbgrader "
                f"update {source.parent}`, and release again."
            )
    target = course.released(assignment).parent
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".release-", dir=target.parent) as scratch:
        further = Config(
            ProveAssignment={"enabled": False},
            FollowCells={"drop": list(drop), "rename": dict(rename or {})},
        )
        with course.gradebook() as gradebook:
            before = known(gradebook, assignment)
        generate = course.api(further, release_directory=scratch).generate_assignment
        result = course.run(f"release {assignment}", generate, assignment)
        if not result["success"]:
            source = course.source(assignment, names[0])
            what = source if len(names) == 1 else source.parent
            raise CourseError(
                f"nbgrader could not release {what}: {_reason(result)}; "
                f"{course.root / 'nbgrader.log'} has the whole log."
            )
        with course.gradebook() as gradebook:
            for name in sorted(before - known(gradebook, assignment)):
                tell(f"{name} is no longer in the gradebook; grade {assignment} again")
        made = Path(scratch) / assignment
        for name in names if proof else ():
            notebook = read_notebook(made / f"{name}.ipynb")
            for note in require(course, blueprint_of(course, assignment, notebook, name)).notes:
                tell(f"not proved: {note if len(names) == 1 else f'{name}: {note}'}")
        for folder in NOT_GIVEN:
            shutil.rmtree(made / folder, ignore_errors=True)
        old = Path(scratch) / "old"
        if target.exists():
            os.replace(target, old)
        shutil.move(made, target)
    return course.released(assignment, names[0]) if len(names) == 1 else target


def _reason(result: Mapping[str, Any]) -> str:
    """The first exception in nbgrader's log; the last one only refers to it."""
    text = f"{result['log']}\n{result.get('error') or ''}"
    found = re.search(r"^\s*(?:\w+\.)*\w*(?:Error|Exception): (.+)$", text, re.MULTILINE)
    return found[1] if found else "it gives no reason"
