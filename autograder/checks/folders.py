"""The assignments of a course directory: folders solutions/NAME that hold NAME.ipynb."""

from pathlib import Path

from helpers.errors import CourseError

CONFIG = "nbgrader_config.py"
SOLUTIONS = "solutions"


def names(root: Path) -> list[str]:
    """The assignments of a course, sorted."""
    found = sorted((root / SOLUTIONS).glob("*/"))
    return [each.name for each in found if (each / f"{each.name}.ipynb").is_file()]


def notebook(root: Path, assignment: str) -> Path:
    """The source notebook of an assignment.

    Raises CourseError where there is none: the sentence tells a folder without a notebook from a
    name that nothing has.
    """
    folder = root / SOLUTIONS / assignment
    path = folder / f"{assignment}.ipynb"
    if assignment in names(root):
        return path
    if assignment and folder.is_dir() and folder.parent == root / SOLUTIONS:
        raise CourseError(
            f"{folder} has no notebook {path.name}; save the assignment's notebook there under "
            "this name."
        )
    raise CourseError(
        f"There is no assignment '{assignment}' in {root / SOLUTIONS}; "
        f"choose one of: {', '.join(names(root)) or 'none yet'}."
    )
