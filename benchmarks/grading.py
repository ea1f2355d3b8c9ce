"""What grading costs: stock nbgrader, the kit, and the floor, side by side in one run.

python -m benchmarks.grading [--rounds 2] [--sizes 10,100,1000] [--out docs/grading-speed.md]

Each round grades the demo class of twelve in each way, one after the other, so that a slow minute
of the machine meets all of them. Stock nbgrader does so twice: as handed in, and without the cells
that the kit does not run again. Everything is counted from the start of the command to
its end, imports included, except for the floor, which is counted from "all is imported".
"""

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import nbformat

from autograder.notebooks.cells import is_answer
from autograder.notebooks.kept_outputs import is_shown_only
from benchmarks import measure
from benchmarks.generated_part import replace_part
from benchmarks.grading_page import (
    FLOOR,
    KIT,
    SAME_CELLS,
    STOCK,
    WHOLE_FLOOR,
    large_classes,
    page,
)
from tests.tiny_course import ROOT, TINY, submit, tiny_course

DEMO = "gan-mnist"
STOCK_CONFIG = """
c = get_config()
c.CourseDirectory.course_id = "deep-generative-models"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "notebooks"
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\\nraise NotImplementedError()"}
c.ClearSolutions.text_stub = "*Your answer here.*"
c.ClearMarkScheme.enforce_metadata = False
c.Execute.timeout = 180
"""
STUDENTS, COPIES = 12, 4
MEMORY_CLASS = 150
ONE_THREAD = {"OMP_NUM_THREADS": "1"}
GRADED = (".autograder", "autograded", "feedback", "nbgrader.log")


def demo_class(folder: Path, copies: int = 1) -> Path:
    """A course with the demo class handed in, so many times over, and nothing graded."""
    from autograder.course.course import Course
    from autograder.demo import sample_class
    from autograder.notebooks.fill_answers import write_submission
    from autograder.releasing.release import release

    folder.mkdir()
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    shutil.copytree(ROOT / "solutions" / DEMO, folder / "solutions" / DEMO)
    course = Course.at(folder)
    release(course, DEMO)
    handed_in = sample_class.submissions(course, DEMO)
    for student, notebook in list(handed_in.items())[:STUDENTS]:
        write_submission(course, student, DEMO, notebook)
        for number in range(1, copies):
            _make_different(notebook, number)
            write_submission(course, f"{student}-{number}", DEMO, notebook)
    return folder


def _make_different(notebook, number):
    """Other source, same work: equal submissions would share one result."""
    for cell in notebook.cells:
        if cell.cell_type == "code" and is_answer(cell):
            cell.source += f"\n# {number}"


def copy_of(course: Path, name: str, stock: bool = False) -> Path:
    """An ungraded copy of a course, with stock nbgrader's configuration where asked."""
    target = course.with_name(name)
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(course, target, ignore=shutil.ignore_patterns(*GRADED))
    if stock:
        (target / "nbgrader_config.py").write_text(STOCK_CONFIG)
    return target


def stock(course: Path, same_cells: bool = False) -> measure.Cost:
    """same_cells: of notebooks without the cells that the kit does not run."""
    target = copy_of(course, "stock-same" if same_cells else "stock", stock=True)
    if same_cells:
        for path in target.glob(f"submitted/*/{DEMO}/{DEMO}.ipynb"):
            leave_out(path)
    command = [sys.executable, "-m", "nbgrader", "autograde", DEMO]
    return measure.run(command, cwd=target)[1]


def leave_out(path: Path) -> None:
    """Take the cells that only show something out of a notebook."""
    notebook = nbformat.read(path, 4)
    notebook.cells = [cell for cell in notebook.cells if not is_shown_only(cell)]
    nbformat.write(notebook, path)


def kit(
    course: Path, workers: int | None = None, assignment: str = DEMO, watch: bool = False
) -> measure.Cost:
    target = copy_of(course, "kit")
    options = ["--workers", str(workers)] if workers else []
    command = [sys.executable, "-m", "autograder", "grade", assignment, "--json", *options]
    output, cost = measure.run([*command, "--course", str(target)], cwd=ROOT, watch=watch)
    assert {row["status"] for row in json.loads(output)} == {"graded"}
    return cost


def floor(course: Path, which: str = "graded") -> measure.Cost:
    command = [sys.executable, "-m", "benchmarks.floor", str(course), DEMO, which]
    output, cost = measure.run(command, cwd=ROOT, env=ONE_THREAD)
    return measure.Cost(float(output.split()[-1]), cost.cpu)


def same_scores(course: Path) -> int:
    """How many students have the same automatic points in all gradebooks; others raise."""
    by_kit, *others = (_points(course.with_name(name)) for name in ("kit", "stock", "stock-same"))
    for by_stock in others:
        assert by_stock == by_kit, (by_stock, by_kit)
    return len(by_kit)


def _points(folder):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        return {
            each.student_id: {g.cell.name: g.auto_score for g in each.notebooks[0].grades}
            for each in gradebook.assignment_submissions(DEMO)
        }


def compare(course: Path, rounds: int) -> dict[str, list[measure.Cost]]:
    """{way: [Cost of each round]}, interleaved."""
    ways = {
        STOCK: stock,
        SAME_CELLS: lambda course: stock(course, same_cells=True),
        KIT: kit,
        FLOOR: floor,
        WHOLE_FLOOR: lambda course: floor(course, "all"),
    }
    costs = {name: [] for name in ways}
    for number in range(rounds):
        for name, way in ways.items():
            costs[name].append(way(course))
            say(f"round {number + 1}, {name}: {costs[name][-1].wall:.1f} s")
        say(f"the same points in every cell of {same_scores(course)} students")
    return costs


def larger_class(course: Path, rounds: int) -> dict[str, list[measure.Cost]]:
    """{way: [Cost of each round]} of COPIES times the demo class; stock would take too long."""
    costs = {KIT: [], FLOOR: []}
    for number in range(rounds):
        for name, way in ((KIT, kit), (FLOOR, floor)):
            costs[name].append(way(course))
            say(f"round {number + 1}, larger class, {name}: {costs[name][-1].wall:.1f} s")
    return costs


def worker_memory(course: Path) -> list[int]:
    """Bytes of all processes together in the middle of a run, with 1, 2 and 3 workers."""
    levels = []
    for workers in (1, 2, 3):
        levels.append(kit(course, workers=workers, assignment=TINY, watch=True).memory)
        say(f"{workers} workers: {levels[-1] / 1e6:.0f} MB")
    return levels


def tiny_class(folder: Path, size: int) -> Path:
    """A course with `size` tiny submissions, each a little different."""
    course = tiny_course(folder)
    for number in range(size):
        submit(course, f"s{number:04}", own=number)
    return folder


def growth(root: Path, size: int) -> dict[str, Any]:
    """Grade `size` tiny submissions in its own process; returns its figures."""
    folder = tiny_class(root / f"tiny-{size}", size)
    command = [sys.executable, "-m", "benchmarks.grading", "--one-class", str(folder)]
    output, cost = measure.run(command, cwd=ROOT)
    found = json.loads(output.splitlines()[-1])
    found["cpu"] = cost.cpu
    shutil.rmtree(folder)
    say(f"{size} submissions: {found['each'] * 1e3:.0f} ms each, {cost.cpu / size:.2f} s of CPU")
    return found


def grade_one_class(root: Path) -> None:
    """In the process of growth(): seconds from the first start to the last end, and memory."""
    from autograder.course.course import Course
    from autograder.grading.grade import Watcher, grade

    class Clock(Watcher):
        times, memory, cpu = [], [], []

        def starts(self, student):
            self.times.append(time.perf_counter())

        def ends(self, student, result):
            self.times.append(time.perf_counter())
            self.cpu.append(time.process_time())
            self.memory.append(_own_memory())

    results = grade(Course.at(root), TINY, watcher=Clock())
    assert {result.score for result in results} == {8.0}
    first = len(Clock.memory) // 10
    found = {
        "each": (Clock.times[-1] - Clock.times[0]) / len(results),
        "parent": [Clock.memory[first], Clock.memory[-1]],
        "own_cpu": (Clock.cpu[-1] - Clock.cpu[0]) / max(1, len(results) - 1),
    }
    print(json.dumps(found))


def remote_calls() -> list[float]:
    """Milliseconds of one remote call on small tensors: (forward, forward and gradient)."""
    import asyncio

    import torch
    from jupyter_client.manager import AsyncKernelManager

    from autograder.sandbox.provisioner import KernelRequest, manager
    from autograder.sandbox.remote import Session
    from autograder.sandbox.template import Template

    torch.set_num_threads(1)

    async def timed(template):
        km = manager(AsyncKernelManager)
        await km.start_kernel(sandbox=KernelRequest(template.socket, template.run_dir))
        client = km.client()
        client.start_channels()
        await client.wait_for_ready()
        code = "import torch\ndef f(a, b): return ((a - b) ** 2).mean()"
        await client.execute_interactive(code, output_hook=lambda _: None)
        provisioner = km.provisioner
        session = Session(
            provisioner.agent_socket, interrupt=provisioner.interrupt, kill=provisioner.interrupt
        )
        f, a, b = session.subject("f"), torch.rand(16, 1), torch.rand(16, 1)
        leaf = a.clone().requires_grad_()
        calls = (lambda: f(a, b), lambda: torch.autograd.grad(f(leaf, b), leaf))
        found = [_median_milliseconds(call) for call in calls]
        client.stop_channels()
        await km.shutdown_kernel(now=True)
        return found

    with Template(preload=()) as template:
        return asyncio.run(timed(template))


def _median_milliseconds(call, times=300):
    found = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        found.append(1e3 * (time.perf_counter() - start))
    return statistics.median(found)


def _own_memory():
    text = Path("/proc/self/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--sizes", default="10,100,1000")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--one-class", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one_class:
        return grade_one_class(options.one_class)
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        course = demo_class(Path(scratch, "course"))
        costs = compare(course, options.rounds)
        larger = larger_class(demo_class(Path(scratch, "larger"), COPIES), options.rounds)
        memory = worker_memory(tiny_class(Path(scratch, "tiny"), MEMORY_CLASS))
        grown = {int(size): growth(Path(scratch), int(size)) for size in options.sizes.split(",")}
        calls = remote_calls()
    text = page(costs, larger, (STUDENTS, COPIES * STUDENTS), memory, grown, calls)
    print(text)
    if options.out:
        replace_part(options.out, "figures", text)
        many = large_classes(costs, larger, (STUDENTS, COPIES * STUDENTS), grown)
        replace_part(options.out.with_name("large-classes.md"), "ten thousand", many)


if __name__ == "__main__":
    main()
