"""State in each notebook how long its training takes, from the records of real runs.

    python -m benchmarks.stated_times

writes the table of the cell intro-time of solutions/*/*.ipynb.
"""

import itertools
import statistics
from pathlib import Path

import nbformat

from benchmarks import records
from benchmarks.notebooks import SOLUTIONS
from benchmarks.recipes import EXPERIMENTS

CELL, MARK = "intro-time", "<!-- stated times -->"
# A row for each training of a notebook: its part, what is trained, and the recipes of its runs.
# The auto-encoder of vae has no recipe: it is the network of the row above, without the sampling.
STATED = {
    "gan-mnist": (
        ("4", "vanilla", ("vanilla",)),
        ("5", "least squares", ("least-squares",)),
        ("6", "convolutional", ("convolutional",)),
        ("8", "the eight experiments", ("vanilla", *EXPERIMENTS)),
        ("8", "your own improvement, as long as the long run", ("long-run",)),
    ),
    "vae": (
        ("4", "variational auto-encoder", ("vae",)),
        ("6", "the same with full covariance", ("vae-full",)),
        ("7", "auto-encoder", ("vae",)),
    ),
    "diffusion-mnist": (
        ("5", "noise network", ("noise",)),
        ("8", "velocity network", ("velocity",)),
    ),
    "ebm-mnist": (("4", "energy-based model", ("energy",)),),
    "gan-fashion": (
        ("2", "non-saturating", ("nonsaturating",)),
        ("3", "conditional", ("conditional",)),
        ("4", "Wasserstein, one critic step", ("wasserstein-gp",)),
        ("4", "Wasserstein, five critic steps", ("wasserstein-gp-5",)),
    ),
}


def table(assignment: str) -> str:
    """The table, with the machine above it; a row from another one, or without a record, says so.

    The total is the sum of the minutes as they are shown.
    """
    runs = [run for run in records.read() if run.device == "cpu"]
    rows, total = [], 0.0
    made = {
        (part, title): [records.of_recipe(name, runs) for name in recipes]
        for part, title, recipes in STATED[assignment]
    }
    machine = records.usual_machine(itertools.chain(*itertools.chain(*made.values())))
    for (part, title), found in made.items():
        if not all(found):
            rows.append(f"| {part} | {title} | not measured |")
            continue
        seconds = sum(statistics.median(run.cpu_seconds for run in several) for several in found)
        minutes = round(seconds / 60, 1)
        total += minutes
        elsewhere = records.elsewhere(itertools.chain(*found), machine)
        rows.append(f"| {part} | {title}{elsewhere} | {minutes:.1f} |")
    if len(rows) > 1:
        of = "" if all(map(all, made.values())) else ", of what was measured"
        rows.append(f"| | together{of} | {total:.1f} |")
    return "\n".join(
        [
            "Measured with the full budget and without a GPU, on one core of a machine with "
            f"{machine}. When other programs keep it busy, it takes longer.",
            "",
            "| part | training | minutes |",
            "|---|---|---|",
            *rows,
        ]
    )


def cell_with(source: str, assignment: str) -> str:
    """The source of a cell with the table between its two marks."""
    before, _, after = source.split(MARK)
    return f"{before}{MARK}\n{table(assignment)}\n\n{MARK}{after}"


def main() -> None:
    for assignment in STATED:
        path = Path(SOLUTIONS, assignment, f"{assignment}.ipynb")
        notebook = nbformat.read(path, as_version=4)
        (cell,) = [cell for cell in notebook.cells if cell.id == CELL]
        cell.source = cell_with(cell.source, assignment)
        path.write_text(nbformat.writes(notebook).rstrip("\n") + "\n", "utf-8")


if __name__ == "__main__":
    main()
