"""The step of a release that embeds pictures."""

from typing import Any

from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder.course.course import Course
from autograder.notebooks.embed_pictures import embed


class EmbedPictures(NbGraderPreprocessor):
    """See embed_pictures.py."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Called by nbgrader."""
        names, course = resources["nbgrader"], Course.at(CourseDirectory(config=self.config).root)
        embed(nb.cells, course.source(names["assignment"], names["notebook"]))
        return nb, resources
