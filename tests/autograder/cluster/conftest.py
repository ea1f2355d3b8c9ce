"""A small class, and what `grade` gives for it without any cluster."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.course.course import Course
from autograder.grading.grade import grade
from tests.autograder.cluster.one_node import PATIENCE, Slurm, wait_for
from tests.autograder.without_data import go_offline
from tests.tiny_course import POINTS, TINY, submit, tiny_course

ROOT = Path(__file__).parents[3]
FULL = float(sum(POINTS.values()))
SLEEP = "import time\ntime.sleep(1.5)\n\n"
# Everybody takes a while, so that there is time to kill something.
ANSWERS = (
    ({"double": SLEEP + "def double(x):\n    return 2 * x"}, FULL),
    ({"double": SLEEP + "def double(x):\n    return x"}, FULL - POINTS["double"]),
    ({"double": SLEEP + "import os\nos._exit(1)"}, 0.0),
    ({"bce_loss": SLEEP + "def bce_loss(a, b):\n    return a.mean()"}, FULL - POINTS["bce_loss"]),
)
STUDENTS = 12
SCORES = {f"s{number:02}": ANSWERS[number % len(ANSWERS)][1] for number in range(STUDENTS)}


@pytest.fixture(scope="module", autouse=True)
def without_data(tmp_path_factory):
    """As where most other tests grade, so that they share a template."""
    with pytest.MonkeyPatch.context() as patch:
        go_offline(patch, str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    """A course in which all have handed in, and nothing is graded."""
    course = tiny_course(tmp_path_factory.mktemp("tiny") / "course")
    for number, student in enumerate(SCORES):
        submit(course, student, **ANSWERS[number % len(ANSWERS)][0], own=number)
    # One who is not expected to get anywhere, and one with the very same cells as another.
    submit(course, "broken").write_text("{")
    shutil.copytree(course.submitted("s00", TINY).parents[1], course.root / "submitted" / "twin")
    return course.root


@pytest.fixture(scope="module")
def expected(handed_in, tmp_path_factory):
    """{student: what counts} from `grade` on this machine alone."""
    course = Course.at(shutil.copytree(handed_in, tmp_path_factory.mktemp("alone") / "course"))
    found = {result.student: counts(result.as_row()) for result in grade(course, TINY)}
    assert {student: found[student]["score"] for student in SCORES} == SCORES
    assert found["broken"]["status"] == "unreadable" and found["twin"]["score"] == FULL
    return found


@pytest.fixture
def course(handed_in, tmp_path):
    return Course.at(shutil.copytree(handed_in, tmp_path / "course"))


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    missing = [name for name in ("munged", "slurmctld", "slurmd", "sbatch") if not found(name)]
    if missing:
        pytest.skip(f"no {', '.join(missing)} here (Debian: apt-get install slurm-wlm munge)")
    if os.getuid() != 0:
        pytest.skip("only root may start slurmd")
    folder = tmp_path_factory.mktemp("slurm")
    folder.chmod(0o755)
    with Slurm(folder) as running:
        yield running


def found(program):
    return shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")


def counts(row):
    """Of a Result's row, what must not depend on where it was run."""
    row = json.loads(json.dumps(row))
    return {name: row[name] for name in ("status", "score", "max_score", "verdicts", "remarks")}


def points(course):
    """[(student, automatic points)] in nbgrader's gradebook, twice where they are twice."""
    with course.gradebook() as gradebook:
        return sorted(
            (each.student_id, sum(g.auto_score or 0.0 for g in each.notebooks[0].grades))
            for each in gradebook.assignment_submissions(TINY)
        )


@pytest.fixture(autouse=True)
def nothing_goes_on():
    """No run outlives the test that started it."""
    yield
    while Grading.started:
        process = Grading.started.pop()
        if process.poll() is None:
            process.kill()
            process.communicate()


class Grading:
    """The command, running: ended(n) waits until so many have a result in the gradebook."""

    started = []

    def __init__(self, course, *options, **variables):
        self.course, self.log = course, course.root / "said"
        command = [sys.executable, "-m", "autograder", "grade", TINY, "--json", *options]
        with open(self.log, "ab") as said:
            self.process = subprocess.Popen(
                [*command, "--course", str(course.root)],
                cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1", **variables},
                stdout=subprocess.PIPE, stderr=said, text=True,
            )  # fmt: skip
        Grading.started.append(self.process)

    def ended(self, least, seconds=PATIENCE):
        wait_for(lambda: len(self.events("ended")) >= least or self.process.poll() is not None,
                 seconds)  # fmt: skip
        assert self.process.poll() is None, self.log.read_text()

    def events(self, event):
        path = self.course.root / ".autograder" / TINY / "attempts.jsonl"
        rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        return [row["student"] for row in rows if row["event"] == event]

    def kill(self):
        self.process.kill()
        self.process.communicate()

    def finish(self, seconds=PATIENCE):
        """{student: what counts}"""
        output, _ = self.process.communicate(timeout=seconds)
        assert self.process.returncode == 0, self.log.read_text()
        return {row["student"]: counts(row) for row in json.loads(output)}


def require_all(course, found, expected):
    """Nothing lost, nothing doubled, the same scores as without a cluster."""
    assert found == expected
    graded = [(s, row["score"]) for s, row in expected.items() if row["status"] == "graded"]
    assert points(course) == sorted(graded)
    assert not list((course.root / "autograded").glob("*/.*"))
    written = course.root / ".autograder" / TINY / "results"
    # Twins share one result; no other work was done twice under two names.
    assert len(list(written.iterdir())) == len(graded) - 1
