"""Our steps in nbgrader's autograde, by whatever command or button it was started."""

from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade

from autograder.grading.canonical import canonical
from autograder.grading.course import Course, read_notebook

REMARKS = "remarks"


class CanonicalNotebook(NbGraderPreprocessor):
    """Puts the student's answers into the released notebook; the remarks go into its metadata."""

    def preprocess(self, nb, resources):
        about = resources["nbgrader"]
        course = Course.at(CourseDirectory(config=self.config).root)
        path = course.released(about["assignment"]).with_stem(about["notebook"])
        result = canonical(read_notebook(path), nb)
        result.notebook.metadata[REMARKS] = list(result.remarks)
        return result.notebook, resources


class StderrIsNoFailure(NbGraderPreprocessor):
    """nbgrader gives no points for a test cell with anything on stderr.

    A warning, a log line or a progress bar of a right answer is no wrong answer: in test cells
    it is shown as ordinary output.
    """

    def preprocess_cell(self, cell, resources, index):
        if is_grade(cell):
            for output in cell.get("outputs", ()):
                if output.output_type == "stream":
                    output.name = "stdout"
        return cell, resources
