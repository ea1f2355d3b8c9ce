"""The outcome of running one submission."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from autograder.judging import Verdict


@dataclass(frozen=True)
class Outcome:
    """One result. The executed notebook is in the store, under the same key.

    key: hash of all inputs of the result.
    verdicts: of every exercise, in notebook order.
    seconds: {cell id: wall time in s}.
    stopped: why the kernel ended early, or None.
    isolation: Isolation.as_row() of the sandbox that it ran in.
    wall, cpu: wall time and the worker's CPU time in s, for the whole submission.
    noticed: remarks on the run itself, one sentence each.
    remarks: on this submission, one sentence each; others with the same key have their own.
    """

    key: str
    verdicts: tuple[Verdict, ...]
    seconds: dict[str, float]
    stopped: str | None
    isolation: dict[str, Any]
    wall: float
    cpu: float
    noticed: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def slowest(self) -> tuple[str, float] | None:
        """(cell id, s) of the cell that took longest; None if no cell ran."""
        return max(self.seconds.items(), key=lambda item: item[1], default=None)

    def with_remarks(self, *remarks: str) -> "Outcome":
        """The same Outcome with these remarks and what was noticed, instead of its own."""
        return replace(self, remarks=tuple(dict.fromkeys((*remarks, *self.noticed))))

    def as_row(self) -> dict[str, Any]:
        """What the key determines, as plain JSON values: neither the key itself nor remarks."""
        return {
            "verdicts": [verdict.as_row() for verdict in self.verdicts],
            "seconds": self.seconds,
            "stopped": self.stopped,
            "isolation": self.isolation,
            "wall": self.wall,
            "cpu": self.cpu,
            "noticed": self.noticed,
        }

    @classmethod
    def from_row(cls, key: str, row: Mapping[str, Any]) -> "Outcome":
        """The Outcome that as_row() wrote. Raises KeyError, TypeError or ValueError otherwise."""
        verdicts = tuple(Verdict.from_row(verdict) for verdict in row["verdicts"])
        plain = {name: row[name] for name in ("seconds", "stopped", "isolation", "wall", "cpu")}
        return cls(key, verdicts, **plain, noticed=tuple(row["noticed"]))
