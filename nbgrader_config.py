"""nbgrader on this course directory: solutions/ is its source, notebooks/ what it releases."""

from autograder.nbgrader_config import configure

configure(get_config(), course_id="deep-generative-models")  # noqa: F821 (nbgrader defines it)
