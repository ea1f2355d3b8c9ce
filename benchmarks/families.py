"""The families of generative models that the course trains, side by side, from the kept records.

    python -m benchmarks.families

prints the table, and writes it into the cell `families` of diffusion-mnist where there is one.
"""

import argparse
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat

from benchmarks import records
from benchmarks.measures import CALLS
from benchmarks.notebooks import SOLUTIONS
from helpers.quality.trained import FRECHET

CELL, MARK = "families", "<!-- families -->"
NOTEBOOK = Path(SOLUTIONS, "diffusion-mnist", "diffusion-mnist.ipynb")
HEAD = (
    "model", "seeds", "Fréchet distance", "precision", "recall", "CPU seconds to train",
    "calls for a sample", "parameters",
)  # fmt: skip
NOT_MEASURED = "not measured"


@dataclass(frozen=True)
class Family:
    """calls: of networks, for one sample. parameters: of what draws it; a test counts them."""

    title: str
    recipe: str
    calls: int
    parameters: int


FAMILIES = (
    Family("GAN", "vanilla", 1, 1_952_528),
    Family("least-squares GAN", "least-squares", 1, 1_952_528),
    Family("convolutional GAN", "convolutional", 1, 6_675_009),
    Family("energy-based model", "energy", 256, 76_993),
    Family("variational auto-encoder", "vae", 1, 534_544),
    Family("diffusion, DDIM", "noise", CALLS, 632_404),
    Family("flow matching, Euler", "velocity", CALLS, 630_292),
)


def rows(runs: Sequence[records.Run]) -> Iterator[tuple[str, ...]]:
    """A row of texts for each family; what no run has measured is said to be so."""
    for family in FAMILIES:
        found = records.of_recipe(family.recipe, runs)
        # What only the grader has measured is its number, from fewer pictures.
        distances = [
            run.measures.get("frechet", run.judged.get(FRECHET))
            for run in found
            if "frechet" in run.measures or FRECHET in run.judged
        ]
        seconds = statistics.median(run.cpu_seconds for run in found) if found else None
        yield (
            family.title,
            str(len(found)),
            _spread(distances, 1),
            *(_spread([r.measures[m] for r in found if m in r.measures], 2)
              for m in ("precision", "recall")),
            NOT_MEASURED if seconds is None else f"{seconds:.0f}",
            str(family.calls),
            f"{family.parameters:,}",
        )  # fmt: skip


def table(runs: Sequence[records.Run]) -> str:
    """The rows in Markdown."""
    lines = [HEAD, ("---",) * len(HEAD), *rows(runs)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cell_with(source: str, runs: Sequence[records.Run]) -> str:
    """The source of a cell with the table between its two marks."""
    before, _, after = source.split(MARK)
    return f"{before}{MARK}\n{table(runs)}\n\n{MARK}{after}"


def _spread(values, digits):
    if not values:
        return NOT_MEASURED
    if len(values) == 1:
        return f"{values[0]:.{digits}f}"
    return f"{statistics.mean(values):.{digits}f} ± {statistics.stdev(values):.{digits}f}"


def main() -> None:
    argparse.ArgumentParser(prog="python -m benchmarks.families", description=__doc__).parse_args()
    runs = records.read()
    print(table(runs))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    for cell in notebook.cells:
        if cell.id == CELL:
            cell.source = cell_with(cell.source, runs)
            NOTEBOOK.write_text(nbformat.writes(notebook).rstrip("\n") + "\n", "utf-8")


if __name__ == "__main__":
    main()
