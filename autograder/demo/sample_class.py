"""Build sample classes of twelve: one right, nine wrong, one blank, one whose kernel stops."""

from types import ModuleType

from nbformat import NotebookNode

from autograder.checks import answers, find
from autograder.course.course import Course, read_notebook
from autograder.notebooks.fill_answers import fill, solution_sources

MODULE = "sample_class"


def has_class(course: Course, assignment: str) -> bool:
    """Whether an assignment has a sample class."""
    return find.source(course.root, assignment, for_authors=True).has(f"{MODULE}.py")


def of(course: Course, assignment: str) -> ModuleType:
    """The module that says who hands in what: WRONG and BROKEN."""
    return find.source(course.root, assignment, for_authors=True).module(MODULE)


def submissions(course: Course, assignment: str) -> dict[str, NotebookNode]:
    """{student: notebook}, sorted, made from the released notebook."""
    sample = of(course, assignment)
    released = read_notebook(course.released(assignment))
    right = solution_sources(read_notebook(course.source(assignment)))
    every = answers.of_assignment(course.root, assignment)
    bank = {(a.name, a.misconception): a.source for a in reversed(every)}
    made = {"amara": fill(released, right), "jonas": released}
    for student, wrong in sample.WRONG.items():
        picked = {name: bank[name, misconception] for name, misconception in wrong.items()}
        made[student] = fill(released, right | picked)
    for student, sources in sample.BROKEN.items():
        made[student] = fill(released, right | sources)
    return dict(sorted(made.items()))
