"""An nbconvert exporter: `nbgrader generate_feedback` and formgrader write our feedback page."""

from typing import Any

from nbconvert.exporters import Exporter
from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory

from autograder.course.course import Course
from autograder.course.roster import Roster
from autograder.grading.preparing import jobs
from autograder.grading.recording.settle import settle
from autograder.grading.result import require_current, results_of
from autograder.reports.feedback import make_releasable, student_page, the_whole
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
        of = resources["nbgrader"]
        assignment, student, notebook = of["assignment"], of["student"], of["notebook"]
        blueprint = jobs.blueprint(course, assignment, notebook)
        known = results_of(course, assignment)
        results = known.each(student)
        result = results.get(notebook)
        with course.gradebook() as gradebook:
            settle(course, gradebook, [assignment])
            names = {*known.notebooks, notebook}
            marks = {name: marks_of(gradebook, assignment, student, name) for name in names}
            late = student in late_students(course, gradebook, assignment)
        require_current(blueprint, [result])
        make_releasable(course, student, assignment)
        name = Roster.of(course).name(student)
        whole = the_whole(results, marks)
        page = student_page(blueprint, nb, marks[notebook], result, name, late, whole)
        return page, resources
