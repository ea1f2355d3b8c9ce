"""Grade a class: run what has not been run yet, write the gradebook, give everybody a result."""

import errno
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import Gradebook
from sqlalchemy.exc import DBAPIError

from autograder.course import database
from autograder.course.course import Course
from autograder.course.roster import Roster, is_id
from autograder.grading.preparing import jobs
from autograder.grading.recording.record import automatic_points, record, require_released
from autograder.grading.recording.settle import settle
from autograder.grading.recording.store import Store, only_grader
from autograder.grading.running.outcome import Outcome
from autograder.grading.running.pool import Failure, Pool, is_full
from autograder.grading.running.workers import Workers
from autograder.judging import Status, Verdict
from helpers.errors import CourseError

GRADED, NO_SUBMISSION, UNREADABLE = "graded", "no submission", "unreadable"
COULD_NOT_BE_JUDGED = str(Status.COULD_NOT_BE_JUDGED)
# Not tried again: TRIES runs ended so; and what a teacher has decided then.
GIVEN_UP, SETTLED = "given up", "settled by hand"
TRIES = 3
# What a student's file or its name can cause; any other error of the disk is everybody's.
OF_A_FILE = (errno.ENAMETOOLONG, errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.EILSEQ)
ANOTHER = "it was handed in again while it was graded; run this again"
LONGEST_PROBLEM = 490  # characters
# Names of students in one sentence.
SHOWN = 8
FINAL = (GRADED, NO_SUBMISSION, UNREADABLE, SETTLED)


@dataclass(frozen=True)
class Result:
    """The result of one student.

    status: one of FINAL; "could not be judged", which the next run tries again; or "given up",
        after TRIES of those, until a teacher settles it.
    score, max_score: automatic points; None if nothing was graded.
    verdicts: of every exercise, in notebook order. problem: one sentence or None.
    remarks: what the submission changed outside its answers, a sentence each.
    stopped: why the kernel ended early, or None. isolation: Isolation.as_row() of its sandbox.
    seconds: wall time of the run in s. slowest: (cell id, s). inputs: as from jobs.inputs_of(), to
        skip unchanged work. gradebook: Course.gradebook_name() of the one that has these points.
    points: as in Blueprint, when the score was reckoned. tried: (inputs, how many runs
        in a row could not judge them), or None.
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
    tried: tuple[str, int] | None = field(default=None, compare=False)

    def as_row(self) -> dict[str, Any]:
        """Plain JSON values; from_row() reads them back."""
        return {**asdict(self), "verdicts": [verdict.as_row() for verdict in self.verdicts]}

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Result":
        """The Result that as_row() wrote. Raises TypeError, KeyError or ValueError otherwise."""
        verdicts = tuple(Verdict.from_row(verdict) for verdict in row["verdicts"])
        slowest = tuple(row["slowest"]) if row["slowest"] else None
        tried = tuple(row["tried"]) if row.get("tried") else None
        whole = {"verdicts": verdicts, "remarks": tuple(row["remarks"]), "slowest": slowest}
        return cls(**{**row, **whole, "tried": tried})


class Watcher:
    """Follows a grading run; this one shows nothing."""

    def begins(self, total: int, unchanged: int, workers: int | None) -> None:
        """total: submissions to run. workers: submissions at a time, None if not known yet."""

    def starts(self, student: str) -> None:
        """The student's submission starts to run."""

    def ends(self, student: str, result: Result) -> None:
        """The student's submission has been run."""

    def tells(self, sentence: str) -> None:
        """A sentence about the progress of a long wait."""


def grade(
    course: Course,
    assignment: str,
    students: Sequence[str] | None = None,
    *,
    watcher: Watcher | None = None,
    pool: Pool | None = None,
    **options: Any,
) -> list[Result]:
    """Grade submitted/STUDENT/ASSIGNMENT; returns a Result for everybody on the roster.

    students: names, or None for the whole roster. pool: one that the caller ends, or None for
    Workers with these options (count, limits, allow_unsandboxed). Nothing is run again whose
    result is known: where only points or texts changed, the score is reckoned anew.

    Raises CourseError if the assignment has not been released or nobody has handed in, if another
    run is grading the course, and if the disk is full or the gradebook cannot be reached.
    """
    if pool is None:
        with Workers(**options) as own:
            return grade(course, assignment, students, watcher=watcher, pool=own)
    blueprint = jobs.blueprint(course, assignment)
    roster = _roster(course, assignment, students)
    try:
        with only_grader(course), course.gradebook() as gradebook:
            require_released(gradebook, blueprint)
            run = _Run(course, blueprint, gradebook, watcher or Watcher(), pool)
            return run.everybody(roster)
    except (OSError, DBAPIError) as error:
        if is_full(error):
            raise CourseError(
                f"The disk is full ({error}): make room and run this again; what was graded is "
                "kept."
            ) from None
        if database.is_away(error):
            raise database.away(course.database(), error) from None
        raise


def _roster(course: Course, assignment: str, students: Sequence[str] | None) -> list[str]:
    roster = sorted({*Roster.of(course).ids, *course.students(assignment)})
    missing = sorted(set(students or ()) - set(roster))
    if missing:
        raise CourseError(
            f"No submission of {assignment} by {', '.join(missing)} in {course.root / 'submitted'}."
        )
    if not roster:
        raise CourseError(
            f"No submissions of {assignment} in {course.root / 'submitted'}; put them at "
            f"submitted/STUDENT/{assignment}/{assignment}.ipynb."
        )
    return sorted(set(students)) if students else roster


class _Run:
    """One grading run."""

    def __init__(
        self,
        course: Course,
        blueprint: jobs.Blueprint,
        gradebook: Gradebook,
        watcher: Watcher,
        pool: Pool,
    ) -> None:
        self.course, self.blueprint, self.gradebook = course, blueprint, gradebook
        self.watcher, self.pool = watcher, pool
        self.store = Store.of(course, blueprint.name)
        self.gradebook_name = course.gradebook_name()
        self.results: dict[str, Result] = {}

    def everybody(self, roster: Iterable[str]) -> list[Result]:
        """Results in the order of the roster."""
        name = self.blueprint.name
        self.recorded = {each.student_id for each in self.gradebook.assignment_submissions(name)}
        tasks = [task for task in map(self._task, roster) if task]
        if tasks:
            self._run(tasks)
        settle(self.course, self.gradebook, [name])
        return [self.results[student] for student in roster]

    def _task(self, student: str) -> jobs.Task | None:
        """The Task to run for a student; None if the result is already known."""
        folder = self.course.submitted(student, self.blueprint.name).parent
        if not folder.is_dir() and not folder.is_symlink():
            self._settle(Result(student, NO_SUBMISSION))
            return None
        try:
            _require_own_folder(student, folder)
            blueprint = self.blueprint
            path, remark = jobs.find_notebook(folder, blueprint.name, blueprint.released)
            inputs = jobs.inputs_of(blueprint, path, self.pool.limits)
        except (CourseError, OSError, ValueError) as error:
            self._settle(Result(student, UNREADABLE, problem=str(error)[:LONGEST_PROBLEM]))
            return None
        before = result_of(self.store, student)
        if before and _inputs(before) == inputs and self._is_recorded(before):
            self.results[student] = before
            return None
        task = jobs.Task(student, path, remark, self.blueprint, inputs)
        if before and before.score is not None and (known := self._known(task)):
            self._settle(self._counted(self._result(task, known), task))
            return None
        return task

    def _known(self, task: jobs.Task) -> Outcome | None:
        """The Outcome of a submission of which all that is run was run before, or None."""
        try:
            job, remarks = task.job(self.pool.limits)
        except CourseError:
            return None
        outcome = self.store.outcome(job.key)
        return outcome and outcome.with_remarks(*remarks)

    def _is_recorded(self, result: Result) -> bool:
        autograded = self.course.autograded(result.student, self.blueprint.name)
        if result.status == GRADED:
            same = result.gradebook == self.gradebook_name
            return same and result.student in self.recorded and autograded.is_file()
        return result.status in (*FINAL, GIVEN_UP)

    def _run(self, tasks: Sequence[jobs.Task]) -> None:
        self.watcher.begins(len(tasks), len(self.results), self.pool.count)
        for task, outcome in self.pool.run(tasks, self.store, started=self._started):
            self._settle(self._counted(self._result(task, outcome), task), task)

    def _started(self, task: jobs.Task) -> None:
        self.store.log(event="started", student=task.student, inputs=task.inputs)
        self.watcher.starts(task.student)

    def _result(self, task: jobs.Task, outcome: Outcome | CourseError | Failure) -> Result:
        student = task.student
        if isinstance(outcome, CourseError):
            problem = str(outcome)[:LONGEST_PROBLEM]
            return Result(student, UNREADABLE, problem=problem, inputs=task.inputs)
        if isinstance(outcome, Failure):
            return Result(student, COULD_NOT_BE_JUDGED, problem=outcome.reason)
        try:
            job, _ = task.job(self.pool.limits)
            notebook = self.store.executed(outcome.key, job.notebook)
        except (CourseError, ValueError):
            return Result(student, COULD_NOT_BE_JUDGED, problem=ANOTHER)
        files, _ = jobs.further_files(task.path.parent)
        try:
            record(self.gradebook, self.course, self.blueprint.name, student, notebook, files)
        except Exception as error:
            if database.is_away(error):
                raise
            self.gradebook.db.rollback()
            if is_full(error) or (isinstance(error, OSError) and error.errno not in OF_A_FILE):
                raise
            # If nbgrader rejects one result, the others are not affected.
            reason = f"the gradebook rejected it ({type(error).__name__}: {error})"
            return Result(student, COULD_NOT_BE_JUDGED, problem=reason[:500])
        points = self.blueprint.points
        return result_from(student, notebook, outcome, task.inputs, self.gradebook_name, points)

    def _settle(self, result: Result, task: jobs.Task | None = None) -> None:
        """Save a result, whose task has run; None if nothing had to be run."""
        self.results[result.student] = result
        self.store.save_status(result.student, result.as_row())
        if task:
            self.store.log(event="ended", student=result.student, status=result.status)
            self.watcher.ends(result.student, result)

    def _counted(self, result: Result, task: jobs.Task) -> Result:
        """What could not be judged, given up if that was so in each of the last TRIES runs."""
        if result.status != COULD_NOT_BE_JUDGED or result.problem == ANOTHER:
            return result
        before = result_of(self.store, result.student)
        inputs, earlier = (before and before.tried) or (None, 0)
        tries = 1 + (earlier if inputs == task.inputs else 0)
        result = replace(result, tried=(task.inputs, tries))
        if tries < TRIES:
            return result
        how = f"`autograder settle {self.blueprint.name} {shlex.quote(result.student)}`"
        why = (result.problem or "a check failed itself")[:250]
        told = f"{why}; {tries} runs ended so: settle it with {how}"
        return replace(result, status=GIVEN_UP, problem=told)


def _inputs(result: Result) -> str | None:
    """The inputs that a result is of, judged or not."""
    return result.inputs or (result.tried[0] if result.tried else None)


def _require_own_folder(student: str, folder: Path) -> None:
    """Raise CourseError if the submission's folder is a link to another place."""
    for path in (folder.parent, folder):
        if path.is_symlink():
            raise CourseError(f"{path} is a link; put the files themselves there.")
    if not is_id(student):
        raise CourseError(f"{student!r} cannot be a student's name; rename the folder.")


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


def require_current(blueprint: jobs.Blueprint, results: Iterable[Result | None]) -> None:
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
