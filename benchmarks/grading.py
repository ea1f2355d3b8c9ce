"""What grading costs: stock nbgrader, the kit, and the floor, side by side in one run.

python -m benchmarks.grading [--rounds 2] [--sizes 10,100,1000] [--out docs/grading-speed.md]

Each round grades the demo class of twelve three times over, one way after the other, so that a
slow minute of the machine meets all three. Everything is counted from the start of the command to
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

from benchmarks import measure
from benchmarks.classes import ROOT, TINY, submit, tiny_course

DEMO = "gan-mnist"
STOCK = """
c = get_config()
c.CourseDirectory.course_id = "deep-generative-models"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "notebooks"
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\\nraise NotImplementedError()"}
c.ClearSolutions.text_stub = "*Your answer here.*"
c.ClearMarkScheme.enforce_metadata = False
c.Execute.timeout = 180
"""
FLOOR, WHOLE_FLOOR = "floor, the cells that the kit runs", "floor, every cell"
ONE_THREAD = {"OMP_NUM_THREADS": "1"}
GRADED = (".autograder", "autograded", "feedback", "nbgrader.log")


def demo_class(folder):
    """A course with the demo class handed in and nothing graded."""
    from autograder import demo
    from autograder.grading.course import Course
    from autograder.grading.fill import write_submission
    from autograder.grading.release import release

    folder.mkdir()
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    shutil.copytree(ROOT / "solutions" / DEMO, folder / "solutions" / DEMO)
    course = Course.at(folder)
    release(course, DEMO)
    for student, notebook in demo.submissions(course).items():
        write_submission(course, student, DEMO, notebook)
    return folder


def copy_of(course, name, stock=False):
    """An ungraded copy of a course, with stock nbgrader's configuration where asked."""
    target = course.with_name(name)
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(course, target, ignore=shutil.ignore_patterns(*GRADED))
    if stock:
        (target / "nbgrader_config.py").write_text(STOCK)
    return target


def stock(course):
    command = [sys.executable, "-m", "nbgrader", "autograde", DEMO]
    return measure.run(command, cwd=copy_of(course, "stock", stock=True))[1]


def kit(course, workers=None, assignment=DEMO, watch=False):
    target = copy_of(course, "kit")
    options = ["--workers", str(workers)] if workers else []
    command = [sys.executable, "-m", "autograder", "grade", assignment, "--json", *options]
    output, cost = measure.run([*command, "--course", str(target)], cwd=ROOT, watch=watch)
    assert {row["status"] for row in json.loads(output)} == {"graded"}
    return cost


def floor(course, which="graded"):
    command = [sys.executable, "-m", "benchmarks.floor", str(course), DEMO, which]
    output, cost = measure.run(command, cwd=ROOT, env=ONE_THREAD)
    return measure.Cost(float(output.split()[-1]), cost.cpu)


def same_scores(course):
    """How many students have the same automatic points in both gradebooks; the others raise."""
    by_stock, by_kit = (_points(course.with_name(name)) for name in ("stock", "kit"))
    assert by_stock == by_kit, (by_stock, by_kit)
    return len(by_kit)


def _points(folder):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        return {
            each.student_id: {g.cell.name: g.auto_score for g in each.notebooks[0].grades}
            for each in gradebook.assignment_submissions(DEMO)
        }


def compare(course, rounds):
    """{way: [Cost of each round]}, interleaved."""
    ways = {
        "stock nbgrader": stock,
        "the kit": kit,
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


def worker_memory(course):
    """Bytes that a second and a third worker add, in the order tried."""
    levels = []
    for workers in (1, 2, 3):
        levels.append(kit(course, workers=workers, assignment=TINY, watch=True).memory)
        say(f"{workers} workers: {levels[-1] / 1e6:.0f} MB")
    return [b - a for a, b in zip(levels[:-1], levels[1:], strict=True)]


def tiny_class(folder, size):
    """A course with `size` tiny submissions, each a little different."""
    course = tiny_course(folder)
    for number in range(size):
        submit(course, f"s{number:04}", why=f"Reason {number}.")
    return folder


def growth(root, size):
    """Grade `size` tiny submissions in a process of its own; returns what it found out."""
    folder = tiny_class(root / f"tiny-{size}", size)
    command = [sys.executable, "-m", "benchmarks.grading", "--one-class", str(folder)]
    output, cost = measure.run(command, cwd=ROOT)
    found = json.loads(output.splitlines()[-1])
    found["cpu"] = cost.cpu
    shutil.rmtree(folder)
    say(f"{size} submissions: {found['each'] * 1e3:.0f} ms each, {cost.cpu / size:.2f} s of CPU")
    return found


def grade_one_class(root):
    """In the process of growth(): seconds from the first start to the last end, and memory."""
    from autograder.grading.course import Course
    from autograder.grading.grade import Watcher, grade

    class Clock(Watcher):
        times, memory = [], []

        def starts(self, student):
            self.times.append(time.perf_counter())

        def ends(self, student, result):
            self.times.append(time.perf_counter())
            self.memory.append(_own_memory())

    results = grade(Course.at(root), TINY, watcher=Clock())
    assert {result.score for result in results} == {8.0}
    first = len(Clock.memory) // 10
    found = {
        "each": (Clock.times[-1] - Clock.times[0]) / len(results),
        "parent": [Clock.memory[first], Clock.memory[-1]],
    }
    print(json.dumps(found))


def remote_calls():
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


def report(costs, added, grown, calls, rounds):
    """The tables in Markdown."""
    wall = {name: statistics.median(c.wall for c in found) for name, found in costs.items()}
    cpu = {name: statistics.median(c.cpu for c in found) for name, found in costs.items()}
    ratios = [s.wall / k.wall for s, k in _pairs(costs, "stock nbgrader", "the kit")]
    above = [k.wall / f.wall for k, f in _pairs(costs, "the kit", FLOOR)]
    whole = [k.wall / f.wall for k, f in _pairs(costs, "the kit", WHOLE_FLOOR)]
    lines = [
        f"Measured on {measure.machine()}; medians of {rounds} rounds, one way after the other in",
        "each round, with the same points in every cell. Floor: the students' own cells and the",
        "calls of their tests, warm, on all cores, and nothing else; imports are not counted.",
        "Stock nbgrader runs every cell; the kit leaves out those that only show something, whose",
        "outputs stay as handed in.",
        "",
        "| the demo class of 12, gan-mnist | wall s | CPU s |",
        "|---|---|---|",
        *(f"| {name} | {wall[name]:.1f} | {_cpu(name, cpu[name])} |" for name in wall),
        "",
        f"The kit is **{statistics.median(ratios):.1f} times faster** than stock nbgrader"
        f" ({_each(ratios)}). It takes {statistics.median(whole):.2f} times the floor of every cell"
        f" ({_each(whole)}), and {statistics.median(above):.2f} times that of the cells it runs"
        f" ({_each(above)}): starting the sandbox takes some seconds, once for a class.",
        "",
        f"A further worker adds {', then '.join(f'{m / 1e6:.0f} MB' for m in added)} of its own"
        " (trivial submissions).",
        f"One call of a student's function from a test, small tensors: {calls[0]:.1f} ms, with its"
        f" gradient {calls[1]:.1f} ms.",
        "",
        "| trivial submissions | ms each | CPU s each | memory of the parent, MB |",
        "|---|---|---|---|",
    ]
    for size, found in grown.items():
        begin, end = (kilobytes / 1e3 for kilobytes in found["parent"])
        each = found["cpu"] / size
        lines.append(
            f"| {size:,} | {1e3 * found['each']:.0f} | {each:.2f} | {begin:.0f}, {end:.0f} |"
        )
    sizes = sorted(grown)
    if len(sizes) > 1:
        small, large = sizes[-2], sizes[-1]
        extra = (grown[large]["cpu"] - grown[small]["cpu"]) / (large - small)
        times = grown[large]["each"] / grown[small]["each"]
        lines += [
            "",
            f"From {small:,} to {large:,}: {times:.2f} times the time each, and {extra:.2f} s of"
            " CPU (all processes, its own cells included) for each further submission.",
        ]
    return "\n".join(lines) + "\n"


def _pairs(costs, one, other):
    return zip(costs[one], costs[other], strict=True)


def _cpu(name, seconds):
    return "" if name in (FLOOR, WHOLE_FLOOR) else f"{seconds:.0f}"


def _each(values):
    return ", ".join(f"{value:.2f}" for value in values)


def say(text):
    print(text, file=sys.stderr, flush=True)


def main():
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
        added = worker_memory(tiny_class(Path(scratch, "tiny"), 150))
        grown = {int(size): growth(Path(scratch), int(size)) for size in options.sizes.split(",")}
        calls = remote_calls()
    text = report(costs, added, grown, calls, options.rounds)
    print(text)
    if options.out:
        options.out.write_text("# What grading costs\n\n`make bench` wrote this page.\n\n" + text)


if __name__ == "__main__":
    main()
