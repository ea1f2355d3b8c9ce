"""Where a course keeps its checks: solutions/NAME/checks of its own directory, nowhere else.

What a submission contains is never looked at, whatever it is called.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from autograder.checks.assignment import Checks
from autograder.checks.folders import SOLUTIONS, course_around, names, notebooks
from autograder.checks.source import Source
from autograder.judging.exercise import Exercise
from autograder.judging.setting import current
from autograder.judging.trained.model import Trained
from helpers.errors import CourseError

Kind = TypeVar("Kind", Exercise, Trained)


def source(root: Path, assignment: str, for_authors: bool = False) -> Source:
    """The checks of one assignment as files; none where it has no folder `checks`."""
    return Source.read(root / SOLUTIONS / assignment, for_authors)


def of_assignment(root: Path, assignment: str) -> Checks:
    """The checks of one assignment of a course.

    Raises CourseError for an assignment without a notebook, and for checks that do not load.
    """
    notebooks(root, assignment)
    return source(root, assignment).load()


def of_course(root: Path) -> dict[str, Checks]:
    """{assignment: its checks} of a whole course, those without any included."""
    return {name: of_assignment(root, name) for name in names(root)}


def exercise(exercise_id: str) -> Exercise:
    """The exercise with this id: of the assignment being graded, else of the course around here.

    Raises CourseError where there is none, or more than one.
    """
    return _find(exercise_id, Exercise, "exercise")


def trained_model(model_id: str) -> Trained:
    """The trained model with this id; as exercise()."""
    return _find(model_id, Trained, "trained model")


def _find(wanted: str, kind: type[Kind], what: str) -> Kind:
    found = [
        each
        for checks in _in_reach(wanted)
        for each in checks
        if each.id == wanted and isinstance(each, kind)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise CourseError(f"Several assignments of this course have the {what} '{wanted}'.")
    raise CourseError(
        f"There is no {what} '{wanted}'; `autograder judge --list` names all of a course."
    )


def _in_reach(wanted: str) -> Iterator[Checks]:
    graded = current().checks
    if graded is not None:
        yield graded
        return
    root = course_around()
    there = names(root)
    # A notebook that is open in its own folder means its own checks: a copy may have the same ids.
    inside = Path.cwd().relative_to(root).parts[1:2]
    first = [*inside, *([wanted.split(".")[0]] if not inside else [])]
    for name in first:
        if name in there:
            checks = of_assignment(root, name)
            if any(each.id == wanted for each in checks):
                yield checks
                return
    for name in there:
        yield of_assignment(root, name)
