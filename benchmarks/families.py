"""The families of generative models that the course trains, side by side, from the kept records.

    python -m benchmarks.families

prints the table, and writes it into the cell `families` of diffusion-mnist where there is one.
"""

import argparse
import itertools
import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat

from benchmarks import records
from benchmarks.measures import CALLS, CHAIN_STEPS, CHAINS, SAMPLES
from benchmarks.notebooks import SOLUTIONS
from helpers.quality.trained import FRECHET

CELL, MARK = "families", "<!-- families -->"
NOTEBOOK = Path(SOLUTIONS, "diffusion-mnist", "diffusion-mnist.ipynb")
HEAD = (
    "model", "seeds", "Fréchet distance", "precision", "recall", "CPU seconds to train",
    "calls for a sample", "parameters",
)  # fmt: skip
NOT_MEASURED = "not measured"
# After the seconds of another machine; not one that Markdown takes for emphasis.
STAR = "\\*"
# Families whose distances are close, to be compared in pairs.
CLOSE = ("convolutional GAN", "diffusion", "flow matching")
# In standard errors: chance can explain differences below it.
CHANCE = 2.0


@dataclass(frozen=True)
class Family:
    """calls: of networks, for one sample. parameters: of what draws it; a test counts them.

    how: what the names of its measures begin with.
    """

    title: str
    recipe: str
    calls: int
    parameters: int
    how: str = ""


FAMILIES = (
    Family("GAN", "vanilla", 1, 1_952_528),
    Family("least-squares GAN", "least-squares", 1, 1_952_528),
    Family("convolutional GAN", "convolutional", 1, 6_675_009),
    Family("energy-based model", "energy", CHAIN_STEPS, 76_993),
    Family("variational auto-encoder", "vae", 1, 534_544),
    Family("diffusion", "noise", CALLS["noise"], 632_404),
    Family("diffusion, guided", "noise", 2 * CALLS["noise"], 632_404, "guided "),
    Family("flow matching", "velocity", CALLS["velocity"], 632_404),
)


def rows(runs: Sequence[records.Run]) -> Iterator[tuple[str, ...]]:
    """A row of texts for each family; what no run has measured is said to be so."""
    machine = records.usual_machine(_trained(runs))
    for family in FAMILIES:
        found = records.of_recipe(family.recipe, runs)
        measured = {
            name: [r.measures[family.how + name] for r in found if family.how + name in r.measures]
            for name in ("frechet", "precision", "recall")
        }
        # What only the grader has measured is its number, from fewer pictures.
        if not measured["frechet"] and not family.how:
            measured["frechet"] = [r.judged[FRECHET] for r in found if FRECHET in r.judged]
        seconds = statistics.median(run.cpu_seconds for run in found) if found else None
        star = STAR if records.usual_machine(found) != machine else ""
        yield (
            family.title,
            str(len(found)),
            _spread(measured["frechet"], 1, len(found)),
            _spread(measured["precision"], 2, len(found)),
            _spread(measured["recall"], 2, len(found)),
            NOT_MEASURED if seconds is None else f"{seconds:.0f}{star}",
            str(family.calls),
            f"{family.parameters:,}",
        )  # fmt: skip


def _trained(runs):
    """The runs of the table."""
    recipes = dict.fromkeys(family.recipe for family in FAMILIES)
    return [run for recipe in recipes for run in records.of_recipe(recipe, runs)]


def table(runs: Sequence[records.Run]) -> str:
    """The rows in Markdown."""
    lines = [HEAD, ("---",) * len(HEAD), *rows(runs)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def standard_errors(a: Sequence[float], b: Sequence[float]) -> float:
    """How far the means of two groups of at least two are apart, in standard errors of that."""
    error = math.sqrt(statistics.variance(a) / len(a) + statistics.variance(b) / len(b))
    return abs(statistics.mean(a) - statistics.mean(b)) / error


def distances(title: str, runs: Sequence[records.Run]) -> list[float]:
    """The Fréchet distances of a family's runs, as far as they were measured."""
    (family,) = (each for each in FAMILIES if each.title == title)
    name = family.how + "frechet"
    found = records.of_recipe(family.recipe, runs)
    return [run.measures[name] for run in found if name in run.measures]


def notes(runs: Sequence[records.Run]) -> str:
    """What has to be said of the table: which differences chance can explain, what is missing."""
    pairs = [
        (one, other, standard_errors(a, b))
        for one, other in itertools.combinations(CLOSE, 2)
        if min(len(a := distances(one, runs)), len(b := distances(other, runs))) > 1
    ]
    said = []
    if pairs:
        apart = ", ".join(f"{one} and {other} {errors:.1f}" for one, other, errors in pairs)
        said.append(
            f"How far mean distances are apart, in standard errors of the difference: {apart}. "
            f"Below {CHANCE:.0f}, chance can explain it."
        )
    if distances("energy-based model", runs):
        said.append(
            f"The energy-based model was measured with {CHAINS:,} samples, all others with "
            f"{SAMPLES:,}."
        )
    shown = table(runs)
    if STAR in shown:
        usual = records.usual_machine(_trained(runs))
        said.append(
            "With a star: trained, in most runs, on another machine than the rest, which was one "
            f"with {usual}; the same training may take another time there."
        )
    if " of " in shown:
        said.append("In brackets: how many of the runs were measured, where it is not all of them.")
    if NOT_MEASURED in shown:
        said.append(f"*{NOT_MEASURED.capitalize()}*: the weights of these runs were not kept.")
    return " ".join(said)


def cell_with(source: str, runs: Sequence[records.Run]) -> str:
    """The source of a cell with the table and its notes between its two marks."""
    before, _, after = source.split(MARK)
    return f"{before}{MARK}\n{table(runs)}\n\n{notes(runs)}\n\n{MARK}{after}"


def _spread(values, digits, seeds):
    if not values:
        return NOT_MEASURED
    spread = f" ± {statistics.stdev(values):.{digits}f}" if len(values) > 1 else ""
    fewer = f" ({len(values)} of {seeds})" if len(values) < seeds else ""
    return f"{statistics.mean(values):.{digits}f}{spread}{fewer}"


def main() -> None:
    argparse.ArgumentParser(prog="python -m benchmarks.families", description=__doc__).parse_args()
    runs = records.read()
    print(table(runs), notes(runs), sep="\n\n")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    for cell in notebook.cells:
        if cell.id == CELL:
            cell.source = cell_with(cell.source, runs)
            NOTEBOOK.write_text(nbformat.writes(notebook).rstrip("\n") + "\n", "utf-8")


if __name__ == "__main__":
    main()
