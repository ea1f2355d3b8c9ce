"""What the grader says of runs that follow the recipe: are the bars where such runs pass?

    python -m benchmarks.bars build/runs

judges each run of benchmarks.recipes as a handed-in model, in this process, and tells per measure
the mean, the standard deviation, the worst run, and how many deviations lie between mean and bar.
"""

import argparse
import json
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

from autograder.exercises import trained
from autograder.judging.trained.model import measured
from autograder.judging.trained.refused import Refused
from benchmarks import measures
from helpers.networks import Generator
from helpers.quality.trained import is_met

RECIPES = {
    "gan.vanilla_trained": ("vanilla", "gan-mnist", "generator"),
    "gan.least_squares_trained": ("least-squares", "gan-mnist", "generator"),
    "gan.convolutional_trained": ("convolutional", "gan-mnist", "build_dc_generator"),
    "ebm.digits_trained": ("energy", "ebm-mnist", "CNNModel"),
    "vae.codes_trained": ("vae", "vae", "VAE"),
    "fashion.nonsaturating_trained": ("nonsaturating", "gan-fashion", None),
    "fashion.conditional_trained": ("conditional", "gan-fashion", None),
    "fashion.wasserstein_trained": ("wasserstein-gp", "gan-fashion", None),
}


@dataclass(frozen=True)
class Judged:
    """One run: the grader's numbers by measure, and the CPU seconds that they took."""

    seed: int
    found: dict[str, float]
    seconds: float

    def reaches(self, needed):
        return all(is_met(name, self.found[name], bar) for name, bar in needed.items())


def judged(model_id, folder):
    """The Judged of each run of a model's recipe; kept beside the weights."""
    recipe, assignment, name = RECIPES[model_id]
    model = trained.find(model_id)
    results = []
    for seed, (_, path) in measures.runs(recipe, folder).items():
        kept = path.with_suffix(".judged.json")
        if not kept.exists():
            build = measures.notebook(assignment)[name] if name else Generator
            start = time.process_time()
            files = {f"models/{model.file}.safetensors": path}
            try:
                found = measured(model, build, files)
            except Refused as refused:
                raise SystemExit(f"{path}: {refused}") from None
            seconds = time.process_time() - start
            kept.write_text(json.dumps({"seed": seed, "found": found, "seconds": seconds}))
        results.append(Judged(**json.loads(kept.read_text("utf-8"))))
    return results


def rows(folder):
    """Rows of a table: model, measure, runs, mean ± deviation, worst, bar, deviations, right."""
    for model_id in RECIPES:
        results = judged(model_id, folder)
        needed = trained.find(model_id).needed
        right = sum(result.reaches(needed) for result in results)
        for measure, bar in needed.items() if results else ():
            values = [result.found[measure] for result in results]
            mean = statistics.mean(values)
            deviation = statistics.stdev(values) if len(values) > 1 else 0.0
            worst = max(values) if mean < bar else min(values)
            apart = f"{abs(bar - mean) / deviation:.0f}" if deviation > 1e-9 else "-"
            yield [
                model_id,
                measure,
                str(len(values)),
                f"{mean:.4g} ± {deviation:.2g}",
                f"{worst:.4g}",
                f"{bar:g}",
                apart,
                f"{right} of {len(results)}",
            ]


HEAD = ("model", "measure", "runs", "mean ± deviation", "worst", "bar", "deviations", "right")


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bars", description=__doc__)
    parser.add_argument("folder", type=Path)
    for row in [HEAD, *rows(parser.parse_args().folder)]:
        print(" | ".join(row))


if __name__ == "__main__":
    main()
