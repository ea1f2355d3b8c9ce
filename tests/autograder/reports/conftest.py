"""A small class, graded without a kernel: notebooks as a run would have left them."""

import base64
import io
import shutil

import pytest
from nbformat.v4 import new_output
from PIL import Image

from autograder.course.course import Course, read_notebook
from autograder.grading.preparing.jobs import blueprint, with_hidden
from autograder.grading.recording.record import automatic_points, record
from autograder.grading.recording.store import Store
from autograder.grading.result import GRADED, NO_SUBMISSION, UNREADABLE, Result
from autograder.grading.running.visible_check import Visible
from autograder.grading.running.visible_check import bundle as visible_bundle
from autograder.judging import Status, Verdict
from autograder.judging.publish import bundle
from tests.tiny_course import TINY, submit, tiny_course

HALVES = Verdict.named(
    "tiny.bce_loss", Status.WRONG, ("the half missing", "Half of it is <b>gone</b>.")
)
SEEN = Visible((), "a logit of 0", "0.693147", "1.3863", "twice as much & more")
SECRET = "HIDDEN-VALUE-117"


def png(size=(4, 3)):
    """base64 of a small picture."""
    raw = io.BytesIO()
    Image.new("RGB", size).save(raw, format="PNG")
    return base64.b64encode(raw.getvalue()).decode()


@pytest.fixture(scope="session")
def released(tmp_path_factory):
    """Released once; every test has a copy."""
    return tiny_course(tmp_path_factory.mktemp("released") / "course").root


@pytest.fixture
def course(released, tmp_path):
    return Course.at(shutil.copytree(released, tmp_path / "course"))


@pytest.fixture
def graded(course):
    """graded(student, wrong, outputs, **sources): as after `autograder grade`; returns a Result."""

    def grade(student, wrong=(), outputs=(), **sources):
        path = submit(course, student, **sources)
        notebook = with_hidden(blueprint(course, TINY), read_notebook(path))
        cells = {cell.id: cell for cell in notebook.cells}
        verdicts = []
        for name in ("double", "bce_loss"):
            test = cells[f"test_{name}"]
            verdict = HALVES if name == "bce_loss" else Verdict(name, Status.WRONG, SECRET)
            if name in wrong:
                test.outputs = [
                    new_output("stream", text=SECRET),
                    new_output("error", ename="Mismatch", evalue=SECRET, traceback=[SECRET]),
                ]
                if name == "bce_loss":
                    test.outputs[:0] = [
                        new_output("display_data", bundle(verdict)),
                        new_output("display_data", visible_bundle(SEEN)),
                    ]
            else:
                verdict = Verdict(f"gan-mnist.{name}", Status.RIGHT, "right")
            verdicts.append(verdict)
        cells["double"].outputs = list(outputs)
        with course.gradebook() as gradebook:
            record(gradebook, course, blueprint(course, TINY), student, notebook, {})
        score, most = automatic_points(notebook)
        result = Result(student, GRADED, score, most, tuple(verdicts), slowest=("double", 1.5))
        return settle(result)

    def settle(result):
        Store.of(course, TINY).save_status(result.student, result.as_row())
        return result

    grade.unreadable = lambda student: (
        submit(course, student),
        settle(Result(student, UNREADABLE, problem=f"{course.root}/x is not a notebook.")),
    )
    grade.absent = lambda student: settle(Result(student, NO_SUBMISSION))
    return grade
