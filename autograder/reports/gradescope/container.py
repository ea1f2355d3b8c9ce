"""Grade a submission in Gradescope's container: read submission/, write results/results.json.

If a submission could not be judged through no fault of its own, no results are written:
Gradescope then says that the autograder failed, and nobody gets a 0.
"""

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import autograder.skipped_imports  # noqa: F401 (before anything that imports jsonschema)
from autograder.course.course import Course
from autograder.course.terminal_text import plain
from autograder.grading.preparing import jobs
from autograder.grading.preparing.handed_in import find_notebook
from autograder.grading.recording.record import auto_score
from autograder.grading.recording.store import Store, write_whole
from autograder.grading.result import COULD_NOT_BE_JUDGED, Result, not_handed_in, result_from
from autograder.grading.running.outcome import Outcome
from autograder.grading.running.pool import Failure
from autograder.grading.running.workers import Workers
from autograder.judging.publish import verdicts_of
from autograder.judging.verdict import NEEDS_IMAGES, REACHES_BARS
from autograder.notebooks import cells
from autograder.reports.points import Mark, Marks
from autograder.reports.student_page import Item, page_of
from autograder.sandbox.inside import confine
from autograder.sandbox.isolation import APART, Kind
from helpers.errors import CourseError

if TYPE_CHECKING:  # at run time nbformat would import jsonschema before skipped_imports
    from nbformat import NotebookNode

STUDENT = "submission"
LATER = (
    "{name} is not part of this score: {lacks}, which are not here. The course staff grade it "
    "with them."
)
OPEN = (
    "This ran without a sandbox: the submission could read the kit's closed forms and change what "
    "is measured. The course staff should grade again where there is one."
)
# What only root may enter while a submission runs as another user.
OURS = ("source", "submission", "results")
BY_HAND = "Written answers are marked by hand; they are not part of this score."


class NotJudged(Exception):
    """The machine or a check failed; the message is a sentence for the course staff."""


def main(assignment: str, root: str | Path) -> int:
    """Write results.json; returns the exit code. root: Gradescope's folder /autograder."""
    start, root = time.monotonic(), Path(root)
    confine.adopt_orphans()
    try:
        results = grade(assignment, root)
    except (NotJudged, CourseError) as error:
        print(f"autograder: {plain(str(error))}", file=sys.stderr)
        return 1
    finally:
        # Without a sandbox a process of the student's could still be there, and write after us.
        confine.end_children()
        written = root / "results" / "results.json"
        written.unlink(missing_ok=True)
    results["execution_time"] = round(time.monotonic() - start)
    write_whole(written, json.dumps(results, indent=1))
    return 0


def grade(assignment: str, root: Path) -> dict[str, Any]:
    """The content of results.json, without execution_time.

    Raises NotJudged if the machine or a check failed, CourseError if the course cannot be used.
    """
    course = Course(root / "source" / "course")
    blueprints = jobs.blueprints(course, assignment)
    with tempfile.TemporaryDirectory() as folder:
        with Workers(count=1, allow_unsandboxed=True) as workers:
            if workers.isolation.apart:
                for name in OURS:
                    (root / name).chmod(0o700)
            if not workers.isolation.sandboxed:
                # The container is discarded afterwards: delete what the submission must not read.
                for blueprint in blueprints:
                    course.source(assignment, blueprint.notebook).unlink()
                if blueprints[0].checks.files:
                    shutil.rmtree(blueprints[0].checks.folder)
            released = {blueprint.notebook: blueprint.released for blueprint in blueprints}
            store, handed_in = Store(Path(folder)), root / "submission"
            each = {
                blueprint.notebook: _notebook(blueprint, released, handed_in, workers, store)
                for blueprint in blueprints
            }
    return next(iter(each.values())) if len(each) == 1 else _together(each)


def _notebook(
    blueprint: jobs.Blueprint,
    released: Mapping[str, "NotebookNode"],
    handed_in: Path,
    workers: Workers,
    store: Store,
) -> dict[str, Any]:
    """The content of results.json for one notebook of the assignment."""
    outcome: Outcome | CourseError | Failure
    try:
        found = find_notebook(handed_in, blueprint.notebook, released)
        if found is None:
            return _lost(blueprint, " ".join(not_handed_in(blueprint, STUDENT).remarks))
        task = jobs.Task(STUDENT, *found, blueprint, inputs="")
        ((_, outcome),) = workers.run([task], store)
    except CourseError as error:
        outcome = error
    if isinstance(outcome, CourseError):
        problem = str(outcome).replace(f"{handed_in}/", "")
        return _unreadable(problem) if len(released) == 1 else _lost(blueprint, problem)
    if isinstance(outcome, Failure):
        raise NotJudged(f"the submission could not be run: {outcome.reason}")
    notebook = store.notebook(outcome.key)
    return _results(blueprint, notebook, result_from(STUDENT, notebook, outcome, inputs=""))


def _together(each: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """The results of several notebooks, {name: its own}, as those of the assignment."""
    tests = []
    for number, (name, results) in enumerate(each.items(), start=1):
        for test in results["tests"]:
            own = {"name": f"{name}: {test['name']}", "number": f"{number}.{test['number']}"}
            tests.append({**test, **own})
    said = "\n\n".join(f"{name}.ipynb: {results['output']}" for name, results in each.items())
    extra: Any = next((r["extra_data"] for r in each.values() if "extra_data" in r), {})
    return {**_top(said), "tests": tests, "extra_data": extra}


def _lost(blueprint: jobs.Blueprint, why: str) -> dict[str, Any]:
    """The results of one of several notebooks that is missing or cannot be read: 0 points."""
    tests = [
        {
            "name": plain(cells.exercise_name(cells.grade_id(cell) or "")),
            "number": str(number),
            "score": 0.0,
            "max_score": cells.points(cell),
            "status": "failed",
            "output": plain(why),
            "output_format": "text",
            "name_format": "text",
            "visibility": "visible",
        }
        for number, cell in enumerate(cells.tests(blueprint.released), start=1)
    ]
    return {**_top(why), "tests": tests}


def _results(blueprint: jobs.Blueprint, notebook: "NotebookNode", result: Result) -> dict[str, Any]:
    unjudged = {v.name: v for v in result.verdicts if str(v.status) == COULD_NOT_BE_JUDGED}
    if failed := [name for name, verdict in unjudged.items() if verdict.lacks is None]:
        raise NotJudged(f"the check of {', '.join(failed)} itself failed")
    lacks = {cells.grade_id(cell): _lacks(cell) for cell in cells.tests(notebook)}
    marks = {cells.grade_id(cell): _mark(cell) for cell in cells.tests(notebook)}
    page = page_of(blueprint.released, notebook, Marks(STUDENT, "", marks, {}))
    isolation = result.isolation or {}
    closed = isolation.get("isolation") in (Kind.NESTED.value, Kind.SINGLE.value)
    notes = [] if closed or isolation.get("meaning") == APART else [OPEN]
    notes += [f"Your notebook did not run to its end: {result.stopped}."] if result.stopped else []
    notes += [LATER.format(name=name, lacks=v.lacks) for name, v in unjudged.items()
              if v.lacks == NEEDS_IMAGES]  # fmt: skip
    return {
        **_top("\n".join([*notes, *result.remarks, BY_HAND])),
        "tests": [
            _test(number, item, lacks[item.key])
            for number, item in enumerate(page.items, start=1)
            if lacks[item.key] != NEEDS_IMAGES
        ],
        "extra_data": {"isolation": result.isolation},
    }


def _lacks(cell: "NotebookNode") -> str | None:
    """What a test cell lacked to judge a trained model, or None."""
    return next((verdict.lacks for verdict in verdicts_of(cell) if verdict.lacks), None)


def _mark(cell: "NotebookNode") -> Mark:
    """The points of a test cell; a model that reaches its bars has them all."""
    most = cells.points(cell)
    return Mark(most if _lacks(cell) == REACHES_BARS else auto_score(cell), most)


def _test(number: int, item: Item, lacks: str | None) -> dict[str, Any]:
    """One exercise, with the text of the student's feedback page. lacks: as in a Verdict."""
    lines = [f"✓ {lacks}" if lacks else item.state, item.known, item.sentence]
    if item.visible:
        lines += ["", "The check in your notebook:", str(item.visible)]
    return {
        "name": plain(f"{item.name}: {item.title}" if item.title else item.name),
        "number": str(number),
        "score": item.mark.points,
        "max_score": item.mark.most,
        "status": "passed" if item.mark.points == item.mark.most else "failed",
        "output": plain("\n".join(line for line in lines if line is not None)),
        "output_format": "text",
        "name_format": "text",
        "visibility": "visible",
    }


def _unreadable(problem: str) -> dict[str, Any]:
    return {**_top(f"This could not be graded and gets 0 points: {problem}"), "score": 0}


def _top(text: str) -> dict[str, Any]:
    """The text above the tests; what was printed during grading stays hidden."""
    return {
        "output": plain(text),
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
    }


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
