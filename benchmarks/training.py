"""Training each model with the kit's loop, with the usual loop, and at the floor.

    python -m benchmarks.training [--models linear-gan vae] [--rounds 5] [--out docs/FILE.md]

The three ways of a model take turns, a few steps at a time, in one process; memory is measured in a
process of its own for each. Needs MNIST and Fashion-MNIST in COURSE_DATA.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from benchmarks.generated_part import replace_part
from benchmarks.loops import CONTESTS, WAYS
from benchmarks.measure import machine
from helpers.device import best_device, describe

IMAGES = 60_000
# Steps between two changes of turn: about a second on two CPU cores.
STEPS = {"linear-gan": 40, "dc-gan": 6, "vae": 120, "ebm": 3, "fashion": 15, "fashion-wgan": 10}
GPU_STEPS = {"linear-gan": 400, "dc-gan": 200, "vae": 400, "ebm": 10, "fashion": 200,
             "fashion-wgan": 150}  # fmt: skip


@dataclass(frozen=True)
class Result:
    """seconds: of a step, one for each round, by way. outside: share of the kit's time."""

    model: str
    batch: int
    seconds: dict[str, list[float]]
    outside: float
    memory: dict[str, int]

    def step(self, way: str) -> float:
        """Median seconds of a step."""
        return statistics.median(self.seconds[way])

    def ratio(self, way: str, other: str) -> float:
        """Median over the rounds of the ratio within a round."""
        pairs = zip(self.seconds[way], self.seconds[other], strict=True)
        return statistics.median(a / b for a, b in pairs)


def compete(
    model: str, device: torch.device, folder: Path | str, rounds: int, steps: int
) -> Result:
    """One Result; the first turn of each way is not counted."""
    contest = CONTESTS[model](device, folder)
    for way in WAYS:
        _timed(contest, way, max(2, steps // 4))
    contest.watch.reset()
    seconds, whole = {way: [] for way in WAYS}, 0.0
    for turn in range(rounds):
        # Nobody always follows the same neighbour.
        for way in WAYS if turn % 2 else WAYS[::-1]:
            seconds[way].append(_timed(contest, way, steps) / steps)
        whole += seconds["kit"][-1] * steps
    memory = {way: _memory(model, device, folder, way, steps) for way in WAYS}
    return Result(contest.title, contest.batch, seconds, contest.watch.outside / whole, memory)


def _timed(contest, way, steps):
    if contest.device.type == "cuda":
        torch.cuda.synchronize()
    start = time.perf_counter()
    getattr(contest, way)(steps)
    if contest.device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def _memory(model, device, folder, way, steps):
    command = [sys.executable, "-m", "benchmarks.training", "--memory-of", model, way,
               "--device", str(device), "--folder", str(folder), "--steps", str(steps)]  # fmt: skip
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def print_memory(
    model: str, way: str, device: torch.device, folder: Path | str, steps: int
) -> None:
    """Run some steps of one way, and print the peak of memory in bytes."""
    contest = CONTESTS[model](device, folder)
    _timed(contest, way, steps)
    if contest.device.type == "cuda":
        print(torch.cuda.max_memory_allocated())
    else:
        # Not getrusage, whose maximum begins with that of the process that started this one.
        status = Path("/proc/self/status").read_text()
        print(int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024)


def page(results: Sequence[Result], device: torch.device, rounds: int) -> str:
    """The table as a page of the documentation."""
    on_gpu = device.type == "cuda"
    lines = [
        "| model (batch) | kit: s an epoch | images/s | usual: s an epoch | **kit against usual** |"
        " kit against floor | outside the model | peak memory: kit, usual, floor |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for r in results:
        memory = ", ".join(f"{r.memory[way] / 1e6:,.0f}" for way in WAYS)
        outside = "" if on_gpu else f"{r.outside:.1%}"
        lines.append(
            f"| {r.model} ({r.batch}) | {r.step('kit') * IMAGES / r.batch:.1f} |"
            f" {r.batch / r.step('kit'):,.0f} | {r.step('usual') * IMAGES / r.batch:.1f} |"
            f" **{r.ratio('usual', 'kit'):.2f} times as fast** | {r.ratio('kit', 'floor'):.2f} |"
            f" {outside} | {memory} MB |"
        )
    where = describe(device) if on_gpu else f"{machine()}, {describe(device)}"
    return (
        f"Measured on {where}, torch {torch.__version__}; median of {rounds} rounds, the three "
        "ways taking turns; an epoch is 60,000 images.\n\n" + "\n".join(lines) + "\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__)
    parser.add_argument("--models", nargs="+", choices=CONTESTS, default=list(CONTESTS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, help="in a turn; by default about a second's worth")
    parser.add_argument("--device", type=torch.device, default=None)
    parser.add_argument("--folder", help="for the unpacked data; by default a temporary one")
    parser.add_argument("--json", type=Path, help="where to write the single measurements")
    parser.add_argument("--out", type=Path, help="a page whose part between the marks is replaced")
    parser.add_argument("--memory-of", nargs=2, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    device = chosen.device or best_device()
    if "COURSE_DATA" not in os.environ:
        sys.exit("training: set COURSE_DATA to the folder that holds MNIST and Fashion-MNIST.")
    if chosen.memory_of:
        return print_memory(*chosen.memory_of, device, chosen.folder, chosen.steps)
    lengths = GPU_STEPS if device.type == "cuda" else STEPS
    with tempfile.TemporaryDirectory() as folder:
        results = []
        for model in chosen.models:
            steps = chosen.steps or lengths[model]
            results.append(compete(model, device, chosen.folder or folder, chosen.rounds, steps))
            print(page(results[-1:], device, chosen.rounds).splitlines()[-1], flush=True)
    if chosen.json:
        chosen.json.write_text(json.dumps([vars(result) for result in results], indent=1))
    text = page(results, device, chosen.rounds)
    print(text)
    if chosen.out:
        replace_part(chosen.out, device.type, text)


if __name__ == "__main__":
    main()
