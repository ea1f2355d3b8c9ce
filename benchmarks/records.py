"""The results of training runs: docs/gallery/runs.json, a line for each run on any machine.

    python -m benchmarks.records build/runs [--again]

measures the runs that benchmarks.recipes has left in a folder, adds them, and keeps what is there.
With --again, runs that are kept are measured, too: a run that is the kept one, number for number,
adds the measures that this lacks; another run replaces it.
"""

import argparse
import json
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from benchmarks import graded_runs, measures
from benchmarks.recipes import RECIPES
from helpers.files import whole

PLACE = Path(__file__).parent.parent / "docs" / "gallery" / "runs.json"
# The end of a run, over which its losses are averaged.
LAST = 50


@dataclass(frozen=True)
class Run:
    """One training run.

    device: "cpu" or the name of the GPU. seconds: by the clock. cpu_seconds: processor time, of
    one thread when the run had one. losses: means of the last 50 updates. measures: of
    benchmarks.measures. judged: the grader's numbers, empty for what is not handed in.
    """

    recipe: str
    seed: int
    device: str
    machine: str
    torch: str
    steps: int
    seconds: float
    cpu_seconds: float
    losses: dict[str, float]
    measures: dict[str, float]
    judged: dict[str, float]

    @property
    def key(self) -> tuple[str, str, int]:
        return self.recipe, self.device, self.seed


def read(place: Path = PLACE) -> list[Run]:
    """Every Run that is kept, in the order of recipe, device and seed."""
    if not place.exists():
        return []
    return [Run(**row) for row in json.loads(place.read_text("utf-8"))]


def of_recipe(name: str, runs: Iterable[Run]) -> list[Run]:
    """The runs of one recipe, by seed; on the device with the most of them."""
    chosen = [run for run in runs if run.recipe == name]
    devices = [run.device for run in chosen]
    most = max(devices, key=devices.count, default=None)
    return [run for run in chosen if run.device == most]


def usual_machine(runs: Iterable[Run]) -> str:
    """The machine of most runs; "" without runs."""
    every = [run.machine for run in runs]
    return max(every, key=every.count, default="")


def elsewhere(runs: Iterable[Run], machine: str) -> str:
    """Which runs of a row are from another machine than that of the table."""
    where = Counter(run.machine for run in runs)
    here = where.pop(machine, 0)
    others = [(other.split(",")[0], times) for other, times in sorted(where.items())]
    if not others:
        return ""
    if not here and len(others) == 1:
        return f" (on {others[0][0]})"
    counts = [f"{here} of {here + where.total()} runs here"]
    return f" ({', '.join(counts + [f'{times} on {other}' for other, times in others])})"


def write(runs: Iterable[Run], place: Path = PLACE) -> None:
    """Replace the kept runs; a line for each, so that a diff shows what is new."""
    runs = sorted(runs, key=lambda run: run.key)
    lines = ",\n".join(json.dumps(asdict(run), ensure_ascii=False) for run in runs)
    with whole(place) as file:
        file.write(f"[\n{lines}\n]\n".encode())


def add(
    folder: Path | str, recipes: Iterable[str], place: Path = PLACE, *, again: bool = False
) -> Iterator[Run]:
    """Measure the runs in a folder that are not kept yet, and keep them; yields each.

    again: those as well whose recipe, device and seed are kept; see ``renewed``.
    """
    known = {run.key: run for run in read(place)}
    for name in recipes:
        for seed, (card, path) in measures.runs(name, folder).items():
            device = _device(card)
            kept = known.get((name, device, seed))
            if kept and not again:
                continue
            run = Run(
                name,
                seed,
                device,
                card["machine"],
                card["torch"],
                card["steps"],
                round(card["seconds"], 1),
                round(card["cpu_seconds"], 1),
                {loss: _end(values) for loss, values in card["losses"].items()},
                _short(measures.measure(name, path)),
                _short(graded_runs.judged(name, path)),
            )
            run = renewed(kept, run) if kept else run
            known[run.key] = run
            write(known.values(), place)
            yield run


def renewed(kept: Run, run: Run) -> Run:
    """The kept run with the measures that it lacks if the other is the same; else the other.

    The grader's numbers tell nothing of that: it draws anew each time.
    """
    same = (kept.steps, kept.losses) == (run.steps, run.losses) and all(
        run.measures.get(name, value) == value for name, value in kept.measures.items()
    )
    return replace(kept, measures={**kept.measures, **run.measures}) if same else run


def _device(card):
    return "cpu" if card["device"] == "cpu" else card["where"].split("(")[-1].split(",")[0]


def _end(values):
    return round(statistics.mean(values[-LAST:]), 4)


def _short(found):
    return {name: float(f"{value:.5g}") for name, value in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.records", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--again", action="store_true", help="measure also what is kept")
    chosen = parser.parse_args()
    for run in add(chosen.folder, RECIPES, again=chosen.again):
        print(run.recipe, run.seed, run.measures, run.judged, flush=True)


if __name__ == "__main__":
    main()
