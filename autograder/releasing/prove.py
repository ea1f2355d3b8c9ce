"""Prove an assignment: its solution earns every automatic point, and its stub none.

Both are graded as submissions are, in the sandbox, so whatever a test needs and does not find
there shows before any student has the notebook.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool

from autograder.checks import folders
from autograder.course.course import Course, read_notebook
from autograder.grading.preparing import jobs
from autograder.grading.recording.record import auto_score
from autograder.grading.recording.store import Store
from autograder.grading.running.pool import Failure
from autograder.grading.running.verdicts import verdicts
from autograder.grading.running.workers import Workers
from autograder.notebooks import cells
from autograder.notebooks.fill_answers import fill, solution_sources
from autograder.sandbox.kernel_limits import Limits
from helpers.errors import CourseError
from helpers.submit.bounds import FOLDER as MODELS

SOLUTION, STUB = "solution", "stub"
USES_A_MODEL = "judge_model"


@dataclass(frozen=True)
class Proof:
    """problems: what is wrong, a sentence for each cell. notes: what could not be proved."""

    problems: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Trial:
    """A submission to run: the solution or the stub."""

    name: str
    blueprint: jobs.Blueprint
    notebook: NotebookNode
    models: dict[str, Path]

    def job(self, limits: Limits) -> tuple[jobs.Job, tuple[str, ...]]:
        return jobs.job_for(self.blueprint, self.notebook, self.models, limits), ()


def prove(course: Course, blueprint: jobs.Blueprint) -> Proof:
    """Grade the solution and the stub of an assignment; what has not changed is not run again.

    Raises CourseError if one of them could not be run.
    """
    if not blueprint.tests:
        return Proof((), ("there are no tests.",))
    with Workers(count=2, allow_unsandboxed=True) as workers:
        store = Store.of(course, blueprint.name, blueprint.notebook)
        graded: dict[str, NotebookNode] = {}
        for trial, outcome in workers.run(list(_trials(course, blueprint)), store):
            if isinstance(outcome, CourseError):
                raise outcome
            if isinstance(outcome, Failure):
                raise CourseError(f"The {trial.name} could not be run: {outcome.reason}.")
            graded[trial.name] = store.executed(outcome.key, trial.notebook)
        notes = [] if workers.isolation.sandboxed else ["this machine has no sandbox."]
    problems: list[str] = []
    for cell in cells.tests(graded[SOLUTION]):
        said = _about_solution(cell, _reason(blueprint, graded[SOLUTION], cell))
        if said and USES_A_MODEL in cell.source and not models_in_full(course, blueprint.name):
            notes.append(
                f"{cells.grade_id(cell)} needs a model trained in full, and there is none."
            )
        elif said:
            problems.append(said)
    problems += filter(None, map(_about_stub, cells.tests(graded[STUB])))
    return Proof(tuple(problems), tuple(notes))


def require(course: Course, blueprint: jobs.Blueprint) -> Proof:
    """prove(); raises CourseError with the problems, if there are any."""
    proof = prove(course, blueprint)
    if proof.problems:
        raise CourseError(
            f"{blueprint.label} does not grade as it should: {' '.join(proof.problems)}"
        )
    return proof


class ProveAssignment(NbGraderPreprocessor):
    """The last step of a release, whether a command or a button started it."""

    enabled = Bool(True, help="Whether to grade the solution and the stub.").tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Called by nbgrader."""
        if self.enabled:
            course = Course.at(CourseDirectory(config=self.config).root)
            names = resources["nbgrader"]
            blueprint = jobs.blueprint_of(course, names["assignment"], nb, names["notebook"])
            proof = require(course, blueprint)
            for note in proof.notes:
                self.log.warning("Not proved: %s", note)
        return nb, resources


def _trials(course: Course, blueprint: jobs.Blueprint) -> Iterable[_Trial]:
    solution = solution_sources(read_notebook(course.source(blueprint.name, blueprint.notebook)))
    for name, sources in ((SOLUTION, solution), (STUB, {})):
        notebook = jobs.with_hidden(blueprint, fill(blueprint.released, sources))
        models = models_in_full(course, blueprint.name) if name == SOLUTION else {}
        yield _Trial(name, blueprint, notebook, models)


def models_in_full(course: Course, assignment: str) -> dict[str, Path]:
    """{name: path} of the models that the instructor has trained in full beside the source."""
    folder = folders.notebooks(course.root, assignment)[0].parent
    files, _ = jobs.further_files(folder)
    models = {name: path for name, path in files.items() if name.split("/")[0] == MODELS}
    tries = {name.rsplit(".", 1)[0] for name, path in models.items() if _is_of_a_try(path)}
    return {name: path for name, path in models.items() if name.rsplit(".", 1)[0] not in tries}


def _is_of_a_try(card: Path) -> bool:
    """Whether a file is the card of a model that a shorter budget left: it reaches no bar."""
    if card.suffix != ".json":
        return False
    try:
        said = json.loads(card.read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(said, dict) and said.get("budget", "full") != "full"


def _points(cell: NotebookNode) -> float | None | str:
    """Points of a test cell; None if the check failed itself; a sentence if nbgrader refuses."""
    try:
        return auto_score(cell)
    except ValueError as error:
        return str(error)


def _about_solution(cell: NotebookNode, reason: str) -> str | None:
    name, points, most = cells.grade_id(cell), _points(cell), cells.points(cell)
    if points == most:
        return None
    got = points if isinstance(points, str) else f"the solution gets {points or 0:g} of {most:g}"
    return f"{name}: {got}{reason}."


def _about_stub(cell: NotebookNode) -> str | None:
    points = _points(cell)
    if not points or isinstance(points, str):
        return None
    return f"{cells.grade_id(cell)}: the stub, with nothing written, gets {points:g} points."


def _reason(blueprint: jobs.Blueprint, notebook: NotebookNode, test: NotebookNode) -> str:
    """Why a test of the solution fails, to add to a sentence; "" if it does not say."""
    single = NotebookNode(cells=[c for c in notebook.cells if c is test or not cells.is_test(c)])
    found = [v for v in verdicts(blueprint.checks.load(), single) if not v.is_right]
    return f" ({found[0].message.splitlines()[0]})" if found else ""
