"""An nbconvert exporter: `nbgrader generate_feedback` and formgrader write our feedback page."""

from typing import Any

from nbconvert.exporters import Exporter
from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory

from autograder.course.course import Course
from autograder.course.roster import Roster
from autograder.grading.grade import require_current, result_of
from autograder.grading.preparing import jobs
from autograder.grading.recording.settle import settle
from autograder.grading.recording.store import Store
from autograder.reports.feedback import make_releasable, student_page
from autograder.reports.late import late_students
from autograder.reports.points import marks_of


class FeedbackPage(Exporter):
    """The exporter that nbgrader's GenerateFeedback runs on each graded notebook."""

    file_extension = ".html"
    output_mimetype = "text/html"

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kwargs: Any
    ) -> tuple[str, dict[str, Any]]:
        """(the page as HTML, resources); resources["nbgrader"] names assignment and student."""
        nb, resources = super().from_notebook_node(nb, resources, **kwargs)
        course = Course.at(CourseDirectory(config=self.config).root)
        assignment, student = (resources["nbgrader"][key] for key in ("assignment", "student"))
        result = result_of(Store.of(course, assignment), student)
        with course.gradebook() as gradebook:
            settle(course, gradebook, [assignment])
            marks = marks_of(gradebook, assignment, student)
            late = student in late_students(course, gradebook, assignment)
        blueprint = jobs.blueprint(course, assignment)
        require_current(blueprint, [result])
        make_releasable(course, student, assignment)
        name = Roster.of(course).name(student)
        page = student_page(blueprint.released, nb, marks, result, assignment, name, late)
        return page, resources
