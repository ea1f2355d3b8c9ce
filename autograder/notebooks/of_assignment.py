"""Which notebooks of an assignment are graded: one, as a rule, or several that earn points."""

from autograder.checks import folders
from autograder.course.course import Course, read_notebook
from autograder.notebooks import cells


def graded_notebooks(course: Course, assignment: str) -> list[str]:
    """The names, without .ipynb, of the notebooks that students hand in, sorted; at least one.

    Of several in solutions/NAME, those with points count, and if there are none NAME.ipynb alone.
    Raises CourseError if there is no such assignment, or if one of several cannot be read.
    """
    paths = folders.notebooks(course.root, assignment)
    if len(paths) > 1:
        with_points = [p for p in paths if any(cells.worth(read_notebook(p)).values())]
        paths = with_points or [p for p in paths if p.stem == assignment] or paths
    return [path.stem for path in paths]


def label(assignment: str, notebook: str, name: str) -> str:
    """A name of a cell or an exercise that is clear within the assignment."""
    return name if notebook == assignment else f"{notebook}/{name}"
