"""A course with nbgrader's own gradebook and nothing in it but names, points and times."""

from datetime import datetime

from autograder.course.course import Course

HW = "hw"
DUE = datetime(2026, 1, 10)
# What penalty_method cannot say: a penalty of any size, or none, or an error.
PLUGIN = """
from nbgrader.plugins import LateSubmissionPlugin


class Own(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return {}


get_config().AssignLatePenalties.plugin_class = Own
"""


def course_of(root, penalty=None, due=DUE, notebooks=(HW,)):
    """A Course in a new folder: HW with a test of 3 points and a text of 2 in each notebook.

    penalty: what its late plugin returns, as code; nbgrader's own plugin if None.
    """
    root.mkdir()
    plugin = "" if penalty is None else PLUGIN.format(penalty)
    (root / "nbgrader_config.py").write_text(f"c = get_config()\n{plugin}")
    course = Course.at(root)
    with course.gradebook() as gradebook:
        add(gradebook, HW, due, notebooks)
    return course


def add(gradebook, assignment, due=DUE, notebooks=(HW,)):
    """Add an assignment."""
    gradebook.update_or_create_assignment(assignment, duedate=due)
    for name in notebooks:
        where = (name, assignment)
        gradebook.update_or_create_notebook(*where)
        for cell, most, kind in ("test_double", 3, "code"), ("why", 2, "markdown"):
            gradebook.update_or_create_grade_cell(cell, *where, max_score=most, cell_type=kind)
        for cell in "double", "why":
            gradebook.update_or_create_solution_cell(cell, *where)


def hand_in(gradebook, student, *scores, assignment=HW, when=DUE, marks=()):
    """A submission with these automatic points of its test, notebook by notebook; gives its pages.

    marks: {cell: points by hand}, of the first one; no cell waits for a person.
    """
    gradebook.update_or_create_student(student)
    submission = gradebook.update_or_create_submission(assignment, student, timestamp=when)
    pages = sorted(submission.notebooks, key=lambda page: page.name)
    for page, score in zip(pages, scores, strict=True):
        for each in page.grades:
            each.auto_score = score if each.cell.name == "test_double" else None
            each.needs_manual_grade = False
    for each in pages[0].grades:
        each.manual_score = dict(marks).get(each.cell.name)
    gradebook.db.commit()
    return pages


def grades(page):
    """{cell: Grade} of a page."""
    return {each.cell.name: each for each in page.grades}
