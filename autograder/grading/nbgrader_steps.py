"""Our preprocessors for nbgrader's autograde, whether a command or a button started it.

They run the submission as `autograder grade` does, with the same results.
"""

import atexit
import threading
from dataclasses import dataclass
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades

from autograder.course.course import Course, read_notebook
from autograder.grading.preparing import jobs
from autograder.grading.preparing.canonical import canonical
from autograder.grading.recording.record import auto_score, look_at_marks
from autograder.grading.recording.settle import shown
from autograder.grading.recording.store import Store
from autograder.grading.result import not_handed_in, result_from
from autograder.grading.running.outcome import Outcome
from autograder.grading.running.pool import Failure
from autograder.grading.running.workers import Workers
from autograder.notebooks.cells import grade_id, is_answer
from autograder.sandbox.kernel_limits import Limits
from helpers import notebook_file
from helpers.errors import CourseError

REMARKS = "remarks"
# A server keeps its workers this long, for the next click on the button.
IDLE_SECONDS = 60.0


class CanonicalNotebook(NbGraderPreprocessor):
    """Fills the student's answers into the released notebook; its metadata gets the remarks."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Called by nbgrader."""
        names, course = resources["nbgrader"], _course(self)
        _leave_out_links(course, names["student"], names["assignment"], names["notebook"])
        path = course.released(names["assignment"], names["notebook"])
        handed_in = notebook_file.rebuild(nb, f"{names['notebook']}.ipynb")
        result = canonical(read_notebook(path), nbformat.from_dict(handed_in.content))
        repaired = [handed_in.remark] if handed_in.remark else []
        result.notebook.metadata[REMARKS] = [*repaired, *result.remarks]
        return result.notebook, resources


def _leave_out_links(course: Course, student: str, assignment: str, name: str) -> None:
    """Remove the copies that nbgrader has made of what links in a submission point to.

    They may point to the gradebook or to a classmate's work. Raises CourseError if the notebook
    itself is one.
    """
    notebook = course.submitted(student, assignment, name)
    copies = course.autograded(student, assignment)
    for path in notebook.parent.rglob("*"):
        if not path.is_symlink():
            continue
        (copies.parent / path.relative_to(notebook.parent)).unlink(missing_ok=True)
        if path == notebook:
            raise CourseError(f"{path} is a link; it was not opened.")


class SandboxedExecute(NbGraderPreprocessor):
    """Runs the notebook in a sandboxed kernel and its tests outside, or reuses a stored result."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Called by nbgrader."""
        names, course = resources["nbgrader"], _course(self)
        blueprint = jobs.blueprint(course, names["assignment"], names["notebook"])
        remarks = tuple(nb.metadata.pop(REMARKS, ()))
        folder = course.submitted(names["student"], names["assignment"]).parent
        files, ignored = jobs.further_files(folder)
        job = jobs.job_for(blueprint, nb, files, Limits())
        store = Store.of(course, names["assignment"], names["notebook"])
        task = _Prepared(blueprint, job, (*remarks, *ignored))
        outcome = _shared.run_one(task, store)
        if isinstance(outcome, CourseError):
            raise outcome
        if isinstance(outcome, Failure):
            # nbgrader then reports a failure and writes no score.
            raise RuntimeError(f"{names['student']} could not be judged: {outcome.reason}")
        resources["outcome"] = outcome
        return store.executed(outcome.key, nb), resources


class SavePoints(SaveAutoGrades):
    """Saves nbgrader's points; none if the check itself failed, so that a person decides."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Called by nbgrader."""
        self.before: dict[str | None, bool] = {}
        nb, resources = super().preprocess(nb, resources)
        course = _course(self)
        of = resources["nbgrader"]
        name, notebook, student = of["assignment"], of["notebook"], of["student"]
        store = Store.of(course, name, notebook)
        with course.gradebook() as gradebook:
            page = gradebook.find_submission_notebook(notebook, name, student)
            grades = {grade.cell.name: grade for grade in page.grades}
            for each, needed in self.before.items():
                grades[each].needs_manual_grade = needed
            scores = {each: grade.auto_score for each, grade in grades.items() if each}
            look_at_marks(store, gradebook, student, shown(nb, scores), grades)
        path = course.submitted(student, name, notebook)
        blueprint = jobs.blueprint(course, name, notebook)
        inputs = jobs.inputs_of(blueprint, path, Limits())
        gradebook, outcome = course.gradebook_name(), resources["outcome"]
        result = result_from(student, nb, outcome, inputs, gradebook, blueprint.points)
        store.save_status(student, result.as_row())
        for other in jobs.blueprints(course, name):
            if not course.submitted(student, name, other.notebook).exists():
                missing = not_handed_in(other, student)
                Store.of(course, name, other.notebook).save_status(student, missing.as_row())
        return nb, resources

    def _add_score(self, cell: NotebookNode, resources: dict[str, Any]) -> None:
        grade = self.gradebook.find_grade(
            grade_id(cell), self.notebook_id, self.assignment_id, self.student_id
        )
        # nbgrader flags every cell that has a mark by hand; look_at_marks() knows better.
        self.before[grade_id(cell)] = grade.needs_manual_grade
        super()._add_score(cell, resources)
        if auto_score(cell) is None and not is_answer(cell):
            grade.auto_score = None
            self.gradebook.db.commit()


@dataclass(frozen=True)
class _Prepared:
    """A task whose job has been built already."""

    blueprint: jobs.Blueprint
    prepared: jobs.Job
    remarks: tuple[str, ...]

    def job(self, limits: Limits) -> tuple[jobs.Job, tuple[str, ...]]:
        return self.prepared, self.remarks


class _Shared:
    """One worker that is kept for a while: nbgrader runs submissions one by one."""

    def __init__(self) -> None:
        self.workers: Workers | None = None
        self.timer: threading.Timer | None = None
        self.lock = threading.Lock()
        atexit.register(self.close)

    def run_one(self, task: _Prepared, store: Store) -> Outcome | CourseError | Failure:
        with self.lock:
            if self.timer:
                self.timer.cancel()
            if self.workers is None:
                self.workers = Workers(count=1).__enter__()
            ((_, outcome),) = self.workers.run([task], store)
        self.timer = threading.Timer(IDLE_SECONDS, self.close)
        self.timer.daemon = True
        self.timer.start()
        return outcome

    def close(self) -> None:
        with self.lock:
            if self.workers:
                self.workers.__exit__()
                self.workers = None


_shared = _Shared()


def _course(preprocessor: NbGraderPreprocessor) -> Course:
    return Course.at(CourseDirectory(config=preprocessor.config).root)
