"""The result of grading what one student handed in: of a notebook, and of the whole assignment."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from nbformat import NotebookNode

from autograder.course.course import Course
from autograder.grading.preparing.jobs import Blueprint
from autograder.grading.recording.record import automatic_points
from autograder.grading.recording.store import Store
from autograder.grading.running.outcome import Outcome
from autograder.judging import Status, Verdict
from autograder.notebooks import cells
from autograder.notebooks.of_assignment import graded_notebooks, label
from helpers.errors import CourseError

GRADED, NO_SUBMISSION, UNREADABLE = "graded", "no submission", "unreadable"
COULD_NOT_BE_JUDGED = str(Status.COULD_NOT_BE_JUDGED)
# Names of students in one sentence.
SHOWN = 8
FINAL = (GRADED, NO_SUBMISSION, UNREADABLE)
# Of several notebooks, the first of these that one of them has is the status of the assignment.
WORST_FIRST = (COULD_NOT_BE_JUDGED, UNREADABLE, GRADED, NO_SUBMISSION)


@dataclass(frozen=True)
class Result:
    """The result of one student, for one notebook or for an assignment.

    status: one of FINAL, or "could not be judged", which the next run tries again.
    score, max_score: automatic points; None if nothing was graded.
    verdicts: of every exercise, in notebook order. problem: one sentence or None.
    remarks: what the submission changed outside its answers, a sentence each.
    stopped: why the kernel ended early, or None. isolation: Isolation.as_row() of its sandbox.
    seconds: wall time of the run in s. slowest: (cell id, s). inputs: as from jobs.inputs_of(), to
        skip unchanged work. gradebook: Course.gradebook_name() of the one that has these points.
    points: as in Blueprint, when the score was reckoned.
    """

    student: str
    status: str
    score: float | None = None
    max_score: float | None = None
    verdicts: tuple[Verdict, ...] = ()
    problem: str | None = None
    remarks: tuple[str, ...] = ()
    stopped: str | None = None
    isolation: dict[str, Any] | None = None
    seconds: float | None = None
    slowest: tuple[str, float] | None = None
    inputs: str | None = None
    gradebook: str | None = None
    points: str | None = None

    def as_row(self) -> dict[str, Any]:
        """Plain JSON values; from_row() reads them back."""
        return {**asdict(self), "verdicts": [verdict.as_row() for verdict in self.verdicts]}

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Result":
        """The Result that as_row() wrote. Raises TypeError, KeyError or ValueError otherwise."""
        verdicts = tuple(Verdict.from_row(verdict) for verdict in row["verdicts"])
        slowest = tuple(row["slowest"]) if row["slowest"] else None
        remarks = tuple(row["remarks"])
        return cls(**{**row, "verdicts": verdicts, "remarks": remarks, "slowest": slowest})


def result_from(
    student: str,
    notebook: NotebookNode,
    outcome: Outcome,
    inputs: str,
    gradebook: str | None = None,
    points: str | None = None,
) -> Result:
    """The Result for an executed notebook and its Outcome; the rest as in Result."""
    failed = any(each.status is Status.COULD_NOT_BE_JUDGED for each in outcome.verdicts)
    score, maximum = automatic_points(notebook)
    return Result(
        student,
        COULD_NOT_BE_JUDGED if failed else GRADED,
        score,
        maximum,
        outcome.verdicts,
        remarks=outcome.remarks,
        stopped=outcome.stopped,
        isolation=outcome.isolation,
        seconds=outcome.wall,
        slowest=outcome.slowest,
        inputs=None if failed else inputs,
        gradebook=gradebook,
        points=points,
    )


def not_handed_in(blueprint: Blueprint, student: str) -> Result:
    """The Result for one of several notebooks that is missing where others are."""
    most = sum(blueprint.worth.values())
    remark = f"it was not handed in, so none of its {most:g} points are earned."
    return Result(student, NO_SUBMISSION, remarks=(remark,), **lost_points(blueprint))


def lost_points(blueprint: Blueprint) -> dict[str, Any]:
    """Fields of a Result for one of several notebooks that could not be graded."""
    most = sum(map(cells.points, cells.tests(blueprint.released)))
    return {"score": 0.0, "max_score": most, "points": blueprint.points}


def require_current(blueprint: Blueprint, results: Iterable[Result | None]) -> None:
    """Raise CourseError if one of the results was reckoned with other points than those released.

    Results of an older kit do not say by which, and pass.
    """
    old = [each.student for each in results if each and each.points not in (None, blueprint.points)]
    if old:
        more = f" and {len(old) - SHOWN} more" if len(old) > SHOWN else ""
        raise CourseError(
            f"The points of {blueprint.name} changed after {', '.join(old[:SHOWN])}{more} were "
            f"graded; run `autograder grade {blueprint.name}` first."
        )


def result_of(store: Store, student: str) -> Result | None:
    """The last Result of a student, or None."""
    try:
        return Result.from_row(store.status(student))
    except (TypeError, KeyError, ValueError):  # none yet, or by another version of the kit
        return None


def results_of(course: Course, assignment: str) -> "Results":
    """The last Results of an assignment. Raises CourseError if there is no such assignment."""
    return Results(course, assignment, tuple(graded_notebooks(course, assignment)))


@dataclass(frozen=True)
class Results:
    """What is known of an assignment, student by student. notebooks: the names of all it has."""

    course: Course
    assignment: str
    notebooks: tuple[str, ...]

    def each(self, student: str) -> dict[str, Result | None]:
        """{notebook: the student's last Result, or None}."""
        stores = {name: Store.of(self.course, self.assignment, name) for name in self.notebooks}
        return {name: result_of(store, student) for name, store in stores.items()}

    def of(self, student: str) -> Result | None:
        """The student's Result for the assignment; None if one of its notebooks has none."""
        each = {name: result for name, result in self.each(student).items() if result}
        return together(self.assignment, each) if len(each) == len(self.notebooks) else None


def together(assignment: str, each: Mapping[str, Result]) -> Result:
    """The Result for an assignment from those of its notebooks, {name: Result}.

    Points are summed; whatever has a name says in which notebook. A notebook that is missing or
    unreadable counts 0 points as soon as another has been graded.
    """
    if list(each) == [assignment]:
        return each[assignment]
    statuses = [result.status for result in each.values()]
    status = next(status for status in WORST_FIRST if status in statuses)
    some = next(iter(each.values()))
    problems = [f"{name}.ipynb: {r.problem}" for name, r in each.items() if r.problem]
    stops = [f"{r.stopped} ({name}.ipynb)" for name, r in each.items() if r.stopped]
    problem = " ".join(problems) or None
    if not {GRADED, COULD_NOT_BE_JUDGED} & set(statuses):
        return Result(some.student, status, problem=problem)
    scores = [result.score for result in each.values()]
    known = [score for score in scores if score is not None]
    is_whole = len(known) == len(scores)
    slowest = [
        (r.slowest[1], label(assignment, name, r.slowest[0]))
        for name, r in each.items()
        if r.slowest
    ]
    return Result(
        some.student,
        status,
        sum(known) if is_whole else None,
        sum(result.max_score or 0.0 for result in each.values()) if is_whole else None,
        tuple(
            _in_notebook(assignment, name, verdict)
            for name, result in each.items()
            for verdict in result.verdicts
        ),
        problem=problem,
        remarks=tuple(f"{name}.ipynb: {said}" for name, r in each.items() for said in r.remarks),
        stopped="; ".join(stops) or None,
        isolation=next((r.isolation for r in each.values() if r.isolation), None),
        seconds=sum(result.seconds or 0.0 for result in each.values()),
        slowest=max(slowest)[::-1] if slowest else None,
        gradebook=next((r.gradebook for r in each.values() if r.gradebook), None),
    )


def _in_notebook(assignment: str, notebook: str, verdict: Verdict) -> Verdict:
    prefix, dot, _ = verdict.exercise.rpartition(verdict.name)[0].partition(".")
    return replace(verdict, exercise=f"{prefix}{dot}{label(assignment, notebook, verdict.name)}")
