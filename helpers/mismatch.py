"""What a visible check raises; without torch, for whoever only shows it."""

from textwrap import wrap

TEXT_WIDTH = 84


class Mismatch(AssertionError):
    """A visible check failed.

    Attributes:
        label: what was checked.
        expected: the right answer, in words or digits, or None.
        got: the student's answer, or None.
        hint: what may be wrong, or None.
    """

    def __init__(
        self,
        label: str,
        expected: str | None = None,
        got: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(label, expected, got, hint)
        self.label, self.expected, self.got, self.hint = label, expected, got, hint

    def __str__(self) -> str:
        rows = (("expected", self.expected), ("got", self.got), ("hint", self.hint))
        lines = [f"✗ {self.label}"]
        for name, text in rows:
            if text is not None:
                wrapped = [part for line in text.splitlines() for part in wrap(line, TEXT_WIDTH)]
                lines.append(f"  {name:<8}  " + ("\n" + " " * 12).join(wrapped))
        return "\n".join(lines)

    def _render_traceback_(self) -> list[str]:
        """Lines that IPython shows instead of a traceback."""
        return str(self).split("\n")
