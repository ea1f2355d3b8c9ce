"""Configure nbgrader for this course directory: source in solutions/, releases in notebooks/."""

from autograder.nbgrader_config import configure

configure(get_config(), course_id="deep-generative-models")  # noqa: F821 (nbgrader defines it)
