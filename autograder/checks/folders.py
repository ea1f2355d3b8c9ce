"""The assignments of a course directory: folders solutions/NAME that hold NAME.ipynb."""

from pathlib import Path

from helpers.errors import CourseError

CONFIG = "nbgrader_config.py"
SOLUTIONS = "solutions"
# Folders of a course directory in which files of students lie.
OF_STUDENTS = ("submitted", "autograded", "feedback")


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
        others = sorted(each.name for each in path.parent.glob("*.ipynb"))
        several = (
            f": of {', '.join(others)} each needs a folder of its own, since one notebook is "
            "graded for each assignment."
        )
        told = several if len(others) > 1 else "; save the assignment there under this name."
        raise CourseError(f"{path.parent} has no notebook {path.name}{told}")
    raise CourseError(
        f"There is no assignment '{assignment}' in {root / SOLUTIONS}; "
        f"choose one of: {', '.join(names(root)) or 'none yet'}."
    )


def _folders(root):
    return sorted(each.name for each in (root / SOLUTIONS).glob("*/"))


def _notebook(root, assignment):
    return root / SOLUTIONS / assignment / f"{assignment}.ipynb"


def course_around(folder: Path | None = None) -> Path:
    """The course directory that `folder` (by default the current one) is in.

    Raises CourseError where there is none.
    """
    folder = Path.cwd() if folder is None else Path(folder).resolve()
    roots = [each for each in (folder, *folder.parents) if (each / CONFIG).is_file()]
    for root in roots:
        if not any(_is_of_students(root, outer) for outer in roots if outer != root):
            return root
    raise CourseError(
        f"{folder} is in no course directory (a folder with {CONFIG}); change to one, or name it "
        "with --course."
    )


def _is_of_students(folder: Path, course: Path) -> bool:
    return folder.is_relative_to(course) and folder.relative_to(course).parts[0] in OF_STUDENTS
