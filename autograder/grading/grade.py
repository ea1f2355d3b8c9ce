"""Grade a class: run what has not been run, write the gradebook, account for everybody."""

from dataclasses import asdict, dataclass

from sqlalchemy.exc import DBAPIError

from autograder.course import database
from autograder.course.roster import Roster, is_id
from autograder.grading.preparing import jobs
from autograder.grading.recording.record import automatic_points, record, require_released
from autograder.grading.recording.store import Store, only_grader
from autograder.grading.running.outcome import Outcome
from autograder.grading.running.pool import Failure, Pool, is_full
from autograder.grading.running.workers import Workers
from autograder.judging import Status, Verdict
from helpers.errors import CourseError

GRADED, NO_SUBMISSION, UNREADABLE = "graded", "no submission", "unreadable"
COULD_NOT_BE_JUDGED = str(Status.COULD_NOT_BE_JUDGED)
FINAL = (GRADED, NO_SUBMISSION, UNREADABLE)


@dataclass(frozen=True)
class Result:
    """One student's line.

    status: one of FINAL, or "could not be judged", which the next run tries again.
    score, max_score: automatic points; None when nothing was graded.
    verdicts: of every exercise, in the order of the notebook. problem: one sentence or None.
    remarks: what the submission had changed outside its answers, a sentence each.
    stopped: why the kernel did not live to the end, or None. isolation: what held while it ran.
    seconds: wall time of the run; slowest: (cell id, seconds). inputs: hash, to skip what is
        unchanged. gradebook: Course.gradebook_name() of the one that has these points.
    """

    student: str
    status: str
    score: float | None = None
    max_score: float | None = None
    verdicts: tuple = ()
    problem: str | None = None
    remarks: tuple[str, ...] = ()
    stopped: str | None = None
    isolation: dict | None = None
    seconds: float | None = None
    slowest: tuple[str, float] | None = None
    inputs: str | None = None
    gradebook: str | None = None

    def as_row(self):
        """Plain JSON values; from_row() reads them back."""
        return {**asdict(self), "verdicts": [verdict.as_row() for verdict in self.verdicts]}

    @classmethod
    def from_row(cls, row):
        verdicts = tuple(Verdict.from_row(verdict) for verdict in row["verdicts"])
        slowest = tuple(row["slowest"]) if row["slowest"] else None
        remarks = tuple(row["remarks"])
        return cls(**{**row, "verdicts": verdicts, "remarks": remarks, "slowest": slowest})


class Watcher:
    """What a grading run tells while it goes on; the default says nothing."""

    def begins(self, total, unchanged, workers): ...

    def starts(self, student): ...

    def ends(self, student, result): ...

    def tells(self, sentence): ...


def grade(
    course, assignment, students=None, *, watcher=None, pool: Pool | None = None, **options
) -> list[Result]:
    """Grade submitted/STUDENT/ASSIGNMENT; returns a Result for everybody on the roster.

    students: names, or None for the whole roster. pool: one that the caller ends, or None for
    Workers with these options (count, limits, allow_unsandboxed). Work whose inputs have not
    changed is not done again.
    """
    if pool is None:
        with Workers(**options) as pool:
            return grade(course, assignment, students, watcher=watcher, pool=pool)
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


def _roster(course, assignment, students):
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

    def __init__(self, course, blueprint, gradebook, watcher, pool: Pool):
        self.course, self.blueprint, self.gradebook = course, blueprint, gradebook
        self.watcher, self.pool = watcher, pool
        self.store, self.place = Store.of(course, blueprint.name), course.gradebook_name()
        self.results = {}

    def everybody(self, roster):
        """Results in the order of the roster."""
        name = self.blueprint.name
        self.recorded = {each.student_id for each in self.gradebook.assignment_submissions(name)}
        tasks = [task for task in map(self._task, roster) if task]
        if tasks:
            self._run(tasks)
        return [self.results[student] for student in roster]

    def _task(self, student):
        """What is to be run for a student, or None where the result is known already."""
        folder = self.course.submitted(student, self.blueprint.name).parent
        if not folder.is_dir() and not folder.is_symlink():
            return self._settle(Result(student, NO_SUBMISSION))
        try:
            _require_own_folder(student, folder)
            path, remark = jobs.find_notebook(folder, self.blueprint.name)
            inputs = jobs.inputs_of(self.blueprint, path, self.pool.limits)
        except (CourseError, OSError, ValueError) as error:
            return self._settle(Result(student, UNREADABLE, problem=str(error)))
        before = result_of(self.store, student)
        if before and before.inputs == inputs and self._is_recorded(before):
            self.results[student] = before
            return None
        return jobs.Task(student, path, remark, self.blueprint, inputs)

    def _is_recorded(self, result):
        autograded = self.course.autograded(result.student, self.blueprint.name)
        if result.status == GRADED:
            told = result.gradebook == self.place and result.student in self.recorded
            return told and autograded.is_file()
        return result.status in FINAL

    def _run(self, tasks):
        self.watcher.begins(len(tasks), len(self.results), self.pool.count)
        for task, outcome in self.pool.run(tasks, self.store, started=self._started):
            self._settle(self._result(task, outcome), task)

    def _started(self, task):
        self.store.log(event="started", student=task.student, inputs=task.inputs)
        self.watcher.starts(task.student)

    def _result(self, task, outcome):
        student = task.student
        if isinstance(outcome, CourseError):
            return Result(student, UNREADABLE, problem=str(outcome), inputs=task.inputs)
        if isinstance(outcome, Failure):
            return Result(student, COULD_NOT_BE_JUDGED, problem=outcome.reason)
        notebook = self.store.notebook(outcome.key)
        files, _ = jobs.further_files(task.path.parent)
        try:
            record(self.gradebook, self.course, self.blueprint.name, student, notebook, files)
        except Exception as error:
            if database.is_away(error):
                raise
            self.gradebook.db.rollback()
            if isinstance(error, OSError) or is_full(error):
                raise
            # One result that nbgrader does not take costs nobody else anything.
            reason = f"the gradebook did not take it ({type(error).__name__}: {error})"
            return Result(student, COULD_NOT_BE_JUDGED, problem=reason[:500])
        return result_from(student, notebook, outcome, task.inputs, self.place)

    def _settle(self, result, task=None):
        self.results[result.student] = result
        self.store.save_status(result.student, result.as_row())
        if task:
            self.store.log(event="ended", student=result.student, status=result.status)
            self.watcher.ends(result.student, result)


def _require_own_folder(student, folder):
    """Raise CourseError for a submission that lies, by a link, somewhere else."""
    for path in (folder.parent, folder):
        if path.is_symlink():
            raise CourseError(f"{path} is a link; put the files themselves there.")
    if not is_id(student):
        raise CourseError(f"{student!r} can be no student's name; rename the folder.")


def result_from(student, notebook, outcome: Outcome, inputs, gradebook=None):
    """The Result of an executed notebook and its Outcome."""
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
    )


def result_of(store, student):
    """The last Result of a student, or None."""
    try:
        return Result.from_row(store.status(student))
    except (TypeError, KeyError, ValueError):  # none yet, or of another version of the kit
        return None
