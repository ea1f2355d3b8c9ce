"""The cost of the one writer: SQLite and PostgreSQL side by side, and the bytes of a result.

python -m benchmarks.gradebook [--students 300] [--rounds 3]

The demo class of gan-mnist is run once, and handed in again under other names until there are so
many students. Then all is written anew into empty gradebooks, one kind after the other in each
round, by the code of `autograder grade`: hashing what was handed in, reading the result,
autograded/, the gradebook, the status. PostgreSQL is started for this with its settings as they
come (fsync and synchronous commits on).
"""

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from autograder.course.course import Course
from benchmarks.grading import DEMO, demo_class
from benchmarks.measure import machine
from helpers.errors import CourseError


class Kept:
    """A pool for grade() where every result is in the store: takes it from there."""

    count = 1

    def __init__(self):
        from autograder.sandbox.kernel_limits import Limits

        self.limits = Limits()

    def run(self, tasks, store, started=lambda task: None):
        for task in tasks:
            try:
                job, remarks = task.job(self.limits)
            except CourseError as unreadable:
                yield task, unreadable
            else:
                yield task, store.outcome(job.key).with_remarks(*remarks)


class InRuns(Kept):
    """As the cluster's driver does it: the node has written down which result it is."""

    def run(self, tasks, store, started=lambda task: None):
        from autograder.cluster.cluster import outcome_of

        for task in tasks:
            yield task, outcome_of(store, task)


def prepare(root: Path, students: int) -> Course:
    """A course with so many students whose results are all there; returns the Course."""
    from autograder.cluster.cluster import outcome_of
    from autograder.grading.grade import grade
    from autograder.grading.preparing import jobs
    from autograder.grading.recording.store import Store

    course = Course.at(demo_class(root))
    results = grade(course, DEMO)
    assert {result.status for result in results} == {"graded"}
    store, blueprint, workers = Store.of(course, DEMO), jobs.blueprint(course, DEMO), Kept()
    for number in range(students):
        result = results[number % len(results)]
        name = f"{result.student}-{number}"
        shutil.copytree(
            course.root / "submitted" / result.student, course.root / "submitted" / name
        )
        path = course.submitted(name, DEMO)
        inputs = jobs.inputs_of(blueprint, path, workers.limits)
        task = jobs.Task(name, path, None, blueprint, inputs)
        ((_, outcome),) = workers.run([task], store)
        store.save_run(inputs, {"key": outcome.key, "remarks": outcome.remarks})
        assert outcome_of(store, task) == outcome
    for result in results:
        shutil.rmtree(course.root / "submitted" / result.student)
    return course


def write_all(course: Course, url: str) -> tuple[float, ...]:
    """Fill an empty gradebook; returns milliseconds each: (all, of it CPU, record() alone)."""
    from autograder.grading import grade as grading
    from autograder.grading.recording import record as recording
    from autograder.releasing.release import release

    for name in ("autograded", f".autograder/{DEMO}/status"):
        shutil.rmtree(course.root / name, ignore_errors=True)
    course = Course.at(course.root, url)
    release(course, DEMO)
    spent = []

    def timed(*arguments):
        start = time.perf_counter()
        recording.record(*arguments)
        spent.append(time.perf_counter() - start)

    grading.record = timed
    start, cpu = time.perf_counter(), time.process_time()
    try:
        results = grading.grade(course, DEMO, pool=InRuns())
    finally:
        grading.record = recording.record
    found = (time.perf_counter() - start, time.process_time() - cpu, sum(spent))
    assert len(results) == len(spent)
    return tuple(1e3 * seconds / len(results) for seconds in found)


def sizes(course: Course) -> dict[str, float]:
    """{what: bytes each} of what one submission leaves; equal ones share a result and a run."""
    kept, count = course.root / ".autograder" / DEMO, len(course.students(DEMO))
    folders = {
        "handed in": course.root / "submitted",
        "result": kept / "results",
        "run": kept / "runs",
        "status": kept / "status",
        "autograded": course.root / "autograded",
    }
    found = {}
    for what, folder in folders.items():
        number = len(list(folder.iterdir())) if what in ("result", "run") else count
        files = [path for path in folder.rglob("*") if path.is_file()]
        found[what] = sum(path.stat().st_size for path in files) / number
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    from tests.autograder.cluster.one_node import Postgres

    found = {"SQLite": [], "PostgreSQL": []}
    with tempfile.TemporaryDirectory(prefix="gradebook-") as scratch:
        root = Path(scratch)
        root.chmod(0o755)
        course = prepare(root / "course", options.students)
        (root / "server").mkdir()
        with Postgres(root / "server") as server:
            for number in range(options.rounds):
                ways = {
                    "SQLite": f"sqlite:///{root / f'{number}.db'}",
                    "PostgreSQL": server.another(f"round{number}"),
                }
                for name, url in ways.items():
                    found[name].append(write_all(course, url))
                    print(f"round {number + 1}, {name}: {found[name][-1]}", file=sys.stderr)
        bytes_each = sizes(course)
    print(f"Measured on {machine()}; {options.students} students of "
          f"{DEMO}, medians of {options.rounds} rounds.\n")  # fmt: skip
    print("| gradebook | ms each, all of the writer | of it CPU | of it record() | a second |")
    print("|---|---|---|---|---|")
    for name, rounds in found.items():
        whole, cpu, alone = (statistics.median(values) for values in zip(*rounds, strict=True))
        print(f"| {name} | {whole:.1f} | {cpu:.1f} | {alone:.1f} | {1e3 / whole:.0f} |")
    print("\n| of one submission | kB |\n|---|---|")
    for what, size in bytes_each.items():
        print(f"| {what} | {size / 1e3:.1f} |")


if __name__ == "__main__":
    main()
