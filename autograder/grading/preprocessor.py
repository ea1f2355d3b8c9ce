"""What nbgrader's autograde runs first, by whatever command or button it was started."""

from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor

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
