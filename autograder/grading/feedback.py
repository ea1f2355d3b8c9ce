"""nbgrader's feedback pages for everybody graded."""

from helpers.errors import CourseError


def feedback(course, assignment):
    """nbgrader's feedback pages for everybody graded; returns the paths written."""
    course.source(assignment)
    if not any((course.root / "autograded").glob(f"*/{assignment}/*.ipynb")):
        raise CourseError(
            f"Nothing of {assignment} has been graded in {course.root / 'autograded'}; run "
            f"`autograder grade {assignment}` first."
        )
    generate = course.api().generate_feedback
    if not course.run(f"feedback {assignment}", generate, assignment, force=True)["success"]:
        raise CourseError(
            f"nbgrader could not write feedback for {assignment}: see "
            f"{course.root / 'nbgrader.log'}."
        )
    return sorted((course.root / "feedback").glob(f"*/{assignment}/{assignment}.html"))
