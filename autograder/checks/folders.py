"""The assignments of a course directory: folders solutions/NAME that hold a notebook or more."""

from pathlib import Path

from helpers.errors import CourseError

CONFIG = "nbgrader_config.py"
SOLUTIONS = "solutions"
# Folders of a course directory in which files of students lie.
OF_STUDENTS = ("submitted", "autograded", "feedback")


def names(root: Path) -> list[str]:
    """The assignments of a course, sorted."""
    return [each.name for each in _folders(root) if _notebooks(each)]


def notebooks(root: Path, assignment: str) -> list[Path]:
    """The source notebooks of an assignment, graded or not, sorted; at least one.

    Raises CourseError where there is none: the sentence tells a folder without a notebook from a
    name that nothing has.
    """
    folder = root / SOLUTIONS / assignment
    if assignment in names(root):
        return _notebooks(folder)
    if assignment in [each.name for each in _folders(root)]:
        raise CourseError(
            f"{folder} has no notebook {assignment}.ipynb; save the assignment there under this "
            "name."
        )
    raise CourseError(
        f"There is no assignment '{assignment}' in {root / SOLUTIONS}; "
        f"choose one of: {', '.join(names(root)) or 'none yet'}."
    )


def notebook(root: Path, assignment: str, name: str | None = None) -> Path:
    """The source notebook NAME.ipynb of an assignment, by default that of the assignment's name.

    Raises CourseError where there is none.
    """
    found = notebooks(root, assignment)
    path = found[0].with_name(f"{name or assignment}.ipynb")
    if path not in found:
        others = ", ".join(each.name for each in found)
        raise CourseError(f"{path.parent} has no notebook {path.name}: it has {others}.")
    return path


def _folders(root):
    return sorted((root / SOLUTIONS).glob("*/"))


def _notebooks(folder):
    return sorted(path for path in folder.glob("*.ipynb") if not path.name.startswith("."))


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
