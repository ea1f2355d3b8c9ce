"""A class whose grading is killed again and again: nothing may be lost, doubled, different or 0.

python -m benchmarks.kills [--students 500] [--kills 20] [--seed 0]
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from autograder.course.course import Course
from tests.tiny_course import POINTS, ROOT, TINY, submit, tiny_course

# What a student hands in, and the points it is worth.
ANSWERS = (
    ({}, POINTS["double"] + POINTS["bce_loss"]),
    ({"double": "def double(x):\n    return x"}, POINTS["bce_loss"]),
    ({"bce_loss": "def bce_loss(a, b):\n    return a.mean()"}, POINTS["double"]),
    ({"double": "raise ValueError", "bce_loss": "1 +"}, 0),
)


def start(course: Course) -> subprocess.Popen:
    command = [sys.executable, "-m", "autograder", "grade", TINY, "--course", str(course.root)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def workers_of(driver: subprocess.Popen) -> list[int]:
    """Pids of the driver's worker processes."""
    origins = [p for p in _children(driver.pid) if b"forkserver" in _command_line(p)]
    return [child for origin in origins for child in _children(origin)]


def _children(pid):
    try:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(child) for child in listed.split()]


def _command_line(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def kill_again_and_again(course: Course, kills: int, chance: random.Random) -> Counter[str]:
    """Run the grading, killing as it goes; returns what was killed, and ends with a whole run."""
    killed = Counter()
    while sum(killed.values()) < kills:
        driver = start(course)
        while driver.poll() is None and sum(killed.values()) < kills:
            time.sleep(chance.uniform(2.0, 9.0))
            workers = workers_of(driver)
            if driver.poll() is None and workers and chance.random() < 0.5:
                os.kill(chance.choice(workers), signal.SIGKILL)
                killed["a worker"] += 1
            elif driver.poll() is None:
                driver.kill()
                driver.wait()
                killed["the driver"] += 1
        if driver.poll() == 0:
            break
        driver.kill()
        driver.wait()
    assert start(course).wait() == 0
    return killed


def account(course: Course, expected: Mapping[str, float]) -> dict[str, int]:
    """{what: how many}, from nbgrader's gradebook and the statuses."""
    with course.gradebook() as gradebook:
        rows = [
            (each.student_id, sum(grade.auto_score or 0.0 for grade in each.notebooks[0].grades))
            for each in gradebook.assignment_submissions(TINY)
        ]
    found = dict(rows)
    folder = course.root / ".autograder" / TINY / "status"
    statuses = {path.stem: json.loads(path.read_text())["status"] for path in folder.iterdir()}
    return {
        "submitted": len(expected),
        "with a final status": sum(status == "graded" for status in statuses.values()),
        "in the gradebook": len(found),
        "lost": len(set(expected) - set(found)) + len(set(expected) - set(statuses)),
        "doubled": len(rows) - len(found),
        "different": sum(found.get(student) != points for student, points in expected.items()),
        "wrongly zeroed": sum(
            found.get(student) == 0.0 and points > 0 for student, points in expected.items()
        ),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, default=500)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="kills-") as scratch:
        course, expected = tiny_course(Path(scratch, "course")), {}
        for number in range(options.students):
            student = f"s{number:04}"
            sources, expected[student] = ANSWERS[number % len(ANSWERS)]
            submit(course, student, **sources, own=number)
        begin = time.perf_counter()
        killed = kill_again_and_again(course, options.kills, chance)
        seconds = time.perf_counter() - begin
        found = account(course, {student: float(p) for student, p in expected.items()})
    listed = ", ".join(f"{times} x {what}" for what, times in killed.items())
    print(f"{seconds:.0f} s; killed with SIGKILL: {listed}")
    print("\n".join(f"{count:6} {what}" for what, count in found.items()))
    wrong = [found[what] for what in ("lost", "doubled", "different", "wrongly zeroed")]
    sys.exit(1 if any(wrong) or found["with a final status"] != options.students else 0)


if __name__ == "__main__":
    main()
