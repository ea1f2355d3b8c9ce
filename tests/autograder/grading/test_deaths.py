"""A kernel that dies: whose doing it was, and what comes of it."""

import threading

import psutil
import pytest

from autograder.grading.grade import COULD_NOT_BE_JUDGED, GRADED, grade
from autograder.grading.running.workers import ATTEMPTS
from autograder.sandbox.kernel_limits import Limits
from tests.tiny_course import RIGHT, TINY, submit, tiny_course

pytestmark = pytest.mark.slow

ALL, DOUBLE_ONLY = 8, 3
LIMITS = Limits(cell_seconds=20, total_seconds=60)
# Shows where it runs, by the only way out that there is: a process of that name. Most places are
# come to several times.
HERE = "__import__('subprocess').Popen(['sleep', '{mark}']); __import__('time').sleep(0.7)"
MARK = "86399.{}"


def once(here):
    """For a place that is come to once."""
    return here.replace("0.7", "2")


WAYS = {
    "a-cell": lambda here: {"double": f"{RIGHT['double']}\n{once(here)}"},
    "a-plain-test": lambda here: {"double": f"def double(x):\n    {here}\n    return 2 * x"},
    "a-judged-test": lambda here: {
        "bce_loss": RIGHT["bce_loss"].replace("    return", f"    {here}\n    return")
    },
    "the-last-cell": lambda here: {
        "double": f"def double(x):\n    if float(x) == 4: {once(here)}\n    return 2 * x"
    },
}


class Killer(threading.Thread):
    """Kills from outside, some times each, whatever process runs beside the marked ones."""

    def __init__(self, times):
        super().__init__(daemon=True)
        self.left, self.over = dict(times), threading.Event()

    def run(self):
        while not self.over.wait(0.15):
            for process in psutil.process_iter(["cmdline"]):
                mark = (process.info["cmdline"] or [""])[-1]
                if self.left.get(mark, 0) > 0:
                    try:
                        process.parent().kill()
                    except (psutil.NoSuchProcess, AttributeError):
                        continue
                    self.left[mark] -= 1
                    psutil.wait_procs([process], timeout=5)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()


def run(course, **options):
    return {r.student: r for r in grade(course, TINY, limits=LIMITS, count=2, **options)}


def test_a_kernel_killed_from_outside_costs_another_attempt_and_no_point(tmp_path):
    course, times = tiny_course(tmp_path), {}
    for number, (student, way) in enumerate(WAYS.items()):
        mark = MARK.format(number)
        submit(course, student, **way(HERE.format(mark=mark)))
        times[mark] = 1
    submit(course, "untouched")
    with Killer(times) as killer:
        results = run(course)
    assert not any(killer.left.values()), "the killer has missed one"
    assert {s: (r.status, r.score) for s, r in results.items()} == dict.fromkeys(
        [*WAYS, "untouched"], (GRADED, ALL)
    ), [v.message for r in results.values() for v in r.verdicts]


def test_a_kernel_that_is_always_killed_is_never_a_score(tmp_path):
    course, mark = tiny_course(tmp_path), MARK.format(9)
    submit(course, "a", **WAYS["a-judged-test"](HERE.format(mark=mark)))
    submit(course, "b")
    with Killer({mark: ATTEMPTS}):
        results = run(course)
    assert (results["a"].status, results["a"].score) == (COULD_NOT_BE_JUDGED, None)
    assert "from outside" in results["a"].problem
    assert (results["b"].status, results["b"].score) == (GRADED, ALL)
    # The next run judges it.
    results = run(course)
    assert (results["a"].status, results["a"].score) == (GRADED, ALL)


def test_what_its_own_code_does_is_a_score(tmp_path):
    course = tiny_course(tmp_path)
    for student, code in {
        "exits": "import os; os._exit(0)",
        "crashes": "import ctypes; ctypes.string_at(0)",
        "aborts": "import os; os.abort()",
        "runs-a-program": "import os; os.execv('/bin/true', ['true'])",
        "limits-its-time": "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (1, 1))\n"
        "while True: pass",
    }.items():
        submit(course, student, bce_loss=code)
    for result in run(course).values():
        assert (result.status, result.score) == (GRADED, DOUBLE_ONLY), result
        assert len([each for each in result.verdicts if "its kernel" in each.message]) == 1
