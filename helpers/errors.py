"""The one error that a user's mistake raises."""


class CourseError(Exception):
    """A mistake that the user can correct, in one sentence: what, where, what to do.

    A notebook shows the sentence alone: a traceback through the kit would not help.
    """

    def _render_traceback_(self) -> list[str]:
        """Lines that IPython shows instead of a traceback."""
        return [f"{type(self).__name__}: {self}"]
