"""The assignments of a course directory: folders solutions/NAME that hold NAME.ipynb."""

from pathlib import Path

from helpers.errors import CourseError

CONFIG = "nbgrader_config.py"
SOLUTIONS = "solutions"


def names(root: Path) -> list[str]:
    """The assignments of a course, sorted."""
    return [name for name in _folders(root) if _notebook(root, name).is_file()]


def notebook(root: Path, assignment: str) -> Path:
    """The source notebook of an assignment.

    Raises CourseError where there is none: the sentence tells a folder without a notebook from a
    name that nothing has.
    """
    path = _notebook(root, assignment)
    if assignment in names(root):
        return path
    if assignment in _folders(root):
        raise CourseError(
            f"{path.parent} has no notebook {path.name}; save the assignment there under this name."
        )
    raise CourseError(
        f"There is no assignment '{assignment}' in {root / SOLUTIONS}; "
        f"choose one of: {', '.join(names(root)) or 'none yet'}."
    )


def _folders(root):
    return sorted(each.name for each in (root / SOLUTIONS).glob("*/"))


def _notebook(root, assignment):
    return root / SOLUTIONS / assignment / f"{assignment}.ipynb"
