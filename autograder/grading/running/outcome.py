"""What running one submission gave."""

from dataclasses import dataclass, replace

from autograder.judging import Verdict


@dataclass(frozen=True)
class Outcome:
    """One result. The executed notebook is in the store, under the same key.

    key: hash of what decided it. verdicts: of every exercise, in the order of the notebook.
    seconds: {cell id: wall time in s}. stopped: why the kernel did not live to the end, or None.
    isolation: what held while it ran. wall, cpu: s, of the whole submission. remarks: on this
    submission, one sentence each; another with the same key may have others.
    """

    key: str
    verdicts: tuple[Verdict, ...]
    seconds: dict[str, float]
    stopped: str | None
    isolation: dict
    wall: float
    cpu: float
    remarks: tuple[str, ...] = ()

    @property
    def slowest(self) -> tuple[str, float] | None:
        """(cell id, s) of the cell that took longest."""
        return max(self.seconds.items(), key=lambda item: item[1], default=None)

    def with_remarks(self, *remarks: str) -> "Outcome":
        return replace(self, remarks=remarks)

    def as_row(self) -> dict:
        """Plain JSON values of what the key decides: not the key itself, and no remarks."""
        return {
            "verdicts": [verdict.as_row() for verdict in self.verdicts],
            "seconds": self.seconds,
            "stopped": self.stopped,
            "isolation": self.isolation,
            "wall": self.wall,
            "cpu": self.cpu,
        }

    @classmethod
    def from_row(cls, key: str, row: dict) -> "Outcome":
        """Raises KeyError, TypeError or ValueError for what as_row() did not write."""
        verdicts = tuple(Verdict.from_row(verdict) for verdict in row["verdicts"])
        plain = {name: row[name] for name in ("seconds", "stopped", "isolation", "wall", "cpu")}
        return cls(key, verdicts, **plain)
