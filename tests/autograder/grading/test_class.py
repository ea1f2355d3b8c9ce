"""A class from submissions to final statuses, whatever is killed on the way."""

import contextlib
import json
import multiprocessing.forkserver
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from autograder.grading.grade import Watcher, grade
from autograder.grading.preparing import jobs
from autograder.grading.recording.nbgrader_export import export
from autograder.grading.recording.store import Store, only_grader
from autograder.grading.result import Result, result_of
from autograder.grading.running import workers
from autograder.grading.running.pool import Failure
from autograder.sandbox.isolation import Isolation, Kind
from autograder.sandbox.kernel_limits import Limits
from autograder.sandbox.template import Template
from helpers.errors import CourseError
from tests.autograder import warm_template
from tests.lengths import short_and_long
from tests.nbgrader_command import nbgrader
from tests.tiny_course import POINTS, TINY, submit

ROOT = Path(__file__).parents[3]
FULL = float(sum(POINTS.values()))
WRONG = {"double": "def double(x):\n    return x"}
SLOW = {"double": "import time\ntime.sleep(1.0)\n\ndef double(x):\n    return 2 * x"}

pytestmark = [pytest.mark.slow, pytest.mark.sandbox]


@pytest.fixture
def course(tiny):
    return tiny


class Counting(Watcher):
    """Whoever was run."""

    def __init__(self):
        self.students = []

    def starts(self, student):
        self.students.append(student)


def run(course, **options):
    """(results by student, who was run)"""
    watcher = Counting()
    results = grade(course, TINY, watcher=watcher, **options)
    return {result.student: result for result in results}, sorted(watcher.students)


def points(course):
    """What nbgrader's gradebook has: automatic points by student."""
    with course.gradebook() as gradebook:
        return {
            each.student_id: sum(g.auto_score or 0 for g in each.notebooks[0].grades)
            for each in gradebook.assignment_submissions(TINY)
        }


def processes(*words):
    """Pids of the processes whose command line has all these words."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            line = (path / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if all(word in line for word in words) and int(path.name) != os.getpid():
            found.append(int(path.name))
    return found


def children(pid):
    """Direct children of a process."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if int((path / "stat").read_text().rsplit(")", 1)[1].split()[1]) == pid:
                found.append(int(path.name))
        except OSError:
            continue
    return found


def family(pid):
    found = children(pid)
    return found + [each for child in found for each in family(child)]


def lives(pid):
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def wait_for(condition, seconds=600):
    """The limit is for a test that hangs; a busy machine takes its time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.05)


def attempts(course, event):
    path = course.root / ".autograder" / TINY / "attempts.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return [row["student"] for row in rows if row["event"] == event]


def test_what_has_not_changed_is_not_run_again(course):
    submit(course, "a")
    submit(course, "b", **WRONG)
    (course.root / "roster.csv").write_text("id,last_name\na,A\nb,B\nabsent,C\na,A\n")
    first, ran = run(course)
    assert ran == ["a", "b"]
    assert [(r.status, r.score) for r in first.values()] == [
        ("graded", FULL), ("no submission", None), ("graded", FULL - POINTS["double"]),
    ]  # fmt: skip
    assert first["a"].isolation["isolation"] in ("nested", "single")
    assert points(course) == {"a": FULL, "b": FULL - POINTS["double"]}
    again, ran = run(course)
    assert again == first and ran == []
    submit(course, "b", own="another way")
    third, ran = run(course)
    assert ran == ["b"] and third["b"].score == FULL and third["a"] == first["a"]
    # A gradebook that was lost is filled again, from the kept results.
    shutil.rmtree(course.root / "autograded")
    _, ran = run(course)
    assert ran == [] and points(course) == {"a": FULL, "b": FULL}
    assert course.autograded("a", TINY).is_file()


def test_workers_have_the_environment_of_the_run(course, tmp_path, monkeypatch):
    """The process that they are forked from may have started in another."""
    multiprocessing.forkserver.ensure_running()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "digits.gz").write_bytes(b"other data")
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(workers, "data_folder", lambda: None)  # the template may be any
    submit(course, "a")
    _, ran = run(course)
    shutil.rmtree(course.root / "autograded")
    _, again = run(course)
    assert (ran, again) == (["a"], []) and points(course) == {"a": FULL}


def test_workers_hash_nothing_that_the_run_has_hashed(course, monkeypatch):
    """Of the kit and the packages: both would have to be read again by each worker."""
    monkeypatch.setitem(jobs.environment(), "kit", "of the run")
    submit(course, "a")
    assert run(course)[1] == ["a"]
    blueprint = jobs.blueprint(course, TINY)
    job, _ = jobs.job_of(blueprint, course.submitted("a", TINY), Limits())
    assert Store.of(course, TINY).outcome(job.key)


def test_a_changed_assignment_must_be_released_and_is_graded_anew(course):
    submit(course, "a")
    run(course)
    source = course.source(TINY)
    source.write_text(source.read_text().replace("-3.0, 117.0", "-3.0, 118.0"))
    with pytest.raises(CourseError, match="test_double in solutions/tiny has changed since"):
        run(course)
    from autograder.releasing.release import release

    release(course, TINY)
    results, ran = run(course)
    assert ran == ["a"] and results["a"].score == FULL


def test_the_same_work_is_run_once(course):
    """Two who hand in the very same cells share one run, and each has a result."""
    for student in ("a", "b", "c"):
        submit(course, student, **(WRONG if student == "c" else {}))
    results, _ = run(course, count=1)
    assert [r.score for r in results.values()] == [FULL, FULL, FULL - POINTS["double"]]
    assert len(list((course.root / ".autograder" / TINY / "results").iterdir())) == 2


def test_one_student_alone(course):
    submit(course, "a")
    submit(course, "b")
    assert [r.student for r in grade(course, TINY, ["b"])] == ["b"]
    with pytest.raises(CourseError, match="No submission of tiny by c in"):
        grade(course, TINY, ["c"])


def start(course, *options):
    command = [sys.executable, "-m", "autograder", "grade", TINY, "--course", str(course.root)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [*command, *options], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )


def test_kill_9_of_the_driver_loses_nothing_and_leaves_nothing(course):
    for number in range(8):
        sources = SLOW if number % 2 else WRONG if number == 4 else {}
        submit(course, f"s{number}", **sources, own=number)
    driver = start(course)
    wait_for(lambda: len(attempts(course, "ended")) >= 3)
    mine = family(driver.pid)
    assert len(mine) >= 4  # workers, the process they are forked from, bubblewrap, the template
    driver.kill()
    driver.wait()
    wait_for(lambda: not any(map(lives, mine)))
    ended = set(attempts(course, "ended"))
    store = Store.of(course, TINY)
    assert {s for s in ended if result_of(store, s).status == "graded"} == ended
    with pytest.raises(CourseError, match="tiny has no final status for"):
        export(course, course.root / "grades.csv")
    results, ran = run(course)
    assert not ended & set(ran)
    assert {s: r.score for s, r in results.items()} == points(course)
    assert points(course) == {f"s{n}": FULL - (POINTS["double"] if n == 4 else 0) for n in range(8)}
    assert not list((course.root / "autograded").glob("*/.*"))
    with Template(Isolation(Kind.SINGLE)):  # as one starts, it sweeps up
        assert not list(Path("/tmp").glob(f"ag-{driver.pid}-*"))


@pytest.mark.parametrize("victim", short_and_long("a worker", "the template"))
def test_kill_9_of_a_helper_costs_another_attempt_and_no_points(course, victim):
    for number in range(6):
        submit(course, f"s{number}", **SLOW, own=number)
    multiprocessing.forkserver.ensure_running()
    mine = children(os.getpid())  # before there is a template of its own, which is killed
    own = contextlib.nullcontext() if victim == "a worker" else warm_template.own()
    with own, ThreadPoolExecutor(1) as pool:
        grading = pool.submit(run, course, count=2)
        wait_for(lambda: len(attempts(course, "started")) >= 4 or grading.done())
        time.sleep(0.7)  # in the middle of a cell
        if victim == "a worker":
            (origin,) = set(mine) & set(processes("multiprocessing.forkserver"))
            os.kill(children(origin)[0], signal.SIGKILL)
        else:
            (box,) = (set(children(os.getpid())) - set(mine)) & set(processes("bwrap"))
            os.kill(box, signal.SIGKILL)
        results, _ = grading.result()
    assert {result.status for result in results.values()} == {"graded"}
    assert {result.score for result in results.values()} == {FULL}
    assert points(course) == dict.fromkeys(results, FULL)
    assert len(attempts(course, "started")) > 6


@pytest.mark.deep
def test_more_workers_than_cores_change_no_grade(course):
    sources = [{}, WRONG, SLOW, {"bce_loss": "def bce_loss(a, b):\n    return a.mean()"}]
    for number in range(8):
        submit(course, f"s{number}", **sources[number % 4], own=number)
    many, _ = run(course, count=6)
    shutil.rmtree(course.root / ".autograder")
    few, _ = run(course, count=1)
    for student, result in many.items():
        alone = few[student]
        assert (result.score, result.verdicts) == (alone.score, alone.verdicts)


def test_one_grader_at_a_time(course):
    submit(course, "a")
    with only_grader(course), pytest.raises(CourseError, match="graded by another run"):
        run(course)


class Broken(workers.Workers):
    """A machine on which nothing can be run."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def run(self, tasks, store, started=None):
        for task in tasks:
            yield task, Failure("the disk is full")


def test_trouble_of_the_machine_is_no_zero(course, monkeypatch):
    submit(course, "a")
    with monkeypatch.context() as patch:
        patch.setattr("autograder.grading.grade.Workers", Broken)
        (result,) = grade(course, TINY)
    assert result == Result("a", "could not be judged", problem="the disk is full")
    assert points(course) == {}
    with pytest.raises(CourseError, match="no final status for a: nothing was exported"):
        export(course, course.root / "grades.csv")
    with pytest.raises(CourseError, match="no final status for a"):
        nbgrader(course.root, "export", "--to", "grades.csv")
    assert not (course.root / "grades.csv").exists()
    (result,) = grade(course, TINY)
    assert result.score == FULL
    export(course, course.root / "grades.csv")
    assert f"tiny,,,a,,,,{FULL}" in (course.root / "grades.csv").read_text()


def test_no_isolation_no_grading_unless_asked_for(course, monkeypatch):
    from autograder.sandbox import isolation

    monkeypatch.setattr(isolation, "best", lambda: isolation.LIMITS)
    submit(course, "a")
    with pytest.raises(CourseError, match="cannot isolate .* add --allow-unsandboxed"):
        run(course)
    with warm_template.own(), warm_template.cold():
        results, _ = run(course, allow_unsandboxed=True)
    assert results["a"].score == FULL
    assert results["a"].isolation["isolation"] == "limits"


def test_nbgraders_own_command_gives_the_same(course):
    submit(course, "a")
    submit(course, "b", **WRONG)
    submit(course, "c", double="raise ValueError('x')")
    nbgrader(course.root, "autograde", TINY)
    by_nbgrader, store = points(course), Store.of(course, TINY)
    before = {student: result_of(store, student) for student in "abc"}
    results, ran = run(course)
    assert ran == [] and results == before  # it left the same results for us
    shutil.rmtree(course.root / ".autograder")
    fresh, ran = run(course)
    assert ran == ["a", "b", "c"]
    assert points(course) == by_nbgrader
    for student, result in fresh.items():
        assert result.verdicts == before[student].verdicts
