"""What marking costs: an answer shown, marked and saved; a whole class; the keys it takes.

python -m benchmarks.marking [--large 300] [--small 60] [--questions 12]

Chromium and `autograder mark` run on this machine. In the large class, each answer is timed from
the key that gives the points until the mark is saved and the next answer is on the screen. The
small class is marked from the first to the last answer by a scripted marker who reads nothing.
"""

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from autograder.course.course import Course
from autograder.marking.desk import Desk, Options
from benchmarks.measure import machine
from tests.browser.marker import Marker
from tests.marking_course import ESSAYS, essays, marking

ANSWERS = 60
PIXELS = 500  # wide: a picture of 370 kB beside each answer
# Resolves once the mark that a key gives is saved and the next answer is drawn.
ONE = """key => new Promise(done => {
    const start = performance.now();
    const card = () => document.querySelector("article[aria-current]");
    const before = card();
    document.body.dispatchEvent(new KeyboardEvent("keydown", {key, code: "KeyF", bubbles: true}));
    const look = () => {
        const unsaved = Object.keys(localStorage).some(each => each.startsWith("mark:"));
        const shown = card() !== before && card().querySelector(".answer").childElementCount;
        if (shown && !unsaved) done(performance.now() - start);
        else requestAnimationFrame(look);
    };
    look();
})"""


def one_by_one(page: Page, root: Path, students: int) -> tuple[float, list[float]]:
    """(s until a question can be marked for the first time, ms of each answer) of a class."""
    with marking(essays(root, students, 2, pixels=PIXELS)) as address:
        marker = Marker(page, address)
        start = time.perf_counter()
        marker.open("q_1")
        opened = time.perf_counter() - start
        return opened, [page.evaluate(ONE, "f") for _ in range(ANSWERS)]


def on_the_server(root: Path) -> float:
    """CPU ms for one answer on the server alone: rendered, its mark written and read again."""
    course = Course.at(root)
    with course.gradebook() as gradebook:
        desk = Desk(course, gradebook, ESSAYS, Options("benchmark"))
        rows = desk.answers("q_2")["answers"][-ANSWERS:]
        start = time.process_time()
        for row in rows:
            desk.answer(row["id"])
            desk.save(row["id"], {**row, "points": 1})
        return 1e3 * (time.process_time() - start) / len(rows)


def whole_class(
    page: Page, root: Path, students: int, questions: int
) -> tuple[float, Sequence[int]]:
    """(s, keys of each answer) to mark everything."""
    with marking(essays(root, students, questions)) as address:
        marker, keys = Marker(page, address), []
        start = time.perf_counter()
        for number in range(1, questions + 1):
            marker.open(f"q_{number}")
            keys += marker.mark_all(number)
        return time.perf_counter() - start, keys


def main() -> None:
    """Print the page's tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--large", type=int, default=300)
    parser.add_argument("--small", type=int, default=60)
    parser.add_argument("--questions", type=int, default=12)
    options = parser.parse_args()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as scratch:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = chromium.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(180_000)
        seconds, keys = whole_class(page, Path(scratch, "small"), options.small, options.questions)
        opened, times = one_by_one(page, Path(scratch, "large"), options.large)
        chromium.close()
        cpu = on_the_server(Path(scratch, "large"))
    times.sort()
    print(f"Measured on {machine()}.\n\n| | |\n|---|---|")
    print(f"| {options.large} students: an answer marked, saved, the next one shown, median | "
          f"{statistics.median(times):.0f} ms |")  # fmt: skip
    print(f"| of it CPU on the server: rendered, saved, read again | {cpu:.0f} ms |")
    print(f"| the slowest of {len(times)} | {times[-1]:.0f} ms |")
    print(f"| a question opened for the first time | {opened:.1f} s |")
    print(f"| {options.small} students × {options.questions} questions, scripted marker | "
          f"{seconds:.0f} s |")  # fmt: skip
    print(f"| keys for an answer, median and mean | {statistics.median(keys):.0f}, "
          f"{statistics.mean(keys):.2f} |")  # fmt: skip


if __name__ == "__main__":
    main()
