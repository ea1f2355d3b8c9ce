"""Grade a class: run what has not been run yet, write the gradebook, give everybody a result."""

import errno
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import Gradebook
from sqlalchemy.exc import DBAPIError

from autograder.course import database
from autograder.course.course import Course
from autograder.course.roster import Roster, is_id
from autograder.grading.preparing import jobs
from autograder.grading.preparing.handed_in import find_notebook
from autograder.grading.recording.record import record, record_missing, require_released
from autograder.grading.recording.settle import settle
from autograder.grading.recording.store import Store, only_grader
from autograder.grading.result import (
    COULD_NOT_BE_JUDGED,
    FINAL,
    GIVEN_UP,
    GRADED,
    NO_SUBMISSION,
    SETTLED,
    UNREADABLE,
    Result,
    lost_points,
    not_handed_in,
    result_from,
    result_of,
    together,
)
from autograder.grading.running.outcome import Outcome
from autograder.grading.running.pool import Failure, Pool, is_full
from autograder.grading.running.workers import Workers
from helpers.errors import CourseError

# Not tried again after so many runs that could not judge it.
TRIES = 3
# What a student's file or its name can cause; any other error of the disk is everybody's.
OF_A_FILE = (errno.ENAMETOOLONG, errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.EILSEQ)
ANOTHER = "it was handed in again while it was graded; run this again"
LONGEST_PROBLEM = 490  # characters


class Watcher:
    """Follows a grading run; this one shows nothing."""

    def begins(self, what: str, total: int, unchanged: int, workers: int | None) -> None:
        """what: Blueprint.label. total: submissions to run.

        workers: submissions at a time, None if not known yet.
        """

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
    result is known: where only points or texts changed, the score is reckoned anew. Of several
    notebooks of the assignment each is graded by itself; the Result is of all together.

    Raises CourseError if the assignment has not been released or nobody has handed in, if another
    run is grading the course, and if the disk is full or the gradebook cannot be reached.
    """
    if pool is None:
        with Workers(**options) as own:
            return grade(course, assignment, students, watcher=watcher, pool=own)
    blueprints = jobs.blueprints(course, assignment)
    roster = _roster(course, assignment, students)
    try:
        with only_grader(course), course.gradebook() as gradebook:
            for blueprint in blueprints:
                require_released(gradebook, blueprint)
            released = {blueprint.notebook: blueprint.released for blueprint in blueprints}
            runs = [
                _Run(course, blueprint, released, gradebook, watcher or Watcher(), pool)
                for blueprint in blueprints
            ]
            return _together(course, gradebook, assignment, runs, roster)
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


def _together(
    course: Course,
    gradebook: Gradebook,
    assignment: str,
    runs: Sequence["_Run"],
    roster: Sequence[str],
) -> list[Result]:
    """Grade each notebook; the Results for the assignment, in the order of the roster."""
    for run in runs:
        run.everybody(roster)
    results = []
    for student in roster:
        results.append(
            together(assignment, {r.blueprint.notebook: r.results[student] for r in runs})
        )
        if results[-1].score is not None:
            for run in runs:
                run.record_if_missing(student)
    settle(course, gradebook, [assignment])
    return results


class _Run:
    """The grading of one notebook of the assignment. released: {name: as handed out} of all."""

    def __init__(
        self,
        course: Course,
        blueprint: jobs.Blueprint,
        released: Mapping[str, NotebookNode],
        gradebook: Gradebook,
        watcher: Watcher,
        pool: Pool,
    ) -> None:
        self.course, self.blueprint, self.gradebook = course, blueprint, gradebook
        self.released, self.watcher, self.pool = released, watcher, pool
        self.store = Store.of(course, blueprint.name, blueprint.notebook)
        self.gradebook_name = course.gradebook_name()
        self.results: dict[str, Result] = {}

    def everybody(self, roster: Iterable[str]) -> None:
        """Find the result of each student, by running what has to be run."""
        name = self.blueprint.name
        self.recorded = {each.student_id for each in self.gradebook.assignment_submissions(name)}
        tasks = [task for task in map(self._task, roster) if task]
        if tasks:
            self._run(tasks)

    def record_if_missing(self, student: str) -> None:
        """Of several notebooks, one that could not be graded counts 0 in the gradebook, too."""
        if self.results[student].status in (NO_SUBMISSION, UNREADABLE, SETTLED):
            name, notebook = self.blueprint.name, self.blueprint.notebook
            record_missing(self.gradebook, self.course, name, notebook, student)

    def _unreadable(self, student: str, problem: str, inputs: str | None = None) -> Result:
        problem = problem[:LONGEST_PROBLEM]
        if len(self.released) > 1:
            lost = lost_points(self.blueprint)
            return Result(student, UNREADABLE, problem=problem, inputs=inputs, **lost)
        return Result(student, UNREADABLE, problem=problem, inputs=inputs)

    def _task(self, student: str) -> jobs.Task | None:
        """The Task to run for a student; None if the result is already known."""
        folder = self.course.submitted(student, self.blueprint.name).parent
        try:
            if not folder.is_dir() and not folder.is_symlink():
                self._settle(Result(student, NO_SUBMISSION))
                return None
            _require_own_folder(student, folder)
            blueprint = self.blueprint
            found = find_notebook(folder, blueprint.notebook, self.released)
            if found is None:
                self._settle(not_handed_in(blueprint, student))
                return None
            path, remark = found
            inputs = jobs.inputs_of(blueprint, path, self.pool.limits)
        except (CourseError, OSError, ValueError) as error:
            self._settle(self._unreadable(student, str(error)))
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
        name, notebook = self.blueprint.name, self.blueprint.notebook
        autograded = self.course.autograded(result.student, name, notebook)
        if result.status == GRADED:
            same = result.gradebook == self.gradebook_name
            return same and result.student in self.recorded and autograded.is_file()
        return result.status in (*FINAL, GIVEN_UP)

    def _run(self, tasks: Sequence[jobs.Task]) -> None:
        label, known = self.blueprint.label, len(self.results)
        self.watcher.begins(label, len(tasks), known, self.pool.count)
        for task, outcome in self.pool.run(tasks, self.store, started=self._started):
            self._settle(self._counted(self._result(task, outcome), task), task)

    def _started(self, task: jobs.Task) -> None:
        self.store.log(event="started", student=task.student, inputs=task.inputs)
        self.watcher.starts(task.student)

    def _result(self, task: jobs.Task, outcome: Outcome | CourseError | Failure) -> Result:
        student = task.student
        if isinstance(outcome, CourseError):
            return self._unreadable(student, str(outcome), task.inputs)
        if isinstance(outcome, Failure):
            return Result(student, COULD_NOT_BE_JUDGED, problem=outcome.reason)
        try:
            job, _ = task.job(self.pool.limits)
            notebook = self.store.executed(outcome.key, job.notebook)
        except (CourseError, ValueError):
            return Result(student, COULD_NOT_BE_JUDGED, problem=ANOTHER)
        files, _ = jobs.further_files(task.path.parent)
        try:
            record(self.gradebook, self.course, self.blueprint, student, notebook, files)
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
