"""Sample classes of twelve: one right, nine wrong in different ways, one blank, one that stops."""

from autograder.checks import answers, find
from autograder.course.course import read_notebook
from autograder.notebooks.fill_answers import fill, solution_sources

MODULE = "sample_class"


def has_class(course, assignment):
    """Whether an assignment has a sample class."""
    return find.source(course.root, assignment, for_authors=True).has(f"{MODULE}.py")


def of(course, assignment):
    """The module that says who hands in what: WRONG and BROKEN."""
    return find.source(course.root, assignment, for_authors=True).module(MODULE)


def submissions(course, assignment):
    """Notebooks by student, made from the released one."""
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
