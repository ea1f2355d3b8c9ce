"""Our steps in nbgrader's autograde, by whatever command or button it was started.

They run the submission as `autograder grade` does, with the same results.
"""

import atexit
import threading
from dataclasses import dataclass

from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades

from autograder.course.course import Course, read_notebook
from autograder.grading.grade import result_from
from autograder.grading.preparing import jobs
from autograder.grading.preparing.canonical import canonical
from autograder.grading.recording.record import auto_score
from autograder.grading.recording.store import Store
from autograder.grading.running.pool import Failure
from autograder.grading.running.workers import Workers
from autograder.notebooks.cells import grade_id, is_answer
from autograder.sandbox.kernel_limits import Limits

REMARKS = "remarks"
# A server keeps its workers this long for the next press of the button.
IDLE_SECONDS = 60.0


class CanonicalNotebook(NbGraderPreprocessor):
    """Puts the student's answers into the released notebook; the remarks go into its metadata."""

    def preprocess(self, nb, resources):
        about = resources["nbgrader"]
        path = _course(self).released(about["assignment"]).with_stem(about["notebook"])
        result = canonical(read_notebook(path), nb)
        result.notebook.metadata[REMARKS] = list(result.remarks)
        return result.notebook, resources


class SandboxedExecute(NbGraderPreprocessor):
    """Runs the notebook in a sandboxed kernel and its tests outside, or takes a kept result."""

    def preprocess(self, nb, resources):
        about, course = resources["nbgrader"], _course(self)
        blueprint = jobs.blueprint(course, about["assignment"])
        remarks = tuple(nb.metadata.pop(REMARKS, ()))
        folder = course.submitted(about["student"], about["assignment"]).parent
        files, ignored = jobs.further_files(folder)
        job = jobs.job_for(blueprint, nb, files, Limits())
        store = Store.of(course, about["assignment"])
        task = _Prepared(blueprint, job, (*remarks, *ignored))
        outcome = _shared.run_one(task, store)
        if isinstance(outcome, Failure):
            # nbgrader then reports a failure and writes no score.
            raise RuntimeError(f"{about['student']} could not be judged: {outcome.reason}")
        resources["outcome"] = outcome
        return store.notebook(outcome.key), resources


class SavePoints(SaveAutoGrades):
    """nbgrader's points; where a check itself failed, none, and a person decides."""

    def preprocess(self, nb, resources):
        nb, resources = super().preprocess(nb, resources)
        about, course = resources["nbgrader"], _course(self)
        name, student = about["assignment"], about["student"]
        path = course.submitted(student, name)
        inputs = jobs.inputs_of(jobs.blueprint(course, name), path, Limits())
        place = course.gradebook_name()
        result = result_from(student, nb, resources["outcome"], inputs, place)
        Store.of(course, name).save_status(student, result.as_row())
        return nb, resources

    def _add_score(self, cell, resources):
        super()._add_score(cell, resources)
        if auto_score(cell) is None and not is_answer(cell):
            place = (grade_id(cell), self.notebook_id, self.assignment_id, self.student_id)
            grade = self.gradebook.find_grade(*place)
            grade.auto_score, grade.needs_manual_grade = None, True
            self.gradebook.db.commit()


@dataclass(frozen=True)
class _Prepared:
    """A task whose job is known already."""

    blueprint: jobs.Blueprint
    prepared: object
    remarks: tuple

    def job(self, limits):
        return self.prepared, self.remarks


class _Shared:
    """One worker that stays for a while: nbgrader hands over submissions one by one."""

    def __init__(self):
        self.workers = self.timer = None
        self.lock = threading.Lock()
        atexit.register(self.close)

    def run_one(self, task, store):
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

    def close(self):
        with self.lock:
            if self.workers:
                self.workers.__exit__()
                self.workers = None


_shared = _Shared()


def _course(preprocessor):
    return Course.at(CourseDirectory(config=preprocessor.config).root)
