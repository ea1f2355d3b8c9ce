"""Make tests from `### AUTOTEST` lines when an assignment is released, as nbgrader does."""

from typing import Any

from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import InstantiateTests

from autograder.course.course import Course
from autograder.grading.preparing import autotest
from autograder.notebooks import cells


class MakeAutotests(InstantiateTests):
    """nbgrader's InstantiateTests, which also keeps what it made for grading."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Called by nbgrader."""
        before = {name: cell.source for name, cell in cells.named(nb).items()}
        nb, resources = super().preprocess(nb, resources)
        made = {
            name: (before[name], cell.source)
            for name, cell in cells.named(nb).items()
            if cell.source != before[name]
        }
        course, names = Course.at(CourseDirectory(config=self.config).root), resources["nbgrader"]
        autotest.keep(course.results(names["assignment"], names["notebook"]), made)
        return nb, resources
